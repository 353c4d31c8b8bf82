package main

import (
	"testing"

	"balasan/moderation"
)

func TestAReplayIsOfWhatWasSentAndOfWhatPeopleDecided(t *testing.T) {
	e := moderation.Entry{Comment: moderation.Comment{State: moderation.Approved, Version: 2, Submission: moderation.Submission{Body: "disunting"}},
		Decided: []moderation.Decision{{Deed: moderation.Remarked}, {Deed: moderation.Edited}},
		Edits:   []moderation.Edit{{Before: "di antara"}, {Before: "dikirim"}}}
	if got := replayed(e); got.State != moderation.Pending || got.Case.Submission.Body != "dikirim" {
		t.Errorf("replayed %s %q", got.State, got.Case.Submission.Body)
	}
	e.Decided = append(e.Decided, moderation.Decision{By: "Sari"})
	if got := replayed(e); got.State != moderation.Approved {
		t.Errorf("what Sari approved counts as %s", got.State)
	}
}
