package web

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"balasan/moderation"
)

// counted follows the outbox to its end.
func (h *house) counted() {
	h.t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = h.db.Tally(h.t.Context(), moderation.Tallying{}); err != nil {
			h.t.Fatal(err)
		}
	}
}

func TestTheOverviewSaysWhatBecameOfWhatCame(t *testing.T) {
	h := newHouse(t)
	session := h.hire("Sari", moderation.Redact, "warta")
	if page := h.send(get("/queue/overview?days=7", session)); page.status != http.StatusOK || !strings.Contains(page.body, "Belum ada komentar pada rentang ini") ||
		!strings.Contains(page.body, "antrean kosong") || strings.Contains(page.body, "<rect") {
		t.Errorf("empty: %d %s", page.status, page.body)
	}
	var ids []string
	for range 5 {
		ids = append(ids, h.keep(func(c *moderation.Comment) {
			c.Verdict.Signals = []moderation.Signal{{Rule: "judol.brand", Score: 6}, {Rule: "baru", Score: 4, Shadow: true}}
			c.Blind = true
		}))
	}
	h.keep(func(c *moderation.Comment) { c.Site = "kampung" })
	h.send(decide(session, moderation.IsSpam, ids[:4]...))
	h.counted()
	page := h.send(get("/queue/overview?days=7", session))
	for _, want := range []string{
		"5 masuk · menunggu 1 · spam kata redaktur 4", "<code>judol.brand</code>", "memberatkan", "bayangan", "100\u00a0%",
		"Dari 4 yang ditolak mesin dan diperiksa buta, 0 ternyata baik (paling banyak 49\u00a0%", "<b>4</b>", "Sari: 4 keputusan"} {
		if !strings.Contains(page.body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if english := h.send(get("/queue/overview?days=7&lang=en", session)); !strings.Contains(english.body, "at most 49% of all") {
		t.Error("the page does not speak English")
	}
}

func TestTheOverviewShowsTheEditorsOwnSites(t *testing.T) {
	h := newHouse(t)
	viewer := h.hire("Tamu", moderation.Viewer, "kampung")
	h.keep(nil)
	h.counted()
	if page := h.send(get("/queue/overview", viewer)); page.status != http.StatusOK || !strings.Contains(page.body, "Belum ada komentar") || strings.Contains(page.body, "Warta Kota") {
		t.Errorf("a viewer of another site: %d %s", page.status, page.body)
	}
	if page := h.send(get("/queue/overview?site=warta", viewer)); page.status != http.StatusNotFound {
		t.Errorf("a site that is not theirs: %d", page.status)
	}
	if page := h.send(get("/queue/overview", "")); page.status != http.StatusSeeOther {
		t.Errorf("nobody: %d", page.status)
	}
}

var pictures = regexp.MustCompile(`(?s)<svg .*?</svg>`)

// sound looks at every picture of a page: well-formed, and no size that a browser would not draw.
func sound(t *testing.T, page string) {
	t.Helper()
	for _, picture := range pictures.FindAllString(page, -1) {
		d := xml.NewDecoder(strings.NewReader(picture))
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("not well-formed: %v in %.300s", err, picture)
			}
			element, _ := token.(xml.StartElement)
			for _, a := range element.Attr {
				switch a.Name.Local {
				case "style":
					t.Errorf("a style attribute in %.200s", picture)
				case "x", "y", "width", "height", "cx", "cy", "r":
					if x, err := strconv.ParseFloat(a.Value, 64); err != nil || !(x >= 0 && x <= 2000) {
						t.Errorf("%s %s=%q", element.Name.Local, a.Name.Local, a.Value)
					}
				case "d", "viewBox":
					if strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") || strings.Contains(a.Value, "ZgotmplZ") {
						t.Errorf("%s=%q", a.Name.Local, a.Value)
					}
				}
			}
		}
	}
}

