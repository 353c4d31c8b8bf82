package editors

import (
	"context"
	"slices"
	"sync"
	"time"

	"balasan/moderation"
)

// fakeStore keeps the promises of Store in maps.
type fakeStore struct {
	mu        sync.Mutex
	editors   map[string]moderation.Editor // by ID
	passwords map[string]string
	passes    []moderation.Pass
}

func newFakeStore() *fakeStore {
	return &fakeStore{editors: map[string]moderation.Editor{}, passwords: map[string]string{}}
}

func (s *fakeStore) AddEditor(_ context.Context, e moderation.Editor) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, known := range s.editors {
		if known.Name == e.Name {
			return fault("name", moderation.FaultForbidden, 0)
		}
	}
	s.editors[e.ID] = e
	return nil
}

func (s *fakeStore) EditorByName(_ context.Context, name string) (moderation.Editor, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, e := range s.editors {
		if e.Name == name {
			return e, s.passwords[id], nil
		}
	}
	return moderation.Editor{}, "", &moderation.Problem{Code: moderation.NotFound}
}

func (s *fakeStore) Editors(context.Context) (all []moderation.Editor, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.editors {
		all = append(all, e)
	}
	return all, nil
}

func (s *fakeStore) SetPassword(_ context.Context, editor, encoded string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passwords[editor] = encoded
	s.passes = slices.DeleteFunc(s.passes, func(p moderation.Pass) bool {
		return p.Editor == editor && p.Kind != moderation.Token
	})
	return nil
}

func (s *fakeStore) Grant(_ context.Context, editor, site string, role moderation.Role) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if role == "" {
		delete(s.editors[editor].Roles, site)
	} else {
		s.editors[editor].Roles[site] = role
	}
	return nil
}

func (s *fakeStore) Dismiss(_ context.Context, editor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.editors[editor].Roles)
	s.passwords[editor] = ""
	s.passes = slices.DeleteFunc(s.passes, func(p moderation.Pass) bool { return p.Editor == editor })
	return nil
}

func (s *fakeStore) AddPass(_ context.Context, p moderation.Pass) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passes = append(s.passes, p)
	return nil
}

func (s *fakeStore) UsePass(_ context.Context, kind moderation.PassKind, hash [32]byte, at time.Time) (moderation.Pass, moderation.Editor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.passes, func(p moderation.Pass) bool {
		return p.Kind == kind && p.Hash == hash && at.Before(p.ExpiresAt)
	})
	if i < 0 {
		return moderation.Pass{}, moderation.Editor{}, &moderation.Problem{Code: moderation.Unauthorized}
	}
	pass := s.passes[i]
	if kind == moderation.SignInLink {
		s.passes = slices.Delete(s.passes, i, i+1)
	} else {
		s.passes[i].SeenAt = at
	}
	return pass, s.editors[pass.Editor], nil
}

func (s *fakeStore) Passes(_ context.Context, editor string, at time.Time) (held []moderation.Pass, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, p := range slices.Backward(s.passes) {
		if p.Editor == editor && at.Before(p.ExpiresAt) {
			held = append(held, p)
		}
	}
	return held, nil
}

func (s *fakeStore) DropPass(_ context.Context, editor string, hash [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := len(s.passes)
	s.passes = slices.DeleteFunc(s.passes, func(p moderation.Pass) bool { return p.Editor == editor && p.Hash == hash })
	if len(s.passes) == before {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	return nil
}
