package web

import (
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

var feedAddress = regexp.MustCompile(`readonly[^>]*>http://queue\.test(/queue/feed\.atom\?key=blf_[\w-]{43})<`)

// subscribe makes an address of a feed by the page's form.
func (h *house) subscribe(session string) string {
	h.t.Helper()
	made := h.send(ask{method: http.MethodPost, path: "/queue/feed", session: session, form: url.Values{"new": {"1"}}})
	found := feedAddress.FindStringSubmatch(made.body)
	if made.status != http.StatusOK || found == nil {
		h.t.Fatalf("%d %s", made.status, made.body)
	}
	return found[1]
}

func (h *house) feed(path string) (atomFeed, answer) {
	h.t.Helper()
	got := h.send(ask{method: http.MethodGet, path: path})
	var f atomFeed
	if got.status == http.StatusOK {
		if err := xml.Unmarshal([]byte(got.body), &f); err != nil {
			h.t.Fatalf("%v in %s", err, got.body)
		}
	}
	return f, got
}

func TestTheFeedShowsWhatWaitsToWhoHasTheKey(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Viewer, "warta")
	path := h.subscribe(session)
	old, good := h.keep(nil), h.keep(func(c *moderation.Comment) { c.Verdict.Outcome = moderation.Approve })
	h.keep(func(c *moderation.Comment) { c.Site, c.Page = "kampung", "https://kampung.example/x" })
	h.keep(func(c *moderation.Comment) { c.State = moderation.Approved })
	f, got := h.feed(path)
	if len(f.Entries) != 2 || f.Entries[0].ID != "urn:uuid:"+good || f.Entries[1].ID != "urn:uuid:"+old {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if e := f.Entries[1]; e.Title != "Wati · Banjir surut" || e.Links[0].Href != houseURL+"/queue/comments/"+old ||
		!strings.HasPrefix(e.Content.Text, "Terima kasih infonya.\n\nMeragukan") || e.Categories[0].Label != "Warta Kota" {
		t.Errorf("%+v", e)
	}
	if only, _ := h.feed(path + "&lane=good"); len(only.Entries) != 1 || only.Entries[0].ID != "urn:uuid:"+good {
		t.Errorf("one lane: %+v", only.Entries)
	}
	for _, secret := range []string{"surat.example", "rahasia", "203.0.113", "blf_"} {
		if strings.Contains(got.body, secret) {
			t.Errorf("%s stands in the feed", secret)
		}
	}
	if kind, cache := got.header.Get("Content-Type"), got.header.Get("Cache-Control"); !strings.HasPrefix(kind, "application/atom+xml") || cache != "private, no-cache" {
		t.Errorf("%q %q", kind, cache)
	}
	again := h.send(ask{method: http.MethodGet, path: path, header: map[string]string{"If-None-Match": got.header.Get("ETag")}})
	if again.status != http.StatusNotModified || again.body != "" {
		t.Errorf("asked again: %d %q", again.status, again.body)
	}
}

func TestTheFeedIsAtom(t *testing.T) {
	h := newHouse(t)
	path := h.subscribe(h.hire("Sari", moderation.Redact, moderation.AllSites))
	check := func(entries int) {
		t.Helper()
		f, got := h.feed(path)
		if len(f.Entries) != entries || f.XMLName.Space != "http://www.w3.org/2005/Atom" {
			t.Fatalf("%s", got.body)
		}
		for _, stamp := range append([]string{f.Updated}, stampsOf(f)...) { // RFC 4287, 3.3
			if _, err := time.Parse(time.RFC3339, stamp); err != nil {
				t.Error(err)
			}
		}
		for name, text := range map[string]string{"id": f.ID, "title": f.Title, "author": f.Author.Name} { // 4.1.1
			if text == "" {
				t.Errorf("no %s", name)
			}
		}
		for _, e := range f.Entries {
			if e.ID == "" || e.Title == "" || e.Author.Name == "" || e.Content.Text == "" {
				t.Errorf("%+v", e)
			}
		}
	}
	check(0)
	h.keep(func(c *moderation.Comment) { c.Name = "" })
	h.keep(nil)
	check(2)
}

func stampsOf(f atomFeed) (all []string) {
	for _, e := range f.Entries {
		all = append(all, e.Updated, e.Published)
	}
	return all
}

func TestHostileTextStaysTextInTheFeed(t *testing.T) {
	h := newHouse(t)
	path := h.subscribe(h.hire("Sari", moderation.Redact, moderation.AllSites))
	hostile := "]]></content></entry><script>alert(1)</script>&lt;b&gt;\u0001\u001b[31m\u202eabc\ufffe \"'<!--"
	h.keep(func(c *moderation.Comment) {
		c.Name, c.Body, c.PageTitle = hostile, hostile, hostile
		c.Verdict.Signals = []moderation.Signal{{Rule: "x", Score: 3, Reason: moderation.Text{ID: hostile}}}
	})
	f, got := h.feed(path)
	if len(f.Entries) != 1 || strings.Contains(got.body, "<script") || strings.ContainsAny(got.body, "\u0001\u001b\u202e\ufffe") {
		t.Errorf("%s", got.body)
	}
	want := "]]></content></entry><script>alert(1)</script>&lt;b&gt;[31mabc \"'<!--"
	if e := f.Entries[0]; e.Author.Name != want || !strings.HasPrefix(e.Content.Text, want+"\n") || !strings.Contains(e.Content.Text, "+3 "+want) {
		t.Errorf("%+v", e)
	}
	for decoder := xml.NewDecoder(strings.NewReader(got.body)); ; { // the whole is well-formed
		if _, err := decoder.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFeedKeyOpensTheFeedAlone(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Owner, moderation.AllSites)
	path := h.subscribe(session)
	id := h.keep(nil)
	_, key, _ := strings.Cut(path, "key=")
	for _, a := range []ask{
		{method: http.MethodGet, path: "/queue", session: key},
		{method: http.MethodGet, path: "/v1/editor/queue", token: key},
		{method: http.MethodPost, path: "/v1/editor/decisions", token: key, json: `{"ids":["` + id + `"],"to":"spam"}`},
	} {
		if got := h.send(a); got.status != http.StatusUnauthorized && got.status != http.StatusSeeOther || strings.Contains(got.body, id) {
			t.Errorf("%s %s: %d", a.method, a.path, got.status)
		}
	}
	for name, a := range map[string]ask{
		"a session without the key": {method: http.MethodGet, path: "/queue/feed.atom", session: session},
		"a session as the key":      {method: http.MethodGet, path: "/queue/feed.atom?key=" + session},
		"a wrong key":               {method: http.MethodGet, path: path + "x"},
		"an unknown lane":           {method: http.MethodGet, path: path + "&lane=all"},
	} {
		if got := h.send(a); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	if page := h.send(ask{method: http.MethodGet, path: "/queue/feed", session: session}); strings.Contains(page.body, key) {
		t.Error("the key is shown again")
	}
}

func TestAFeedKeyEnds(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	first := h.subscribe(session)
	second := h.subscribe(session)
	if _, got := h.feed(first); got.status != http.StatusNotFound {
		t.Errorf("the address before: %d", got.status)
	}
	if _, got := h.feed(second); got.status != http.StatusOK {
		t.Errorf("the address: %d", got.status)
	}
	ended := h.send(ask{method: http.MethodPost, path: "/queue/feed", session: session, form: url.Values{"end": {"1"}}})
	if _, got := h.feed(second); ended.status != http.StatusOK || got.status != http.StatusNotFound {
		t.Errorf("after %d the address: %d", ended.status, got.status)
	}
	third := h.subscribe(session)
	if err := h.accounts.Grant(t.Context(), "Sari", "warta", "", true); err != nil {
		t.Fatal(err)
	}
	if _, got := h.feed(third); got.status != http.StatusNotFound {
		t.Errorf("without a role: %d", got.status)
	}
}
