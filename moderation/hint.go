package moderation

// Hint says that something may have changed: a thread, or anything at all when it names none. It carries
// nothing that anybody may rely on, so one more costs a question and one that is lost a moment: whoever
// hears it looks for themselves, and looks now and then without.
type Hint struct{ Site, Page string }

// Anything is the hint that names no thread.
var Anything = Hint{}
