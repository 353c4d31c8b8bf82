package web

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"strings"
	"time"
	"unicode"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
)

// Feed is what the private feed of the queue needs from outside.
type Feed struct {
	Keys FeedKeys // nil serves none
	// Newest reads what came last and waits on these sites, of which nil is all; the empty lane
	// is all but campaigns.
	Newest func(ctx context.Context, sites []string, lane moderation.Lane, limit int) ([]moderation.Entry, error)
}

// FeedKeys are the secrets that feed readers show; editors.Accounts is the real keeper.
type FeedKeys interface {
	NewFeedKey(context.Context, moderation.Editor) (string, error)
	EndFeedKey(context.Context, moderation.Editor) error
	FeedKey(context.Context, moderation.Editor) (moderation.Pass, error)
}

// atomFeed is RFC 4287. It has neither e-mail nor address of a visitor, whatever a reader keeps.
type atomFeed struct {
	XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang    string      `xml:"xml:lang,attr"`
	ID      string      `xml:"id"`
	Title   string      `xml:"title"`
	Updated string      `xml:"updated"`
	Author  atomAuthor  `xml:"author"`
	Links   []atomLink  `xml:"link"`
	Entries []atomEntry `xml:"entry"`
}

type atomAuthor struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr"`
	Href string `xml:"href,attr"`
}

type atomEntry struct {
	ID         string         `xml:"id"`
	Title      string         `xml:"title"`
	Updated    string         `xml:"updated"`
	Published  string         `xml:"published"`
	Author     atomAuthor     `xml:"author"`
	Links      []atomLink     `xml:"link"`
	Categories []atomCategory `xml:"category"`
	Content    atomText       `xml:"content"`
}

type atomCategory struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr"`
}

type atomText struct {
	Type string `xml:"type,attr"`
	Text string `xml:",chardata"`
}

const (
	feedEntries = 50
	feedReasons = 3
	feedExcerpt = 500 // runes
)

// feedAtom answers whoever shows a key in the address, whatever cookies come with it.
func (s *Server) feedAtom(c *fiber.Ctx, _ caller) error {
	query := queryOf(c)
	who, err := s.Queue.Accounts.Known(c.UserContext(), moderation.FeedKey, query.Get("key"))
	lane := moderation.Lane(query.Get("lane"))
	sites, all := who.Sites(moderation.ToRead)
	switch {
	case moderation.CodeOf(err) == moderation.Unauthorized && err != nil, err == nil && !all && len(sites) == 0, lane != "" && !lane.Valid():
		return &moderation.Problem{Code: moderation.NotFound}
	case err != nil:
		return err
	}
	entries, err := s.Queue.Feed.Newest(c.UserContext(), sites, lane, feedEntries)
	if err != nil {
		return err
	}
	names, err := s.siteNames(c.UserContext(), caller{Editor: who})
	if err != nil {
		return err
	}
	text, err := xml.MarshalIndent(newFeed(s.staffLanguage(c, who), s.base(c), who, names, entries), "", " ")
	if err != nil {
		return err
	}
	return sendFeed(c, append([]byte(xml.Header), text...))
}

// sendFeed lets the reader keep its copy and ask whether it is still good; nobody between may.
func sendFeed(c *fiber.Ctx, text []byte) error {
	sum := sha256.Sum256(text)
	etag := `W/"` + hex.EncodeToString(sum[:9]) + `"`
	c.Set(fiber.HeaderETag, etag)
	c.Set(fiber.HeaderCacheControl, "private, no-cache")
	c.Set(fiber.HeaderReferrerPolicy, "no-referrer") // the address holds the key
	if matches(c.Request().Header.Peek(fiber.HeaderIfNoneMatch), etag) {
		return c.SendStatus(fiber.StatusNotModified)
	}
	c.Set(fiber.HeaderContentType, "application/atom+xml; charset=utf-8")
	return c.Send(text)
}

func newFeed(lang, base string, who moderation.Editor, names map[string]string, entries []moderation.Entry) atomFeed {
	f := atomFeed{Lang: lang, ID: base + "/queue/feed/" + who.ID, Title: plain(tr(lang, "feed.of", who.Name)), Updated: stampOf(time.Unix(0, 0)),
		Author: atomAuthor{"balasan"}, Links: []atomLink{{"alternate", "text/html", base + "/queue"}}}
	newest := time.Unix(0, 0)
	for _, e := range entries {
		entry, updated := newFeedEntry(lang, base, names, e.Shown())
		f.Entries = append(f.Entries, entry)
		if updated.After(newest) {
			newest, f.Updated = updated, stampOf(updated)
		}
	}
	return f
}

func newFeedEntry(lang, base string, names map[string]string, e moderation.Entry) (atomEntry, time.Time) {
	updated := e.At
	if len(e.Decided) > 0 && e.Decided[0].At.After(updated) {
		updated = e.Decided[0].At
	}
	lines := []string{plain(excerpt(e.Body, feedExcerpt)), "", plain(tr(lang, "level."+string(e.Verdict.Level())))}
	all := reasons(lang, e)
	for _, r := range all[:min(len(all), feedReasons)] {
		if !r.Shadow {
			lines = append(lines, r.Score+" "+plain(r.Text))
		}
	}
	name := plain(cmp.Or(e.Name, "–"))
	return atomEntry{ID: "urn:uuid:" + e.ID, Title: name + " · " + plain(excerpt(cmp.Or(e.PageTitle, e.Page), 120)),
		Updated: stampOf(updated), Published: stampOf(e.At), Author: atomAuthor{name},
		Links:      []atomLink{{"alternate", "text/html", base + "/queue/comments/" + e.ID}},
		Categories: []atomCategory{{"site:" + e.Site, plain(cmp.Or(names[e.Site], e.Site))}, {"level:" + string(e.Verdict.Level()), tr(lang, "level."+string(e.Verdict.Level()))}},
		Content:    atomText{"text", strings.Join(lines, "\n")}}, updated
}

func stampOf(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// plain is a text without control characters and without what turns the direction of what follows.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Bidi_Control, r), unicode.Is(unicode.Noncharacter_Code_Point, r):
			return -1
		}
		return r
	}, s)
}
