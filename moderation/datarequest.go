package moderation

import "time"

// DataRequest is the wish of whoever reads an address's mail to see or erase what one site keeps
// under it. Its link is good for one export and one erasure.
type DataRequest struct {
	ID         string
	Site       string
	Email      Email // zero once it is not needed any more
	Language   string
	Token      string    // what the link carries; empty but for its letter
	ExpiresAt  time.Time // of the link; zero before its letter is written
	ExportedAt time.Time
	EraseAt    time.Time // when its holder asked to erase what came until then; zero otherwise
	DoneAt     time.Time // when all of that was erased
	Erased     int       // comments so far
}

// Open tells whether the link may still be used.
func (r DataRequest) Open(at time.Time) bool { return r.EraseAt.IsZero() && at.Before(r.ExpiresAt) }

const (
	// DataLinkLife is how long a link lasts from when its letter is written.
	DataLinkLife = time.Hour
	// DataAskGap is the least time between two letters that one address of a site gets, whoever asks for them.
	DataAskGap = 15 * time.Minute
	// DataAsksPerDay is how many of them it gets in a day.
	DataAsksPerDay = 5
	// DataAskLife is how long a letter may wait for a mail server. The request is forgotten afterwards.
	DataAskLife = 24 * time.Hour
	// DataProofLife is how long it is kept, without a trace of whom it was for, that something was erased.
	DataProofLife = 365 * 24 * time.Hour
)

// OwnData is what a site keeps under one address and its holder may see. What concerns others
// is not in the type: verdicts, editors, notes, and the network address, since nobody has
// proved that who wrote under an e-mail is who reads its mail.
type OwnData struct {
	Site          string
	Email         Email
	Comments      []OwnComment      // oldest first
	Subscriptions []OwnSubscription // to replies
	Unwanted      []OwnUnwanted     // mail that was refused
}

// OwnComment is a comment as its sender may see it.
type OwnComment struct {
	ID, Parent      string
	Page, PageTitle string
	Name, Website   string
	Body            string
	Sent            string // the text as it was sent; empty unless an editor changed it
	Language        string
	Published       bool
	Notify          bool   // its sender asked to hear of replies
	Address         string // what is kept of the sender's network address: "whole", "network" or "none"
	Agreed          Agreement
	At              time.Time
}

// What is kept of a sender's network address.
const (
	AddressWhole   = "whole"
	AddressNetwork = "network"
	AddressNone    = "none"
)

// OwnSubscription is a page whose replies an address hears of, or was asked about.
type OwnSubscription struct {
	Page, PageTitle string
	Language        string
	ConfirmedAt     time.Time // zero while it is not
}

// OwnUnwanted is a page, or with an empty one the whole site, of which an address wants no mail.
type OwnUnwanted struct {
	Page string
	At   time.Time
}
