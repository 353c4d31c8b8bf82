package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"balasan/editors"
	"balasan/moderation"
	"balasan/moderation/fold"
	"balasan/store"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

// house is the editors' half on real parts: Desk, accounts and SQLite.
type house struct {
	t        testing.TB
	db       *store.DB
	accounts *editors.Accounts
	server   *Server
	app      *fiber.App
}

const houseURL = "http://queue.test"

type generous struct{ after time.Duration }

func (g *generous) Spend(context.Context, moderation.Allowance, netip.Addr) moderation.Spent {
	return moderation.Spent{After: g.after}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// newHouse has the sites warta and kampung.
func newHouse(t testing.TB) *house {
	t.Helper()
	ctx := context.Background()
	key := bytes.Repeat([]byte{7}, 32)
	db, err := store.Open(ctx, store.Options{Path: filepath.Join(t.TempDir(), "balasan.db"),
		Keys: store.Keys{Current: store.Named("k"), Master: func(string) ([]byte, bool) { return key, true }}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	for id, name := range map[string]string{"warta": "Warta Kota", "kampung": "Kampung Kita"} {
		if err := db.AddSite(ctx, moderation.Site{ID: id, Name: name, Language: "id", Policy: moderation.DefaultPolicy()}); err != nil {
			t.Fatal(err)
		}
	}
	accounts, err := editors.New(db, newID)
	if err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, db: db, accounts: accounts}
	h.server = &Server{Limits: &generous{}, Sites: db, FormKey: key, Mail: db,
		Queue: Queue{Desk: moderation.Desk{Ledger: db, NewID: newID, Reads: fold.Reading}, Accounts: accounts, Sites: db.Sites, Undo: fold.Reading,
			Lookout: moderation.Lookout{Tallies: db}}}
	h.server.Queue.Feed, h.server.Queue.Told = Feed{Keys: accounts, Newest: db.Newest}, db
	h.app = h.server.App()
	return h
}

// hire adds an editor and returns its session.
func (h *house) hire(name string, role moderation.Role, site string) string {
	h.t.Helper()
	link, err := h.accounts.Add(h.t.Context(), name, role, site)
	if err != nil {
		h.t.Fatal(err)
	}
	session, err := h.accounts.Follow(h.t.Context(), link, "Firefox · Linux")
	if err != nil {
		h.t.Fatal(err)
	}
	return session
}

// keep puts a comment straight into the store.
func (h *house) keep(change func(*moderation.Comment)) string {
	h.t.Helper()
	email, err := moderation.ParseEmail("rahasia.wati@surat.example")
	if err != nil {
		h.t.Fatal(err)
	}
	c := moderation.Comment{ID: newID(), State: moderation.Pending,
		Verdict: moderation.Verdict{Outcome: moderation.Hold, Score: 6, Spam: 10},
		Submission: moderation.Submission{Site: "warta", Page: "https://warta.example/banjir", PageTitle: "Banjir surut", Name: "Wati",
			Email: email, Body: "Terima kasih infonya.", Addr: netip.MustParseAddr("203.0.113.77"), At: time.Now()}}
	if change != nil {
		change(&c)
	}
	c.Root = c.ID
	if _, err := h.db.Keep(h.t.Context(), c); err != nil {
		h.t.Fatal(err)
	}
	return c.ID
}

// ask is one request; the zero value of a field leaves it out.
type ask struct {
	method, path string
	session      string
	token        string
	form         url.Values
	json         string
	header       map[string]string
}

type answer struct {
	status int
	header http.Header
	body   string
}

// send adds what a browser adds to a post from a page of ours.
func (h *house) send(a ask) answer {
	h.t.Helper()
	return h.raw(a, map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": houseURL})
}

func (h *house) raw(a ask, more map[string]string) answer {
	h.t.Helper()
	body, kind := a.json, fiber.MIMEApplicationJSON
	if a.form != nil {
		body, kind = a.form.Encode(), fiber.MIMEApplicationForm
	}
	req, err := http.NewRequest(a.method, houseURL+a.path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Accept-Language", "id")
	if a.method == http.MethodPost {
		req.Header.Set("Content-Type", kind)
	}
	for _, headers := range []map[string]string{more, a.header} {
		for key, value := range headers {
			req.Header.Set(key, value)
		}
	}
	if a.session != "" {
		req.AddCookie(&http.Cookie{Name: "balasan", Value: a.session})
	}
	if a.token != "" {
		req.Header.Set("Authorization", "Bearer "+a.token)
	}
	resp, err := h.app.Test(req, -1)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, string(raw)}
}
