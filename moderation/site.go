package moderation

import (
	"slices"
	"time"
)

// Site is a portal that embeds the form. It owns a policy and the exact list of origins
// (scheme://host[:port]) that may submit to it.
type Site struct {
	ID       string // short, in URLs: [a-z0-9-]{1,40}
	Name     string
	Language string // "id" or "en": what its visitors read unless they ask otherwise
	Origins  []string
	Policy   Policy
}

// Allows tells whether origin is on the site's list, byte for byte.
func (s Site) Allows(origin string) bool { return slices.Contains(s.Origins, origin) }

// Mode says what happens to a submission that the judge does not stop.
type Mode string

const (
	HoldAll      Mode = "hold"          // everything waits for an editor; the default
	HoldDoubtful Mode = "hold-doubtful" // likely good ones appear at once, the rest waits
	Publish      Mode = "publish"       // all but likely spam appears at once, to be reviewed
	Closed       Mode = "closed"        // nothing is taken in
)

// Ladder says when a visitor meets a challenge.
type Ladder string

const (
	ChallengeAlways     Ladder = "always"
	ChallengeSuspicious Ladder = "suspicious"
	ChallengeNever      Ladder = "never"
)

// Policy is a site's lines: what the judge's score leads to and how its threads behave.
type Policy struct {
	Mode       Mode
	Approve    float64       // a score below it is likely good
	Spam       float64       // a score from it on is spam
	Challenge  Ladder        //
	Depth      int           // how deep replies nest; 0 is a flat thread
	CloseAfter time.Duration // a thread closes this long after its first comment; 0 is never
	MaxBody    int           // the longest text, in runes
	Notify     bool          // visitors may ask to hear of replies by mail, where there is mail
}

// DefaultPolicy is what a site has until an operator says otherwise.
func DefaultPolicy() Policy {
	return Policy{Mode: HoldAll, Approve: 2, Spam: 10, Challenge: ChallengeAlways, Depth: 3, MaxBody: 5000, Notify: true}
}
