package learn

import (
	"sync"

	"balasan/moderation"
)

// Sites is what the editors of all sites taught, read from the log of lessons step by step. Who
// reads the same steps has the same Sites to the last bit. It is safe for concurrent use; the
// zero value has read nothing.
type Sites struct {
	mu      sync.RWMutex
	of      map[string]*Site
	last    int64           // the step that it has come to
	changed map[string]bool // since the last summary
	fresh   int             // steps since then
}

// Summary is what one site's lessons come to.
type Summary struct {
	Site  string
	Bytes []byte
}

// Site is what this site's editors taught; nil when they taught nothing yet.
func (s *Sites) Site(id string) *Site {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.of[id]
}

// Last is the place of the last step that was read.
func (s *Sites) Last() int64 {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.last
}

// Follow learns the next steps, which are those after Last in their order.
func (s *Sites) Follow(steps []moderation.Lesson) {
	for _, step := range steps {
		site := s.open(step)
		lesson := Lesson{Text: step.Text, Words: step.Words, Spam: step.Spam, Batch: step.Share}
		if step.Back {
			site.Unteach(lesson)
		} else {
			site.Teach(lesson)
		}
	}
}

// open notes that the step is being read.
func (s *Sites) open(step moderation.Lesson) *Site {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of == nil {
		s.of = map[string]*Site{}
	}
	if s.changed == nil {
		s.changed = map[string]bool{}
	}
	site := s.of[step.Site]
	if site == nil {
		site = &Site{}
		s.of[step.Site] = site
	}
	s.changed[step.Site], s.last = true, step.ID
	s.fresh++
	return site
}

// Fresh counts the steps since the last summary.
func (s *Sites) Fresh() int {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.fresh
}

// Summarize writes down the sites that changed since the last summary that was kept, as they are
// at Last. Nobody may call Follow between it and Kept.
func (s *Sites) Summarize() []Summary {
	s.mu.RLock()
	defer s.mu.RUnlock()
	var all []Summary
	for id := range s.changed {
		all = append(all, Summary{id, s.of[id].Snapshot()})
	}
	return all
}

// Kept says that what Summarize wrote down is on disk.
func (s *Sites) Kept() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed, s.fresh = nil, 0
}

// Resume begins at a place with what all sites' lessons up to it came to. A summary that cannot
// be read is an error, and then nothing is known: the log has it all.
func (s *Sites) Resume(last int64, all []Summary) error {
	of := map[string]*Site{}
	for _, one := range all {
		site, err := Restore(one.Bytes)
		if err != nil {
			return err
		}
		of[one.Site] = site
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.of, s.last = of, last
	return nil
}
