// Package memory is a store that forgets: the fake for other rooms' tests and the model that
// real stores are held against. It is written for plainness and scans where a database seeks.
package memory

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"balasan/moderation"
)

// Store keeps everything in maps. It is safe for concurrent use.
type Store struct {
	mu       sync.Mutex
	secret   []byte // of avatars
	sites    map[string]moderation.Site
	threads  map[place]*thread
	comments map[string]*moderation.Comment
	log      []moderation.Decision
	looks    []look
	editors  map[string]*editor
	passes   map[[32]byte]*moderation.Pass
	spent    map[[12]byte]*mark

	campaigns campaigns
	lessons   lessons
	tallying  moderation.Tallying
}

type place struct{ site, page string }

type thread struct {
	moderation.Thread
	title   string
	version int64
}

type look struct {
	comment, editor string
	at              time.Time
}

type editor struct {
	moderation.Editor
	password string
}

// New makes an empty store.
func New() *Store {
	return &Store{secret: []byte(rand.Text()), sites: map[string]moderation.Site{}, threads: map[place]*thread{},
		comments: map[string]*moderation.Comment{}, editors: map[string]*editor{},
		passes: map[[32]byte]*moderation.Pass{}, spent: map[[12]byte]*mark{}}
}

func problem(code moderation.Code) error { return &moderation.Problem{Code: code} }

func clean(texts ...string) error {
	for _, s := range texts {
		if strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
			return problem(moderation.Malformed)
		}
	}
	return nil
}

