package learn

import (
	"fmt"
	"math/bits"
	"slices"
	"time"

	"balasan/moderation"
)

const (
	campaignSpan = 30 * 24 * time.Hour // how long a tie is remembered
	campaignCap  = 200_000             // ties remembered at once; the longest unseen go first
)

// Campaigns ties submissions together in memory. What it answers depends on the submissions
// of the last 30 days; a store that keeps ties may follow the same rule. It is for one
// goroutine. The zero value is empty.
type Campaigns struct {
	ties  map[Tie]*tied
	roots map[string]string // a campaign that was merged, and into which
	sizes map[string][]time.Time
}

type tied struct {
	campaign string
	sketch   Sketch
	seen     time.Time
}

// Joined says where a submission went.
type Joined struct {
	Campaign string   // empty when nothing ties it
	Merged   []string // campaigns that this submission showed to be the same one
	Lately   int      // members of the last hour, this one included: its velocity
}

// Join puts a submission into the campaign that it is tied to, or begins one of its own under
// its id. Ids sort by time; where a submission ties several campaigns, the oldest id wins.
func (c *Campaigns) Join(id string, p Print, at time.Time) Joined {
	if len(p.Ties) == 0 {
		return Joined{}
	}
	if c.ties == nil {
		c.ties, c.roots, c.sizes = map[Tie]*tied{}, map[string]string{}, map[string][]time.Time{}
	}
	met := []string{id}
	for _, t := range p.Ties {
		if k, ok := c.meets(t, p, at); ok {
			met = append(met, c.root(k.campaign))
		}
	}
	slices.Sort(met)
	met = slices.Compact(met)
	j := Joined{Campaign: met[0], Merged: slices.DeleteFunc(slices.Clone(met[1:]), func(m string) bool { return m == id })}
	c.merge(j.Campaign, met[1:])
	c.remember(j.Campaign, p, at)
	j.Lately = c.velocity(j.Campaign, at)
	return j
}

// meets finds who else has a tie; a band of the sketch alone is not enough.
func (c *Campaigns) meets(t Tie, p Print, at time.Time) (*tied, bool) {
	k, ok := c.ties[t]
	if !ok || at.Sub(k.seen) > campaignSpan {
		return nil, false
	}
	return k, t.Kind != TieNear || k.sketch.Near(&p.Sketch)
}

// Find tells which campaign a member's campaign has become.
func (c *Campaigns) Find(campaign string) string { return c.root(campaign) }

func (c *Campaigns) root(campaign string) string {
	for {
		next, merged := c.roots[campaign]
		if !merged {
			return campaign
		}
		campaign = next
	}
}

func (c *Campaigns) merge(into string, others []string) {
	for _, other := range others {
		c.roots[other] = into
		c.sizes[into] = append(c.sizes[into], c.sizes[other]...)
		delete(c.sizes, other)
	}
}

func (c *Campaigns) remember(campaign string, p Print, at time.Time) {
	if len(c.ties)+len(p.Ties) > campaignCap {
		c.forget(at)
	}
	for _, t := range p.Ties {
		k := c.ties[t]
		switch {
		case k == nil || at.Sub(k.seen) > campaignSpan:
			c.ties[t] = &tied{campaign, p.Sketch, at}
		case t.Kind != TieNear || k.sketch.Near(&p.Sketch):
			k.campaign, k.seen = campaign, at
		}
	}
}

// velocity counts the members of the last hour.
func (c *Campaigns) velocity(campaign string, at time.Time) int {
	times := slices.DeleteFunc(append(c.sizes[campaign], at), func(t time.Time) bool { return at.Sub(t) > time.Hour })
	c.sizes[campaign] = times[max(0, len(times)-1000):]
	return len(times)
}

// forget drops what is older than the span, or the older half when that is not enough.
func (c *Campaigns) forget(at time.Time) {
	limit := at.Add(-campaignSpan)
	for range 2 {
		alive := map[string]bool{}
		var seen []time.Time
		for t, k := range c.ties {
			if k.seen.Before(limit) {
				delete(c.ties, t)
				continue
			}
			k.campaign = c.root(k.campaign)
			alive[k.campaign] = true
			seen = append(seen, k.seen)
		}
		clear(c.roots)
		for name := range c.sizes {
			if !alive[name] {
				delete(c.sizes, name)
			}
		}
		if len(c.ties) < campaignCap*3/4 {
			return
		}
		slices.SortFunc(seen, time.Time.Compare)
		limit = seen[len(seen)/2].Add(1)
	}
}

// Velocity is the signal of a campaign that grows fast: 1 from 5 members in the last hour on,
// and 1 more each time that doubles, up to 4. Below it is no signal at all.
func (j Joined) Velocity() (moderation.Signal, bool) {
	if j.Lately < 5 {
		return moderation.Signal{}, false
	}
	return moderation.Signal{
		Rule:  "campaign.velocity",
		Score: float64(min(bits.Len(uint(j.Lately/5)), 4)),
		Reason: moderation.Text{
			ID: fmt.Sprintf("Bagian dari kampanye: %d kiriman serupa dalam satu jam", j.Lately),
			EN: fmt.Sprintf("Part of a campaign: %d alike within the hour", j.Lately),
		},
	}, true
}
