package announce

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"balasan/internal/reliability"
	"balasan/moderation"
)

// backAfter is more than the pause of 30 minutes and its jitter, after which the newest are tried a third time.
const backAfter = 45 * time.Minute

// TestFaultReceiverDown keeps a receiver down for six hours, and another time until everything was given up.
func TestFaultReceiverDown(t *testing.T) {
	h := newHooked(t, nil)
	want := h.downForSixHours()
	calls := h.hook.calls
	if len(h.hook.heard) != 0 || calls == 0 || calls > 6*60/5*2 {
		t.Errorf("%d heard in %d calls", len(h.hook.heard), calls)
	}
	h.hook.answer = 0
	h.run(backAfter)
	if wrong := h.wrong(want); wrong > 0 || h.reach().Waiting != 0 || h.reach().Dead != 0 {
		t.Errorf("%d of %d comments are told wrongly, %+v", wrong, len(want), h.reach())
	}
	arrived := len(h.hook.heard)
	dead, first := h.givenUp()
	if n, err := h.Again(t.Context(), "", 0, h.at); err != nil || n != dead {
		t.Errorf("%d of %d dead letters are tried again, %v", n, dead, err)
	}
	h.hook.answer = 0
	h.run(time.Hour)
	if len(h.hook.heard) != arrived+dead || h.reach().Dead != 0 {
		t.Errorf("%d arrived, then %d dead letters, and %d are heard: %+v", arrived, dead, len(h.hook.heard), h.reach())
	}
	reliability.Tell(t, reliability.Line{Area: reliability.Outside, Promises: "P5",
		Fault: "a webhook's receiver is down for 6 h, then for 5 days (the clock is moved)",
		Seen: fmt.Sprintf("%d tries in 6 h; then %d events of %d comments arrive within 45 min, each once and per comment in order; of the 5 days %d are given up, the first after %v, and arrive when they are tried again",
			calls, arrived, len(want), dead, first.Round(time.Hour)),
		Control: hastyControl(t)})
}

// downForSixHours makes two comments an hour, each decided and decided again, while the receiver is down,
// and returns what is to be heard of each.
func (h *hooked) downForSixHours() map[string][]string {
	h.t.Helper()
	h.hook.answer = http.StatusServiceUnavailable
	want, last := map[string][]string{}, ""
	for n := range 12 {
		id := h.comment(n)
		h.run(15 * time.Minute)
		h.rule(moderation.IsSpam, id)
		h.run(15 * time.Minute)
		if last != "" {
			h.ruleFrom(moderation.IsSpam, moderation.Approved, last)
			want[last] = append(want[last], "comment.approved")
		}
		want[id], last = []string{"comment.received", "comment.spam"}, id
	}
	return want
}

// wrong counts the comments of which not each event was heard once and in order.
func (h *hooked) wrong(want map[string][]string) (n int) {
	heard := map[string][]string{}
	for _, g := range h.hook.heard {
		heard[g.Comment.ID] = append(heard[g.Comment.ID], g.Type)
	}
	for id, types := range want {
		if !slices.Equal(heard[id], types) {
			n++
		}
	}
	return n
}

// givenUp lets the receiver be down until what is new is given up, and tells how many those are and after what
// time the first was.
func (h *hooked) givenUp() (dead int, first time.Duration) {
	h.t.Helper()
	h.hook.answer = http.StatusServiceUnavailable
	for n := range 3 {
		h.comment(100 + n)
	}
	h.run(5 * 24 * time.Hour)
	letters, err := h.DeadLetters(h.t.Context(), 10)
	if err != nil || len(letters) != 3 {
		h.t.Fatalf("%d are given up, %v", len(letters), err)
	}
	first = h.at.Sub(letters[0].Fact.At)
	for _, letter := range letters {
		first = min(first, letter.DeadAt.Sub(letter.Fact.At))
	}
	return len(letters), first
}

// hasty is a store whose deliveries are tried each minute and given up after the fifth.
type hasty struct{ Post }

func (p hasty) Postpone(ctx context.Context, all []moderation.Delivery, _ bool, at time.Time) error {
	for i := range all {
		all[i].NextAt = at.Add(time.Minute)
		if all[i].Tries >= 5 {
			all[i].DeadAt = at
		}
	}
	return p.Post.Postpone(ctx, all, true, at)
}

// hastyControl is the control: pauses that do not grow.
func hastyControl(t *testing.T) string {
	t.Helper()
	h := newHooked(t, nil)
	h.sender.Post = hasty{h.DB}
	want := h.downForSixHours()
	h.hook.answer = 0
	h.run(backAfter)
	wrong := h.wrong(want)
	if wrong == 0 {
		t.Error("the control: five tries a minute apart outlast six hours")
	}
	return fmt.Sprintf("five tries a minute apart: of %d of %d comments something is never told", wrong, len(want))
}
