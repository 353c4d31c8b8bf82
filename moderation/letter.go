package moderation

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
