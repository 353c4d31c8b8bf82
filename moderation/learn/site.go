package learn

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"

	"balasan/moderation"
)

const (
	siteBits   = 15
	siteSize   = 1 << siteBits
	siteMagic  = "balasan site 2\n"
	fullLesson = 256 // units of one whole lesson
	quorum     = 50  // lessons of either kind before a site's own voice is heard
	mature     = 150 // lessons of either kind from which on it is heard in full
	siteMost   = 3.0 // the most that it adds or takes
	prime64    = 0x9E3779B97F4A7C15
)

// Lesson is one decision of an editor as the site's layer learns it.
type Lesson struct {
	Text  string
	Words []byte // in place of a text that is gone, as [Words] packed it
	Spam  bool
	// Batch is how many comments of the same campaign the same keystroke settled: together
	// they teach once. Less than 1 counts as 1.
	Batch int
}

// Site is what a site's editors taught: counts that add up, so that the same lessons give the
// same Site on every replica in any order, and a lesson that is taken back leaves no trace. It
// takes 256 KiB however much it learns, and is safe for concurrent use. The zero value knows
// nothing.
type Site struct {
	mu     sync.RWMutex
	counts [2][siteSize]int32 // units by feature: ham, spam
	totals [2]int64           // units
	mark   uint64             // sum of the lessons' hashes
	read   reader
}

// Teach adds a lesson.
func (s *Site) Teach(l Lesson) { s.apply(l, 1) }

// Unteach takes back a lesson that was taught with the same text, label and batch.
func (s *Site) Unteach(l Lesson) { s.apply(l, -1) }

func (s *Site) apply(l Lesson, sign int32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind, units := 0, sign*int32(max(fullLesson/max(l.Batch, 1), 1))
	if l.Spam {
		kind = 1
	}
	hash := uint64(kind + 1)
	for _, f := range s.read.of(l) {
		s.counts[kind][f] += units
		hash = (hash ^ uint64(f)) * prime64
	}
	s.totals[kind] += int64(units)
	s.mark += hash * uint64(int64(units))
}

// coarse reads whole words and their neighbours only: a site has few lessons to learn from.
func (r *reader) coarse(s string) []uint32 {
	known := r.known
	r.known = func(uint32) bool { return true }
	r.take(s)
	r.known = known
	r.begin()
	prev := uint32(maskEdge)
	for i := range r.words {
		w := &r.words[i]
		plain := w.plain()
		r.add(ofWord, plain, w)
		r.add(ofPair, mix(prev, plain), w)
		prev = plain
	}
	for i, f := range r.list {
		r.list[i] = siteFeature(f)
	}
	return r.list
}

func siteFeature(f uint32) uint32 { return f >> (tableBits - siteBits) }

// voice says how the site's own counts speak for spam, in log-odds from −siteMost to siteMost,
// and what it was when it spoke; 0 before the quorum. The words that spoke loudest for a score
// above or below zero come with it.
func (s *Site) voice(r *reader, text string) (score float64, version string, words string, spans []moderation.Span) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	version = fmt.Sprintf("%016x", s.mark)
	weight := s.weight()
	if weight <= 0 {
		return 0, version, "", nil
	}
	sum, features := 0.0, r.coarse(text)
	for _, f := range features {
		sum += s.says(f)
	}
	sum /= math.Sqrt(float64(max(len(features), 1)))
	score = math.Round(10*weight*min(max(sum, -siteMost), siteMost)) / 10
	if score != 0 {
		words, spans = r.strongest(moderation.FieldBody, func() { r.coarse(text) },
			func(f uint32) float64 { return math.Copysign(1, score) * s.says(siteFeature(f)) })
	}
	return score, version, words, spans
}

// weight grows from a half at the quorum to one at maturity.
func (s *Site) weight() float64 {
	least := float64(min(s.totals[0], s.totals[1])) / fullLesson
	if least < quorum {
		return 0
	}
	return min(0.5+0.5*(least-quorum)/(mature-quorum), 1)
}

