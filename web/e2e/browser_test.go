package e2e

import (
	"bytes"
	"compress/gzip"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// chromium is Debian's; make test installs it.
const chromium = "/usr/bin/chromium"

// step is something that a browser does.
type step = chromedp.Action[chromedp.Void]

// browser opens a window with a profile of its own and fails the test when a page breaks its
// Content-Security-Policy, throws, or opens a dialog.
func browser(t testing.TB) context.Context {
	t.Helper()
	ctx := plainBrowser(t)
	err := chromedp.Listen(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("a page threw: %s", e.ExceptionDetails.Text)
		case *page.EventJavascriptDialogOpening:
			t.Errorf("a dialog opened: %s", e.Message)
		case *log.EventEntryAdded:
			if strings.Contains(e.Entry.Text, "Content Security Policy") {
				t.Errorf("a page breaks its policy: %s", e.Entry.Text)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx, command(log.Enable, cdp.Empty{}), command(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	return ctx
}

// plainBrowser opens a window with a profile of its own.
func plainBrowser(t testing.TB) context.Context {
	t.Helper()
	if _, err := os.Stat(chromium); err != nil {
		t.Skip("SKIPPED: no /usr/bin/chromium; apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-sync", true), chromedp.WindowSize(1280, 900))
	allocated, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, closeTab := chromedp.NewContext(allocated)
	t.Cleanup(closeTab)
	return ctx
}

// command is one command of the DevTools protocol.
func command[P, R any](c cdp.Command[P, R], params P) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, c, params)
		return err
	})
}

// do runs steps and ends the test when one fails, with a picture of the page.
func do(t testing.TB, ctx context.Context, steps ...step) {
	t.Helper()
	for _, step := range steps {
		if _, err := within(ctx, step); err != nil {
			t.Fatalf("browser: %v\npicture: %s", err, picture(ctx, t.Name()+"-failed"))
		}
	}
}

// within bounds one action.
func within[T any](ctx context.Context, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return chromedp.Run(ctx, action)
}

// ask evaluates an expression in the page.
func ask[T any](t testing.TB, ctx context.Context, expression string) T {
	t.Helper()
	out, err := within(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatalf("browser: %s: %v\npicture: %s", expression, err, picture(ctx, t.Name()+"-failed"))
	}
	return out
}

// waitFor waits until an expression is true, over navigations too.
func waitFor(t testing.TB, ctx context.Context, expression string) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		if ok, err := within(ctx, chromedp.Evaluate[bool]("!!("+expression+")")); err == nil && ok {
			return
		}
	}
	t.Fatalf("waited for %s\npicture: %s", expression, picture(ctx, t.Name()+"-failed"))
}

// shows waits until an element is to be seen, over navigations too: the driver's own wait may go on looking at the
// page before.
func shows(selector string) step {
	seen := chromedp.Evaluate[bool](fmt.Sprintf("!!document.querySelector(%q)?.checkVisibility()", selector))
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		for {
			if ok, err := seen(ctx, t); err == nil && ok {
				return chromedp.Void{}, nil
			}
			select {
			case <-ctx.Done():
				return chromedp.Void{}, fmt.Errorf("no %s: %w", selector, ctx.Err())
			case <-time.After(30 * time.Millisecond):
			}
		}
	}
}

// picture keeps a screenshot below BALASAN_PICTURES, when that is set.
func picture(ctx context.Context, name string) string {
	dir := os.Getenv("BALASAN_PICTURES")
	if dir == "" {
		return "(set BALASAN_PICTURES to a folder to keep one)"
	}
	png, err := within(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return err.Error()
	}
	path := filepath.Join(dir, strings.NewReplacer("/", "-", " ", "-").Replace(name)+".png")
	if err := os.WriteFile(path, png, 0o644); err != nil {
		return err.Error()
	}
	return path
}

// window sets the size and looks of the page.
func window(width int, scheme string) step {
	return chromedp.Steps(
		chromedp.EmulateViewport(int64(width), 900),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}))
}

// withScripts switches JavaScript on or off.
func withScripts(on bool) step {
	return command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
}

//go:embed testdata/axe.min.js.gz
var axePacked []byte

// accessible runs axe-core over the page: no finding may remain.
func accessible(t testing.TB, ctx context.Context, name string) {
	t.Helper()
	unpack, err := gzip.NewReader(bytes.NewReader(axePacked))
	if err != nil {
		t.Fatal(err)
	}
	axe, err := io.ReadAll(unpack)
	if err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.Evaluate[chromedp.Void](string(axe)+";0"))
	raw, err := within(ctx, chromedp.Evaluate[string](
		`axe.run(document, {resultTypes: ['violations']}).then(r => JSON.stringify(r.violations.map(v => ({id: v.id, impact: v.impact, help: v.help, at: v.nodes.map(n => n.target.join(' ') + ': ' + n.failureSummary).slice(0, 5)}))))`,
		chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("axe: %v", err)
	}
	var found []struct {
		ID, Impact, Help string
		At               []string
	}
	if err := json.Unmarshal([]byte(raw), &found); err != nil {
		t.Fatalf("axe said %q: %v", raw, err)
	}
	for _, v := range found {
		t.Errorf("%s: axe %s %s: %s\n\t%s", name, v.Impact, v.ID, v.Help, strings.Join(v.At, "\n\t"))
	}
}

// fits checks that nothing sticks out of a narrow screen.
func fits(t testing.TB, ctx context.Context, name string) {
	t.Helper()
	if over := ask[int](t, ctx, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
		t.Errorf("%s is %d px wider than the screen; picture: %s", name, over, picture(ctx, name+"-too-wide"))
	}
}
