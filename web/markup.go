package web

import (
	"context"
	"net/url"
	"time"

	"balasan/moderation"
)

// threadView is the thread with its form, as a fragment for portals and for the embed.
type threadView struct {
	Page
	Count    string
	Comments []commentView
	More     string // address of the next page; empty at the end
	First    bool   // the first page has heading and form
	Form     formView
}

type commentView struct {
	commentDoc
	Depth int // of its indentation, at most 4
	When  string
	Reply string // address of the form that answers it, empty on a closed page
}

// markup paints the fragment. It holds nothing that is meant for one reader.
func (s *Server) markup(ctx context.Context, site moderation.Site, p place, doc threadDoc) ([]byte, error) {
	open, err := s.open(ctx, site, doc.Page)
	if err != nil {
		return nil, err
	}
	lang := p.lang
	if lang == "" {
		lang = site.Language
	}
	view := threadView{Page: Page{Lang: lang}, Count: countText(lang, doc.Count), First: p.cursor == ""}
	view.Form = formView{Page: view.Page, Site: site, For: doc.Page, Action: s.outside() + formURL(site.ID, doc.Page, lang, ""), Closed: !open, Embedded: true, Notify: s.notifies(site), Consent: s.wording(site.ID, lang), Mine: s.mine(site, lang)}
	for _, c := range doc.Comments {
		reply := ""
		if open && !c.Removed {
			reply = s.outside() + formURL(site.ID, doc.Page, lang, c.ID)
		}
		view.Comments = append(view.Comments, commentView{commentDoc: c, Depth: min(c.depth, 4), When: dateText(lang, c.At), Reply: reply})
	}
	if doc.Next != "" {
		query := url.Values{"page": {doc.Page}, "cursor": {doc.Next}, "order": {string(p.order)}, "lang": {lang}}
		view.More = s.outside() + "/sites/" + site.ID + "/threads?" + query.Encode()
	}
	return paint("thread", "content", view)
}

// outside is the address that leads back here from a portal's own markup; nothing where only one
// host is known.
func (s *Server) outside() string {
	if len(s.PublicURLs) == 0 {
		return ""
	}
	return s.PublicURLs[0]
}

func countText(lang string, n int) string {
	switch n {
	case 0:
		return tr(lang, "thread.count.none")
	case 1:
		return tr(lang, "thread.count.one")
	default:
		return tr(lang, "thread.count.many", n)
	}
}

var months = [...]string{"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November", "Desember"}

// dateText is the day in the reader's words, in Jakarta's time.
func dateText(lang string, at time.Time) string {
	at = at.In(time.FixedZone("WIB", 7*60*60))
	if lang == "en" {
		return at.Format("2 January 2006, 15:04 MST")
	}
	return at.Format("2 ") + months[at.Month()-1] + at.Format(" 2006 pukul 15.04 MST")
}

// formURL is where the form for a page stands; with a parent it answers that comment.
func formURL(site, page, lang, parent string) string {
	query := url.Values{"page": {page}, "lang": {lang}}
	if parent != "" {
		query.Set("parent", parent)
	}
	return "/sites/" + site + "/form?" + query.Encode()
}
