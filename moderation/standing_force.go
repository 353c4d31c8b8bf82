package moderation

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Standings knows which standing decisions refuse a comment.
type Standings interface {
	// Stops yields a signal that forces spam for each one that the weighed comment meets. It asks
	// no store, and the same comment meets the same.
	Stops(context.Context, Comment) []Signal
}

const (
	RuleAlike = "standing.alike"
	RuleBan   = "standing.ban"
)

// StoppedBy lists the IDs of the standing decisions that made it spam.
func (v Verdict) StoppedBy() (ids []string) {
	for _, s := range v.Signals {
		if s.Rule == RuleAlike || s.Rule == RuleBan {
			ids = append(ids, s.Term)
		}
	}
	return ids
}

// Kept is a standing decision with all that it is found by.
type Kept struct {
	Standing
	Likeness
	Email, Network []byte // keyed hashes; nil where it is not known by them
}

// InForce is the set of standing decisions that hold. It never changes, and costs a comment the
// same whether a few or the most that may hold do.
type InForce struct {
	kept   []Kept // in the order of their IDs
	ties   map[int64][]spot
	marks  map[string][]int // by the kind and the keyed hash
	alikes bool
}

// spot is where a tie was found: a standing decision, and its look where it is a band.
type spot struct{ kept, look int }

// NewInForce makes the set.
func NewInForce(all []Kept) *InForce {
	f := &InForce{kept: slices.Clone(all), ties: map[int64][]spot{}, marks: map[string][]int{}}
	slices.SortFunc(f.kept, func(a, b Kept) int { return cmp.Compare(a.ID, b.ID) })
	for n, k := range f.kept {
		f.alikes = f.alikes || k.Kind == RefuseAlike
		for _, tie := range k.Ties {
			f.ties[tie.Key()] = append(f.ties[tie.Key()], spot{n, -1})
		}
		for look, l := range k.Looks {
			for _, band := range l.Bands {
				f.ties[band.Key()] = append(f.ties[band.Key()], spot{n, look})
			}
		}
		f.mark(ByEmail, k.Email, n)
		f.mark(ByNetwork, k.Network, n)
	}
	return f
}

func (f *InForce) mark(kind Mark, hash []byte, n int) {
	if hash != nil {
		key := string(kind) + string(hash)
		f.marks[key] = append(f.marks[key], n)
	}
}

// Kept lists them in the order of their IDs.
func (f *InForce) Kept() []Kept { return slices.Clone(f.kept) }

// Register is where the doorkeeper looks.
type Register interface {
	// InForce is the set as it was about a second ago at most.
	InForce() *InForce
	// SenderMarks are the keyed hashes that bans know a site's senders by; nil for what is not known.
	SenderMarks(ctx context.Context, site string, email Email, addr netip.Addr) (byEmail, byNetwork []byte)
}

// maxReasons is how many standing decisions a comment tells of.
const maxReasons = 3

// Doorkeeper finds what standing decisions refuse.
type Doorkeeper struct {
	Register Register
	Tying    Tying
	Zone     *time.Location // of the times in its reasons; nil is UTC
}

// Stops tells for each standing decision that refuses the comment why it does.
func (d Doorkeeper) Stops(ctx context.Context, c Comment) (signals []Signal) {
	f := d.Register.InForce()
	if f == nil || len(f.kept) == 0 {
		return nil
	}
	met := map[int]Mark{} // by what; empty for look-alikes
	holds := func(n int) bool { return f.kept[n].HoldsAt(c.Site, c.At) }
	if f.alikes && slices.ContainsFunc(f.kept, func(k Kept) bool { return k.Kind == RefuseAlike && k.HoldsAt(c.Site, c.At) }) {
		f.meetAlikes(d.Tying, d.Tying.Print(c), holds, met)
	}
	if len(f.marks) > 0 {
		byEmail, byNetwork := d.Register.SenderMarks(ctx, c.Site, c.Email, c.Addr)
		f.meetBans(ByNetwork, byNetwork, holds, met)
		f.meetBans(ByEmail, byEmail, holds, met)
	}
	for n, k := range f.kept {
		if mark, ok := met[n]; ok && len(signals) < maxReasons {
			signals = append(signals, k.signal(mark, d.Zone))
		}
	}
	return signals
}

// meetAlikes finds the campaigns that a print belongs to by the rule that gathers them, but asks
// for more: who seems to complain about the spam that they quote is no look-alike unless the whole
// text is, and a shared bit counts only for what nothing speaks for.
func (f *InForce) meetAlikes(tying Tying, p Print, holds func(int) bool, met map[int]Mark) {
	for _, tie := range p.Ties {
		if tie.Kind.Shared() && p.Excused || tie.Kind == TieNear && p.Objects {
			continue
		}
		for _, at := range f.ties[tie.Key()] {
			if _, ok := met[at.kept]; ok || !holds(at.kept) {
				continue
			}
			found := Found{Tie: tie}
			if at.look >= 0 {
				found.Sketch = f.kept[at.kept].Looks[at.look].Sketch
			}
			if tying.Holds(p, found) {
				met[at.kept] = ""
			}
		}
	}
}

func (f *InForce) meetBans(kind Mark, hash []byte, holds func(int) bool, met map[int]Mark) {
	if hash == nil {
		return
	}
	for _, n := range f.marks[string(kind)+string(hash)] {
		if holds(n) {
			met[n] = kind
		}
	}
}

// signal names the standing decision and says who refuses what until when.
func (s Standing) signal(mark Mark, zone *time.Location) Signal {
	rule, words := RuleBan, banned[mark]
	if s.Kind == RefuseAlike {
		rule, words = RuleAlike, alike
	}
	id, en := moment(s.Until, zone)
	return Signal{Rule: rule, Force: Spam, Term: s.ID, Reason: Text{ID: fmt.Sprintf(words.ID, s.By, id), EN: fmt.Sprintf(words.EN, s.By, en)}}
}

var (
	alike  = Text{ID: "%s menolak yang mirip sampai %s", EN: "%s refuses look-alikes until %s"}
	banned = map[Mark]Text{
		ByEmail:   {ID: "%s melarang pengirim ini sampai %s", EN: "%s banned this sender until %s"},
		ByNetwork: {ID: "%s melarang jaringan pengirim ini sampai %s", EN: "%s banned this sender's network until %s"},
	}
	months = strings.Fields("Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des")
)

// moment is a time in both languages, with the name of its zone.
func moment(t time.Time, zone *time.Location) (id, en string) {
	if zone == nil {
		zone = time.UTC
	}
	t = t.In(zone)
	return fmt.Sprintf("%d %s %s", t.Day(), months[t.Month()-1], t.Format("15.04 MST")), t.Format("2 Jan 15:04 MST")
}

// stop makes a comment spam that the judge did not, whatever speaks for it: a person decided so.
func (v *Verdict) stop(signals []Signal) {
	if len(signals) > 0 {
		v.Signals = append(v.Signals, signals...)
		v.Outcome = Spam
	}
}
