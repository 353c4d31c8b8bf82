package moderation

import (
	"context"
	"net/netip"
	"strings"
	"time"
)

// Allowance names what a sender may spend; how much is the operator's configuration.
type Allowance string

const (
	ToSubmit Allowance = "submit"
	ToOpen   Allowance = "challenge"
	ToSee    Allowance = "picture"
	ToHear   Allowance = "voice"
	ToSignIn Allowance = "signin"
	ToSkip   Allowance = "unsolved" // submit without solving the challenge
)

// Limiter counts what senders spend.
type Limiter interface {
	// Spend takes one from every bucket that addr belongs to, wide before narrow. It never
	// fails: without its dependency it counts in this process and says so.
	Spend(ctx context.Context, what Allowance, addr netip.Addr) Spent
}

// Spent is a limiter's answer.
type Spent struct {
	After    time.Duration // how long to wait; 0 when it was allowed
	Low      bool          // less than half of the narrowest bucket is left
	Degraded bool          // counted in this process only
}

// Binding ties a challenge to the one place where its answer counts.
type Binding struct{ Site, Page string }

// Challenge is a time-limited CAPTCHA as the visitor meets it.
type Challenge struct {
	Token     string
	Kind      string // "digits"
	ExpiresAt time.Time
}

// Challenger issues challenges and redeems answers.
type Challenger interface {
	Issue(Binding, time.Time) Challenge
	// Redeem spends the token in one atomic step. Of all who try, one spender succeeds; a
	// non-empty spender may succeed again with what it has already spent. The error is a
	// Problem with one of the captcha codes.
	Redeem(ctx context.Context, b Binding, token, answer, spender string, at time.Time) error
}

// Query is what Recall looks up in one go.
type Query struct {
	Site, Page, Parent string
	Email              Email
	Addr               netip.Addr
	Text               uint64 // digest of the folded text; 0 is not looked up
	Ties               []Tie  // of its campaign; bands of a sketch are not looked up
	At                 time.Time
}

// Recollection is what the store knows before a submission is weighed.
type Recollection struct {
	Site    Site
	Thread  Thread
	Parent  *Parent // nil when Query.Parent is empty or names no approved comment of the page
	History History
}

// Parent is where a reply hangs.
type Parent struct {
	ID, Root string
	Depth    int
	Above    string // its own parent
}

// Store keeps submissions.
type Store interface {
	Site(ctx context.Context, id string) (Site, error)
	Recall(context.Context, Query) (Recollection, error)
	// Keep stores the comment, its verdict and an outbox row in one durable transaction. Under
	// an idempotency key that is known it stores nothing and returns the first receipt, or
	// KeyReused when the digest differs.
	Keep(context.Context, Comment) (Receipt, error)
	// Replay returns the receipt of an earlier Keep under this key; NotFound when there was none.
	Replay(ctx context.Context, site, key string, digest [32]byte) (Receipt, error)
}

// Intake is the one straight way of a submission: limit, shape, challenge, judge, keep.
type Intake struct {
	Limits     Limiter
	Challenges Challenger
	Judge      Judge
	Store      Store
	Digest     func(body string) uint64 // of the folded text; 0 for what should tie to nothing
	Ties       func(Submission) []Tie   // to campaigns; nil looks up none
	NewID      func() string            // UUIDv7
	Blind      BlindChecks              // what editors see although the machine refuses it
	Standing   Standings                // what editors refuse for a while; nil refuses nothing
	Asks       func(site string) Asking // what visitors must agree to; nil asks nothing
}

// Receive takes a submission in. A nil error means that it is on disk.
func (in Intake) Receive(ctx context.Context, s Submission) (Receipt, error) {
	spent, err := in.limit(ctx, s)
	if err != nil {
		return Receipt{}, err
	}
	known, err := in.shape(ctx, &s)
	if err != nil {
		return in.afterwards(ctx, s, err)
	}
	if receipt, replayed, err := in.challenge(ctx, s, known, spent); err != nil || replayed {
		return receipt, err
	}
	return in.Store.Keep(ctx, in.judge(ctx, s, known, spent))
}

// limit is the cheapest no; nonsense counts too.
func (in Intake) limit(ctx context.Context, s Submission) (Spent, error) {
	spent := in.Limits.Spend(ctx, ToSubmit, s.Addr)
	if spent.After > 0 {
		return spent, &Problem{Code: Limited, After: spent.After}
	}
	return spent, nil
}

// shape comes before the challenge, which is good for one try: a forgotten field must not cost
// a second picture.
func (in Intake) shape(ctx context.Context, s *Submission) (Recollection, error) {
	s.Page = CanonicalPage(s.Page)
	site, err := in.Store.Site(ctx, s.Site)
	if err != nil {
		return Recollection{}, err
	}
	faults := Check(s, site.Policy.MaxBody)
	if in.Asks != nil {
		faults = append(faults, in.Asks(s.Site).agree(s)...)
	}
	q := Query{Site: s.Site, Page: s.Page, Parent: s.Parent,
		Email: s.Email, Addr: s.Addr, Text: in.Digest(s.Body), At: s.At}
	if in.Ties != nil {
		q.Ties = in.Ties(*s)
	}
	known, err := in.Store.Recall(ctx, q)
	if err != nil {
		return known, err
	}
	known.Site = site
	if s.Parent != "" && known.Parent == nil {
		faults = append(faults, FieldFault{Field: "parent", Fault: FaultUnknown})
	}
	if len(faults) > 0 {
		return known, &Problem{Code: Invalid, Fields: faults}
	}
	if !known.Open(s.At) {
		return known, &Problem{Code: ThreadShut}
	}
	return known, nil
}

