package moderation

// Outcome is what a verdict leads to; a person always overrides it.
type Outcome string

const (
	Approve Outcome = "approve"
	Hold    Outcome = "hold"
	Spam    Outcome = "spam"
)

// Field names a part of a submission that a signal can point into.
type Field string

const (
	FieldNone    Field = ""
	FieldName    Field = "name"
	FieldEmail   Field = "email"
	FieldWebsite Field = "website"
	FieldBody    Field = "body"
	FieldPage    Field = "page"
)

// Span is a half-open range of bytes in the original text of one field.
type Span struct {
	Field      Field
	Start, End int
}

// Text is one sentence in both languages.
type Text struct{ ID, EN string }

// In picks the sentence for a language tag; Indonesian unless it is "en".
func (t Text) In(language string) string {
	if language == "en" && t.EN != "" {
		return t.EN
	}
	return t.ID
}

// Signal is one noticed thing: which rule, how much it weighs, where and why.
type Signal struct {
	Rule   string
	Score  float64 // before its group's cap; negative speaks for the sender
	Group  string  // empty when no cap applies
	Shadow bool    // counted and shown, never added
	Force  Outcome // a rule may force an outcome; empty otherwise
	Spans  []Span
	Term   string // what matched, as the list or the model knows it
	Reason Text
}

// Verdict is the machine's whole opinion, complete enough to explain itself years later.
type Verdict struct {
	Outcome Outcome
	Score   float64 // sum of the signals' scores after group caps
	Signals []Signal
	Approve float64 // the lines that were in force
	Spam    float64
	Rules   string // fingerprint of the rule set
	Model   string // version of the classifier; empty without one
	History History
}

// Level is what editors read instead of a bare number.
type Level string

const (
	LikelyGood Level = "good"
	Doubtful   Level = "doubtful"
	LikelySpam Level = "spam"
)

// Level sorts the verdict into one of three.
func (v Verdict) Level() Level {
	switch v.Outcome {
	case Approve:
		return LikelyGood
	case Spam:
		return LikelySpam
	default:
		return Doubtful
	}
}

// Suspected tells that the verdict is spam, or nearer to that line than to the other.
func (v Verdict) Suspected() bool {
	return v.Outcome == Spam || v.Score >= (v.Approve+v.Spam)/2
}
