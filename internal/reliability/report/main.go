// Command report writes what tests told into the table of docs/reliability.md or docs/load.md.
//
//	report LINES DOCUMENT
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	"balasan/internal/reliability"
)

const begin, end = "<!-- the table, which the tests write -->\n", "<!-- end of the table -->\n"

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: report LINES DOCUMENT")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(lines, document string) error {
	text, err := os.ReadFile(lines)
	if err != nil {
		return err
	}
	all, err := parse(text)
	if err != nil {
		return fmt.Errorf("%s: %w", lines, err)
	}
	old, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	written, err := replace(string(old), table(all, time.Now()))
	if err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	return os.WriteFile(document, []byte(written), 0o644)
}

// parse reads one line of JSON each. Of a fault that is told more than once the last stands.
func parse(text []byte) ([]reliability.Line, error) {
	var all []reliability.Line
	for row := range bytes.Lines(text) {
		var l reliability.Line
		if err := json.Unmarshal(row, &l); err != nil {
			return nil, err
		}
		all = slices.DeleteFunc(all, func(o reliability.Line) bool { return o.Area == l.Area && o.Fault == l.Fault })
		all = append(all, l)
	}
	return all, nil
}

// table is Markdown, an area after the other.
func table(all []reliability.Line, at time.Time) string {
	ran, skipped := 0, 0
	var rows strings.Builder
	for _, area := range areas {
		for _, l := range of(all, area) {
			seen := l.Seen
			if l.Skipped != "" {
				seen = "**not run here**: " + l.Skipped
				skipped++
			} else {
				ran++
			}
			fmt.Fprintf(&rows, "| %s | %s | %s | %s | %s |\n", area, cell(l.Fault), cell(l.Promises), cell(seen), cell(l.Control))
		}
	}
	return fmt.Sprintf("%d rows ran and %d could not, on %s with %d cores (%s).\n\n"+
		"| where | what was done | tries | what was seen | control: what must fail, and did |\n|---|---|---|---|---|\n%s",
		ran, skipped, at.UTC().Format(time.DateOnly), runtime.NumCPU(), runtime.Version(), rows.String())
}

var areas = []string{reliability.Program, reliability.SQLite, reliability.PostgreSQL, reliability.Redis,
	reliability.Replicas, reliability.Outside, reliability.Load, reliability.Privacy}

func of(all []reliability.Line, area string) []reliability.Line {
	some := slices.DeleteFunc(slices.Clone(all), func(l reliability.Line) bool { return l.Area != area })
	slices.SortFunc(some, func(a, b reliability.Line) int { return strings.Compare(a.Fault, b.Fault) })
	return some
}

// cell keeps a text inside its cell.
func cell(s string) string {
	if s == "" {
		return "–"
	}
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(s)
}

// replace puts the table between the marks.
func replace(document, table string) (string, error) {
	head, rest, found := strings.Cut(document, begin)
	_, tail, closed := strings.Cut(rest, end)
	if !found || !closed {
		return "", fmt.Errorf("the marks %q and %q are not there", strings.TrimSpace(begin), strings.TrimSpace(end))
	}
	return head + begin + "\n" + table + "\n" + end + tail, nil
}
