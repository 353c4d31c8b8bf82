package web

import (
	"fmt"
	"html/template"
	"net/url"
	"regexp"
	"strings"
)

var (
	blankLine = regexp.MustCompile(`\n[ \t]*(\n[ \t]*)+`)
	address   = regexp.MustCompile(`https?://[^\s<>"'` + "`" + `\\\p{Cf}]+`)
)

// bodyHTML shows plain text: escaped, paragraphs at blank lines, breaks at the others, and
// addresses as links that pass no reputation on. It yields no element but p, br and a, and no
// attribute but href and rel.
func bodyHTML(text string) template.HTML {
	var out strings.Builder
	for _, paragraph := range blankLine.Split(strings.TrimSpace(text), -1) {
		if paragraph == "" {
			continue
		}
		out.WriteString("<p>")
		for i, line := range strings.Split(paragraph, "\n") {
			if i > 0 {
				out.WriteString("<br>")
			}
			linkLine(&out, line, `rel="nofollow ugc noopener"`)
		}
		out.WriteString("</p>")
	}
	return template.HTML(out.String())
}

// linkLine writes a line with its addresses as links that have these attributes.
func linkLine(out *strings.Builder, line, attributes string) {
	at := 0
	for _, span := range address.FindAllStringIndex(line, -1) {
		shown := trimAddress(line[span[0]:span[1]])
		u, err := url.Parse(shown)
		if err != nil || u.Hostname() == "" || u.User != nil {
			continue
		}
		out.WriteString(template.HTMLEscapeString(line[at:span[0]]))
		fmt.Fprintf(out, `<a href="%s" %s>%s</a>`,
			template.HTMLEscapeString(u.String()), attributes, template.HTMLEscapeString(shown))
		at = span[0] + len(shown)
	}
	out.WriteString(template.HTMLEscapeString(line[at:]))
}

// trimAddress leaves out the punctuation that ends a sentence, and a bracket that was opened
// before the address.
func trimAddress(s string) string {
	for s != "" {
		last := s[len(s)-1]
		closing := last == ')' && strings.Count(s, "(") < strings.Count(s, ")") || last == ']' || last == '}'
		if !closing && !strings.ContainsRune(".,;:!?*_", rune(last)) {
			break
		}
		s = s[:len(s)-1]
	}
	return s
}
