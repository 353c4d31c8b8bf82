package web

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"time"

	"balasan/moderation"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"
)

// laneSizes are how many groups of a lane one page shows.
var laneSizes = map[moderation.Lane]int{moderation.InCampaign: 10, moderation.InDoubt: 20, moderation.LooksGood: 3}

// fillLane lists groups: of the lane that was asked for, else of the first with something in it.
func (s *Server) fillLane(ctx context.Context, who caller, v *queueView) error {
	counts, err := s.Queue.Desk.LaneCounts(ctx, who.Editor, v.Where.Site)
	if err != nil {
		return err
	}
	if v.Where.Lane == "" {
		v.Where.Lane = firstLane(counts)
	}
	w := v.Where
	v.tabs(counts)
	page, err := s.Queue.Desk.Lane(ctx, who.Editor, moderation.LaneFilter{Lane: w.Lane, Site: w.Site, Cursor: w.Cursor, Limit: laneSizes[w.Lane]})
	if err != nil {
		return err
	}
	for _, g := range page.Groups {
		v.Groups = append(v.Groups, s.Queue.newGroup(who, g, v.siteName, v.Mark, w.query()))
	}
	if page.Next != "" {
		v.Next = w.from(page.Next).url()
	}
	return nil
}

func firstLane(counts moderation.LaneCounts) moderation.Lane {
	for _, lane := range moderation.Lanes {
		if counts.Of(lane) > 0 {
			return lane
		}
	}
	return moderation.InCampaign
}

// groupCard is a group as editors see it: what one decision settles.
type groupCard struct {
	ID        string
	Lane      moderation.Lane
	Pending   int
	Whole     string // how many one decision settles, in words
	Facts     []string
	Head      string // of a campaign: the beginning of what is most like the rest, as it reads
	Members   []card
	More      string // of a campaign: what is folded, in words
	Chips     []chip
	Lease     *leaseView
	Level     moderation.Level
	Last      when
	CanDecide bool
	Seen      string // an id of the moment that it was read
	Back      string
	Lang      string
	Open      bool // on a page of its own
	Next      string
}

// T is the sentence for key in the page's language.
func (g groupCard) T(key string, args ...any) string { return tr(g.Lang, key, args...) }

// One is the comment of a group that has no other.
func (g groupCard) One() card { return g.Members[0] }

// leaseView tells that a colleague has the group open.
type leaseView struct{ By, Initials string }

// chip is something shared that may become a rule.
type chip struct {
	Kind, Text, Count string
	URL               string // proposes the rule; empty for who may not
}

// newGroup says of a group what this editor may see.
func (q Queue) newGroup(who caller, g moderation.Group, siteName func(string) string, seen, back string) groupCard {
	view := groupCard{ID: g.ID, Lane: g.Lane, Pending: g.Pending, Whole: trn(who.lang, "group."+string(g.Lane), g.Pending), Seen: seen, Back: back, Lang: who.lang}
	for _, e := range g.Members {
		one := q.newCard(who, e, siteName(e.Site))
		one.Back = back
		view.Members = append(view.Members, one)
		view.CanDecide = view.CanDecide || one.CanDecide
	}
	view.Chips = q.chips(who, g)
	if g.Lease != nil {
		view.Lease = &leaseView{g.Lease.By, initials(g.Lease.By)}
		view.Members[0].Lease = view.Lease // where the card is that comment's
	}
	if g.Campaign != nil {
		view.tell(q, *g.Campaign)
	}
	return view
}

// tell adds what is known of a campaign as a whole.
func (v *groupCard) tell(q Queue, c moderation.Campaign) {
	head := excerpt(c.Example.Body, 120)
	v.Head, v.Level, v.Last = cmp.Or(q.reading(head), head), c.Example.Verdict.Level(), ago(v.Lang, c.LastAt)
	if v.Head == "" {
		v.Head = head
	}
	add := func(key string, n, most int) {
		if n > 0 {
			text := trn(v.Lang, "group."+key, n)
			if n >= most {
				text = v.T("group."+key+".most", most)
			}
			v.Facts = append(v.Facts, text)
		}
	}
	if c.Size > c.Pending {
		v.Facts = append(v.Facts, v.T("group.size", c.Size))
	}
	add("refused", c.Refused, 1<<30)
	add("pages", c.Pages, moderation.FaceCap)
	if c.Sites > 1 {
		add("sites", c.Sites, moderation.FaceCap)
	}
	add("names", c.Names, moderation.FaceCap)
	add("networks", c.Networks, moderation.FaceCap)
	if began, known := bornAt(c.ID); known {
		v.Facts = append(v.Facts, v.T("group.since", ago(v.Lang, began).Words))
	}
	if more := v.Pending - len(v.Members); more > 0 {
		v.More = trn(v.Lang, "group.more", more)
	}
}

