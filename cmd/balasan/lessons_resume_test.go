package main

import (
	"fmt"
	"io"
	"log/slog"
	"testing"

	"balasan/configs"
	"balasan/moderation"
	"balasan/moderation/learn"
	"balasan/store"
	"balasan/store/storetest"
)

// TestLearningGoesOn starts again from a shortcut, from one that does not fit, and after the
// database was away: each comes to the same weights.
func TestLearningGoesOn(t *testing.T) {
	cfg, err := configs.Load("", nil, "data="+t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	h, err := enter(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.db.AddSite(t.Context(), moderation.Site{ID: "desa", Policy: moderation.DefaultPolicy()}); err != nil {
		t.Fatal(err)
	}
	decide(t, h.db, 0, 30)
	first := learner(h.db)
	learnAll(t, first)
	if err := first.summarizeLessons(t.Context()); err != nil {
		t.Fatal(err)
	}
	decide(t, h.db, 30, 40)
	learnAll(t, first)
	want := first.taught.Site("desa").Version()

	resumed := learner(h.db)
	resumed.resumeLessons(t.Context())
	if got := resumed.taught.Last(); got != 30 {
		t.Errorf("resumed at %d", got)
	}
	if err := h.db.Summarize(t.Context(), []store.Summary{{Site: "desa", Lesson: 35, Bytes: []byte("of another version")}}); err != nil {
		t.Fatal(err)
	}
	anew := learner(h.db)
	anew.resumeLessons(t.Context())
	if got := anew.taught.Last(); got != 0 {
		t.Errorf("a shortcut that does not fit leads to %d", got)
	}
	for _, s := range []*service{resumed, anew} {
		learnAll(t, s)
		if got := s.taught.Site("desa").Version(); got != want {
			t.Errorf("weights %s, want %s", got, want)
		}
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	if _, err := resumed.studyNext(t.Context()); err == nil || resumed.taught.Site("desa").Version() != want {
		t.Errorf("with the database away: %v", err)
	}
}

func learner(db *store.DB) *service {
	return &service{db: db, taught: &learn.Sites{}, health: &health{}, log: slog.New(slog.NewTextHandler(io.Discard, nil))}
}

func learnAll(t *testing.T, s *service) {
	t.Helper()
	for n := 1; n > 0; {
		var err error
		if n, err = s.studyNext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// decide approves comments, and calls every third one spam.
func decide(t *testing.T, db *store.DB, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		c := storetest.Comment(n)
		if _, err := db.Keep(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		state := moderation.Approved
		if n%3 == 0 {
			state = moderation.IsSpam
		}
		by := moderation.Editor{ID: "e1", Name: "Sari"}
		if _, err := db.Rule(t.Context(), moderation.Ruling{IDs: []string{c.ID}, To: state}, by, fmt.Sprint("b", n), nil, storetest.Start); err != nil {
			t.Fatal(err)
		}
	}
}
