package campaign

import "strings"

// isQuoting tells whether a text puts three words or more between quotation marks and says something
// of its own beside them.
func isQuoting(s string) bool {
	for _, pair := range quotationMarks {
		before, rest, ok := strings.Cut(s, pair[0])
		if !ok {
			continue
		}
		quoted, after, ok := strings.Cut(rest, pair[1])
		if ok && len(strings.Fields(quoted)) >= 3 && len(strings.Fields(before))+len(strings.Fields(after)) >= 2 {
			return true
		}
	}
	return false
}

var quotationMarks = [][2]string{{"“", "”"}, {"„", "“"}, {"«", "»"}, {`"`, `"`}}