func TestThePicturesAreSoundWhateverIsCounted(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	some := func() int {
		return []int{0, 0, 1, 7, 1234, 98_765_432, math.MaxInt32, -3}[random.IntN(8)]
	}
	for round := range 60 {
		o := moderation.Overview{Days: make([]moderation.DayTally, spans[round%3]), Usual: some(), Undone: some(), Decided: some(), Wait: time.Duration(some()) * time.Second}
		for i := range o.Days {
			o.Days[i] = moderation.DayTally{Day: fmt.Sprintf("2026-11-%02d", 1+i%30), Received: some(), Approved: some(), Passed: some(), Waiting: some(), Spam: some(), Refused: some(), Trashed: some()}
		}
		for i := range o.Chance {
			o.Chance[i] = moderation.ChanceTally{Mean: random.Float64(), Said: moderation.Said{Spam: max(some(), 0), Good: max(some(), 0)}}
		}
		for i := range random.IntN(20) {
			o.Rules = append(o.Rules, moderation.RuleTally{Rule: fmt.Sprintf("</svg>%d", i), Voice: moderation.CountAgainst, Hits: some(), Said: moderation.Said{Spam: max(some(), 0), Good: max(some(), 0)}})
			w := moderation.WorkTally{Name: `"><b>`}
			w.Hours[i] = some()
			o.Work = append(o.Work, w)
		}
		o.Blind = moderation.Said{Spam: max(some(), 0), Good: max(some(), 0)}
		view := overviewView{Page: staffPage(languages[round%2], "over.title")}
		view.fill(o)
		page, err := paint("overview", "base", view)
		if err != nil {
			t.Fatal(err)
		}
		sound(t, string(page))
	}
}

func TestNumbersReadAsTheLanguageWritesThem(t *testing.T) {
	for n, want := range map[int][2]string{0: {"0", "0"}, 999: {"999", "999"}, 1234: {"1.234", "1,234"}, 12_345_678: {"12.345.678", "12,345,678"}, -1000: {"−1.000", "−1,000"}} {
		if got := [2]string{grouped("id", n), grouped("en", n)}; got != want {
			t.Errorf("%d reads %v, want %v", n, got, want)
		}
	}
	for share, want := range map[float64]string{0: "0\u00a0%", 0.001: "1\u00a0%", 0.084: "8\u00a0%", 0.999: "99\u00a0%", 1: "100\u00a0%"} {
		if got := percent("id", share); got != want {
			t.Errorf("%v reads %q, want %q", share, got, want)
		}
	}
	for d, want := range map[time.Duration]string{20 * time.Second: "20 detik", 100 * time.Minute: "2 jam", 61 * time.Minute: "1 jam", 30 * time.Minute: "30 menit", 50 * time.Hour: "2 hari"} {
		if got := lasting("id", d); got != want {
			t.Errorf("%v reads %q, want %q", d, got, want)
		}
	}
}

