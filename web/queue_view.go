package web

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"
)

// card is one comment as editors see it. It has no e-mail and no address: what is not in the
// type cannot leak from a template.
type card struct {
	ID, Site, SiteName     string
	State                  moderation.State
	Version                int
	Level                  moderation.Level
	Score, Line            string
	Name                   []piece
	Website                []piece
	Body                   []piece
	Long                   bool   // may have to be unfolded
	Plain                  string // the name, for labels
	Text                   string // as it stands, for the form that changes it
	Page, PageTitle        string
	PageURL                string // empty where the page is an explicit id
	ParentName, ParentBody string
	Network                string // as much of it as is kept of any sender
	Staff, Edited          bool
	At                     when
	Reasons                []reason
	Decided                []turn
	Notes                  []turn // of the decisions, those that are remarks
	Versions               []version
	CanDecide, CanAddress  bool
	Actions                []moderation.State
	Address                string // revealed on this page only
	Lang, Back             string
	Alone                  bool // on a page of its own
	Listed                 bool // in a list of comments, where it may be ticked
	Do                     string
	Lease                  *leaseView
}

// T is the sentence for key in the page's language.
func (c card) T(key string, args ...any) string { return tr(c.Lang, key, args...) }

// Top are the weightiest reasons; the others are behind them.
func (c card) Top() []reason { return c.Reasons[:min(len(c.Reasons), topReasons)] }

// MoreReasons says how many stand behind the weightiest; empty for none.
func (c card) MoreReasons() string {
	if n := len(c.Reasons) - topReasons; n > 0 {
		return trn(c.Lang, "card.more", n)
	}
	return ""
}

const topReasons = 3

// reason is one signal as an editor reads it.
type reason struct {
	Rule, Score, Text string
	Weight            float64
	Shadow            bool
	Against           bool // speaks against the sender
}

// turn is one decision in the story of a comment.
type turn struct {
	By, From, To, Note string
	Deed               moderation.Deed
	Batch              string // that may be taken back from here; empty otherwise
	Undo               bool
	At                 when
}

// version is a text that an editor replaced.
type version struct {
	By   string
	At   when
	Text []piece
}

// when is a time in two forms: for machines and in words.
type when struct{ ISO, Words string }

// newCard says of an entry what this editor may see.
func (q Queue) newCard(who caller, e moderation.Entry, siteName string) card {
	c := card{ID: e.ID, Site: e.Site, SiteName: cmp.Or(siteName, e.Site), State: e.State, Version: e.Version, Level: cmp.Or(e.Level, e.Verdict.Level()),
		Score: number(e.Verdict.Score), Line: number(e.Verdict.Spam), Plain: e.Name, Text: e.Body, Page: e.Page,
		PageTitle: cmp.Or(e.PageTitle, e.Submission.PageTitle, e.Page), ParentName: e.ParentName, ParentBody: excerpt(e.ParentBody, 180),
		Staff: e.Staff, Edited: len(e.Edits) > 0, At: ago(who.lang, e.At), Lang: who.lang,
		CanDecide: who.May(moderation.ToDecide, e.Site) && !e.Removed, CanAddress: who.May(moderation.ToAddress, e.Site) && !e.Staff && !e.Removed}
	if moderation.PageOrigin(e.Page) != "" {
		c.PageURL = e.Page
	}
	if e.Addr.IsValid() && !e.Staff {
		c.Network = moderation.Network(e.Addr.Unmap()).String()
	}
	c.Name = q.marked(e.Name, moderation.FieldName, e.Verdict.Signals)
	c.Website = q.marked(e.Website, moderation.FieldWebsite, e.Verdict.Signals)
	c.Long = len(e.Body) > 240 || strings.Count(e.Body, "\n") > 2
	c.Body = q.sentOrNot(e, e.Body)
	switch {
	case e.Erased():
		c.removed("removed.author.name", "removed.author")
	case e.Removed:
		c.removed("removed.name", "removed.text")
	}
	c.Reasons = reasons(who.lang, e)
	c.story(q, who, e)
	for _, to := range []moderation.State{moderation.Approved, moderation.IsSpam, moderation.Trashed, moderation.Pending} {
		if to != e.State {
			c.Actions = append(c.Actions, to)
		}
	}
	return c
}

