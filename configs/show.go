package configs

import (
	"cmp"
	"fmt"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"balasan/moderation"
)

// Show lays the same layers as Load and writes what is in force into the annotated file. Each
// value that does not come from it names its source behind it, "# my.yaml:3" or a variable.
// Passwords are left out.
func Show(path string, environ []string, flags ...string) (string, error) {
	c, r, err := lay(path, environ, flags)
	if err != nil {
		return "", err
	}
	all := leaves(&c)
	shipped := newReader("balasan.yaml", leaves(new(Config)))
	shipped.file(Default)
	for _, l := range all {
		at, from := shipped.places[l.path], r.places[l.path]
		if from == at {
			if l.path == "rules.dir" { // empty stands for a folder in the data folder
				shipped.lines[at.Line-1] += "  # " + c.Rules.Dir
			}
			continue
		}
		source := from.File
		if from.Line > 0 {
			source += ":" + itoa(from.Line)
		}
		line := &shipped.lines[at.Line-1]
		*line = (*line)[:at.Column-1] + l.written() + "  # " + source
	}
	return strings.Join(shipped.lines, "\n"), nil
}

// written is the leaf's value as YAML takes it, a secret without what it says.
func (l leaf) written() string {
	if l.tag.Get("kind") == "secret" && l.value.String() != "" {
		return `"xxxxx"`
	}
	if !l.isGroups() {
		return written(l.value)
	}
	var groups []string
	for i := range l.value.Len() {
		var settings []string
		for _, inner := range branch("", "", l.value.Index(i)) {
			if !inner.value.IsZero() || inner.value.Kind() == reflect.Bool {
				settings = append(settings, inner.path+": "+inner.written())
			}
		}
		groups = append(groups, "{"+strings.Join(settings, ", ")+"}")
	}
	return "[" + strings.Join(groups, ", ") + "]"
}

// written is a value as YAML takes it.
func written(v reflect.Value) string {
	switch value := v.Interface().(type) {
	case string:
		return strconv.Quote(redacted(value))
	case time.Duration:
		return shortDuration(value)
	case moderation.Quiet:
		return cmp.Or(value.String(), `""`)
	case []string:
		texts := make([]string, len(value))
		for i, text := range value {
			texts[i] = strconv.Quote(text)
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case []Network:
		return "[" + strings.ReplaceAll(strings.Trim(fmt.Sprint(value), "[]"), " ", ", ") + "]"
	default:
		return fmt.Sprint(value)
	}
}

// redacted hides the passwords of an address, also those among its parameters.
func redacted(s string) string {
	u, err := url.Parse(s)
	if err != nil {
		return s
	}
	hidden, q := u.User != nil, u.Query()
	for name := range q {
		if strings.Contains(name, "password") {
			q.Set(name, "xxxxx")
			u.RawQuery, hidden = q.Encode(), true
		}
	}
	if !hidden {
		return s
	}
	return u.Redacted()
}
