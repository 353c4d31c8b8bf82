package memory

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"balasan/moderation"
)

// Stand keeps a standing decision.
func (s *Store) Stand(ctx context.Context, d moderation.Standing, t moderation.Traits) error {
	if err := clean(append(slices.Clone(d.Sites), d.ID, d.About, d.Note, d.By)...); err != nil {
		return err
	}
	k := moderation.Kept{Standing: d, Likeness: t.Likeness}
	k.Email, k.Network = s.SenderMarks(ctx, d.Sites[0], t.Email, t.Addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	room := moderation.MaxBans
	if d.Kind == moderation.RefuseAlike {
		room = moderation.MaxAlikes
	}
	for _, other := range s.stands {
		room -= count(other.Kind == d.Kind && d.At.Before(other.Ends()))
	}
	if room <= 0 {
		return &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: "standing", Fault: moderation.FaultTooLong}}}
	}
	s.stands = append(s.stands, k)
	return nil
}

// Revoke ends one that is in force.
func (s *Store) Revoke(_ context.Context, id string, by moderation.Editor, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.stands {
		if k := &s.stands[i]; k.ID == id {
			if at.Before(k.Ends()) {
				k.RevokedAt, k.RevokedBy = at, by.Name
			}
			return nil
		}
	}
	return problem(moderation.NotFound)
}

// Standing reads one.
func (s *Store) Standing(_ context.Context, id string, sites []string) (moderation.Standing, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.stands {
		if k.ID == id && k.Concerns(sites) {
			return s.counted(k.Standing, sites), nil
		}
	}
	return moderation.Standing{}, problem(moderation.NotFound)
}

func (s *Store) counted(d moderation.Standing, sites []string) moderation.Standing {
	d.At, d.Until, d.RevokedAt = micro(d.At), micro(d.Until), micro(d.RevokedAt)
	d.Stopped = min(len(s.stopped(d.ID, sites)), moderation.CountCap)
	return d
}

func micro(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Microsecond)
}

// stopped are the comments that a standing decision made spam, newest first.
func (s *Store) stopped(id string, sites []string) (all []*moderation.Comment) {
	for _, c := range s.comments {
		if within(c.Site, sites) && slices.Contains(c.Verdict.StoppedBy(), id) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *moderation.Comment) int { return strings.Compare(b.ID, a.ID) })
	return all
}

// StandingsOf lists what was made of a batch or a comment and holds at that moment.
func (s *Store) StandingsOf(_ context.Context, of string, at time.Time) (all []moderation.Standing, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.stands {
		if k.Of == of && at.Before(k.Ends()) {
			all = append(all, k.Standing)
		}
	}
	return all, nil
}

// Standings lists what holds on one of the sites: what ends last first.
func (s *Store) Standings(_ context.Context, sites []string, cursor string, limit int) (page moderation.StandingPage, err error) {
	if _, id, _ := strings.Cut(cursor, "."); cursor != "" && !isID(id) {
		return page, problem(moderation.Malformed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.stands)
	slices.SortFunc(all, func(a, b moderation.Kept) int { return cmp.Or(b.Ends().Compare(a.Ends()), strings.Compare(b.ID, a.ID)) })
	last := ""
	for _, k := range all {
		at := fmt.Sprintf("%d.%s", k.Ends().UnixMicro(), k.ID)
		switch {
		case !k.Concerns(sites) || cursor != "" && at >= cursor:
		case len(page.Standing) == limit:
			page.Next = last
		default:
			page.Standing, last = append(page.Standing, s.counted(k.Standing, sites)), at
		}
	}
	return page, nil
}

// Stopped lists what a standing decision stopped.
func (s *Store) Stopped(_ context.Context, id string, sites []string, cursor string, limit int) (l moderation.Listing, err error) {
	if cursor != "" && !isID(cursor) {
		return l, problem(moderation.Malformed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := s.stopped(id, sites)
	l.Total = min(len(all), moderation.CountCap)
	for _, c := range all {
		switch {
		case cursor != "" && c.ID >= cursor:
		case len(l.Entries) == limit:
			l.Next = l.Entries[limit-1].ID
			return l, nil
		default:
			l.Entries = append(l.Entries, s.entry(c))
		}
	}
	return l, nil
}

// StoppedStill lists what it stopped and nobody decided on since.
func (s *Store) StoppedStill(_ context.Context, id string, sites []string, limit int) (ids []string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.stopped(id, sites) {
		if c.State == moderation.IsSpam && c.Version == 0 && len(ids) < limit {
			ids = append(ids, c.ID)
		}
	}
	return ids, nil
}

// Refused reads what editors called spam of a batch or of a comment's campaign, newest first.
func (s *Store) Refused(_ context.Context, of string, sites []string, limit int) (refused []moderation.Comment, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []*moderation.Comment
	for _, d := range s.log {
		if d.Batch == of && d.To == moderation.IsSpam {
			all = append(all, s.comments[d.Comment])
		}
	}
	if all == nil {
		all = s.members(of)
	}
	if c := s.comments[of]; all == nil && c != nil {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *moderation.Comment) int { return strings.Compare(b.ID, a.ID) })
	for _, c := range all {
		if within(c.Site, sites) && !c.Staff && c.State == moderation.IsSpam && c.Version > 0 && len(refused) < limit {
			refused = append(refused, *c)
		}
	}
	if refused == nil {
		return nil, problem(moderation.NotFound)
	}
	return refused, nil
}

// InForce is the set of all standing decisions, without the bits that honest people share.
func (s *Store) InForce() *moderation.InForce {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.Clone(s.stands)
	for i := range all {
		all[i].Ties = slices.DeleteFunc(slices.Clone(all[i].Ties), func(tie moderation.Tie) bool {
			t := s.campaigns.ties[tie.Key()]
			return t != nil && (moderation.Found{Tie: tie, Good: t.good}).Common()
		})
	}
	return moderation.NewInForce(all)
}

// RefreshStanding has nothing to do here.
func (s *Store) RefreshStanding(context.Context, time.Time) error { return nil }

// SenderMarks are keyed hashes of a sender.
func (s *Store) SenderMarks(_ context.Context, site string, email moderation.Email, addr netip.Addr) (byEmail, byNetwork []byte) {
	hash := func(text string) []byte {
		mac := hmac.New(sha256.New, s.secret)
		mac.Write([]byte(site + "|" + text))
		return mac.Sum(nil)
	}
	if !email.IsZero() {
		byEmail = hash(strings.ToLower(email.Reveal()))
	}
	if addr.IsValid() {
		byNetwork = hash(moderation.Household(addr).String())
	}
	return byEmail, byNetwork
}
