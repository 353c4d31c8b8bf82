package web_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"balasan/internal/reliability"
	"balasan/moderation"
	"balasan/web"

	"github.com/gofiber/fiber/v2"
)

// keeper keeps each submission as it came, as a cache or a queue in memory would.
type keeper struct {
	mu   sync.Mutex
	kept []moderation.Submission
}

func (k *keeper) Receive(_ context.Context, s moderation.Submission) (moderation.Receipt, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.kept = append(k.kept, s)
	return moderation.Receipt{ID: s.Key, ReceivedAt: s.At}, nil
}

// mixed counts what was kept and is not wholly of the sender whose number stands in its text.
func (k *keeper) mixed() (n int) {
	for _, s := range k.kept {
		var number int
		if _, err := fmt.Sscanf(s.Body, "Kiriman %d dari", &number); err != nil {
			n++
			continue
		}
		if want := sender(number); s.Site != want.site || s.Key != want.key || s.EmailText != want.email || s.Body != want.body {
			n++
		}
	}
	return n
}

type sent struct{ site, key, email, body string }

// sender is what the visitor of a number sends; neighbours differ in each length.
func sender(n int) sent {
	return sent{[]string{"desa", "kota"}[n%2], fmt.Sprintf("kunci-%0*d", 3+n%17, n), fmt.Sprintf("%swarga%d@contoh.id", strings.Repeat("w", n%13), n),
		fmt.Sprintf("Kiriman %d dari%s", n, strings.Repeat(" warga", n%29))}
}

// TestFaultBuffersAreReused sends many different submissions over few connections, whose buffers fasthttp uses
// again, and looks at what was kept of each when all are over.
func TestFaultBuffersAreReused(t *testing.T) {
	posts := 1_000
	if reliability.Long() {
		posts = 20_000
	}
	ours, theirs := &keeper{}, &keeper{}
	d := open(t, func(s *web.Server) { s.Intake = ours })
	refused := sendAll("http://"+d.listen(), posts)
	if len(ours.kept) != posts || refused > 0 {
		t.Fatalf("%d of %d are kept, %d refused", len(ours.kept), posts, refused)
	}
	if n := ours.mixed(); n > 0 {
		t.Errorf("%d of %d hold something of somebody else", n, posts)
	}
	sendAll("http://"+mutable(t, theirs), posts)
	mixed := theirs.mixed()
	if mixed == 0 {
		t.Error("the control: with Immutable off nothing is mixed up")
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Program, Promises: "P4",
		Fault:   fmt.Sprintf("%d different submissions over 32 connections, whose buffers are used again", posts),
		Seen:    "each is kept with the site, key, address and text of its own sender",
		Control: fmt.Sprintf("fiber with Immutable off, keeping what its methods return: %d of %d hold somebody else's", mixed, len(theirs.kept))})
}

// sendAll posts forms over 32 connections and counts what is refused.
func sendAll(base string, posts int) (refused int) {
	const clients = 32
	browser := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer browser.CloseIdleConnections()
	var all sync.WaitGroup
	var mu sync.Mutex
	for client := range clients {
		all.Go(func() {
			for n := client; n < posts; n += clients {
				if err := sendOne(browser, base, sender(n)); err != nil {
					mu.Lock()
					refused++
					mu.Unlock()
				}
			}
		})
	}
	all.Wait()
	return refused
}

func sendOne(browser *http.Client, base string, s sent) error {
	form := url.Values{"page": {"berita-1"}, "name": {"Wati"}, "email": {s.email}, "body": {s.body}}
	req, err := http.NewRequest(http.MethodPost, base+"/v1/sites/"+s.site+"/comments", strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Idempotency-Key", s.key)
	answer, err := browser.Do(req)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		return fmt.Errorf("answered %d", answer.StatusCode)
	}
	return nil
}

// mutable is the control: the framework as it comes, with a handler that keeps what it is given.
func mutable(t *testing.T, k *keeper) (address string) {
	t.Helper()
	app := fiber.New(fiber.Config{Immutable: false, DisableStartupMessage: true})
	app.Post("/v1/sites/:site/comments", func(c *fiber.Ctx) error {
		_, err := k.Receive(c.UserContext(), moderation.Submission{Site: c.Params("site"), Key: c.Get("Idempotency-Key"),
			EmailText: c.FormValue("email"), Body: c.FormValue("body")})
		if err != nil {
			return err
		}
		return c.SendStatus(http.StatusAccepted)
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = app.Listener(l) }() // ends with its listener
	t.Cleanup(func() { _ = app.Shutdown() })
	return l.Addr().String()
}
