package rules

import (
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

const (
	maxSource = 1000   // bytes of one condition
	maxNodes  = 200    // of its syntax tree
	maxMemory = 10_000 // values that one run may make
)

// expression is a compiled if and the lists that it asks for.
type expression struct {
	program *vm.Program
	lists   []int
}

// compile checks an if against the typed facts; nothing that it can meet fails later.
func (b *builder) compile(s *source) (*expression, bool) {
	text := s.cond.text
	if len(text) > maxSource {
		b.faults.add(s.file, s.cond.at, "This condition is longer than %d characters; make two rules of it", maxSource)
		return nil, false
	}
	visitor := &checker{b: b, out: &expression{}}
	program, err := expr.Compile(text, expr.Env(Facts{}), expr.AsBool(), expr.MaxNodes(maxNodes), expr.Patch(visitor))
	if err != nil {
		b.compileFault(s, err)
		return nil, false
	}
	for _, fault := range visitor.faults {
		b.faults.add(s.file, within(s.cond, 1, fault.column), "%s", fault.sentence)
	}
	visitor.out.program = program
	return visitor.out, len(visitor.faults) == 0
}

func (b *builder) compileFault(s *source, err error) {
	at, message := s.cond.at, err.Error()
	if e, ok := errors.AsType[*file.Error](err); ok {
		at, message = within(s.cond, e.Line, e.Column), e.Message
	}
	b.faults.add(s.file, at, "%s", plain(message))
}

// within turns a place in a condition into one in its file.
func within(n *node, line, column int) place {
	if line <= 1 {
		return place{n.body.line, n.body.column + column}
	}
	return place{n.body.line + line - 1, n.body.column + column}
}

var (
	unknownName  = regexp.MustCompile(`^unknown name (\S+)`)
	unknownField = regexp.MustCompile(`^type \S+ has no field (\S+)`)
)

// plain says a compiler's message in an operator's words.
func plain(message string) string {
	known := []string{"links.hosts", "email.domain", "website.host", "name", "body", "page", "recent", "hits", "duration"}
	for name := range numbers {
		known = append(known, name)
	}
	slices.Sort(known)
	for _, pattern := range []*regexp.Regexp{unknownName, unknownField} {
		if m := pattern.FindStringSubmatch(message); m != nil {
			return "The condition asks for “" + m[1] + "”, which does not exist" + meantField(m[1], known)
		}
	}
	switch {
	case strings.Contains(message, "time.Duration"), strings.Contains(message, "bad number syntax"):
		return "A time is written duration(\"5s\"), such as 'form.age < duration(\"5s\")'"
	case strings.Contains(message, `Operator("=")`):
		return "“Equal to” is written ==, such as 'links.count == 0'"
	case strings.Contains(message, "mismatched types"):
		return "The condition compares two different kinds of values: " + message
	case strings.Contains(message, "expected bool"):
		return "A condition should be true or false, such as 'links.count > 2': " + message
	case strings.Contains(message, "exceeds maximum allowed nodes"):
		return "This condition is too long; make two rules of it"
	}
	return "The condition cannot be read: " + message
}

// meantField looks at whole names first, then at their last part.
func meantField(word string, known []string) string {
	best, distance := "", max(2, len(word)/3)+1
	for _, k := range known {
		last := k[strings.LastIndexByte(k, '.')+1:]
		first, _, _ := strings.Cut(k, ".")
		if d := min(Edits(word, k), Edits(word, last), Edits(word, first)); d < distance {
			best, distance = k, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean “" + best + "”?"
}

type checkerFault struct {
	column   int
	sentence string
}

// checker walks a condition: arguments of our functions must be words that are known at load,
// and nothing may run longer than its text suggests.
type checker struct {
	b      *builder
	out    *expression
	faults []checkerFault
	loops  int
}

func (c *checker) fault(n ast.Node, sentence string) {
	found := checkerFault{n.Location().From, sentence}
	if !slices.Contains(c.faults, found) { // the compiler may walk twice
		c.faults = append(c.faults, found)
	}
}

// Visit implements ast.Visitor.
func (c *checker) Visit(n *ast.Node) {
	switch n := (*n).(type) {
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.IdentifierNode); ok {
			c.call(n, callee.Value, n.Arguments)
		}
	case *ast.BuiltinNode:
		c.builtin(n)
	case *ast.BinaryNode:
		if n.Operator == ".." {
			c.fault(n, "Ranges (1..9) are not part of conditions")
		}
	}
}

func (c *checker) call(n ast.Node, name string, args []ast.Node) {
	words := make([]string, len(args))
	for i, arg := range args {
		text, ok := arg.(*ast.StringNode)
		if !ok {
			c.fault(arg, name+" takes words in quotes, such as "+example(name))
			return
		}
		words[i] = text.Value
	}
	switch {
	case name == "hits" && len(words) == 1:
		c.hits(args[0], words[0])
	case name == "recent" && len(words) == 2:
		if words[0] != "network" {
			c.fault(args[0], "recent counts by “network”, not by “"+words[0]+"”")
		}
		if !slices.Contains([]string{"10m", "1h", "24h"}, words[1]) {
			c.fault(args[1], "recent looks back “10m”, “1h” or “24h”, not “"+words[1]+"”")
		}
	}
}

func example(name string) string {
	if name == "recent" {
		return `recent("network", "10m")`
	}
	return `hits("judol-terms")`
}

func (c *checker) hits(n ast.Node, name string) {
	list, known := c.b.lists[name]
	if !known {
		c.fault(n, "There is no list “"+name+"”"+meant(name, c.b.listNames()))
		return
	}
	used := c.b.use(name, list, "", inBody|inName)
	if !slices.Contains(c.out.lists, used) {
		c.out.lists = append(c.out.lists, used)
	}
}

func (c *checker) builtin(n *ast.BuiltinNode) {
	switch n.Name {
	case "duration":
		text, ok := n.Arguments[0].(*ast.StringNode)
		if !ok {
			c.fault(n, `duration takes a time in quotes, such as duration("5s")`)
		} else if _, err := time.ParseDuration(text.Value); err != nil {
			c.fault(n, "“"+text.Value+"” is not a time such as “5s”, “10m” or “1h30m”")
		}
	case "repeat", "now", "date", "timezone", "fromJSON", "toJSON":
		c.fault(n, n.Name+" is not part of conditions")
	case "all", "any", "one", "none", "count", "filter", "map", "find", "sum", "reduce", "sortBy", "groupBy":
		if c.loops++; c.loops > 3 {
			c.fault(n, "This condition loops too often; use at most one of any, all, count …")
		}
	}
}
