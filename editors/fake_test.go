package editors

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
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
	passkeys  []moderation.Passkey
	codes     map[string]*tried
	recovery  map[string][][32]byte
	spent     map[[12]byte]bool
}

// tried is a factor with the tries since its last right code.
type tried struct {
	moderation.CodeFactor
	tries int
	last  time.Time
}

func newFakeStore() *fakeStore {
	return &fakeStore{editors: map[string]moderation.Editor{}, passwords: map[string]string{}, codes: map[string]*tried{},
		recovery: map[string][][32]byte{}, spent: map[[12]byte]bool{}}
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

func (s *fakeStore) SetPassword(_ context.Context, editor, encoded string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passwords[editor] = encoded
	s.passes = slices.DeleteFunc(s.passes, func(p moderation.Pass) bool {
		return p.Editor == editor && p.Kind != moderation.Token
	})
	return nil
}

func (s *fakeStore) Grant(_ context.Context, editor, site string, role moderation.Role, forced bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if site == moderation.AllSites && role != moderation.Owner && !forced && s.lastOwner(editor) {
		return moderation.ErrLastOwner
	}
	if role == "" {
		delete(s.editors[editor].Roles, site)
	} else {
		s.editors[editor].Roles[site] = role
	}
	return nil
}

func (s *fakeStore) lastOwner(editor string) bool {
	for _, e := range s.editors {
		if e.ID != editor && e.Roles[moderation.AllSites] == moderation.Owner {
			return false
		}
	}
	return s.editors[editor].Roles[moderation.AllSites] == moderation.Owner
}

func (s *fakeStore) Dismiss(ctx context.Context, editor string, forced bool) error {
	s.mu.Lock()
	if !forced && s.lastOwner(editor) {
		s.mu.Unlock()
		return moderation.ErrLastOwner
	}
	clear(s.editors[editor].Roles)
	s.mu.Unlock()
	return s.Lock(ctx, editor)
}

func (s *fakeStore) Lock(_ context.Context, editor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passwords[editor] = ""
	s.passes = slices.DeleteFunc(s.passes, func(p moderation.Pass) bool { return p.Editor == editor })
	s.passkeys = slices.DeleteFunc(s.passkeys, func(k moderation.Passkey) bool { return k.Editor == editor })
	delete(s.codes, editor)
	delete(s.recovery, editor)
	return nil
}

func (s *fakeStore) Withdraw(ctx context.Context, editor string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.passwords[editor] != "" || slices.ContainsFunc(s.passes, func(p moderation.Pass) bool {
		return p.Editor == editor && p.Kind == moderation.Session
	}) {
		return &moderation.Problem{Code: moderation.NotFound}
	}
	s.passes = slices.DeleteFunc(s.passes, func(p moderation.Pass) bool { return p.Editor == editor })
	delete(s.editors, editor)
	return nil
}

func (s *fakeStore) People(ctx context.Context, at time.Time) (people []moderation.Person, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, e := range s.editors {
		p := moderation.Person{Editor: e, Password: s.passwords[id] != "", Codes: s.codes[id] != nil}
		for _, pass := range s.passes {
			if pass.Editor == id && pass.Kind == moderation.SignInLink && at.Before(pass.ExpiresAt) {
				p.Links = append(p.Links, pass)
			}
		}
		people = append(people, p)
	}
	slices.SortFunc(people, func(a, b moderation.Person) int { return strings.Compare(a.Name, b.Name) })
	return people, nil
}

func (s *fakeStore) Spend(_ context.Context, id [12]byte, _ string, _ bool, _ time.Time) (moderation.Code, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.spent[id] {
		return moderation.CaptchaReused, nil
	}
	s.spent[id] = true
	return "", nil
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

func (s *fakeStore) DropSessions(_ context.Context, editor string, keep [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passes = slices.DeleteFunc(s.passes, func(p moderation.Pass) bool {
		return p.Editor == editor && p.Kind == moderation.Session && p.Hash != keep
	})
	return nil
}

func (s *fakeStore) AddPasskey(_ context.Context, k moderation.Passkey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passkeys = append(s.passkeys, k)
	return nil
}

func (s *fakeStore) Passkeys(_ context.Context, editor string) (held []moderation.Passkey, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.passkeys {
		if k.Editor == editor {
			held = append(held, k)
		}
	}
	return held, nil
}

func (s *fakeStore) Passkey(_ context.Context, id []byte) (moderation.Passkey, moderation.Editor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.passkeys {
		if bytes.Equal(k.ID, id) {
			return k, s.editors[k.Editor], nil
		}
	}
	return moderation.Passkey{}, moderation.Editor{}, &moderation.Problem{Code: moderation.NotFound}
}

func (s *fakeStore) UsePasskey(_ context.Context, used moderation.Passkey) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, k := range s.passkeys {
		if !bytes.Equal(k.ID, used.ID) {
			continue
		}
		if k.Uses < used.Uses || k.Uses == 0 && used.Uses == 0 {
			s.passkeys[i] = used
			return nil
		}
		s.passkeys[i].Cloned = true
	}
	return &moderation.Problem{Code: moderation.Unauthorized}
}

func (s *fakeStore) DropPasskey(_ context.Context, editor string, id []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.passkeys = slices.DeleteFunc(s.passkeys, func(k moderation.Passkey) bool { return k.Editor == editor && bytes.Equal(k.ID, id) })
	return nil
}

func (s *fakeStore) SetCodes(_ context.Context, editor string, f moderation.CodeFactor, recovery [][32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.codes[editor] = (&tried{CodeFactor: f}); f.Sealed == nil {
		delete(s.codes, editor)
	}
	s.recovery[editor] = recovery
	return nil
}

func (s *fakeStore) SetRecovery(_ context.Context, editor string, hashes [][32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recovery[editor] = hashes
	return nil
}

func (s *fakeStore) HasCodes(_ context.Context, editor string) (bool, int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.codes[editor] != nil, len(s.recovery[editor]), nil
}

func (s *fakeStore) TryCode(_ context.Context, editor string, at time.Time, limit int, pause time.Duration) (moderation.CodeFactor, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.codes[editor]
	if f == nil {
		return moderation.CodeFactor{}, &moderation.Problem{Code: moderation.NotFound}
	}
	rest := pause - at.Sub(f.last)
	if f.tries >= limit && rest > 0 {
		return moderation.CodeFactor{}, &moderation.Problem{Code: moderation.Limited, After: rest}
	}
	if rest <= 0 {
		f.tries = 0
	}
	f.tries, f.last = f.tries+1, at
	return f.CodeFactor, nil
}

func (s *fakeStore) UseStep(_ context.Context, editor string, step int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.codes[editor]
	if f == nil || f.Step >= step {
		return &moderation.Problem{Code: moderation.Unauthorized}
	}
	f.Step, f.tries = step, 0
	return nil
}

func (s *fakeStore) UseRecovery(_ context.Context, editor string, hash [32]byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.recovery[editor], hash)
	if i < 0 {
		return &moderation.Problem{Code: moderation.Unauthorized}
	}
	s.recovery[editor] = slices.Delete(s.recovery[editor], i, i+1)
	return nil
}

// Seal only binds to the place: what it hides is of no use outside of a test.
func (s *fakeStore) Seal(place string, plain []byte) ([]byte, error) {
	return append([]byte(place+"\x00"), plain...), nil
}

func (s *fakeStore) Unseal(place string, sealed []byte) ([]byte, error) {
	plain, ok := bytes.CutPrefix(sealed, []byte(place+"\x00"))
	if !ok {
		return nil, errors.New("sealed elsewhere")
	}
	return plain, nil
}
