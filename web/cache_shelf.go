package web

import (
	"container/list"
	"sync"
)

// shelf holds bodies up to a number of bytes. What was read since the hand last came by stays, what
// was not goes (SIEVE): addresses that are asked for once, however many, push out nothing that
// readers return to. Looking takes no lock that excludes other readers.
type shelf struct {
	most  int // bytes
	mu    sync.RWMutex
	by    map[place]*list.Element
	queue list.List     // the newest in front
	hand  *list.Element // where the next search for room begins; nil is the back
	bytes int
}

func (s *shelf) find(p place) *held {
	s.mu.RLock()
	defer s.mu.RUnlock()
	e := s.by[p]
	if e == nil {
		return nil
	}
	h := e.Value.(*held)
	if !h.read.Load() { // most are marked already, and a write would cost the other processors
		h.read.Store(true)
	}
	return h
}

// put stands h where an older body of its place stood, or in front. The newest always has room.
func (s *shelf) put(h *held) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.by == nil {
		s.by = map[place]*list.Element{}
	}
	s.bytes += h.size()
	if e := s.by[h.place]; e != nil {
		s.bytes -= e.Value.(*held).size()
		h.read.Store(true) // somebody asked for it again
		e.Value = h
	} else {
		s.by[h.place] = s.queue.PushFront(h)
	}
	for s.bytes > s.most && s.queue.Len() > 1 {
		s.evict()
	}
}

// evict takes out the first body that nobody read since the hand passed it.
func (s *shelf) evict() {
	for {
		e := s.hand
		if e == nil {
			e = s.queue.Back()
		}
		s.hand = e.Prev()
		if !e.Value.(*held).read.CompareAndSwap(true, false) {
			s.remove(e)
			return
		}
	}
}

func (s *shelf) remove(e *list.Element) {
	if s.hand == e {
		s.hand = e.Prev()
	}
	h := s.queue.Remove(e).(*held)
	delete(s.by, h.place)
	s.bytes -= h.size()
}

// forget takes a place out, if it is there.
func (s *shelf) forget(p place) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e := s.by[p]; e != nil {
		s.remove(e)
	}
}
