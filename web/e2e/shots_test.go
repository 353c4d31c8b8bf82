package e2e

import (
	"os"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestShots(t *testing.T) {
	dir := os.Getenv("BALASAN_PICTURES")
	if dir == "" {
		t.Skip()
	}
	in, ctx := start(t, fromAnywhere), browser(t)
	in.stage(t)
	signIn(t, in, ctx)
	for _, path := range []string{"/queue?lane=campaign", "/queue?lane=doubt", "/queue?lane=good"} {
		for _, w := range []int{1280, 390} {
			for _, scheme := range []string{"light", "dark"} {
				do(t, ctx, window(w, scheme), chromedp.Navigate(in.Base+path))
				fits(t, ctx, path)
				accessible(t, ctx, path)
				picture(ctx, path+" "+scheme+" "+map[int]string{1280: "wide", 390: "narrow"}[w])
			}
		}
	}
}
