package campaign

import (
	"time"

	"balasan/moderation"
)

// Index groups submissions in memory, as the store does in its tables: a submission joins the
// campaigns that its ties hold to, which become one under the smallest ID. It remembers at most
// Max of the last [moderation.CampaignSpan] and serves one goroutine at a time.
type Index struct {
	Tying moderation.Tying
	Max   int // 0 is 20,000, about 30 MB

	ties    map[int64]*tied
	members []*member // oldest first
	byID    map[string]*member
}

// tied is a tie and who had it last.
type tied struct {
	last *member
	good int
	had  int
}

type member struct {
	id    string
	at    time.Time
	print moderation.Print
	place int
	group *group
}

// group is a campaign, or a part of the one that it went into.
type group struct {
	into *group
	id   string
	size int
}

func (g *group) whole() *group {
	for g.into != nil {
		if g.into.into != nil {
			g.into = g.into.into
		}
		g = g.into
	}
	return g
}

// Join adds a submission and returns the ID of its campaign: its own where nothing ties it.
// Times do not run backwards.
func (x *Index) Join(id string, p moderation.Print, at time.Time) string {
	if x.byID == nil {
		x.ties, x.byID = map[int64]*tied{}, map[string]*member{}
	}
	x.forget(at)
	m := &member{id: id, at: at, print: p, place: p.Place(), group: &group{id: id, size: 1}}
	for _, tie := range p.Ties {
		x.tie(m, p, tie)
	}
	x.members = append(x.members, m)
	x.byID[id] = m
	return m.group.whole().id
}

func (x *Index) tie(m *member, p moderation.Print, tie moderation.Tie) {
	t := x.ties[tie.Key()]
	if t == nil {
		t = &tied{last: m}
		x.ties[tie.Key()] = t
	} else if f := (moderation.Found{Tie: tie, Sketch: t.last.print.Sketch, Good: t.good, Had: t.had}); x.Tying.Holds(p, f) {
		unite(t.last.group.whole(), m.group.whole())
		m.place = moderation.Closer(m.place, f.Likeness(p))
		t.last.place = moderation.Closer(t.last.place, f.Likeness(p))
		if m.at.Sub(t.last.at) > moderation.TieSteady {
			t.last = m
		}
	}
	t.had = min(t.had+1, moderation.TwinCap)
	if !p.Doubted {
		t.good++
	}
}

func unite(a, b *group) {
	if a == b {
		return
	}
	if a.size < b.size {
		a, b = b, a
	}
	b.into = a
	a.size += b.size
	a.id = min(a.id, b.id)
}

// Campaign tells in which campaign a remembered submission is now; empty for one that is not.
func (x *Index) Campaign(id string) string {
	if m := x.byID[id]; m != nil {
		return m.group.whole().id
	}
	return ""
}

// Place orders the members of a campaign; see [moderation.Closer].
func (x *Index) Place(id string) int {
	if m := x.byID[id]; m != nil {
		return m.place
	}
	return 0
}

// forget drops members that are too old or too many, and the ties that nobody has had since.
func (x *Index) forget(at time.Time) {
	limit := x.Max
	if limit == 0 {
		limit = 20_000
	}
	for len(x.members) > 0 && (len(x.members) >= limit || at.Sub(x.members[0].at) > moderation.CampaignSpan) {
		gone := x.members[0]
		x.members[0] = nil
		x.members = x.members[1:]
		delete(x.byID, gone.id)
		for _, tie := range gone.print.Ties {
			if t := x.ties[tie.Key()]; t != nil && t.last == gone {
				delete(x.ties, tie.Key())
			}
		}
	}
}
