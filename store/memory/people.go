package memory

import (
	"bytes"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"balasan/moderation"
)

// AddSite keeps a new site.
func (s *Store) AddSite(_ context.Context, site moderation.Site) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.sites[site.ID]; ok {
		return taken("id")
	}
	s.sites[site.ID] = site
	return nil
}

func taken(field string) error {
	return &moderation.Problem{Code: moderation.Invalid, Fields: []moderation.FieldFault{{Field: field, Fault: moderation.FaultForbidden}}}
}

// UpdateSite replaces all of a site but its id.
func (s *Store) UpdateSite(_ context.Context, site moderation.Site) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.sites[site.ID]; !ok {
		return problem(moderation.NotFound)
	}
	s.sites[site.ID] = site
	return nil
}

// Site finds a site.
func (s *Store) Site(_ context.Context, id string) (moderation.Site, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	site, ok := s.sites[id]
	if !ok {
		return site, problem(moderation.NotFound)
	}
	return site, nil
}

// Sites lists all sites by id.
func (s *Store) Sites(context.Context) (all []moderation.Site, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(s.sites)) {
		all = append(all, s.sites[id])
	}
	return all, nil
}

// AddEditor keeps a new editor.
func (s *Store) AddEditor(_ context.Context, e moderation.Editor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range s.editors {
		if known.Name == e.Name {
			return taken("name")
		}
	}
	s.editors[e.ID] = &editor{Editor: copyOf(e)}
	return nil
}

func copyOf(e moderation.Editor) moderation.Editor {
	roles := make(map[string]moderation.Role, len(e.Roles))
	maps.Copy(roles, e.Roles)
	e.Roles = roles
	return e
}

// EditorByName also returns the encoded password hash.
func (s *Store) EditorByName(_ context.Context, name string) (moderation.Editor, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.editors {
		if e.Name == name {
			return copyOf(e.Editor), e.password, nil
		}
	}
	return moderation.Editor{}, "", problem(moderation.NotFound)
}

// Editors lists all editors by name.
func (s *Store) Editors(context.Context) (all []moderation.Editor, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.editors {
		all = append(all, copyOf(e.Editor))
	}
	slices.SortFunc(all, func(a, b moderation.Editor) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

// SetPassword keeps the hash and drops the editor's sessions and sign-in links.
func (s *Store) SetPassword(_ context.Context, id, encoded string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.editors[id]
	if e == nil {
		return problem(moderation.NotFound)
	}
	e.password = encoded
	maps.DeleteFunc(s.passes, func(_ [32]byte, p *moderation.Pass) bool { return p.Editor == id && p.Kind != moderation.Token })
	return nil
}

// Grant gives a role on one site; the empty role takes it back.
func (s *Store) Grant(_ context.Context, id, site string, role moderation.Role, forced bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.editors[id]
	if e == nil {
		return problem(moderation.NotFound)
	}
	if site == moderation.AllSites && role != moderation.Owner && !forced && s.lastOwner(id) {
		return moderation.ErrLastOwner
	}
	if e.Roles[site] = role; role == "" {
		delete(e.Roles, site)
	}
	return nil
}

// lastOwner tells whether this editor owns all sites and nobody else does.
func (s *Store) lastOwner(id string) bool {
	owners := 0
	for _, e := range s.editors {
		if e.Roles[moderation.AllSites] == moderation.Owner {
			owners++
		}
	}
	return owners == 1 && s.editors[id].Roles[moderation.AllSites] == moderation.Owner
}

// Dismiss takes every role, the password and every pass.
func (s *Store) Dismiss(_ context.Context, id string, forced bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.editors[id]
	if e == nil {
		return problem(moderation.NotFound)
	}
	if !forced && s.lastOwner(id) {
		return moderation.ErrLastOwner
	}
	clear(e.Roles)
	e.password = ""
	maps.DeleteFunc(s.passes, func(_ [32]byte, p *moderation.Pass) bool { return p.Editor == id })
	return nil
}

// AddPass keeps a pass.
func (s *Store) AddPass(_ context.Context, p moderation.Pass) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passes[p.Hash] = &p
	return nil
}

// UsePass finds a pass that is still good, and takes a sign-in link.
func (s *Store) UsePass(_ context.Context, kind moderation.PassKind, hash [32]byte, at time.Time) (moderation.Pass, moderation.Editor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.passes[hash]
	if p == nil || p.Kind != kind || !at.Before(p.ExpiresAt) {
		return moderation.Pass{}, moderation.Editor{}, problem(moderation.Unauthorized)
	}
	found := *p
	switch {
	case kind == moderation.SignInLink:
		delete(s.passes, hash)
	case at.Sub(p.SeenAt) >= time.Minute:
		p.SeenAt = at
	}
	return found, copyOf(s.editors[p.Editor].Editor), nil
}

// Passes lists what the editor holds, newest first.
func (s *Store) Passes(_ context.Context, id string, at time.Time) (all []moderation.Pass, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range s.passes {
		if p.Editor == id && at.Before(p.ExpiresAt) {
			all = append(all, *p)
		}
	}
	slices.SortFunc(all, func(a, b moderation.Pass) int {
		if n := b.CreatedAt.Compare(a.CreatedAt); n != 0 {
			return n
		}
		return bytes.Compare(a.Hash[:], b.Hash[:])
	})
	return all, nil
}

// DropPass ends one pass of the editor.
func (s *Store) DropPass(_ context.Context, id string, hash [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.passes[hash]; p == nil || p.Editor != id {
		return problem(moderation.NotFound)
	}
	delete(s.passes, hash)
	return nil
}

// mark is what is known of one challenge.
type mark struct {
	spent   bool
	spender string
	wrong   int
}

// Spend notes one try at a challenge.
func (s *Store) Spend(_ context.Context, id [12]byte, spender string, right bool, _ time.Time) (moderation.Code, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.spent[id]
	if m == nil {
		m = &mark{}
		s.spent[id] = m
	}
	switch {
	case m.wrong == 3:
		return moderation.CaptchaLocked, nil
	case m.spent && right && spender != "" && spender == m.spender:
		return "", nil
	case m.spent:
		return moderation.CaptchaReused, nil
	case right:
		m.spent, m.spender = true, spender
		return "", nil
	}
	if m.wrong++; m.wrong == 3 {
		return moderation.CaptchaLocked, nil
	}
	return moderation.CaptchaWrong, nil
}
