package web

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
	"unicode"

	"balasan/moderation"
)

// hub is what one goroutine knows of all who listen.
type hub struct {
	*Live
	listeners map[*listener]struct{}
	position  int64 // the last fact that was told to all
	failing   bool
	stirred   time.Time // when something happened last
	counted   time.Time
	counts    map[string]string // of this second, by what an editor may see
	leases    []moderation.Lease
	held      map[string]string // the leases as an editor reads them, by the editor's ID
}

// wake begins at the end of the tail: what came before is asked for by who needs it. What was counted before the rest
// is old, and may still move.
func (h *hub) wake(ctx context.Context) {
	h.counts, h.stirred = nil, time.Now()
	if last, err := h.Tail.LastFact(ctx); h.fine(err) {
		h.position = last
	}
	h.recount(ctx, time.Now())
}

// admit tells a newcomer what it missed and how things stand.
func (h *hub) admit(ctx context.Context, one *listener) {
	h.listeners[one] = struct{}{}
	var out strings.Builder
	out.WriteString("retry: 3000\n\n")
	if one.last >= 0 && one.last < h.position {
		h.catchUp(ctx, one, &out)
	} else {
		frame(&out, "here", h.position, "{}")
	}
	h.standing(ctx, one, &out)
	h.tell(one, out.String())
}

// catchUp repeats what was settled since a fact, or asks to start afresh when that is too much
// or no longer known.
func (h *hub) catchUp(ctx context.Context, one *listener, out *strings.Builder) {
	var missed []moderation.Fact
	for after := one.last; after < h.position; {
		facts, err := h.Tail.Facts(ctx, after, liveAtOnce)
		if !h.fine(err) || len(facts) == 0 || len(missed)+len(facts) > liveHindmost || after == one.last && facts[0].ID != after+1 {
			frame(out, "reset", h.position, "{}")
			return
		}
		missed = append(missed, facts...)
		after = facts[len(facts)-1].ID
	}
	missed = slices.DeleteFunc(missed, func(f moderation.Fact) bool { return f.ID > h.position })
	for _, s := range settledIn(missed) {
		s.write(out, one)
	}
	frame(out, "here", h.position, "{}")
}

// look follows the tail, and once a second what counts and who holds what.
func (h *hub) look(ctx context.Context) {
	now := time.Now()
	facts, err := h.Tail.Facts(ctx, h.position, liveAtOnce)
	if !h.fine(err) {
		return
	}
	if len(facts) > 0 {
		h.position, h.stirred = facts[len(facts)-1].ID, now
	}
	news := settledIn(facts)
	again := now.Sub(h.counted) >= time.Second
	if again {
		h.recount(ctx, now)
	}
	if len(news) == 0 && !again {
		return
	}
	for one := range h.listeners {
		var out strings.Builder
		for _, s := range news {
			s.write(&out, one)
		}
		if again {
			h.standing(ctx, one, &out)
		}
		h.tell(one, out.String())
	}
}

// gatherTime is how long after the last fact counts may still move: campaigns are gathered behind
// the intake.
const gatherTime = 5 * time.Second

// recount forgets the counts while something happens, and reads who holds what.
func (h *hub) recount(ctx context.Context, now time.Time) {
	h.counted = now
	if now.Sub(h.stirred) < gatherTime || h.counts == nil {
		h.counts = map[string]string{}
	}
	if leases, err := h.Leases(ctx, now); h.fine(err) {
		h.leases, h.held = leases, map[string]string{}
	}
}

// standing adds counts and leases where they differ from what the listener was told.
func (h *hub) standing(ctx context.Context, one *listener, out *strings.Builder) {
	if counts := h.countsOf(ctx, one); counts != "" && counts != one.counts {
		one.counts = counts
		frame(out, "counts", 0, counts)
	}
	if leases := h.leasesOf(one); leases != one.leases {
		one.leases = leases
		frame(out, "leases", 0, leases)
	}
}

// countsOf counts once for all who see the same sites.
func (h *hub) countsOf(ctx context.Context, one *listener) string {
	if counts, known := h.counts[one.view]; known {
		return counts
	}
	n, err := h.Counts(ctx, one.who, one.site)
	if !h.fine(err) {
		return ""
	}
	doc, _ := json.Marshal(map[string]string{"campaign": count(n.Campaign), "doubt": count(n.Doubt), "good": count(n.Good)})
	h.counts[one.view] = string(doc)
	return string(doc)
}

// leaseDoc is a lease as pages read it.
type leaseDoc struct {
	Group    string `json:"group"`
	By       string `json:"by"`
	Initials string `json:"initials"`
}

// leasesOf lists what others hold, once for all pages of an editor.
func (h *hub) leasesOf(one *listener) string {
	if held, known := h.held[one.who.ID]; known {
		return held
	}
	docs := []leaseDoc{}
	for _, lease := range h.leases {
		if lease.Editor != one.who.ID {
			docs = append(docs, leaseDoc{lease.Group, lease.By, initials(lease.By)})
		}
	}
	slices.SortFunc(docs, func(a, b leaseDoc) int { return cmp.Compare(a.Group, b.Group) })
	doc, _ := json.Marshal(docs)
	h.held[one.who.ID] = string(doc)
	return string(doc)
}

// initials are the first letters of the first and the last word of a name.
func initials(name string) string {
	words := strings.Fields(name)
	if len(words) == 0 {
		return "?"
	}
	first := []rune(words[0])[:1]
	if len(words) > 1 {
		first = append(first, []rune(words[len(words)-1])[0])
	}
	return strings.Map(unicode.ToUpper, string(first))
}

// tell writes to a listener, which is gone when it does not take it at once.
func (h *hub) tell(one *listener, text string) {
	if text == "" {
		return
	}
	_ = one.conn.SetWriteDeadline(time.Now().Add(liveWrite))
	if _, err := one.conn.Write([]byte(text)); err != nil {
		h.leave(one)
	}
}

func (h *hub) leave(one *listener) {
	delete(h.listeners, one)
	h.listening.Add(-1)
	_ = one.conn.Close()
}

// beat is a sign of life to everyone; who has stayed long enough is sent away to come back.
func (h *hub) beat(now time.Time) {
	for one := range h.listeners {
		if now.After(one.until) {
			h.leave(one)
			continue
		}
		h.tell(one, ":\n\n")
	}
}

func (h *hub) close() {
	close(h.stopped)
	for one := range h.listeners {
		h.leave(one)
	}
	for {
		select {
		case one := <-h.joining:
			h.leave(one)
		default:
			return
		}
	}
}

// fine logs the first of several failures. Listeners keep what they know meanwhile.
func (h *hub) fine(err error) bool {
	if err != nil && !h.failing {
		h.Log.Warn("live updates wait", "error", err)
	}
	h.failing = err != nil
	return err == nil
}
