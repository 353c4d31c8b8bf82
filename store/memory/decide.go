package memory

import (
	"context"
	"slices"
	"strings"
	"time"

	"balasan/moderation"
)

// act is who decides, when and as part of what.
type act struct {
	batch, note, undoes string
	by                  moderation.Editor
	at                  time.Time
}

// Rule changes what still stands as the ruling expects it.
func (s *Store) Rule(_ context.Context, r moderation.Ruling, by moderation.Editor, batch string, sites []string, at time.Time) (moderation.Settled, error) {
	if err := clean(append(slices.Clone(r.IDs), r.Note)...); err != nil {
		return moderation.Settled{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	settled := moderation.Settled{Batch: batch}
	for _, id := range slices.Compact(slices.Sorted(slices.Values(r.IDs))) {
		c := s.comments[id]
		switch {
		case c == nil || !within(c.Site, sites):
			settled.Unknown = append(settled.Unknown, id)
		case r.Expects(c.State) && c.State != r.To:
			s.change(&settled, c, r.To, act{batch: batch, note: r.Note, by: by, at: at})
		default:
			settled.Lost = append(settled.Lost, s.standing(c))
		}
	}
	return settled, nil
}

// Undo puts back what batch changed and nobody has changed since.
func (s *Store) Undo(_ context.Context, batch string, by moderation.Editor, undo string, sites []string, at time.Time) (moderation.Settled, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	settled := moderation.Settled{Batch: undo}
	var undone []moderation.Decision
	for _, d := range s.log {
		if d.Batch == batch {
			undone = append(undone, d)
		}
	}
	slices.SortFunc(undone, func(a, b moderation.Decision) int { return strings.Compare(a.Comment, b.Comment) })
	for _, d := range undone {
		c := s.comments[d.Comment]
		switch {
		case !within(c.Site, sites):
			settled.Unknown = append(settled.Unknown, d.Comment)
		case s.last(d.Comment) == d:
			s.change(&settled, c, d.From, act{batch: undo, undoes: batch, by: by, at: at})
		default:
			settled.Lost = append(settled.Lost, s.standing(c))
		}
	}
	return settled, nil
}

// Answer keeps an editor's reply, approved, and approves its parent while that waits.
func (s *Store) Answer(_ context.Context, c moderation.Comment, by moderation.Editor, batch string) (moderation.Settled, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	settled, a := moderation.Settled{Batch: batch}, act{batch: batch, by: by, at: c.At}
	parent := s.comments[c.Parent]
	switch {
	case parent == nil:
		return settled, problem(moderation.NotFound)
	case parent.State == moderation.Pending:
		s.change(&settled, parent, moderation.Approved, a)
	case parent.State != moderation.Approved:
		settled.Lost = append(settled.Lost, s.standing(parent))
		return settled, nil
	}
	c.State = moderation.Trashed
	if _, err := s.keep(c); err != nil {
		return settled, err
	}
	s.change(&settled, s.comments[c.ID], moderation.Approved, a)
	return settled, nil
}

func within(site string, sites []string) bool { return sites == nil || slices.Contains(sites, site) }

func (s *Store) change(settled *moderation.Settled, c *moderation.Comment, to moderation.State, a act) {
	d := moderation.Decision{Batch: a.batch, Comment: c.ID, Editor: a.by.ID, By: a.by.Name, From: c.State, To: to,
		Note: a.note, Undoes: a.undoes, At: a.at.UTC().Truncate(time.Microsecond)}
	if d.From == moderation.Approved || d.To == moderation.Approved {
		s.thread(c.Site, c.Page).version++
	}
	c.State, c.Version = to, c.Version+1
	s.log = append(s.log, d)
	settled.Changed = append(settled.Changed, d)
}

// last is the decision that stands; the zero one when the machine's word does.
func (s *Store) last(comment string) (d moderation.Decision) {
	for _, logged := range s.log {
		if logged.Comment == comment {
			d = logged
		}
	}
	return d
}

func (s *Store) standing(c *moderation.Comment) moderation.Conflict {
	if d := s.last(c.ID); d.Batch != "" {
		return moderation.Conflict{ID: c.ID, State: c.State, By: d.By, Batch: d.Batch, At: d.At}
	}
	return moderation.Conflict{ID: c.ID, State: c.State, At: c.At}
}

// Batches lists the editor's last decisions, newest first.
func (s *Store) Batches(_ context.Context, editor string, limit int) ([]moderation.Batch, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []moderation.Batch
	counts, undone := map[string]map[moderation.State]int{}, map[string]bool{}
	for _, d := range s.log {
		undone[d.Undoes] = true
		if d.Editor != editor {
			continue
		}
		i := slices.IndexFunc(all, func(b moderation.Batch) bool { return b.ID == d.Batch })
		if i < 0 {
			i, all = len(all), append(all, moderation.Batch{ID: d.Batch, By: d.By, Note: d.Note, Undoes: d.Undoes, At: d.At})
			counts[d.Batch] = map[moderation.State]int{}
		}
		b, to := &all[i], counts[d.Batch]
		b.Count++
		if to[d.To]++; to[d.To] > to[b.To] {
			b.To = d.To
		}
	}
	for i := range all {
		all[i].Undone = undone[all[i].ID]
	}
	slices.SortFunc(all, func(a, b moderation.Batch) int {
		if n := b.At.Compare(a.At); n != 0 {
			return n
		}
		return strings.Compare(b.ID, a.ID)
	})
	return all[:min(len(all), limit)], nil
}

// List reads one page of the queue.
func (s *Store) List(_ context.Context, f moderation.Filter) (moderation.Listing, error) {
	if f.Cursor != "" && !isID(f.Cursor) {
		return moderation.Listing{}, problem(moderation.Malformed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var l moderation.Listing
	for _, c := range s.ordered(f.State) {
		if !s.matches(c, f) {
			continue
		}
		l.Total = min(l.Total+1, moderation.CountCap)
		behind := f.Cursor == "" || (c.ID > f.Cursor) == (f.State == moderation.Pending) && c.ID != f.Cursor
		switch {
		case !behind:
		case len(l.Entries) == f.Limit:
			l.Next = l.Entries[f.Limit-1].ID
		default:
			l.Entries = append(l.Entries, s.entry(c))
		}
	}
	return l, nil
}

// ordered is what waits oldest first and what is decided newest first.
func (s *Store) ordered(state moderation.State) (all []*moderation.Comment) {
	for _, c := range s.comments {
		if c.State == state {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *moderation.Comment) int { return strings.Compare(a.ID, b.ID) })
	if state != moderation.Pending {
		slices.Reverse(all)
	}
	return all
}

func (s *Store) matches(c *moderation.Comment, f moderation.Filter) bool {
	part := strings.ToLower(f.Page)
	return within(c.Site, f.Sites) && (f.Site == "" || f.Site == c.Site) &&
		(strings.Contains(strings.ToLower(c.Page), part) || strings.Contains(strings.ToLower(s.thread(c.Site, c.Page).title), part))
}

func (s *Store) entry(c *moderation.Comment) moderation.Entry {
	e := moderation.Entry{Comment: *c, PageTitle: s.thread(c.Site, c.Page).title, Level: c.Verdict.Level()}
	e.Comment.PageTitle = e.PageTitle
	if p := s.comments[c.Parent]; p != nil {
		e.ParentName, e.ParentBody = p.Name, p.Body
	}
	for _, d := range s.log {
		if d.Comment == c.ID {
			e.Decided = append(e.Decided, d)
		}
	}
	slices.Reverse(e.Decided)
	return e
}

// Pending counts what waits; nil is all sites.
func (s *Store) Pending(ctx context.Context, sites []string) (int, error) {
	l, err := s.List(ctx, moderation.Filter{State: moderation.Pending, Sites: sites, Limit: 1})
	return l.Total, err
}

// Entry reads one comment whole.
func (s *Store) Entry(_ context.Context, id string, sites []string) (moderation.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.comments[id]
	if c == nil || !within(c.Site, sites) {
		return moderation.Entry{}, problem(moderation.NotFound)
	}
	return s.entry(c), nil
}

// Looked writes down that an editor looked at an address.
func (s *Store) Looked(_ context.Context, comment string, by moderation.Editor, at time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.looks = append(s.looks, look{comment, by.ID, at})
	return nil
}

// Looks tells how often anybody looked at the address of a comment.
func (s *Store) Looks(comment string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, l := range s.looks {
		if l.comment == comment {
			n++
		}
	}
	return n
}

// SetThread overrides the site's mode for one page.
func (s *Store) SetThread(_ context.Context, site, page string, mode moderation.Mode, _ moderation.Editor, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.sites[site]; !ok {
		return problem(moderation.NotFound)
	}
	t := s.thread(site, page)
	t.Mode = mode
	t.version++
	return nil
}