// says is the log of how much more often a feature is met in spam than in ham, both rates
// raised by half a lesson of the rarer kind: what was never met says nothing, whatever there is
// more of. It needs the lock.
func (s *Site) says(f uint32) float64 {
	ham, spam := float64(s.totals[0]), float64(s.totals[1])
	raise := fullLesson / 2 / min(ham, spam)
	return math.Log((float64(s.counts[1][f])/spam + raise) / (float64(s.counts[0][f])/ham + raise))
}

// Lessons counts the whole lessons so far.
func (s *Site) Lessons() (ham, spam float64) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return float64(s.totals[0]) / fullLesson, float64(s.totals[1]) / fullLesson
}

// Version names exactly what was learned: equal lessons, equal version.
func (s *Site) Version() string {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return fmt.Sprintf("%016x", s.mark)
}

// Snapshot writes the counts down: magic line, mark, totals, then for each count that is not
// zero its distance from the last one and its value, as varints.
func (s *Site) Snapshot() []byte {
	s.mu.RLock()
	defer s.mu.RUnlock()
	b := []byte(siteMagic)
	b = binary.LittleEndian.AppendUint64(b, s.mark)
	for kind := range s.counts {
		b = binary.AppendVarint(b, s.totals[kind])
	}
	last := 0
	for at := range 2 * siteSize {
		if n := s.counts[at/siteSize][at%siteSize]; n != 0 {
			b = binary.AppendUvarint(b, uint64(at+1-last))
			b = binary.AppendVarint(b, int64(n))
			last = at + 1
		}
	}
	return b
}

var errSnapshot = errors.New("not a snapshot of a site's lessons of this version")

// Restore reads what Snapshot wrote. A snapshot that cannot be read is no loss: the decision
// log has it all.
func Restore(b []byte) (*Site, error) {
	if len(b) < len(siteMagic)+8 || string(b[:len(siteMagic)]) != siteMagic {
		return nil, errSnapshot
	}
	b = b[len(siteMagic):]
	s := &Site{mark: binary.LittleEndian.Uint64(b)}
	b = b[8:]
	for kind := range s.totals {
		n, size := binary.Varint(b)
		if size <= 0 {
			return nil, errSnapshot
		}
		s.totals[kind], b = n, b[size:]
	}
	for at := uint64(0); len(b) > 0; {
		gap, size := binary.Uvarint(b)
		if size <= 0 || gap == 0 || gap > 2*siteSize-at {
			return nil, errSnapshot
		}
		at, b = at+gap, b[size:]
		n, size := binary.Varint(b)
		if size <= 0 || n < math.MinInt32 || n > math.MaxInt32 {
			return nil, errSnapshot
		}
		s.counts[(at-1)/siteSize][(at-1)%siteSize], b = int32(n), b[size:]
	}
	return s, nil
}

// Taught is the shipped model with what each site's editors taught laid over it.
type Taught struct {
	Prior *Model
	Site  func(id string) *Site // nil for a site without lessons
}

// Weigh yields the prior's signal and, once a site has taught enough, the site's own.
func (t Taught) Weigh(c moderation.Case) moderation.Opinion {
	o := t.Prior.Weigh(c)
	s := t.Site(c.Submission.Site)
	if s == nil {
		return o
	}
	r := t.Prior.reader()
	defer t.Prior.readers.pool.Put(r)
	score, version, words, spans := s.voice(r, c.Submission.Body)
	o.Version += "+" + version
	if score != 0 {
		o.Signals = append(o.Signals, moderation.Signal{Rule: "learn.site", Score: score, Spans: spans, Term: words,
			Reason: siteReason(score, words)})
	}
	return o
}

func siteReason(score float64, words string) moderation.Text {
	t := moderation.Text{ID: "Redaktur situs ini menandai komentar serupa sebagai spam", EN: "Editors of this site called similar comments spam"}
	if score < 0 {
		t = moderation.Text{ID: "Redaktur situs ini menyetujui komentar serupa", EN: "Editors of this site approved similar comments"}
	}
	return mostly(t, words)
}
