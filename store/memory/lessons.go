package memory

import (
	"context"

	"balasan/moderation"
)

// lessons is what was studied so far.
type lessons struct {
	steps   []moderation.Lesson
	studied int // decisions
	stand   map[lessonKey]*lesson
}

type lessonKey struct {
	site string
	text uint64 // digest
	lone string // the comment whose text ties to nothing
	said moderation.State
}

type lesson struct {
	taught  moderation.Lesson
	holders int
}

// Study writes down what all decisions since teach.
func (s *Store) Study(context.Context) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k := &s.lessons
	if k.stand == nil {
		k.stand = map[lessonKey]*lesson{}
	}
	from := k.studied
	for ; k.studied < len(s.log); k.studied++ {
		c := s.comments[s.log[k.studied].Comment]
		if c.Staff {
			continue
		}
		before, after := s.said(k.studied, c.ID)
		if before == after {
			continue
		}
		k.release(c, before)
		k.hold(c, after, moderation.ShareOf(s.batchSize(s.log[k.studied].Batch)))
	}
	return k.studied - from, nil
}

// said is what the comment said before and after the decision at that place of the log.
func (s *Store) said(at int, comment string) (before, after moderation.State) {
	var log []moderation.Decision
	for _, d := range s.log[:at+1] {
		if d.Comment == comment {
			log = append(log, d)
		}
	}
	all := append([]moderation.State{""}, moderation.Labels(log)...)
	return all[len(all)-2], all[len(all)-1]
}

func (s *Store) batchSize(batch string) (n int) {
	for _, d := range s.log {
		if d.Batch == batch {
			n++
		}
	}
	return n
}

func keyOf(c *moderation.Comment, said moderation.State) lessonKey {
	if c.Text == 0 {
		return lessonKey{site: c.Site, lone: c.ID, said: said}
	}
	return lessonKey{site: c.Site, text: c.Text, said: said}
}

func (k *lessons) release(c *moderation.Comment, said moderation.State) {
	l := k.stand[keyOf(c, said)]
	if said == "" || l == nil {
		return
	}
	if l.holders--; l.holders == 0 {
		delete(k.stand, keyOf(c, said))
		k.add(l.taught, true)
	}
}

func (k *lessons) hold(c *moderation.Comment, said moderation.State, share int) {
	if said == "" {
		return
	}
	l := k.stand[keyOf(c, said)]
	if l == nil {
		l = &lesson{taught: moderation.Lesson{Site: c.Site, Text: c.Body, Spam: said == moderation.IsSpam, Share: share}}
		k.stand[keyOf(c, said)] = l
		k.add(l.taught, false)
	}
	l.holders++
}

func (k *lessons) add(l moderation.Lesson, back bool) {
	l.ID, l.Back = int64(len(k.steps)+1), back
	k.steps = append(k.steps, l)
}

// Lessons reads at most limit steps after a place.
func (s *Store) Lessons(_ context.Context, after int64, limit int) ([]moderation.Lesson, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rest := s.lessons.steps[min(int(after), len(s.lessons.steps)):]
	return append([]moderation.Lesson(nil), rest[:min(len(rest), limit)]...), nil
}
