package rules

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Imported is a foreign list as a rule file of ours, with what could not be carried over.
type Imported struct {
	YAML   string
	Terms  int
	Left   []LeftOut
	Source string
}

// LeftOut is a line that has no counterpart here.
type LeftOut struct {
	Line int
	Text string
	Why  string
}

// maxImport is the longest foreign list, in bytes.
const maxImport = 8 << 20

// importing gathers terms by what should happen to them.
type importing struct {
	Imported
	id    string
	lists map[string][]string // kind of list → terms
}

// FromWordPress reads a disallowed-keys list: one key a line, matched anywhere in the comment,
// its author, address and link (WordPress 5.5, wp_check_comment_disallowed_list). Keys are
// carried over as whole words, since matching inside of words is what hits innocents there.
func FromWordPress(r io.Reader) (Imported, error) {
	data, err := readLimited(r)
	if err != nil {
		return Imported{}, err
	}
	in := importing{id: "wordpress.disallowed", lists: map[string][]string{}}
	in.Source = "WordPress disallowed comment keys"
	line := 0
	for text := range strings.Lines(data) {
		line++
		if text = strings.TrimSpace(text); text != "" {
			in.wordpress(line, text)
		}
	}
	return in.finish(rulePlan{"spam", "action: spam"}), nil
}

func (in *importing) wordpress(line int, text string) {
	_, network := prefixOf(text)
	switch {
	case network:
		in.lists["cidr"] = append(in.lists["cidr"], text)
	case strings.Contains(text, "@"):
		in.left(line, text, "whole e-mail addresses are not read by rules; list the domain instead")
	case isHost(strings.ToLower(text)) && isBareHost(strings.ToLower(text)):
		in.lists["domain"] = append(in.lists["domain"], strings.ToLower(text))
	case pattern(text, strings.ToLower) == "":
		in.left(line, text, "it holds no letter and no digit")
	default:
		in.lists["class-word"] = append(in.lists["class-word"], text)
	}
}

// FromDiscourse reads the CSV export of watched words. A first row that names the columns is
// obeyed (word, replacement, action in any order, others passed over); without one the word
// comes first and the action last. A row without an action blocks; a star stands for any letters, as here. Blocked and silenced words become spam, words that
// require approval or flag are held; the rest censors, links or tags and has no counterpart.
func FromDiscourse(r io.Reader) (Imported, error) {
	data, err := readLimited(r)
	if err != nil {
		return Imported{}, err
	}
	in := importing{id: "discourse.watched", lists: map[string][]string{}}
	in.Source = "Discourse watched words"
	rows := csv.NewReader(strings.NewReader(data))
	rows.FieldsPerRecord, rows.LazyQuotes, rows.TrimLeadingSpace = -1, true, true
	columns := watchedColumns{action: -1}
	for first := true; ; first = false {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		line, _ := rows.FieldPos(0)
		if err != nil {
			return Imported{}, fmt.Errorf("line %d: %w", line, err)
		}
		if first && columns.header(row) {
			continue
		}
		if len(row) == 1 {
			row = append(row, "") // a word alone
		}
		in.discourse(line, columns.word.of(row), columns.action.of(row))
	}
	return in.finish(rulePlan{"spam", "action: spam"}, rulePlan{"hold", "action: hold"}), nil
}

// watchedColumns are where a CSV of watched words keeps what is read of it.
type watchedColumns struct{ word, action column }

// column counts from 0, or from the end of the row when it is negative.
type column int

func (c column) of(row []string) string {
	if c < 0 {
		c += column(len(row))
	}
	if int(c) >= len(row) {
		return ""
	}
	return strings.TrimSpace(row[c])
}

// header reads the first row when it names a column “word”, and tells whether it does.
func (c *watchedColumns) header(row []string) bool {
	at := func(name string) int {
		return slices.IndexFunc(row, func(s string) bool { return strings.EqualFold(strings.Trim(s, " \ufeff"), name) })
	}
	if at("word") < 0 {
		return false
	}
	c.word, c.action = column(at("word")), math.MaxInt // without such a column all words block
	if i := at("action"); i >= 0 {
		c.action = column(i)
	}
	return true
}

func (in *importing) discourse(line int, word, action string) {
	action = strings.ToLower(action)
	if action == "" {
		action = "block"
	}
	switch {
	case word == "":
	case pattern(word, strings.ToLower) == "":
		in.left(line, word, "it holds no letter and no digit")
	case action == "block" || action == "silence":
		in.lists["class-word"] = append(in.lists["class-word"], word)
	case action == "require_approval" || action == "flag":
		in.lists["word"] = append(in.lists["word"], word)
	default:
		in.left(line, word, "“"+action+"” has no counterpart here")
	}
}

func readLimited(r io.Reader) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxImport+1))
	if len(data) > maxImport {
		return "", fmt.Errorf("the list is larger than %d MiB", maxImport>>20)
	}
	return string(data), err
}

func (in *importing) left(line int, text, why string) {
	in.Left = append(in.Left, LeftOut{line, text, why})
}

// rulePlan says what the terms of one kind lead to.
type rulePlan struct{ name, action string }

// importKinds are the lists of an import in the order of its file, and the fields they look at.
var importKinds = []struct{ kind, field string }{
	{"class-word", "body+name"}, {"word", "body+name"}, {"domain", "body+website+email.domain"}, {"cidr", "sender.network"}}

// finish writes the rule file. All rules begin as shadows: a foreign list is tried before it decides.
func (in *importing) finish(plans ...rulePlan) Imported {
	var lists, rules strings.Builder
	for _, k := range importKinds {
		terms := in.lists[k.kind]
		if len(terms) == 0 {
			continue
		}
		plan := plans[0]
		if k.kind == "word" {
			plan = plans[len(plans)-1]
		}
		in.Terms += len(terms)
		name := strings.ReplaceAll(in.id, ".", "-") + "-" + k.kind
		fmt.Fprintf(&lists, "  %s:\n    match: %s\n    terms:\n", name, k.kind)
		for _, t := range terms {
			fmt.Fprintf(&lists, "      - %s\n", strconv.Quote(strings.ToValidUTF8(t, "")))
		}
		fmt.Fprintf(&rules, "  - id: %s.%s\n    status: shadow\n    match: {%s: \"@%s\"}\n    %s\n    reason:\n      id: \"Ada di daftar %s: {{match}}\"\n      en: \"On the list of %s: {{match}}\"\n",
			in.id, k.kind, k.field, name, plan.action, in.Source, in.Source)
	}
	in.YAML = "# Taken over from " + in.Source + ". Every rule is a shadow: it is counted and decides nothing\n# until its status says live.\nversion: 1\n"
	if in.Terms > 0 {
		in.YAML += "\nlists:\n" + lists.String() + "\nrules:\n" + rules.String()
	}
	return in.Imported
}
