package rules

import (
	"cmp"
	"slices"
	"strings"

	"balasan/moderation"
	"balasan/moderation/fold"
)

// maxQuote is how much of a matched text a reason quotes, in bytes.
const maxQuote = 60

// signal explains why the rule holds: where, by which term, and in words.
func (r *rule) signal(w *weighing) moderation.Signal {
	s := moderation.Signal{Rule: r.id, Score: r.score, Group: r.group, Shadow: r.status == Shadow, Force: r.action}
	quote := ""
	for i := range w.hits {
		h := &w.hits[i]
		if !r.asked(h) {
			continue
		}
		if s.Term == "" {
			s.Term = w.set.lists[h.list].terms[h.term]
			quote = w.quote(h, s.Term)
		}
		span := moderation.Span{Field: field(h.in), Start: h.start, End: h.end}
		if h.end > h.start && len(s.Spans) < maxSpans && !slices.Contains(s.Spans, span) {
			s.Spans = append(s.Spans, span)
		}
	}
	if s.Spans == nil && r.disguises {
		s.Spans, quote = w.disguised()
	}
	if s.Spans == nil && r.links {
		s.Spans = w.linked()
	}
	slices.SortFunc(s.Spans, func(a, b moderation.Span) int {
		return cmp.Or(strings.Compare(string(a.Field), string(b.Field)), a.Start-b.Start, a.End-b.End)
	})
	s.Reason = r.say(quote)
	return s
}

// asked tells whether a hit is one that the rule looks for, not one that it excludes.
func (r *rule) asked(h *hit) bool {
	for i := range r.conditions {
		if c := &r.conditions[i]; !c.not && c.wants(h) {
			return true
		}
	}
	return r.expression != nil && h.in&(inBody|inName) != 0 && slices.Contains(r.expression.lists, h.list)
}

// linked points at the links of the text.
func (w *weighing) linked() (spans []moderation.Span) {
	found := w.facts.Links.found
	for _, at := range found[:min(len(found), maxSpans)] {
		if start, end := w.folded[0].Span(foldChannel, at.from, at.till); start < end {
			spans = append(spans, moderation.Span{Field: moderation.FieldBody, Start: start, End: end})
		}
	}
	return spans
}

// disguised points at the disguised words of the text.
func (w *weighing) disguised() (spans []moderation.Span, quote string) {
	for _, mark := range w.folded[0].Disguise().Spans() {
		if mark.Kind == fold.Leet || mark.Kind == fold.Spaced || len(spans) == maxSpans || mark.From >= mark.To {
			continue
		}
		if quote == "" && mark.To-mark.From <= maxQuote {
			quote = w.texts[0][mark.From:mark.To]
		}
		spans = append(spans, moderation.Span{Field: moderation.FieldBody, Start: mark.From, End: mark.To})
	}
	return spans, quote
}

func field(in where) moderation.Field {
	for i, f := range fields {
		if in == 1<<i {
			return f
		}
	}
	return moderation.FieldNone
}

// quote shows what stood in the text, and the term where that looks different.
func (w *weighing) quote(h *hit, term string) string {
	text := ""
	for i := range w.texts {
		if h.in == 1<<i && h.end <= len(w.texts[i]) {
			text = w.texts[i][h.start:h.end]
		}
	}
	if text == "" || len(text) > maxQuote {
		return term
	}
	if !strings.EqualFold(text, term) && w.set.lists[h.list].kind != byRegex {
		return text + " = " + term
	}
	return text
}

func (r *rule) say(quote string) moderation.Text {
	if r.reason.ID == "" {
		return moderation.Text{ID: "Aturan " + r.id, EN: "Rule " + r.id}
	}
	if !strings.Contains(r.reason.ID, "{{match}}") && !strings.Contains(r.reason.EN, "{{match}}") {
		return r.reason
	}
	return moderation.Text{ID: strings.ReplaceAll(r.reason.ID, "{{match}}", quote), EN: strings.ReplaceAll(r.reason.EN, "{{match}}", quote)}
}
