package main

import (
	"context"
	"fmt"
	"time"

	"balasan/moderation/learn"
	"balasan/store"
)

const (
	lessonsAtOnce = 256
	summaryEvery  = 1000 // lessons
)

// study follows what editors decide into the model. Like gathering it rests as long as it has
// worked. When it fails nothing is lost: it goes on where it stopped.
func (s *service) study(ctx context.Context) {
	s.resumeLessons(ctx)
	for failing := false; ; {
		start := time.Now()
		n, err := s.studyNext(ctx)
		pause := time.Since(start)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil && !failing:
			s.health.set("learning", "editors' latest decisions are not learned from yet; they are kept")
			s.log.Error("learn from decisions", "error", err)
			fallthrough
		case err != nil:
			failing, pause = true, 5*time.Second
		case failing:
			s.health.set("learning", "")
			s.log.Info("learning from decisions again")
			failing = false
		case n == 0:
			pause = 500 * time.Millisecond
		case s.db.Busy():
			pause *= 10
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// studyNext follows the next few decisions and learns the next few lessons; it returns how many
// there were.
func (s *service) studyNext(ctx context.Context) (int, error) {
	decisions, err := s.db.Study(ctx)
	if err != nil {
		return 0, err
	}
	steps, err := s.db.Lessons(ctx, s.taught.Last(), lessonsAtOnce)
	if err != nil {
		return 0, err
	}
	s.taught.Follow(steps)
	n := decisions + len(steps)
	if n == 0 && s.taught.Fresh() >= summaryEvery {
		return n, s.summarizeLessons(ctx)
	}
	return n, nil
}

// summarizeLessons keeps a shortcut for the next start.
func (s *service) summarizeLessons(ctx context.Context) error {
	var all []store.Summary
	for _, one := range s.taught.Summarize() {
		all = append(all, store.Summary{Site: one.Site, Lesson: s.taught.Last(), Bytes: one.Bytes})
	}
	err := s.db.Summarize(ctx, all)
	if err == nil {
		s.taught.Kept()
	}
	return err
}

// resumeLessons takes the shortcut. Where there is none, or it does not fit this version, the
// lessons are read from the first.
func (s *service) resumeLessons(ctx context.Context) {
	kept, err := s.db.Summaries(ctx)
	all, last := make([]learn.Summary, len(kept)), int64(0)
	for i, one := range kept {
		all[i] = learn.Summary{Site: one.Site, Bytes: one.Bytes}
		last = max(last, one.Lesson)
	}
	if err == nil {
		err = s.taught.Resume(last, all)
	}
	if err != nil && ctx.Err() == nil {
		s.log.Info("all lessons are read again", "reason", fmt.Sprint(err))
	}
}
