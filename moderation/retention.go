package moderation

import "time"

// Retention is how long personal data is kept, by class. What is older is let go by the hourly purge.
type Retention struct {
	Address     time.Duration // whole addresses of senders; only their [Network] is left afterwards
	Network     time.Duration // that network, and what finds it again; nothing is left afterwards
	Refused     time.Duration // name, text, website and e-mail of spam and trash, since it was refused
	Email       time.Duration // e-mail addresses of comments, unless a subscription of theirs is confirmed
	Unconfirmed time.Duration // subscriptions that nobody confirmed, since the last question
}

// Retained counts what was let go.
type Retained struct{ Addresses, Networks, Texts, Emails, Unconfirmed int64 }

// ByClass names the counts as figures and logs do.
func (r Retained) ByClass() map[string]int64 {
	return map[string]int64{"address": r.Addresses, "network": r.Networks, "refused": r.Texts, "email": r.Emails, "unconfirmed": r.Unconfirmed}
}
