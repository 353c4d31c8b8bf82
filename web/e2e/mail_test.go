package e2e

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/chromedp/chromedp"

	"balasan/internal/mailtest"
)

// TestAnEditorAsksForDigests goes from the form to a letter and back by its link.
func TestAnEditorAsksForDigests(t *testing.T) {
	mail := mailtest.Start(t)
	in, ctx := start(t, "BALASAN_MAIL_HOST=127.0.0.1", fmt.Sprintf("BALASAN_MAIL_PORT=%d", mail.Port), "BALASAN_MAIL_ENCRYPTION=none",
		"BALASAN_MAIL_FROM=redaksi@desa.example.id"), browser(t)
	signIn(t, in, ctx)
	do(t, ctx, chromedp.Navigate(in.Base+"/queue/announce?lang=id"))
	do(t, ctx, chromedp.SetValue("#address", "sari"), chromedp.Click("button.main"), chromedp.WaitVisible("#address-fault"))
	looks(t, ctx, "mail fault")
	do(t, ctx, chromedp.SetValue("#address", "sari@contoh.id"), chromedp.Click("button.main"), chromedp.WaitVisible("[role=status]"))
	looks(t, ctx, "mail asked")
	in.eventually("a letter arrives", func() bool { return len(mail.Arrived()) == 1 })
	path := regexp.MustCompile(`/subscriptions/[A-Z2-7]{26}`).FindString(mail.Arrived()[0].Raw)
	do(t, ctx, chromedp.Navigate(in.Base+path+"?lang=id"), chromedp.WaitVisible("button"))
	looks(t, ctx, "subscription")
	do(t, ctx, chromedp.Click("button"), chromedp.WaitVisible("[role=status]"))
	looks(t, ctx, "subscription done")
}
