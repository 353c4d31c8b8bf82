package moderation

import "time"

// Case is all that a verdict may depend on, besides the rule set and the model.
type Case struct {
	Submission Submission
	History    History
}

// History is what is remembered of a sender and of a text, counted up to HistoryCap each,
// so that looking it up stays flat however much is stored.
type History struct {
	Approved int // comments by this proven sender that editors approved; never by typed e-mail alone
	Spam     int // comments under this e-mail that editors called spam, last 30 days
	Repeats  int // submissions with the same text after folding, all sites, last 30 days
	Refused  int // those among Repeats that editors called spam
	Network  Recent
	Campaign Kin
}

// Kin counts the campaigns that a submission would join by its text or by a shared bit, on all
// sites: members of the largest, refused ones of the most refused, members of the last hour of
// the fastest. It runs some seconds behind.
type Kin struct{ Size, Refused, Hour int }

// HistoryCap is where the counts of a History stop.
const HistoryCap = 50

// Recent counts the submissions of one sender's network in three windows.
type Recent struct{ Minutes10, Hour, Day int }

// Opinion is what one weigher has to say of a case.
type Opinion struct {
	Signals []Signal
	Caps    map[string]float64 // the most that each group may add
	Version string             // fingerprint of the rule set, or the model's version
}

// Weigher looks at a case and yields signals. It is a pure function of the case and of its own
// version, safe for concurrent use, and never fails: what it cannot weigh it leaves out.
type Weigher interface {
	Weigh(Case) Opinion
}

// Judge weighs a submission. It never refuses one and knows no clock and no store.
type Judge struct {
	Rules Weigher
	Model Weigher // may be nil: then the rules decide alone
}

// Weigh sums the signals up and draws the policy's lines.
func (j Judge) Weigh(c Case, p Policy) Verdict {
	rules := j.Rules.Weigh(c)
	v := Verdict{Signals: rules.Signals, Approve: p.Approve, Spam: p.Spam, Rules: rules.Version, History: c.History}
	if j.Model != nil {
		model := j.Model.Weigh(c)
		v.Signals = append(v.Signals, model.Signals...)
		v.Model = model.Version
	}
	v.Score = sum(v.Signals, rules.Caps)
	v.Outcome = outcome(v, p)
	return v
}

// sum adds the live scores; what a group adds stops at its cap. It adds in the order of the
// signals, so that the same case always comes to the same last bit.
func sum(signals []Signal, caps map[string]float64) float64 {
	total := 0.0
	var order []string
	groups := make(map[string]float64, len(caps))
	for _, s := range signals {
		if s.Shadow {
			continue
		}
		if _, capped := caps[s.Group]; !capped {
			total += s.Score
			continue
		}
		if _, met := groups[s.Group]; !met {
			order = append(order, s.Group)
		}
		groups[s.Group] += s.Score
	}
	for _, group := range order {
		total += min(groups[group], caps[group])
	}
	return total
}

// outcome follows the sternest of the forced signals and the score. Only a signal that forces
// approval outweighs the score: what a rule holds may still be spam.
func outcome(v Verdict, p Policy) Outcome {
	forced := map[Outcome]bool{}
	for _, s := range v.Signals {
		if !s.Shadow && s.Force != "" {
			forced[s.Force] = true
		}
	}
	switch {
	case forced[Spam], v.Score >= p.Spam && !forced[Approve]:
		return Spam
	case forced[Hold]:
		return Hold
	case forced[Approve], v.Score < p.Approve:
		return Approve
	default:
		return Hold
	}
}

// HistorySpan is how far back a History looks for repeats and labels.
const HistorySpan = 30 * 24 * time.Hour
