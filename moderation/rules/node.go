package rules

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxFile is the largest rule file, in bytes; lists have files of their own.
const maxFile = 1 << 20

type place struct{ line, column int }

type nodeKind int

const (
	scalar nodeKind = iota
	sequence
	mapping
)

// node is a YAML value with its place, reduced to what rule files use.
type node struct {
	kind  nodeKind
	text  string // of a scalar, as written without quotes
	typed string // "string", "number", "true/false" or "nothing"
	at    place
	body  place // where a scalar's text begins: behind its quote or on the next line
	items []*node
	pairs []pair
}

type pair struct {
	key   string
	at    place
	value *node
}

// parseYAML reads one document. It reports the first mistake only: behind it nothing is sure.
func parseYAML(file string, data []byte, faults *Faults) *node {
	if len(data) > maxFile {
		faults.add(file, place{}, "The file is larger than 1 MiB. Put long lists of words into a file of their own (lists: {name: {file: …}})")
		return nil
	}
	if at, tab := tabIndent(data); tab {
		faults.add(file, at, "This line is indented with a tab. YAML allows only spaces for indentation")
		return nil
	}
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		syntaxFault(file, err, faults)
		return nil
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		faults.add(file, place{}, "The file should hold one YAML document with “version: 1” and rules")
		return nil
	}
	r := reader{file: file, faults: faults}
	return r.read(tree.Docs[0].Body)
}

func tabIndent(data []byte) (place, bool) {
	line := 0
	for text := range strings.Lines(string(data)) {
		line++
		indent := len(text) - len(strings.TrimLeft(text, " \t"))
		tab := strings.IndexByte(text[:indent], '\t')
		if tab >= 0 && strings.TrimSpace(text) != "" {
			return place{line, tab + 1}, true
		}
	}
	return place{}, false
}

func syntaxFault(file string, err error, faults *Faults) {
	var syntax interface {
		error
		GetMessage() string
		GetToken() *token.Token
	}
	if !errors.As(err, &syntax) || syntax.GetToken() == nil {
		faults.add(file, place{}, "This is not valid YAML: %v", err)
		return
	}
	message := syntax.GetMessage()
	if strings.Contains(message, "mapping key") && strings.Contains(message, "already defined") {
		message = "this key stands here twice; keep one of them"
	} else {
		message += " (often an unclosed quote, a missing space after “:”, or a line that is indented differently from its neighbours)"
	}
	faults.add(file, spot(syntax.GetToken()), "This is not valid YAML: %s", message)
}

func spot(t *token.Token) place { return place{t.Position.Line, t.Position.Column} }

type reader struct {
	file   string
	faults *Faults
	depth  int
}

func (r *reader) read(n ast.Node) *node {
	at := place{}
	if n != nil && n.GetToken() != nil && n.GetToken().Position != nil {
		at = spot(n.GetToken())
	}
	if r.depth++; r.depth > 20 {
		r.faults.add(r.file, at, "This is nested too deeply")
		return &node{at: at, typed: "nothing"}
	}
	defer func() { r.depth-- }()
	switch n := n.(type) {
	case *ast.MappingNode:
		out := &node{kind: mapping, at: at}
		for _, v := range n.Values {
			out.pairs = append(out.pairs, r.pair(v))
		}
		if len(out.pairs) > 0 {
			out.at = out.pairs[0].at
		}
		return out
	case *ast.MappingValueNode:
		p := r.pair(n)
		return &node{kind: mapping, at: p.at, pairs: []pair{p}}
	case *ast.SequenceNode:
		out := &node{kind: sequence, at: at}
		for _, v := range n.Values {
			out.items = append(out.items, r.read(v))
		}
		return out
	}
	return r.scalar(n, at)
}

func (r *reader) pair(n *ast.MappingValueNode) pair {
	t := n.Key.GetToken()
	return pair{key: t.Value, at: spot(t), value: r.read(n.Value)}
}

func (r *reader) scalar(n ast.Node, at place) *node {
	out := &node{at: at, body: at}
	switch n := n.(type) {
	case *ast.StringNode:
		out.text, out.typed = n.Value, "string"
		if t := n.Token.Type; t == token.SingleQuoteType || t == token.DoubleQuoteType {
			out.body.column++
		}
	case *ast.LiteralNode:
		out.text, out.typed = n.Value.Value, "string"
		out.body = place{at.line + 1, n.Value.Token.Position.Column}
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		out.text, out.typed = n.GetToken().Value, "number"
	case *ast.BoolNode:
		out.text, out.typed = n.GetToken().Value, "true/false"
	case nil, *ast.NullNode:
		out.typed = "nothing"
	default:
		out.typed = "nothing"
		r.faults.add(r.file, at, "Anchors, aliases and tags are not part of rule files; write the value out")
	}
	return out
}
