package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"balasan/moderation"
	"balasan/moderation/fold"
)

type tryCmd struct {
	Text    []string      `arg:"" optional:"" help:"The comment; standard input without one."`
	Name    string        `default:"Pembaca" help:"The sender's name."`
	Website string        `help:"The sender's website."`
	Age     time.Duration `default:"1m" help:"From opening the form to sending it."`
	JSON    bool          `help:"Answer for machines."`
}

type triedView struct {
	Outcome string       `json:"outcome"`
	Level   string       `json:"level"`
	Score   float64      `json:"score"`
	Approve float64      `json:"approve_below"`
	Spam    float64      `json:"spam_from"`
	Rules   string       `json:"rules"`
	Model   string       `json:"model,omitempty"`
	Fold    string       `json:"fold"`
	Class   string       `json:"class"`
	Squash  string       `json:"squash,omitempty"`
	Signals []signalView `json:"signals"`
}

type signalView struct {
	Rule   string     `json:"rule"`
	Score  float64    `json:"score"`
	Group  string     `json:"group,omitempty"`
	Shadow bool       `json:"shadow,omitempty"`
	Force  string     `json:"force,omitempty"`
	Term   string     `json:"term,omitempty"`
	Spans  []spanView `json:"spans,omitempty"`
	ID     string     `json:"reason_id"`
	EN     string     `json:"reason_en"`
}

type spanView struct {
	Field string `json:"field"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// Run weighs a text as if it had just come, and shows everything that the judge saw.
func (cmd tryCmd) Run(p *program, c console) error {
	cfg, err := p.load(c)
	if err != nil {
		return err
	}
	set, err := loadRules(cfg.Rules)
	if err != nil {
		return err
	}
	text := strings.Join(cmd.Text, " ")
	if text == "" {
		read, err := io.ReadAll(io.LimitReader(c.in, 1<<20))
		if err != nil {
			return err
		}
		text = strings.TrimSpace(string(read))
	}
	s := moderation.Submission{Name: cmd.Name, Website: cmd.Website, Body: text, At: time.Now(),
		Form: moderation.Form{Signed: true, Age: cmd.Age}}
	v := moderation.Judge{Rules: set}.Weigh(moderation.Case{Submission: s}, moderation.DefaultPolicy())
	view := tried(s, v)
	if cmd.JSON {
		return c.json(view)
	}
	view.print(c.out)
	return nil
}

func tried(s moderation.Submission, v moderation.Verdict) triedView {
	var t fold.Text
	t.Reset(s.Body)
	view := triedView{Outcome: string(v.Outcome), Level: string(v.Level()), Score: v.Score, Approve: v.Approve, Spam: v.Spam,
		Rules: v.Rules, Model: v.Model, Fold: t.Channel(fold.Fold), Class: t.Channel(fold.Class),
		Squash: t.Channel(fold.Squash), Signals: []signalView{}}
	fields := map[moderation.Field]string{moderation.FieldBody: s.Body, moderation.FieldName: s.Name,
		moderation.FieldWebsite: s.Website, moderation.FieldEmail: s.Email.Domain(), moderation.FieldPage: s.Page}
	for _, sig := range v.Signals {
		out := signalView{Rule: sig.Rule, Score: sig.Score, Group: sig.Group, Shadow: sig.Shadow, Force: string(sig.Force),
			Term: sig.Term, ID: sig.Reason.ID, EN: sig.Reason.EN}
		for _, span := range sig.Spans {
			text := fields[span.Field]
			if span.Start <= span.End && span.End <= len(text) {
				text = text[span.Start:span.End]
			}
			out.Spans = append(out.Spans, spanView{string(span.Field), span.Start, span.End, text})
		}
		view.Signals = append(view.Signals, out)
	}
	return view
}

// print quotes what came from outside, so that no escape sequence reaches the terminal.
func (v triedView) print(w io.Writer) {
	fmt.Fprintf(w, "%s (%.1f; likely good below %g, spam from %g)\n", v.Outcome, v.Score, v.Approve, v.Spam)
	fmt.Fprintf(w, "fold   %q\nclass  %q\n", v.Fold, v.Class)
	if v.Squash != "" {
		fmt.Fprintf(w, "squash %q\n", v.Squash)
	}
	for _, s := range v.Signals {
		fmt.Fprintf(w, "%+5.1f %s%s: %s\n", s.Score, s.Rule, s.remark(), quoteless(s.EN))
		for _, span := range s.Spans {
			fmt.Fprintf(w, "      %s %d–%d %q\n", span.Field, span.Start, span.End, span.Text)
		}
	}
	fmt.Fprintf(w, "rules %s\n", v.Rules)
}

func (s signalView) remark() string {
	switch {
	case s.Shadow:
		return " (shadow: adds nothing)"
	case s.Force != "":
		return " (forces " + s.Force + ")"
	}
	return ""
}

// quoteless drops control characters from a sentence that quotes a visitor.
func quoteless(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
