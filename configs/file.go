package configs

import (
	"errors"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// reader lays one file over a set and collects what is wrong on the way.
type reader struct {
	name    string
	lines   []string
	leaves  map[string]leaf
	places  map[string]Fault // where each setting was written, for faults that are seen later
	shipped map[string]Fault // the places in the default
	faults  Faults
}

// file reads a whole YAML text. A text that cannot be parsed at all is one fault.
func (r *reader) file(text []byte) {
	if !utf8.Valid(text) {
		r.faults = append(r.faults, Fault{File: r.name, Line: 1, Column: 1, Text: "the file is not valid UTF-8"})
		return
	}
	r.lines = strings.Split(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n")
	parsed, err := parser.ParseBytes(text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		r.unreadable(err)
		return
	}
	for i, doc := range parsed.Docs {
		switch {
		case doc.Body == nil, doc.Body.Type() == ast.NullType, doc.Body.Type() == ast.CommentType:
		case i > 0:
			r.fault(doc.Body.GetToken(), "only one document belongs in this file")
		default:
			r.section("", doc.Body)
		}
	}
}

func (r *reader) unreadable(err error) {
	if e, ok := errors.AsType[yaml.Error](err); ok && e.GetToken() != nil {
		at := r.place(e.GetToken(), leaf{})
		at.Source = "" // what was taken for a name may be anything
		r.faults = append(r.faults, at.saying("this is not YAML: "+e.GetMessage()))
		return
	}
	r.faults = append(r.faults, Fault{File: r.name, Line: 1, Column: 1, Text: "this is not YAML: " + err.Error()})
}

// section reads a group of settings; path is empty at the top.
func (r *reader) section(path string, node ast.Node) {
	group, ok := node.(ast.MapNode)
	if !ok {
		r.fault(node.GetToken(), quoted(path)+" holds settings of its own, each indented on a line below it")
		return
	}
	seen := map[string]int{}
	for it := group.MapRange(); it.Next(); {
		key := it.Key().GetToken()
		name := join(path, key.Value)
		if line, twice := seen[name]; twice {
			r.fault(key, quoted(name)+" was set before, on line "+itoa(line))
			continue
		}
		seen[name] = key.Position.Line
		r.entry(path, name, key, it.Value())
	}
}

func (r *reader) entry(path, name string, key *token.Token, value ast.Node) {
	if l, known := r.leaves[name]; known {
		r.setting(l, key, value)
		return
	}
	if r.isSection(name) {
		if value.Type() != ast.NullType { // all of it commented out
			r.section(name, value)
		}
		return
	}
	r.fault(key, "there is no setting "+quoted(name)+suggest(name, r.siblings(path)))
}

func (r *reader) setting(l leaf, key *token.Token, value ast.Node) {
	r.places[l.path] = r.place(value.GetToken(), l)
	if l.isGroups() {
		r.groups(l, value)
		return
	}
	if l.isList() {
		r.list(l, value)
		return
	}
	text, ok := scalar(value)
	if !ok {
		r.fault(key, quoted(l.path)+" takes one value")
		return
	}
	if err := l.set(text); err != nil {
		r.faults = append(r.faults, r.places[l.path].saying(quoted(l.path)+" "+err.Error()))
	}
}

func (r *reader) list(l leaf, value ast.Node) {
	var texts []string
	var places []Fault
	for _, item := range r.items(l, value, "such as [a, b]") {
		text, _ := scalar(item)
		texts, places = append(texts, text), append(places, r.place(item.GetToken(), l))
	}
	for i, err := range l.setAll(texts) {
		if err != nil {
			r.faults = append(r.faults, places[i].saying(quoted(l.path)+" "+err.Error()))
		}
	}
}

// groups reads a list whose items are sections, each under its own path.
func (r *reader) groups(l leaf, value ast.Node) {
	items := r.items(l, value, "each item with settings of its own")
	l.value.Set(reflect.MakeSlice(l.value.Type(), len(items), len(items)))
	for i, node := range items {
		path := item(l.path, i)
		for _, inner := range branch(path, "", l.value.Index(i)) {
			r.leaves[inner.path] = inner
		}
		r.places[path] = r.place(node.GetToken(), leaf{})
		r.section(path, node)
	}
}

// items are what a list holds; nothing at all is a list as well.
func (r *reader) items(l leaf, value ast.Node, form string) []ast.Node {
	list, ok := value.(*ast.SequenceNode)
	if !ok && value.Type() != ast.NullType {
		r.fault(value.GetToken(), quoted(l.path)+" takes a list, "+form)
	}
	if !ok {
		return nil
	}
	return list.Values
}

// scalar is a plain value as it was written: 007 stays 007.
func scalar(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return "", false
	case *ast.NullNode:
		return "", true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.StringNode:
		return n.Value, true
	case ast.ScalarNode:
		return n.GetToken().Value, true
	default:
		return "", false
	}
}

func (r *reader) isSection(name string) bool {
	for path := range r.leaves {
		if strings.HasPrefix(path, name+".") {
			return true
		}
	}
	return false
}

// siblings are the names that could stand where an unknown one was written.
func (r *reader) siblings(path string) []string {
	var names []string
	for known := range r.leaves {
		rest, below := strings.CutPrefix(known, path)
		rest = strings.TrimPrefix(rest, ".")
		if below {
			name, _, _ := strings.Cut(rest, ".")
			names = append(names, join(path, name))
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (r *reader) fault(t *token.Token, text string) {
	r.faults = append(r.faults, r.place(t, leaf{}).saying(text))
}

// secretKinds are the forms of settings that may hold a password.
var secretKinds = []string{"redis", "postgres", "secret", "webhook"}

// place is a fault yet to be said, with its line where nothing secret can be in it. Of a name that is not
// known nobody can tell what it holds: it stands there alone.
func (r *reader) place(t *token.Token, l leaf) Fault {
	f := Fault{File: r.name, Line: t.Position.Line, Column: max(1, t.Position.Column)}
	isName := t.Next != nil && t.Next.Type == token.MappingValueType
	switch {
	case f.Line > len(r.lines):
	case l.path == "" && isName:
		f.Source = strings.Repeat(" ", f.Column-1) + t.Value + ":"
	case l.path != "" && !slices.Contains(secretKinds, l.tag.Get("kind")) && !holdsSecret(r.lines[f.Line-1]):
		f.Source = strings.ReplaceAll(r.lines[f.Line-1], "\t", " ")
	}
	return f
}

func (f Fault) saying(text string) Fault {
	f.Text = text
	return f
}

// withLogin is an address with a user and perhaps their password in it.
var withLogin = regexp.MustCompile(`://[^/\s]*@`)

// holdsSecret tells whether a line may have a secret in it, in itself or in a neighbour of what is wrong with it.
func holdsSecret(line string) bool {
	return strings.Contains(line, "{") || strings.Count(line, ": ") > 1 || withLogin.MatchString(line) ||
		strings.Contains(line, "secret") || strings.Contains(line, "token") || strings.Contains(line, "password")
}
