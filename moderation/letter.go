package moderation

import "time"

// Letter is one mail on its way. Its text is plain, in paragraphs; a paragraph that is an address
// alone becomes a link.
type Letter struct {
	ID       string // the same in each try
	To       Email
	Language string
	Subject  string
	Text     string
	Stop     string // ends such letters when it is posted to; empty where there is nothing to end
}

// LinkAct is what a link in a letter may do.
type LinkAct string

const (
	ConfirmDigest  LinkAct = "confirm" // that the address is the editor's
	StopDigest     LinkAct = "stop"
	ConfirmReplies LinkAct = "replies" // that the address is the comment's sender's
	StopReplies    LinkAct = "quiet"
)

// Link is one thing that whoever holds a letter may do. Only its hash is kept.
type Link struct {
	Act     LinkAct
	Subject string // ID of the editor or of the comment
	Until   time.Time
}

const (
	// ConfirmLife is how long an address may be confirmed.
	ConfirmLife = 24 * time.Hour
	// RepliesLife is the same for the sender of a comment, who does not wait for the letter.
	RepliesLife = 7 * 24 * time.Hour
	// StopLife is how long a letter can end those that follow.
	StopLife = 90 * 24 * time.Hour
	// MaxConfirms is how many letters to confirm an address go out within a day: to an editor's
	// addresses, or to one address on one site.
	MaxConfirms = 5
)
