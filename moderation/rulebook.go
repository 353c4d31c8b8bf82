package moderation

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
)

// RuleKind is what an editor saw in a comment and wants a rule for.
type RuleKind string

const (
	RuleDomain RuleKind = "domain" // a host, with all below it
	RuleHandle RuleKind = "handle" // "wa:62812…" or "tg:name"
	RulePhrase RuleKind = "phrase"
	RuleName   RuleKind = "name" // the sender's
)

// Valid tells whether k is one of the four.
func (k RuleKind) Valid() bool {
	return k == RuleDomain || k == RuleHandle || k == RulePhrase || k == RuleName
}

// RuleWay is how the terms of a rule are compared.
type RuleWay string

const (
	ByWord      RuleWay = "word"       // whole words, disguises undone
	ByPhrase    RuleWay = "phrase"     // the same; reads better for several words
	ByClassWord RuleWay = "class-word" // the same, with g4c0r for gacor and s l o t for slot
	ByDomain    RuleWay = "domain"     // a host and all below it
	ByHandle    RuleWay = "handle"     // what a link or a number leads to; in the text only
)

// RuleWays lists them in the order of a form.
var RuleWays = []RuleWay{ByWord, ByPhrase, ByClassWord, ByDomain, ByHandle}

// RuleStatus is what an editor may make of a rule.
type RuleStatus string

const (
	RuleShadow RuleStatus = "shadow" // it runs and is shown, and adds nothing
	RuleLive   RuleStatus = "live"
	RuleOff    RuleStatus = "off"
)

// Valid tells whether s is one of the three.
func (s RuleStatus) Valid() bool { return s == RuleShadow || s == RuleLive || s == RuleOff }

// RuleDraft is a rule that an editor proposes: any of the terms in any of the fields.
type RuleDraft struct {
	Comment string // that it was made from
	Terms   []string
	Way     RuleWay
	In      []Field  // of body, name and website; a handle is looked for in the body alone
	Sites   []string // it counts on these; none is all
	Score   float64
	Group   string    // of the rule files; empty for none
	Reason  Text      // {{match}} is what was found
	Until   time.Time // the last day on which it counts; zero is never
	Example string    // an excerpt that the rule must notice, kept beside it; may be empty
}

const (
	maxTerms = 20
	maxTerm  = 200 // runes, of a term or an example
	maxCause = 300 // runes, of a reason
)

var (
	ruleHost   = regexp.MustCompile(`^[^\s/:@?#*{}|]+\.[^\s/:@?#*{}|.]+$`)
	ruleHandle = regexp.MustCompile(`^(wa:[0-9a-z]{4,20}|tg:[0-9a-z_]{4,40})$`)
	anAddress  = regexp.MustCompile(`\S@\S+\.\S`)
)

// Check names everything that keeps the draft from being a rule; nil is none. Whether its group
// and its sites are there is for others to say.
func (d RuleDraft) Check() []FieldFault {
	var all []FieldFault
	add := func(field string, f Fault, limit int) {
		if f != "" {
			all = append(all, FieldFault{Field: field, Fault: f, Limit: limit})
		}
	}
	add("terms", d.termsFault(), maxTerm)
	if !slices.Contains(RuleWays, d.Way) {
		add("way", FaultUnknown, 0)
	}
	if len(d.In) == 0 {
		add("in", FaultRequired, 0)
	}
	for _, f := range d.In {
		if f != FieldBody && (f != FieldName && f != FieldWebsite || d.Way == ByHandle) {
			add("in", FaultUnknown, 0)
		}
	}
	if !(d.Score > 0 && d.Score <= 100) {
		add("score", FaultFormat, 0)
	}
	add("reason_id", textFault(d.Reason.ID, maxCause, ""), maxCause)
	add("reason_en", textFault(d.Reason.EN, maxCause, ""), maxCause)
	if d.Example != "" {
		add("example", d.exampleFault(), maxTerm)
	}
	return all
}

func (d RuleDraft) termsFault() Fault {
	if len(d.Terms) == 0 {
		return FaultRequired
	}
	if len(d.Terms) > maxTerms {
		return FaultTooLong
	}
	for _, term := range d.Terms {
		if f := textFault(term, maxTerm, ""); f != "" {
			return f
		}
		wrong := d.Way == ByDomain && !ruleHost.MatchString(term) || d.Way == ByHandle && !ruleHandle.MatchString(term)
		if wrong || strings.HasPrefix(strings.TrimSpace(term), "@") { // a list of the rule files
			return FaultFormat
		}
	}
	return ""
}

