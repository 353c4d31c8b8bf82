package moderation

// Lesson is one step of what a site's editors teach. The steps follow from the decision log
// alone: one lesson for each site, text and label however many comments carry it, by what stands
// of people's decisions. What the machine decided, what is trashed and what editors wrote
// themselves teach nothing.
type Lesson struct {
	ID    int64 // its place: steps are numbered upwards and never change
	Site  string
	Text  string // of the comment
	Words []byte // what is left of a text that was removed; nil while it is there
	Spam  bool   // or approved
	Back  bool   // takes the same lesson back
	Share int    // it counts as one Share-th, so that no keystroke teaches more than MostLessons
}

// MostLessons is how many whole lessons one keystroke can teach: as many as a page of the queue
// shows. Beyond it the lessons of that keystroke share them.
const MostLessons = 100

// ShareOf is the Share of each lesson of a keystroke that settled n comments.
func ShareOf(n int) int { return max(1, (n+MostLessons-1)/MostLessons) }

// Labels is what each decision on one comment, oldest first, makes it say: [IsSpam], [Approved]
// or, with neither, nothing. Undoing a decision brings back what the comment said before it; a
// remark or a change of text makes it say nothing new.
func Labels(decided []Decision) []State {
	said := make([]State, len(decided))
	before := func(i int) State {
		if i <= 0 {
			return ""
		}
		return said[i-1]
	}
	for i, d := range decided {
		switch {
		case d.Deed != Ruled:
			said[i] = before(i)
		case d.Undoes != "":
			said[i] = before(undoneBy(decided, i))
		case d.To == IsSpam || d.To == Approved:
			said[i] = d.To
		}
	}
	return said
}

// undoneBy is the place of the decision that the ith takes back; the last of them where one batch
// decided more than once.
func undoneBy(decided []Decision, i int) int {
	for j := i - 1; j >= 0; j-- {
		if decided[j].Batch == decided[i].Undoes && decided[j].Deed == Ruled {
			return j
		}
	}
	return 0
}