// TestABlindCheckCannotBeTold paints what an editor sees of a blind check and of a comment that
// is truly doubted for the same reasons.
func TestABlindCheckCannotBeTold(t *testing.T) {
	doubt := []moderation.Signal{
		{Rule: "links.two", Score: 4, Term: "pulau777", Reason: moderation.Text{ID: "Dua tautan", EN: "Two links"}, Spans: []moderation.Span{{Field: moderation.FieldBody, Start: 0, End: 5}}},
		{Rule: "known", Score: -0.1, Reason: moderation.Text{ID: "Pernah disetujui", EN: "Approved before"}}, {Rule: "baru", Score: 30, Shadow: true}}
	heavy := moderation.Signal{Rule: "judol.brand", Score: 9, Term: "slot", Reason: moderation.Text{ID: "Menyebut situs judi", EN: "Names a gambling site"},
		Spans: []moderation.Span{{Field: moderation.FieldBody, Start: 6, End: 10}}}
	listed := moderation.Signal{Rule: "list.hosts", Force: moderation.Spam, Reason: moderation.Text{ID: "Ada di daftar", EN: "Is on a list"}}
	verdict := moderation.Verdict{Outcome: moderation.Hold, Score: 4 + -0.1, Approve: 2, Spam: 10, Signals: doubt}
	refused := moderation.Verdict{Outcome: moderation.Spam, Score: 12.9, Approve: 2, Spam: 10,
		Signals: []moderation.Signal{doubt[0], heavy, doubt[1], listed, doubt[2]}}

	h := newHouse(t)
	session := h.hire("Sari", moderation.Owner, moderation.AllSites)
	at := time.Now().Add(-time.Hour)
	ids := map[bool]string{}
	for blind, v := range map[bool]moderation.Verdict{false: verdict, true: refused} {
		ids[blind] = h.keep(func(c *moderation.Comment) { c.Body, c.Verdict, c.Blind, c.At = "pulau slot malam ini", v, blind, at })
	}
	seen := func(path string, blind bool) string {
		page := h.send(get(strings.ReplaceAll(path, "ID", ids[blind]), session))
		if page.status != http.StatusOK {
			t.Fatalf("%s: %d", path, page.status)
		}
		return strings.ReplaceAll(page.body, ids[blind], "ID")
	}
	for _, path := range []string{"/queue/comments/ID", "/v1/editor/comments/ID"} {
		if a, b := seen(path, true), seen(path, false); a != b {
			t.Errorf("%s tells them apart:\n%s\n%s", path, a, b)
		}
	}
	for _, path := range []string{"/queue", "/v1/editor/queue"} {
		if page := h.send(get(path, session)).body; strings.Contains(page, "judol.brand") || strings.Contains(page, "list.hosts") || strings.Contains(page, `"blind"`) {
			t.Errorf("%s gives it away: %s", path, page)
		}
	}
	sari := moderation.Editor{ID: "e", Name: "Sari", Roles: map[string]moderation.Role{moderation.AllSites: moderation.Owner}}
	desk, cards := h.server.Queue.Desk, map[bool][]string{}
	paintCard := func(e moderation.Entry) {
		page, err := paint("queue", "card", h.server.Queue.newCard(caller{lang: "en"}, e, "Warta"))
		doc, _ := json.Marshal(newEntryDoc("en", e))
		if err != nil {
			t.Fatal(err)
		}
		blind := e.ID == ids[true]
		cards[blind] = append(cards[blind], strings.ReplaceAll(string(page)+string(doc), e.ID, "ID"))
	}
	lane, err := desk.Lane(t.Context(), sari, moderation.LaneFilter{Lane: moderation.InDoubt})
	if err != nil || len(lane.Groups) != 2 {
		t.Fatalf("the lane of doubts has %d groups (%v)", len(lane.Groups), err)
	}
	for _, group := range lane.Groups {
		alone, err := desk.Group(t.Context(), sari, group.ID)
		sender, senderErr := desk.Sender(t.Context(), sari, group.ID)
		if err != nil || senderErr != nil || len(sender.Comments) != 1 {
			t.Fatal(err, senderErr, len(sender.Comments))
		}
		for _, e := range []moderation.Entry{group.Members[0], alone.Members[0], sender.Comments[0].Entry} {
			paintCard(e)
		}
	}
	if !slices.Equal(slices.Sorted(slices.Values(cards[true])), slices.Sorted(slices.Values(cards[false]))) || len(cards[true]) != 3 {
		t.Errorf("the desk tells them apart:\n%s\n%s", cards[true], cards[false])
	}
	h.send(ask{method: http.MethodPost, path: "/v1/editor/decisions", session: session, json: decideJSON(moderation.Approved, ids[true], ids[false])})
	if story := seen("/queue/comments/ID", true); !strings.Contains(story, "Pemeriksaan buta") || !strings.Contains(story, "judol.brand") {
		t.Error("after the decision the story does not tell it")
	}
	if story := seen("/queue/comments/ID", false); strings.Contains(story, "Pemeriksaan buta") {
		t.Error("a doubtful comment is called a blind check")
	}
}