// exampleFault refuses an address besides: an example stays in a file for years.
func (d RuleDraft) exampleFault() Fault {
	if anAddress.MatchString(d.Example) {
		return FaultForbidden
	}
	return textFault(d.Example, maxTerm, "")
}

// NoteFault tells what is wrong with a short text of an editor: a note, or a word beside a rule.
func NoteFault(s string) Fault { return textFault(s, MaxNote, "") }

// MayRule tells whether the editor may do it to a rule of these sites; none is all.
func (e Editor) MayRule(act Act, sites []string) bool {
	if len(sites) == 0 {
		return e.May(act, AllSites)
	}
	return !slices.ContainsFunc(sites, func(site string) bool { return !e.May(act, site) })
}

// RuleActFor is what it takes to bring a rule from one status into another; a new one is off.
func RuleActFor(from, to RuleStatus) Act {
	if from == RuleLive || to == RuleLive {
		return ToRule
	}
	return ToShadow
}

// RuleHit is a stored comment that a rule notices.
type RuleHit struct {
	ID, Site            string
	Name, Website, Body string
	Spans               []Span
	At                  time.Time
	From, To            Outcome // without the rule and with it, were it live
}

// RuleTrial is what a rule would have done to stored comments, were it live.
type RuleTrial struct {
	ID       string        // under which it would be saved
	YAML     string        // as it would be written
	Days     int           // how far back
	Looked   map[State]int // comments weighed; undecided ones are pending
	Cut      bool          // more are stored than were looked at
	Hits     map[State]int // of them
	Held     int           // that would have been held and were not
	Spam     int           // that would have been spam and were not
	Approved []RuleHit     // newest first
	Moved    []RuleHit     // undecided ones with another verdict, newest first
	Missed   bool          // the rule does not notice its own example
	Seen     string        // names the file that it would be written to
	Groups   []string      // that there are
}

// RuleEntry is one rule as it stands in a file.
type RuleEntry struct {
	ID       string
	Status   RuleStatus // or "draft"
	Score    float64
	Group    string
	Action   Outcome
	Reason   Text
	Looks    []string // its conditions, as written
	Sites    []string // none is all
	Until    time.Time
	Override string
	Where    string   // file and line
	Made     []string // who did what to it, and when; of rules made at the desk
	Desk     bool     // made at the desk
	Shipped  bool     // comes with the program
	InForce  bool     // the program runs it just so
	Hits     map[State]int
}

// Precision is the share of the decided hits that editors refused; false without any.
func Precision(hits map[State]int) (float64, bool) {
	refused := hits[IsSpam] + hits[Trashed]
	if refused+hits[Approved] == 0 {
		return 0, false
	}
	return float64(refused) / float64(refused+hits[Approved]), true
}

// RuleList is all rules that an editor may see.
type RuleList struct {
	Rules  []RuleEntry
	File   string // that rules of the desk are written to
	Seen   string // names the file as it stands
	Runs   string // fingerprint of the rules that this replica runs
	Looked int    // comments whose verdicts were counted
	Cut    bool
	Days   int
}

// RuleSaved tells what a change came to.
type RuleSaved struct {
	ID      string
	InForce bool   // the program runs it
	Why     string // why not, for whoever operates it; may be empty
}

// RuleRefused says why nothing was written.
type RuleRefused struct {
	Stale   bool      // the rules have changed since the editor saw them
	Broken  string    // the rule files have this fault, with file and line
	Locked  string    // the folder cannot be written; what the system says
	Late    bool      // approved comments could not be asked in time
	Stopped []RuleHit // approved comments that it would stop, newest first
	Total   int       // how many of them
}

func (r *RuleRefused) Error() string {
	switch {
	case r.Stale:
		return "the rules have changed meanwhile"
	case r.Broken != "":
		return "the rules are broken: " + r.Broken
	case r.Locked != "":
		return "cannot be written: " + r.Locked
	case r.Late:
		return "approved comments could not be asked in time"
	default:
		return "the rule would stop approved comments"
	}
}

// Unwrap is the problem that a program hears about.
func (r *RuleRefused) Unwrap() error {
	switch {
	case r.Stale:
		return &Problem{Code: Decided}
	case r.Broken != "", r.Locked != "", r.Late:
		return &Problem{Code: Unavailable, Err: r.plain()}
	default:
		return &Problem{Code: Invalid, Fields: []FieldFault{{Field: "override", Fault: FaultRequired}}}
	}
}

func (r *RuleRefused) plain() error { return errors.New(r.Error()) }
