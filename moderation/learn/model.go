package learn

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"balasan/moderation"
	"balasan/moderation/fold"
)

const (
	// Threshold is the probability from which on the classifier alone calls a text spam.
	Threshold = 0.9

	least, most = -2.5, 8.0 // bounds of the signal's score
	styleGain   = 3.0       // the most log-odds that style may add to what the words say
	nameCost    = 2.0       // a name must be this much surer than the body to speak
)

// readers pools the memory of feature extraction.
type readers struct{ pool sync.Pool }

func (m *Model) reader() *reader {
	if r, ok := m.readers.pool.Get().(*reader); ok {
		return r
	}
	return &reader{known: m.known}
}

// Probability says how likely a text is spam, calibrated: of the texts at 0.9 nine in ten are.
func (m *Model) Probability(text string) float64 {
	r := m.reader()
	defer m.readers.pool.Put(r)
	return 1 / (1 + math.Exp(-m.logOdds(r, text)))
}

// logOdds weighs one text. Style may add no more than styleGain to what the words say.
func (m *Model) logOdds(r *reader, text string) float64 {
	l := m.calibrated(r.read(text))
	if l > 0 && r.decorated() {
		l = min(l, m.calibrated(r.forgetStyle())+styleGain)
	}
	return l
}

func (m *Model) calibrated(features []uint32) float64 {
	return float64(m.slope*m.raw(features) + m.shift)
}

func (m *Model) raw(features []uint32) float32 {
	sum := int32(0)
	for _, f := range features {
		sum += int32(m.weights[f])
	}
	return m.bias + m.scale*float32(sum)*unit(len(features))
}

// unit is what one feature of n counts: a long text is not more certain for its length.
func unit(n int) float32 { return 1 / sqrt(float32(max(n, 1))) }

// Weigh yields one signal: from −2.5 for a text that is surely innocent, enough to
// let pass what one rule of weight 4 doubts, to 8 for one that is surely spam; 2, the usual line for holding, is a probability of 0.73.
func (m *Model) Weigh(c moderation.Case) moderation.Opinion {
	r := m.reader()
	defer m.readers.pool.Put(r)
	field, text := moderation.FieldBody, c.Submission.Body
	l := m.logOdds(r, text)
	if name := c.Submission.Name; name != "" {
		if n := m.logOdds(r, name) - nameCost; n > l && n > 1 {
			field, text, l = moderation.FieldName, name, n
		}
	}
	s := moderation.Signal{Rule: "learn.prior", Score: scoreOf(l)}
	percent := int(math.Round(100 / (1 + math.Exp(-l))))
	if s.Score >= 1 {
		s.Term, s.Spans = m.strongest(r, field, text)
	}
	s.Reason = reasonOf(percent, s.Term)
	return moderation.Opinion{Signals: []moderation.Signal{s}, Version: m.version}
}

// scoreOf maps log-odds to a score in tenths.
func scoreOf(l float64) float64 { return math.Round(10*min(max(1+l, least), most)) / 10 }

func reasonOf(percent int, words string) moderation.Text {
	return mostly(moderation.Text{
		ID: fmt.Sprintf("Mirip spam: %d %%", percent),
		EN: fmt.Sprintf("Resembles spam: %d%%", percent),
	}, words)
}

// mostly names the words that a sentence is about.
func mostly(t moderation.Text, words string) moderation.Text {
	if words != "" {
		t.ID += ", terutama karena “" + words + "”"
		t.EN += ", mostly for “" + words + "”"
	}
	return t
}

// strongest finds the up to three words that speak loudest for spam, in the order of the text.
func (m *Model) strongest(r *reader, field moderation.Field, text string) (string, []moderation.Span) {
	return r.strongest(field, func() { r.read(text) }, func(f uint32) float64 { return float64(m.weights[f]) })
}

// voice is a word with what its features weigh.
type voice struct {
	start, end int
	weight     float64
	text       string
}

// strongest finds the up to three words of what read reads whose features weigh most, in the
// order of the text. Words of one letter are not worth showing.
func (r *reader) strongest(field moderation.Field, read func(), weight func(f uint32) float64) (string, []moderation.Span) {
	var voices []voice
	r.trace = func(f uint32, w *word) {
		if w == nil {
			return
		}
		i := slices.IndexFunc(voices, func(v voice) bool { return v.start == w.start })
		if i < 0 {
			i = len(voices)
			voices = append(voices, voice{w.start, w.end, 0, strings.Clone(w.text)})
		}
		voices[i].weight += weight(f)
	}
	read()
	r.trace = nil
	voices = slices.DeleteFunc(voices, func(v voice) bool { return v.weight <= 0 || v.end-v.start < 2 })
	slices.SortFunc(voices, func(a, b voice) int { return cmp.Compare(b.weight, a.weight) })
	voices = voices[:min(len(voices), 3)]
	slices.SortFunc(voices, func(a, b voice) int { return a.start - b.start })
	var words []string
	var spans []moderation.Span
	for _, v := range voices {
		from, to := r.text.Span(fold.Fold, v.start, v.end)
		words = append(words, v.text)
		spans = append(spans, moderation.Span{Field: field, Start: from, End: to})
	}
	return strings.Join(words, " … "), spans
}
