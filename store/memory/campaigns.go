package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"balasan/moderation"
)

// campaigns remembers what was gathered. It forgets nothing.
type campaigns struct {
	received []string // in the order of arrival
	followed int
	prints   map[string]moderation.Print
	ties     map[int64]*tied
	of       map[string]string // comment → the oldest of its campaign
	places   map[string]int
}

type tied struct {
	last string
	good int
	had  int
}

// Gather puts everything that was received since into campaigns.
func (s *Store) Gather(_ context.Context, tying moderation.Tying) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &s.campaigns
	if g.ties == nil {
		g.prints, g.ties, g.of, g.places = map[string]moderation.Print{}, map[int64]*tied{}, map[string]string{}, map[string]int{}
	}
	fresh := g.received[g.followed:]
	g.followed = len(g.received)
	for _, id := range fresh {
		if c := s.comments[id]; !c.Staff && !c.Blind {
			g.prints[id] = tying.Print(*c)
			g.of[id], g.places[id] = id, g.prints[id].Place()
			g.join(id, tying)
		}
	}
	return len(fresh), nil
}

func (g *campaigns) join(id string, tying moderation.Tying) {
	p := g.prints[id]
	for _, tie := range p.Ties {
		t := g.ties[tie.Key()]
		if t == nil {
			t = &tied{last: id}
			g.ties[tie.Key()] = t
		} else if f := (moderation.Found{Tie: tie, Sketch: g.prints[t.last].Sketch, Good: t.good, Had: t.had}); tying.Holds(p, f) {
			g.unite(g.of[id], g.of[t.last])
			g.places[id] = moderation.Closer(g.places[id], f.Likeness(p))
			g.places[t.last] = moderation.Closer(g.places[t.last], f.Likeness(p))
		}
		t.had = min(t.had+1, moderation.TwinCap)
		if !p.Doubted && tie.Kind.Shared() {
			t.good++
		}
	}
}

func (g *campaigns) unite(a, b string) {
	for id, of := range g.of {
		if of == a || of == b {
			g.of[id] = min(a, b)
		}
	}
}

