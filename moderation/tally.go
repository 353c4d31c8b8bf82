package moderation

import (
	"math"
	"strconv"
	"time"
)

// What a tally counts. All but the acts count on the day when the comment came, so that the parts
// of a day always add up to what came; acts count on the day when somebody acted.
const (
	CountCame    = "came"    // received, and how it began: held, refused, passed
	CountNow     = "now"     // what became of it so far
	CountAgainst = "against" // per rule that spoke against the sender
	CountFor     = "for"     // per rule that spoke for the sender
	CountShadow  = "shadow"  // per rule that only watched and would have spoken against
	CountKindly  = "kindly"  // per rule that only watched and would have spoken for
	CountChance  = "chance"  // what the classifier said, in tenths, and what people said
	CountBlind   = "blind"   // blind checks and what people said of them
	CountWork    = "work"    // act: decisions that stand, per editor and hour
	CountUndone  = "undone"  // act: decisions that were taken back
	CountWait    = "wait"    // act: how long a held comment waited for its first decision
)

// The parts of what is counted.
const (
	PartReceived  = "received"
	PartHeld      = "held"
	PartRefused   = "refused" // by the machine
	PartPassed    = "passed"  // by the machine
	PartApproved  = "approved"
	PartWaiting   = "waiting"
	PartSpam      = "spam"
	PartGood      = "good"
	PartTrashed   = "trashed"
	PartHits      = "hits"
	PartReversed  = "reversed" // people undid the machine's word, or took one of their own back
	PartShown     = "shown"
	partThousands = "sum" // of probabilities, in thousandths
)

// Cell names one count. Only what operators and editors chose stands in it, nothing of a visitor.
type Cell struct {
	Site string
	Day  string // 2026-11-23, in the time zone of the tallying
	What string
	Name string // of the rule or the editor; empty otherwise
	Part string
}

// act tells whether the cell counts what somebody did, on the day when they did it.
func (c Cell) act() bool { return c.What == CountWork || c.What == CountUndone || c.What == CountWait }

// Tally is counts by what they count.
type Tally map[Cell]int

// Add adds other times n and forgets what comes to nothing.
func (t Tally) Add(other Tally, n int) {
	for cell, count := range other {
		if t[cell] += n * count; t[cell] == 0 {
			delete(t, cell)
		}
	}
}

// Acts is the part of t that counts what somebody did.
func (t Tally) Acts() Tally {
	acts := Tally{}
	for cell, n := range t {
		if cell.act() {
			acts[cell] = n
		}
	}
	return acts
}

// Tallying says how comments are counted.
type Tallying struct {
	Zone   *time.Location                        // where a day begins
	Chance func(Verdict) (spam float64, ok bool) // what the classifier said; nil knows of none
}

// Of is all that one comment counts for once these decisions, oldest first, were taken on it.
// What one more decision changes is the difference of two of them: so each counts once, and an
// undo takes back exactly what it undid. What editors wrote themselves counts for nothing.
func (t Tallying) Of(c Comment, born State, log []Decision) Tally {
	if c.Staff {
		return nil
	}
	one := counting{Tally: Tally{}, cell: Cell{Site: c.Site, Day: t.Day(c.At)}}
	story := storyOf(log)
	one.came(born)
	one.now(born, story)
	one.rules(c.Verdict, story)
	if t.Chance != nil && story.label != "" {
		if p, ok := t.Chance(c.Verdict); ok {
			one.chance(p, story.label)
		}
	}
	if c.Blind {
		one.add(CountBlind, "", PartShown)
		one.said(CountBlind, "", story.label)
	}
	t.acts(one, c, born, story)
	return one.Tally
}

// Day is the day of a moment where the tallying counts.
func (t Tallying) Day(at time.Time) string { return at.In(t.zone()).Format(time.DateOnly) }

func (t Tallying) zone() *time.Location {
	if t.Zone == nil {
		return time.UTC
	}
	return t.Zone
}

// acts counts what people did, each on its own day.
func (t Tallying) acts(one counting, c Comment, born State, story story) {
	for i, d := range story.acts {
		one.cell.Day = t.Day(d.At)
		if !story.stands[i] {
			one.add(CountUndone, "", "")
			continue
		}
		one.add(CountWork, d.By, d.At.In(t.zone()).Format("15"))
		if born == Pending && story.first == i {
			one.add(CountWait, "", strconv.Itoa(waitBin(d.At.Sub(c.At))))
		}
	}
}

// counting adds to the cells of one comment.
type counting struct {
	Tally
	cell Cell
}

func (c counting) add(what, name, part string) {
	c.cell.What, c.cell.Name, c.cell.Part = what, name, part
	c.Tally[c.cell]++
}

// said counts what people say; nothing when they say neither.
func (c counting) said(what, name string, label State) {
	switch label {
	case IsSpam:
		c.add(what, name, PartSpam)
	case Approved:
		c.add(what, name, PartGood)
	}
}

func (c counting) came(born State) {
	c.add(CountCame, "", PartReceived)
	switch born {
	case Pending:
		c.add(CountCame, "", PartHeld)
	case IsSpam:
		c.add(CountCame, "", PartRefused)
	case Approved:
		c.add(CountCame, "", PartPassed)
	}
}

func (c counting) now(born State, s story) {
	state, part := born, map[State]string{Approved: PartPassed, IsSpam: PartRefused, Pending: PartWaiting, Trashed: PartTrashed}
	if s.last != "" {
		state, part = s.last, map[State]string{Approved: PartApproved, IsSpam: PartSpam, Pending: PartWaiting, Trashed: PartTrashed}
	}
	if s.erased && state == Pending { // it waits no more
		state = Trashed
	}
	c.add(CountNow, "", part[state])
}

// rules counts each rule once for a comment, however often it spoke.
func (c counting) rules(v Verdict, s story) {
	reversed := s.undone || v.Outcome == Spam && s.label == Approved || v.Outcome == Approve && s.label == IsSpam
	met := map[Cell]bool{}
	for _, signal := range v.Signals {
		rule := Cell{What: voiceOf(signal), Name: signal.Rule}
		if met[rule] {
			continue
		}
		met[rule] = true
		c.add(rule.What, rule.Name, PartHits)
		c.said(rule.What, rule.Name, s.label)
		if reversed {
			c.add(rule.What, rule.Name, PartReversed)
		}
	}
}

// voiceOf is the side on which a signal speaks, or would.
func voiceOf(s Signal) string {
	kind := s.Score < 0 || s.Force == Approve
	switch {
	case s.Shadow && kind:
		return CountKindly
	case s.Shadow:
		return CountShadow
	case kind:
		return CountFor
	default:
		return CountAgainst
	}
}

// chance counts in which tenth the classifier's probability lay and what people said then.
func (c counting) chance(p float64, label State) {
	p = min(max(p, 0), 1)
	tenth := strconv.Itoa(min(int(p*10), 9))
	c.said(CountChance, tenth, label)
	c.cell.What, c.cell.Name, c.cell.Part = CountChance, tenth, partThousands
	c.Tally[c.cell] += int(math.Round(p * 1000))
}

// waitBin sorts a time into bins that grow by the root of two: bin n ends at 2^(n/2) seconds.
func waitBin(d time.Duration) int {
	if d <= time.Second {
		return 0
	}
	return min(int(math.Ceil(2*math.Log2(d.Seconds()))), maxWaitBin)
}

const maxWaitBin = 60 // 34 years

// waitOf is the middle of a bin.
func waitOf(bin int) time.Duration {
	return time.Duration(math.Exp2((float64(bin)-0.5)/2) * float64(time.Second))
}
