package configs

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"balasan/moderation/rules"
)

// Load reads the default, lays the operator's file over it (none when path is empty), the
// environment (as os.Environ gives it) over both, and last the flags of the command line, each
// "listen=value"; a flag without a value was not given. The error is a Faults with everything
// that is wrong, unless the file cannot be read at all.
func Load(path string, environ []string, flags ...string) (Config, error) {
	c, _, err := lay(path, environ, flags)
	return c, err
}

// At is where a setting stands: a fault yet to be said.
func At(path string, environ []string, setting string) Fault {
	_, r, _ := lay(path, environ, nil)
	return r.places[setting]
}

// lay also returns the reader, which knows where each setting comes from.
func lay(path string, environ, flags []string) (Config, *reader, error) {
	var c Config
	all := leaves(&c)
	r := newReader("balasan.yaml", all)
	r.file(Default)
	r.shipped = maps.Clone(r.places)
	if path != "" {
		text, err := os.ReadFile(path)
		if err != nil {
			return c, r, fmt.Errorf("read the configuration: %w", err)
		}
		r.name = path
		if len(bytes.TrimSpace(text)) == 0 { // cut off while it was written, more likely than meant
			r.faults = append(r.faults, Fault{File: path, Text: "the file is empty; remove --config to use the defaults"})
		}
		r.file(text)
	}
	r.environment(all, environ)
	for _, flag := range flags {
		if name, text, _ := strings.Cut(flag, "="); text != "" {
			r.variable(r.leaves[name], "--"+name, text)
		}
	}
	r.together(c)
	r.announce(&c.Announce)
	r.consent(c.Consent)
	r.mail(c.Mail)
	if c.Rules.Dir == "" {
		c.Rules.Dir = filepath.Join(c.Data, OwnRules)
	}
	return c, r, r.faults.Err()
}

// OwnRules is the folder of the operator's own rules in the data folder, unless rules.dir names
// another one. It need not exist.
const OwnRules = "own"

func newReader(name string, all []leaf) *reader {
	r := &reader{name: name, leaves: map[string]leaf{}, places: map[string]Fault{}}
	for _, l := range all {
		r.leaves[l.path] = l
	}
	return r
}

// environment takes the variables that are settings; an empty one counts as not set. Others that begin with BALASAN_ are left
// alone (orchestrators set some of their own), unless they look like a misspelt setting.
func (r *reader) environment(all []leaf, environ []string) {
	names := make([]string, len(all))
	known := map[string]leaf{}
	for i, l := range all {
		names[i] = l.variable()
		known[names[i]] = l
	}
	for _, pair := range slices.Sorted(slices.Values(environ)) {
		name, text, _ := strings.Cut(pair, "=")
		if !strings.HasPrefix(name, "BALASAN_") || name == "BALASAN_CONFIG" {
			continue
		}
		l, isKnown := known[name]
		if base, ok := strings.CutSuffix(name, "_FILE"); ok && !isKnown {
			if l, isKnown = known[base]; isKnown && text != "" {
				text = r.secret(name, text)
			}
		}
		switch {
		case text == "":
		case isKnown:
			r.variable(l, name, text)
		case nearly(name, names) != "":
			r.faults = append(r.faults, Fault{File: name, Text: "there is no such setting" + nearly(name, names)})
		}
	}
}

// Unknown lists the variables that begin with BALASAN_ and set nothing, but for those that
// Kubernetes makes of a service named balasan. They are no faults: others may have put them there.
func Unknown(environ []string) []string {
	known := map[string]bool{"BALASAN_CONFIG": true}
	for _, l := range leaves(new(Config)) {
		known[l.variable()], known[l.variable()+"_FILE"] = true, true
	}
	var names []string
	for _, pair := range environ {
		name, text, _ := strings.Cut(pair, "=")
		if text != "" && strings.HasPrefix(name, "BALASAN_") && !known[name] && !ofService.MatchString(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// ofService is the form of https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables.
var ofService = regexp.MustCompile(`_SERVICE_HOST$|_SERVICE_PORT|_PORT$|_PORT_`)

// nearly suggests only what is one or two slips away.
func nearly(name string, names []string) string {
	close := slices.DeleteFunc(slices.Clone(names), func(n string) bool { return rules.Edits(name, n) > 2 })
	return suggest(name, close)
}

// secret reads a value from a file, without the line end that editors leave.
func (r *reader) secret(name, path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		r.faults = append(r.faults, Fault{File: name, Text: err.Error()})
	}
	return strings.TrimRight(string(text), "\r\n")
}

func (r *reader) variable(l leaf, name, text string) {
	place := Fault{File: name}
	r.places[l.path] = place
	var errs []error
	if l.isGroups() {
		errs = []error{errors.New("is a list of groups, which a file alone can hold")}
	} else if l.isList() {
		errs = l.setAll(strings.FieldsFunc(text, func(c rune) bool { return c == ',' || c == ' ' }))
	} else {
		errs = []error{l.set(text)}
	}
	for _, err := range errs {
		if err != nil {
			r.faults = append(r.faults, place.saying(err.Error()))
		}
	}
}

// together finds what is wrong between settings that are each in order.
func (r *reader) together(c Config) {
	unlike := func(bad bool, path, text, other string) {
		if bad {
			r.faults = append(r.faults, r.where(path, other).saying(quoted(path)+" "+text))
		}
	}
	unlike(c.Policy.Spam <= c.Policy.Approve, "policy.spam", "must lie above policy.approve", "policy.approve")
	unlike(c.Retention.Network < c.Retention.Address, "retention.network", "must be at least as long as retention.address, which it follows", "retention.address")
	unlike(c.Database.Replica != "" && c.Database.URL == "", "database.replica", "is a standby of database.url, which is not set", "database.url")
	for path, a := range c.Limits.ByName() {
		wide, narrow := float64(a.Wide.Count)/a.Wide.Per.Seconds(), float64(a.Narrow.Count)/a.Narrow.Per.Seconds()
		unlike(wide < narrow, "limits."+string(path)+".wide", "must allow at least as much as narrow, which lies within it", "limits."+string(path)+".narrow")
	}
}

// where is the place of the first of two settings that somebody wrote: the other one is as it is shipped.
func (r *reader) where(path, other string) Fault {
	if r.places[path] == r.shipped[path] && r.places[other] != r.shipped[other] {
		return r.places[other]
	}
	return r.places[path]
}

// Restart names the settings that differ and are read only at the start.
func Restart(running, next Config) []string {
	var paths []string
	after := leaves(&next)
	for i, l := range leaves(&running) {
		if l.tag.Get("change") == "restart" && fmt.Sprint(l.value) != fmt.Sprint(after[i].value) {
			paths = append(paths, l.path)
		}
	}
	return paths
}

func quoted(s string) string { return `"` + s + `"` }
func itoa(n int) string      { return strconv.Itoa(n) }