// members are those of the campaign that id belongs to, oldest first; none where it is alone.
func (s *Store) members(id string) (all []*moderation.Comment) {
	of, known := s.campaigns.of[id]
	for member, in := range s.campaigns.of {
		if known && in == of {
			all = append(all, s.comments[member])
		}
	}
	if len(all) < 2 {
		return nil
	}
	slices.SortFunc(all, func(a, b *moderation.Comment) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// Campaigns reads one page of the queue by campaign.
func (s *Store) Campaigns(_ context.Context, f moderation.CampaignFilter) (moderation.CampaignPage, error) {
	place, id, _ := strings.Cut(f.Cursor, ".")
	if f.Cursor != "" && (!isID(id) || len(place) != 1) {
		return moderation.CampaignPage{}, problem(moderation.Malformed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	spots := map[string]moderation.Campaign{}
	for id, of := range s.campaigns.of {
		if id != of {
			continue
		}
		if c, most := s.campaign(s.members(id), f); c.Pending > 0 {
			spots[fmt.Sprintf("%d.%s", step(most), c.ID)] = c
		}
	}
	var page moderation.CampaignPage
	last := ""
	for _, at := range sortedKeys(spots) {
		switch {
		case f.Cursor != "" && at <= f.Cursor:
		case len(page.Campaigns) == f.Limit:
			page.Next = last
		default:
			page.Campaigns, last = append(page.Campaigns, spots[at]), at
		}
	}
	return page, nil
}

// step is where a campaign with so many pending on one site stands.
func step(pending int) int {
	n := 5
	for limit := 4; pending >= limit && n > 0; limit *= 4 {
		n--
	}
	return n
}

// campaign sums up members; most is what waits on one site at most.
func (s *Store) campaign(members []*moderation.Comment, f moderation.CampaignFilter) (sum moderation.Campaign, most int) {
	pages, names, networks, sites, all := map[place]bool{}, map[string]bool{}, map[string]bool{}, map[string]int{}, map[string]bool{}
	example := 0
	for _, c := range members {
		sum.ID = cmp.Or(sum.ID, c.ID)
		all[c.Site] = true
		pages[place{c.Site, c.Page}], names[c.Name], networks[c.Site+moderation.Network(c.Addr).String()] = true, true, true
		if c.At.After(sum.LastAt) {
			sum.LastAt = c.At
		}
		if !within(c.Site, f.Sites) || f.Site != "" && f.Site != c.Site {
			continue
		}
		sum.Size++
		if c.State == moderation.IsSpam && c.Version > 0 {
			sum.Refused++
		}
		if c.State == moderation.Pending {
			sum.Pending++
			sites[c.Site]++
			if at := s.campaigns.places[c.ID]; sum.Example.ID == "" || at >= example {
				example, sum.Example = at, s.entry(c)
			}
		}
		most = max(most, sites[c.Site])
	}
	sum.Sites, sum.Pages, sum.Names, sum.Networks = len(all), len(pages), len(names), len(networks)
	return sum, most
}

// Members lists what is pending of a campaign, least like others first.
func (s *Store) Members(_ context.Context, id string, sites []string, cursor string, limit int) (moderation.Listing, error) {
	if _, comment, _ := strings.Cut(cursor, "."); cursor != "" && !isID(comment) {
		return moderation.Listing{}, problem(moderation.Malformed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	members, spots, here := s.members(id), map[string]moderation.Entry{}, false
	for _, c := range members {
		if !within(c.Site, sites) {
			continue
		}
		here = true
		if c.State == moderation.Pending {
			spots[fmt.Sprintf("%03d.%s", 100+s.campaigns.places[c.ID], c.ID)] = s.entry(c)
		}
	}
	if !here {
		return moderation.Listing{}, problem(moderation.NotFound)
	}
	l := moderation.Listing{Total: len(spots)}
	last := ""
	for _, at := range sortedKeys(spots) {
		switch {
		case at <= cursor:
		case len(l.Entries) == limit:
			l.Next = last
		default:
			l.Entries, last = append(l.Entries, spots[at]), at
		}
	}
	return l, nil
}

// Waiting lists the IDs of what is pending of a campaign.
func (s *Store) Waiting(ctx context.Context, id string, sites []string, seen string, limit int) ([]string, error) {
	l, err := s.Members(ctx, id, sites, "", limit)
	var ids []string
	for _, e := range l.Entries {
		if seen == "" || e.ID <= seen {
			ids = append(ids, e.ID)
		}
	}
	return ids, err
}

// LastSettled tells what the last batch of decisions made of a campaign.
func (s *Store) LastSettled(_ context.Context, id string, sites []string) (last []moderation.Conflict, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.members(id) {
		how := s.standing(c)
		if c.State == moderation.Pending || how.Batch == "" || !within(c.Site, sites) || len(last) > 0 && how.At.Before(last[0].At) {
			continue
		}
		if len(last) > 0 && how.Batch != last[0].Batch {
			last = last[:0]
		}
		last = append(last, how)
	}
	return last, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// kin counts the largest, the most refused and the fastest of the campaigns that q's ties lead to.
func (s *Store) kin(q moderation.Query) (k moderation.Kin) {
	for _, tie := range q.Ties {
		t := s.campaigns.ties[tie.Key()]
		if t == nil || tie.Kind == moderation.TieNear || (moderation.Found{Tie: tie, Good: t.good}).Common() {
			continue
		}
		members := s.members(t.last)
		refused, hour := 0, 0
		for _, c := range members {
			refused += count(c.State == moderation.IsSpam && c.Version > 0)
			hour += count(c.At.After(q.At.Add(-time.Hour)))
		}
		k = moderation.Kin{Size: max(k.Size, len(members)), Refused: max(k.Refused, refused), Hour: max(k.Hour, hour)}
	}
	limit := moderation.HistoryCap
	return moderation.Kin{Size: min(k.Size, limit), Refused: min(k.Refused, limit), Hour: min(k.Hour, limit)}
}

func count(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