// removed says in place of name and text why they are gone.
func (c *card) removed(name, text string) {
	c.Plain = tr(c.Lang, name)
	c.Name, c.Body = []piece{{Text: c.Plain}}, []piece{{Text: tr(c.Lang, text)}}
}

// story tells what editors did to the comment.
func (c *card) story(q Queue, who caller, e moderation.Entry) {
	taken := map[string]bool{}
	for _, d := range e.Decided {
		t := turn{By: cmp.Or(d.By, tr(who.lang, "queue.machine")), From: string(d.From), To: string(d.To), Note: d.Note, Deed: d.Deed,
			Undo: d.Undoes != "", At: ago(who.lang, d.At)}
		if !t.Undo && !taken[d.Batch] && c.CanDecide {
			t.Batch = d.Batch
		}
		taken[d.Undoes] = true
		c.Decided = append(c.Decided, t)
		if d.Deed == moderation.Remarked && !t.Undo && !taken[d.Batch] {
			c.Notes = append(c.Notes, t)
		}
	}
	if e.Blind {
		c.Decided = append(c.Decided, turn{By: tr(who.lang, "queue.machine"), From: string(moderation.IsSpam), To: string(moderation.Pending),
			Note: tr(who.lang, "blind.story"), At: c.At})
	}
	for _, edit := range e.Edits {
		c.Versions = append(c.Versions, version{By: edit.By, At: ago(who.lang, edit.At), Text: q.sentOrNot(e, edit.Before)})
	}
}

// sentOrNot marks a text of the comment: the signals of its verdict point into what was sent, not
// into what editors made of it.
func (q Queue) sentOrNot(e moderation.Entry, text string) []piece {
	if text != e.Sent() {
		return q.marked(text, moderation.FieldBody, nil)
	}
	return q.marked(text, moderation.FieldBody, e.Verdict.Signals)
}

// reasons puts what decided by itself and then the weightiest signal first, and those that only watch last.
func reasons(lang string, e moderation.Entry) []reason {
	var all []reason
	for _, s := range e.Verdict.Signals {
		weight := math.Abs(s.Score)
		if s.Force == moderation.Spam {
			weight = math.Inf(1)
		}
		all = append(all, reason{Rule: s.Rule, Score: signed(s.Score), Weight: weight, Shadow: s.Shadow,
			Against: s.Score > 0 || s.Force == moderation.Spam, Text: withoutAddress(cmp.Or(s.Reason.In(lang), s.Rule), e.Email)})
	}
	slices.SortStableFunc(all, func(a, b reason) int {
		if a.Shadow != b.Shadow {
			return map[bool]int{true: 1, false: -1}[a.Shadow]
		}
		return cmp.Compare(b.Weight, a.Weight)
	})
	return all
}

// withoutAddress keeps an address out of a sentence that a rule made of it.
func withoutAddress(s string, email moderation.Email) string {
	if email.IsZero() {
		return s
	}
	return strings.ReplaceAll(s, email.Reveal(), "•••")
}

func signed(score float64) string {
	if score == 0 {
		return "0"
	}
	if score > 0 {
		return "+" + number(score)
	}
	return "−" + number(-score)
}

func number(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64) }

func excerpt(s string, runes int) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > runes {
		return string(r[:runes]) + "…"
	}
	return s
}

// steps are the units of ago, widest first.
var steps = []struct {
	unit time.Duration
	key  string
}{{365 * 24 * time.Hour, "year"}, {30 * 24 * time.Hour, "month"}, {24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}}

// ago says how long something has been or how far off it is, rounded down.
func ago(lang string, t time.Time) when {
	w := when{ISO: t.UTC().Format(time.RFC3339)}
	d, way := time.Since(t), "ago."
	if d < 0 {
		d, way = -d, "in."
	}
	for _, s := range steps {
		if n := int(d / s.unit); n > 0 {
			w.Words = trn(lang, way+s.key, n)
			return w
		}
	}
	w.Words = tr(lang, "ago.now")
	return w
}

// trn is the sentence for a number: key.one stands for 1 where a language has it.
func trn(lang, key string, n int) string {
	if one, ok := lookup(lang, key+".one"); ok && n == 1 {
		return one
	}
	return tr(lang, key, n)
}
