package moderation

import (
	"slices"
	"time"
)

// MailTarget is the target of all deliveries by mail. Their Ref is [MailRef].
const MailTarget = "mail"

// Letter is a kind of mail.
type Letter string

const (
	LetterAsk     Letter = "ask"     // asks a visitor whether the address wants to hear of replies
	LetterReply   Letter = "reply"   // tells a subscriber of a reply
	LetterAddress Letter = "address" // asks an editor whether the address is theirs
	LetterDigest  Letter = "digest"  // tells an editor what waits
	LetterData    Letter = "data"    // brings the link of a data request
)

// MailRef names a letter and whom it is for: the ID of a subscription, an editor or a data request.
func MailRef(kind Letter, whom string) string { return string(kind) + " " + whom }

// Subscription is an address that wants to hear of replies to what was written under it on one
// page. Until it is confirmed, one question is all that is sent there.
type Subscription struct {
	ID              string
	Site            string
	Page, PageTitle string
	Email           Email
	Language        string
	Token           string // what the links in its letters carry
	ConfirmedAt     time.Time
}

const (
	// AsksPerDay is how many questions one address of a site gets in a day, one a thread.
	AsksPerDay = 3
	// AskLife is how long a question may be answered; the address is forgotten afterwards.
	AskLife = 7 * 24 * time.Hour
	// SubscriptionLife is how long a subscription lasts without a reply to tell of.
	SubscriptionLife = 365 * 24 * time.Hour
)

// Cadence is how often an editor's digest may come.
type Cadence string

const (
	NoDigest Cadence = "off"
	Hourly   Cadence = "hourly"
	Daily    Cadence = "daily"
)

// Digest is what an editor wants to be told by mail of what waits. Until the address is confirmed,
// the question whether it is theirs is all that is sent there.
type Digest struct {
	Editor      string // ID
	Email       Email
	Language    string
	Token       string // what the links in its letters carry
	ConfirmedAt time.Time
	RefusedAt   time.Time // a mail server said that there is no such address
	Cadence     Cadence
	At          int // of a daily one, minutes after midnight
	Quiet       Quiet
	Zone        string   // "Asia/Jakarta"
	Sites       []string // nil is all that the editor may read
	NextAt      time.Time
	SentAt      time.Time
	Newest      string // the newest comment that waited then
}

// Check tells the first fault of what an editor asked for.
func (d Digest) Check() error {
	_, err := time.LoadLocation(d.Zone)
	switch {
	case !slices.Contains([]Cadence{NoDigest, Hourly, Daily}, d.Cadence):
		return fault("cadence", FaultUnknown)
	case d.At < 0 || d.At >= 24*60:
		return fault("at", FaultFormat)
	case err != nil || d.Zone == "" || d.Zone == "Local" || len(d.Zone) > 64:
		return fault("zone", FaultUnknown)
	case d.Email.IsZero():
		return fault("email", FaultRequired)
	}
	return nil
}

// Next is when a digest may come, later than t and outside of quiet hours.
func (d Digest) Next(t time.Time) time.Time {
	zone, err := time.LoadLocation(d.Zone)
	if err != nil {
		zone = time.UTC // Check has looked
	}
	local := t.In(zone)
	if d.Cadence == Hourly {
		return d.Quiet.Open(t.Truncate(time.Hour).Add(time.Hour), zone)
	}
	next := onDay(local, 0, d.At)
	if !next.After(t) {
		next = onDay(local, 1, d.At)
	}
	return d.Quiet.Open(next, zone)
}

// Within are the sites of a digest that its editor may still read; nil with all true means
// everywhere.
func (d Digest) Within(e Editor) (sites []string, all bool) {
	may, all := e.Sites(ToRead)
	switch {
	case len(d.Sites) == 0:
		return may, all
	case all:
		return d.Sites, false
	default:
		return slices.DeleteFunc(slices.Clone(d.Sites), func(site string) bool { return !slices.Contains(may, site) }), false
	}
}