// Keep stores a comment, or answers for the one that came first under its key.
func (s *Store) Keep(_ context.Context, c moderation.Comment) (moderation.Receipt, error) {
	if err := clean(c.Body, c.Key, c.Name, c.Page); err != nil {
		return moderation.Receipt{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.keep(c)
}

func (s *Store) keep(c moderation.Comment) (moderation.Receipt, error) {
	if _, ok := s.sites[c.Site]; !ok {
		return moderation.Receipt{}, problem(moderation.NotFound)
	}
	if receipt, err := s.replay(c.Site, c.Key, c.Digest()); moderation.CodeOf(err) != moderation.NotFound {
		return receipt, err
	}
	c.At = c.At.UTC().Truncate(time.Microsecond)
	t := s.thread(c.Site, c.Page)
	if t.FirstAt.IsZero() {
		t.FirstAt, t.title = c.At, c.PageTitle
	}
	if c.State == moderation.Approved {
		t.version++
	}
	s.comments[c.ID] = &c
	s.campaigns.received = append(s.campaigns.received, c.ID)
	return moderation.Receipt{ID: c.ID, ReceivedAt: c.At}, nil
}

func (s *Store) thread(site, page string) *thread {
	t := s.threads[place{site, page}]
	if t == nil {
		t = &thread{version: 1}
		s.threads[place{site, page}] = t
	}
	return t
}

// Replay returns the receipt of an earlier Keep under this key.
func (s *Store) Replay(_ context.Context, site, key string, digest [32]byte) (moderation.Receipt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.replay(site, key, digest)
}

func (s *Store) replay(site, key string, digest [32]byte) (moderation.Receipt, error) {
	for _, c := range s.comments {
		switch {
		case key == "" || c.Site != site || c.Key != key:
		case c.Digest() != digest:
			return moderation.Receipt{}, problem(moderation.KeyReused)
		default:
			return moderation.Receipt{ID: c.ID, ReceivedAt: c.At}, nil
		}
	}
	return moderation.Receipt{}, problem(moderation.NotFound)
}

// Recall reads all that must be known before a submission is weighed.
func (s *Store) Recall(_ context.Context, q moderation.Query) (moderation.Recollection, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	site, ok := s.sites[q.Site]
	if !ok {
		return moderation.Recollection{}, problem(moderation.NotFound)
	}
	known := moderation.Recollection{Site: site}
	if t := s.threads[place{q.Site, q.Page}]; t != nil {
		known.Thread = t.Thread
	}
	if p := s.comments[q.Parent]; p != nil && p.Site == q.Site && p.Page == q.Page && p.State == moderation.Approved {
		known.Parent = &moderation.Parent{ID: p.ID, Root: p.Root, Depth: p.Depth, Above: p.Parent}
	}
	for _, c := range s.comments {
		remember(&known.History, *c, q)
	}
	known.History.Campaign = s.kin(q)
	return known, nil
}

func remember(h *moderation.History, c moderation.Comment, q moderation.Query) {
	within := func(d time.Duration) bool { return c.At.After(q.At.Add(-d)) }
	count := func(n *int, yes bool) {
		if yes {
			*n = min(*n+1, moderation.HistoryCap)
		}
	}
	here := c.Site == q.Site
	sender := here && !q.Email.IsZero() && strings.EqualFold(c.Email.Reveal(), q.Email.Reveal())
	near := here && q.Addr.IsValid() && c.Addr.IsValid() && moderation.Network(c.Addr) == moderation.Network(q.Addr)
	same := q.Text != 0 && c.Text == q.Text && within(moderation.HistorySpan)
	refused := c.State == moderation.IsSpam && c.Version > 0
	count(&h.Approved, sender && near && c.State == moderation.Approved && c.Version > 0)
	count(&h.Spam, sender && refused && within(moderation.HistorySpan))
	count(&h.Repeats, same)
	count(&h.Refused, same && refused)
	count(&h.Network.Minutes10, near && within(10*time.Minute))
	count(&h.Network.Hour, near && within(time.Hour))
	count(&h.Network.Day, near && within(24*time.Hour))
}

// ThreadVersion grows with each change of what is public on the page; 0 for an unknown one.
func (s *Store) ThreadVersion(_ context.Context, site, page string) (int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.threads[place{site, page}]; t != nil {
		return t.version, nil
	}
	return 0, nil
}

// ThreadPage reads at most limit approved comments, each branch below its top.
func (s *Store) ThreadPage(_ context.Context, site, page string, order moderation.Order, cursor string, limit int) (moderation.ThreadPage, error) {
	root, id, _ := strings.Cut(cursor, ".")
	if cursor != "" && (!isID(root) || !isID(id)) {
		return moderation.ThreadPage{}, problem(moderation.Malformed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := func(rootA, idA, rootB, idB string) int {
		tops := strings.Compare(rootA, rootB)
		if order != moderation.OldestFirst {
			tops = -tops
		}
		if tops != 0 {
			return tops
		}
		return strings.Compare(idA, idB)
	}
	var tp moderation.ThreadPage
	for _, c := range s.public(site, page) {
		tp.Count++
		if cursor == "" || before(root, id, c.Root, c.ID) < 0 {
			tp.Comments = append(tp.Comments, s.published(c))
		}
	}
	slices.SortFunc(tp.Comments, func(a, b moderation.Published) int { return before(a.Root, a.ID, b.Root, b.ID) })
	if len(tp.Comments) > limit {
		tp.Comments = tp.Comments[:limit]
		tp.Next = tp.Comments[limit-1].Root + "." + tp.Comments[limit-1].ID
	}
	return tp, nil
}

func (s *Store) public(site, page string) (all []*moderation.Comment) {
	for _, c := range s.comments {
		if c.Site == site && c.Page == page && c.State == moderation.Approved {
			all = append(all, c)
		}
	}
	return all
}

func (s *Store) published(c *moderation.Comment) moderation.Published {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write([]byte(c.Site + "|" + c.Email.Reveal()))
	if c.Email.IsZero() {
		mac.Write([]byte("|" + c.Name))
	}
	return moderation.Published{ID: c.ID, Parent: c.Parent, Root: c.Root, Depth: c.Depth, Name: c.Name, Website: c.Website,
		Body: c.Body, Avatar: mac.Sum(nil)[:8], At: c.At, Staff: c.Staff}
}

// Counts tells how many approved comments each of the pages has; pages without one are left out.
func (s *Store) Counts(_ context.Context, site string, pages []string) (map[string]int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := map[string]int{}
	for _, page := range pages {
		if n := len(s.public(site, page)); n > 0 {
			counts[page] = n
		}
	}
	return counts, nil
}

func isID(s string) bool { return len(s) == 36 && strings.Trim(s, "0123456789abcdef-") == "" }
