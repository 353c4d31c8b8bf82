package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// fileHead begins a file that has no rules yet.
const fileHead = "version: 1\nrules:\n"

// Append adds a rule, as [Named.YAML] writes it, behind the last one of a file, and changes no
// byte of what stands there. Whether the outcome is a good file is for [Load] to say.
func Append(file []byte, rule string) ([]byte, error) {
	text := endedLine(string(file))
	root, err := rootOf(file)
	if err != nil {
		return nil, err
	}
	if root == nil {
		return []byte(text + fileHead + rule), nil
	}
	at := slices.IndexFunc(root.Values, func(v *ast.MappingValueNode) bool { return keyOf(v) == "rules" })
	if at < 0 {
		return []byte(text + "rules:\n" + rule), nil
	}
	indent := 0
	switch list := root.Values[at].Value.(type) {
	case *ast.SequenceNode:
		if list.IsFlowStyle {
			return nil, errors.New("“rules” stands in one line here; give each rule lines of its own, and try again")
		}
		indent = list.Start.Position.Column - 1
	case nil, *ast.NullNode:
	default:
		return nil, errors.New("“rules” should be a list: each rule begins with “- id: …”")
	}
	lines := strings.SplitAfter(text, "\n")
	end := len(lines) - 1 // behind the last line end
	if at+1 < len(root.Values) {
		end = root.Values[at+1].Key.GetToken().Position.Line - 1
		for end > 0 && isRemark(lines[end-1]) {
			end--
		}
	}
	return []byte(strings.Join(lines[:end], "") + indented(rule, indent) + strings.Join(lines[end:], "")), nil
}

// SetStatus changes the status of one rule, and its override when one is given, and says who did
// in a remark above it. It changes nothing else.
func SetStatus(file []byte, id string, status Status, override, made string) ([]byte, error) {
	rule, err := ruleNode(file, id)
	if err != nil {
		return nil, err
	}
	e := edit{lines: strings.SplitAfter(endedLine(string(file)), "\n"), rule: rule}
	e.set("status", string(status))
	if override != "" {
		e.set("override", quoted(override))
	}
	e.remark(made)
	return []byte(strings.Join(e.lines, "")), e.err
}

// edit changes lines from the last to the first, so that the places of the tree stay true.
type edit struct {
	lines []string
	rule  *ast.MappingNode
	added []string // lines that belong behind the id
	err   error
}

// set gives a key of the rule another value, or adds it in a line of its own.
func (e *edit) set(key, value string) {
	for _, v := range e.rule.Values {
		if keyOf(v) == key {
			e.replace(v.Value.GetToken(), value)
			return
		}
	}
	e.added = append(e.added, key+": "+value)
}

func (e *edit) replace(old *token.Token, value string) {
	at := old.Position
	line := []rune(e.lines[at.Line-1])
	written := []rune(strings.TrimSpace(old.Origin))
	if from := at.Column - 1; from >= 0 && from+len(written) <= len(line) && slices.Equal(line[from:from+len(written)], written) {
		e.lines[at.Line-1] = string(line[:from]) + value + string(line[from+len(written):])
		return
	}
	e.err = fmt.Errorf("line %d is written in a way that only a person can change", at.Line)
}

// remark puts the added lines behind the line of the id, and who did it above.
func (e *edit) remark(made string) {
	id := e.rule.Values[slices.IndexFunc(e.rule.Values, func(v *ast.MappingValueNode) bool { return keyOf(v) == "id" })]
	line, column := id.Key.GetToken().Position.Line-1, id.Key.GetToken().Position.Column-1
	if len(e.added) > 0 {
		if e.rule.IsFlowStyle || e.rule.Values[0] != id {
			e.err = fmt.Errorf("line %d is written in a way that only a person can change", line+1)
			return
		}
		e.lines = slices.Insert(e.lines, line+1, indented(strings.Join(e.added, "\n")+"\n", column))
	}
	dash := len(e.lines[line]) - len(strings.TrimLeft(e.lines[line], " "))
	e.lines = slices.Insert(e.lines, line, strings.Repeat(" ", dash)+"# "+oneLine(made)+"\n")
}

// ruleNode finds a rule in a file.
func ruleNode(file []byte, id string) (*ast.MappingNode, error) {
	root, err := rootOf(file)
	if err != nil || root == nil {
		return nil, errors.Join(err, errors.New("there are no rules"))
	}
	for _, v := range root.Values {
		list, ok := v.Value.(*ast.SequenceNode)
		if !ok || keyOf(v) != "rules" {
			continue
		}
		for _, item := range list.Values {
			rule, ok := item.(*ast.MappingNode)
			if ok && slices.ContainsFunc(rule.Values, func(v *ast.MappingValueNode) bool {
				return keyOf(v) == "id" && v.Value.GetToken().Value == id
			}) {
				return rule, nil
			}
		}
	}
	return nil, fmt.Errorf("there is no rule “%s” here", id)
}

// rootOf reads the mapping that a file is; nil when it holds none yet.
func rootOf(file []byte) (*ast.MappingNode, error) {
	tree, err := parser.ParseBytes(file, 0)
	if err != nil || len(tree.Docs) == 0 || tree.Docs[0].Body == nil {
		return nil, err
	}
	switch body := tree.Docs[0].Body.(type) {
	case *ast.MappingNode:
		return body, nil
	case *ast.MappingValueNode:
		return &ast.MappingNode{Start: body.Start, Values: []*ast.MappingValueNode{body}}, nil
	case *ast.CommentGroupNode:
		return nil, nil
	}
	return nil, errors.New("the file should hold “version: 1” and rules")
}

func keyOf(v *ast.MappingValueNode) string { return v.Key.GetToken().Value }

// isRemark tells lines that belong to what follows them.
func isRemark(line string) bool {
	line = strings.TrimSpace(line)
	return line == "" || line[0] == '#'
}

func endedLine(text string) string {
	if text != "" && !strings.HasSuffix(text, "\n") {
		return text + "\n"
	}
	return text
}

func indented(text string, by int) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.Repeat(" ", by) + line)
	}
	return b.String()
}

// MadeOf reads the remarks right above a line: who made the rule, and who changed it.
func MadeOf(file []byte, line int) (made []string) {
	lines := strings.Split(string(file), "\n")
	for i := min(line, len(lines)) - 2; i >= 0; i-- {
		text, remark := strings.CutPrefix(strings.TrimSpace(lines[i]), "#")
		if !remark {
			break
		}
		made = append(made, strings.TrimSpace(text))
	}
	slices.Reverse(made)
	return made
}
