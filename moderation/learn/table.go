package learn

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Row is one labelled text.
type Row struct {
	Spam     bool
	Language string // empty where the file has no such column
	Text     string
	Line     int
}

// maxLine is the longest line of a labelled file, in bytes.
const maxLine = 4 << 20

var unescape = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r")

// ReadRows reads labelled texts: `label \t [language \t] text`, one a line, the text with
// \\ \t \n \r escaped. Labels are spam or ham in any case, or 1 or 0; a first line that names
// its columns is passed over. An error names file and line.
func ReadRows(name string, r io.Reader) ([]Row, error) {
	var rows []Row
	scan := bufio.NewScanner(r)
	scan.Buffer(make([]byte, 64<<10), maxLine)
	line := 0
	for scan.Scan() {
		line++
		text := strings.TrimPrefix(scan.Text(), "\ufeff")
		if strings.TrimSpace(text) == "" {
			continue
		}
		row, err := readRow(text)
		if err != nil {
			if line == 1 && isHeader(text) {
				continue
			}
			return nil, fmt.Errorf("%s:%d: %w", name, line, err)
		}
		row.Line = line
		rows = append(rows, row)
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", name, line+1, err)
	}
	return rows, nil
}

func isHeader(line string) bool {
	first, _, _ := strings.Cut(strings.ToLower(line), "\t")
	switch strings.TrimSpace(first) {
	case "label", "class", "spam/ham", "is_spam", "target", "y":
		return true
	}
	return false
}

func readRow(line string) (Row, error) {
	label, rest, found := strings.Cut(strings.TrimSuffix(line, "\r"), "\t")
	if !found {
		return Row{}, fmt.Errorf("want label, tab, text; found no tab")
	}
	var row Row
	switch strings.ToLower(strings.TrimSpace(label)) {
	case "spam", "1":
		row.Spam = true
	case "ham", "0":
	default:
		return Row{}, fmt.Errorf("the label is %.20q; want spam or ham", label)
	}
	if language, text, three := strings.Cut(rest, "\t"); three && isLanguage(language) {
		row.Language, rest = language, text
	}
	row.Text = unescape.Replace(rest)
	return row, nil
}

// isLanguage tells a language tag from the start of a text that holds a bare tab.
func isLanguage(s string) bool {
	if len(s) > 8 {
		return false
	}
	for _, c := range []byte(s) {
		if c != '-' && (c < 'A' || c > 'z') {
			return false
		}
	}
	return true
}