// challenge redeems the answer. A submission whose challenge is spent may be the retry of one
// that was kept: then its receipt is given once more.
func (in Intake) challenge(ctx context.Context, s Submission, known Recollection, spent Spent) (Receipt, bool, error) {
	if s.Unsolved {
		return in.unsolved(ctx, s)
	}
	if !known.Site.Policy.mustSolve(s, spent) {
		return Receipt{}, false, nil
	}
	err := in.Challenges.Redeem(ctx, Binding{s.Site, s.Page}, s.Token, s.Answer, s.Spender(), s.At)
	if err == nil {
		return Receipt{}, false, nil
	}
	if receipt, kept, fault := in.before(ctx, s); kept || fault != nil {
		return receipt, kept, fault
	}
	return Receipt{}, false, err
}

// unsolved lets few of each sender pass, and any number of retries of what was kept. It comes after what reads: a
// database that is away must not use an allowance up that takes an hour to come back.
func (in Intake) unsolved(ctx context.Context, s Submission) (Receipt, bool, error) {
	if receipt, kept, err := in.before(ctx, s); kept || err != nil {
		return receipt, kept, err
	}
	if spent := in.Limits.Spend(ctx, ToSkip, s.Addr); spent.After > 0 {
		return Receipt{}, false, &Problem{Code: Limited, After: spent.After}
	}
	return Receipt{}, false, nil
}

// before looks for the receipt of what was kept under the same key.
func (in Intake) before(ctx context.Context, s Submission) (receipt Receipt, kept bool, err error) {
	if s.Key == "" {
		return Receipt{}, false, nil
	}
	receipt, err = in.Store.Replay(ctx, s.Site, s.Key, s.Digest())
	if CodeOf(err) == NotFound {
		return Receipt{}, false, nil
	}
	return receipt, err == nil, err
}

// mustSolve climbs the site's ladder.
func (p Policy) mustSolve(s Submission, spent Spent) bool {
	switch p.Challenge {
	case ChallengeNever:
		return false
	case ChallengeSuspicious:
		return spent.Low || spent.Degraded || !s.Form.Signed || s.Form.Traps > 0 ||
			s.Form.Age < 5*time.Second || s.Website != "" || strings.Contains(s.Body, "://")
	default:
		return true
	}
}

// judge never refuses; it weighs.
func (in Intake) judge(ctx context.Context, s Submission, known Recollection, spent Spent) Comment {
	policy := known.policy()
	c := Comment{ID: in.NewID(), Submission: s, Text: in.Digest(s.Body)}
	c.Root = c.ID
	c.hang(known.Parent, policy.Depth)
	c.Verdict = in.Judge.Weigh(Case{s, known.History}, policy)
	c.Blind = in.Blind.picks(c)
	in.stand(ctx, &c)
	if s.Unsolved {
		c.Verdict.hold(Signal{Rule: "challenge.unsolved", Reason: Text{
			ID: "Pengirim tidak dapat menyelesaikan tantangan", EN: "The sender could not solve the challenge"}})
	}
	if spent.Degraded {
		c.Verdict.hold(Signal{Rule: "limits.degraded", Reason: Text{
			ID: "Pembatas kiriman sedang terganggu; semua ditahan", EN: "The rate limiter was degraded; everything is held"}})
	}
	if c.State = c.Verdict.state(policy.Mode); c.Blind {
		c.State = Pending
	}
	return c
}

// stand holds a comment against what editors refuse for a while. What they refuse anyway is no
// blind check: whoever sees it would know why.
func (in Intake) stand(ctx context.Context, c *Comment) {
	if in.Standing == nil || c.Verdict.Outcome == Spam && !c.Blind {
		return
	}
	stops := in.Standing.Stops(ctx, *c)
	if c.Blind {
		c.Blind = len(stops) == 0
		return
	}
	c.Verdict.stop(stops)
}

// hang puts a reply below its parent, or beside it where the site's depth ends.
func (c *Comment) hang(p *Parent, depth int) {
	switch {
	case p == nil:
	case p.Depth < depth:
		c.Parent, c.Root, c.Depth = p.ID, p.Root, p.Depth+1
	case p.Above != "":
		c.Parent, c.Root, c.Depth = p.Above, p.Root, p.Depth
	default:
		c.Parent = "" // a flat thread
	}
}

// hold adds a signal that keeps the comment from being published by machine.
func (v *Verdict) hold(s Signal) {
	s.Force = Hold
	v.Signals = append(v.Signals, s)
	if v.Outcome == Approve {
		v.Outcome = Hold
	}
}

// state is where a comment begins: the verdict's outcome seen through the site's mode.
func (v Verdict) state(m Mode) State {
	switch {
	case v.Outcome == Spam:
		return IsSpam
	case m == HoldDoubtful && v.Outcome == Approve, m == Publish && !v.forcedHold():
		return Approved
	default:
		return Pending
	}
}

func (v Verdict) forcedHold() bool {
	for _, s := range v.Signals {
		if !s.Shadow && s.Force == Hold {
			return true
		}
	}
	return false
}

// policy is the site's, with the thread's own mode where an editor set one.
func (r Recollection) policy() Policy {
	p := r.Site.Policy
	if r.Thread.Mode != "" {
		p.Mode = r.Thread.Mode
	}
	return p
}

// Open tells whether the page takes comments at that moment. Site must be filled in.
func (r Recollection) Open(at time.Time) bool {
	p := r.policy()
	if p.Mode == Closed {
		return false
	}
	return p.CloseAfter == 0 || r.Thread.FirstAt.IsZero() || at.Sub(r.Thread.FirstAt) < p.CloseAfter
}