// bornAt is the time that a UUIDv7 carries.
func bornAt(id string) (time.Time, bool) {
	u, err := uuid.Parse(id)
	if err != nil || u.Version() != 7 {
		return time.Time{}, false
	}
	sec, nano := u.Time().UnixTime()
	return time.Unix(sec, nano), true
}

// chips are what the members share; of one that shares nothing, the weightiest term that a signal
// found in its text.
func (q Queue) chips(who caller, g moderation.Group) (all []chip) {
	if q.Bits == nil || g.Lane == moderation.LooksGood {
		return nil
	}
	of := g.Members[0]
	if g.Campaign != nil && g.Campaign.Example.ID != "" {
		of = g.Campaign.Example
	}
	bits := q.Bits(g.Members)
	if len(bits) == 0 {
		bits = strongest(of)
	}
	for _, bit := range bits {
		one := chip{Kind: string(bit.Kind), Text: bit.Text}
		if bit.Count > 1 {
			one.Count = number(float64(bit.Count))
		}
		if q.Rules != nil && who.May(moderation.ToShadow, of.Site) {
			one.URL = "/queue/rules/new?" + url.Values{"comment": {of.ID}, "kind": {one.Kind}, "value": {bit.Text}}.Encode()
		}
		all = append(all, one)
	}
	return all
}

// strongest is the term of the weightiest signal that speaks against a text and points into it.
func strongest(e moderation.Entry) []moderation.Bit {
	var best moderation.Signal
	for _, s := range e.Verdict.Signals {
		inBody := slices.ContainsFunc(s.Spans, func(span moderation.Span) bool { return span.Field == moderation.FieldBody })
		if inBody && !s.Shadow && s.Term != "" && s.Score > best.Score {
			best = s
		}
	}
	if best.Term == "" {
		return nil
	}
	return []moderation.Bit{{Kind: moderation.BitPhrase, Text: withoutAddress(best.Term, e.Email), Count: 1}}
}

// groupPage shows a whole group; of a campaign all members, page by page. The script gets the card
// alone, as the lane shows it.
func (s *Server) groupPage(c *fiber.Ctx, who caller) error {
	ctx, id := c.UserContext(), c.Params("id")
	g, err := s.Queue.Desk.Group(ctx, who.Editor, id)
	if err != nil {
		return err
	}
	v, err := s.newQueueView(c, who, where{Lane: g.Lane, State: moderation.Pending})
	if err != nil {
		return err
	}
	view := s.Queue.newGroup(who, g, v.siteName, v.Mark, v.Where.query())
	if isFragment(c) {
		return sendPart(c, "queue", "group", view)
	}
	view.Open = true
	if g.Campaign != nil {
		if err := s.allMembers(ctx, who, &view, v.siteName, c.Query("cursor")); err != nil {
			return err
		}
	}
	v.Title, v.Groups = view.Whole+" · balasan", []groupCard{view}
	return render(c, fiber.StatusOK, "queue_group", v)
}

const membersSize = 100 // members of a campaign on a page of their own

func (s *Server) allMembers(ctx context.Context, who caller, view *groupCard, siteName func(string) string, cursor string) error {
	list, err := s.Queue.Desk.Members(ctx, who.Editor, view.ID, cursor, membersSize)
	if err != nil {
		return err
	}
	view.Members, view.More = nil, ""
	for _, e := range list.Entries {
		one := s.Queue.newCard(who, e, siteName(e.Site))
		one.Back = view.Back
		view.Members = append(view.Members, one)
	}
	if list.Next != "" {
		view.Next = "/queue/groups/" + view.ID + "?cursor=" + url.QueryEscape(list.Next)
	}
	return nil
}
