package moderation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"math"
)

// BlindChecks sends a few of those comments to the editors that the machine would refuse, so that
// how often it is right can be measured. Who waits in the queue for that reason cannot be told
// from what is doubted, neither by the sender nor by the editor. The zero value sends none.
type BlindChecks struct {
	Key   []byte
	Share float64 // of what is refused, 0 to 1
}

// picks draws by a keyed hash of the comment's ID: the same comment is always drawn or never,
// and nobody without the key can tell. What resembles a comment that editors refused is not
// drawn: people have spoken about it, and they would know at once why they see it again.
func (b BlindChecks) picks(c Comment) bool {
	h := c.Verdict.History
	if c.Verdict.Outcome != Spam || h.Refused > 0 || h.Campaign.Refused > 0 || b.Share <= 0 {
		return false
	}
	mac := hmac.New(sha256.New, b.Key)
	mac.Write([]byte(c.ID))
	drawn := binary.BigEndian.Uint64(mac.Sum(nil))
	return float64(drawn)/math.MaxUint64 < b.Share
}

// Shown is the entry as editors may see it. While a blind check waits, its verdict looks like one
// that doubts: reasons stand in it only as long as their sum stays below the line of spam. The
// Desk gives out nothing else; a campaign never holds a blind check.
func (e Entry) Shown() Entry {
	if !e.Blind || e.State != Pending {
		return e
	}
	v, sum := e.Verdict, 0.0
	v.Signals = nil
	for _, s := range e.Verdict.Signals {
		if !s.Shadow {
			if s.Force == Spam || sum+s.Score >= v.Spam {
				continue
			}
			sum += s.Score
		}
		v.Signals = append(v.Signals, s)
	}
	v.Score, v.Outcome = max(sum, v.Approve), Hold
	e.Verdict, e.Level, e.Blind = v, Doubtful, false
	return e
}

// show makes entries what editors may see of them.
func show(all []Entry) {
	for i, e := range all {
		all[i] = e.Shown()
	}
}
