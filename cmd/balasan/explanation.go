package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"balasan/moderation"
	"balasan/moderation/fold"
)

// explanation is a whole verdict with the text that it is about, as `try` and `explain` show it.
// The keys of its JSON are only ever added to.
type explanation struct {
	ID      string             `json:"id,omitempty"`
	State   string             `json:"state,omitempty"`
	Decided []decidedView      `json:"decisions,omitempty"` // newest first
	Outcome string             `json:"outcome"`
	Level   string             `json:"level"`
	Score   float64            `json:"score"`
	Approve float64            `json:"approve_below"`
	Spam    float64            `json:"spam_from"`
	Rules   string             `json:"rules"` // fingerprint
	Model   string             `json:"model,omitempty"`
	Fold    string             `json:"fold"`
	Class   string             `json:"class"`
	Squash  string             `json:"squash,omitempty"`
	History historyView        `json:"history"`
	Caps    map[string]float64 `json:"caps,omitempty"`
	Signals []signalView       `json:"signals"`
}

type decidedView struct {
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	From string    `json:"from"`
	To   string    `json:"to"`
	Deed string    `json:"deed,omitempty"` // edited or remarked, when the state stayed
	Note string    `json:"note,omitempty"`
}

type historyView struct {
	Approved        int `json:"approved"`
	Spam            int `json:"spam"`
	Repeats         int `json:"repeats"`
	Refused         int `json:"refused"`
	Minutes10       int `json:"network_10m"`
	Hour            int `json:"network_1h"`
	Day             int `json:"network_24h"`
	Campaign        int `json:"campaign"`
	CampaignRefused int `json:"campaign_refused"`
	CampaignHour    int `json:"campaign_1h"`
}

type signalView struct {
	Rule   string     `json:"rule"`
	Status string     `json:"status"` // live or shadow
	Score  float64    `json:"score"`
	Group  string     `json:"group,omitempty"`
	Force  string     `json:"force,omitempty"`
	Term   string     `json:"term,omitempty"`
	Spans  []spanView `json:"spans,omitempty"`
	ID     string     `json:"reason_id"`
	EN     string     `json:"reason_en"`
}

type spanView struct {
	Field string `json:"field"`
	Start int    `json:"start"` // bytes
	End   int    `json:"end"`
	Text  string `json:"text"`
}

// explained shows a verdict. Caps are told of the groups that took part; nil are not known.
func explained(s moderation.Submission, v moderation.Verdict, caps map[string]float64) explanation {
	var t fold.Text
	t.Reset(s.Body)
	h := v.History
	view := explanation{Outcome: string(v.Outcome), Level: string(v.Level()), Score: v.Score, Approve: v.Approve, Spam: v.Spam,
		Rules: v.Rules, Model: v.Model, Fold: t.Channel(fold.Fold), Class: t.Channel(fold.Class), Squash: t.Channel(fold.Squash),
		History: historyView{h.Approved, h.Spam, h.Repeats, h.Refused, h.Network.Minutes10, h.Network.Hour, h.Network.Day,
			h.Campaign.Size, h.Campaign.Refused, h.Campaign.Hour},
		Caps: map[string]float64{}, Signals: []signalView{}}
	for _, sig := range v.Signals {
		view.Signals = append(view.Signals, shown(s, sig))
		if most, capped := caps[sig.Group]; capped {
			view.Caps[sig.Group] = most
		}
	}
	return view
}

func shown(s moderation.Submission, sig moderation.Signal) signalView {
	fields := map[moderation.Field]string{moderation.FieldBody: s.Body, moderation.FieldName: s.Name,
		moderation.FieldWebsite: s.Website, moderation.FieldEmail: s.Email.Domain(), moderation.FieldPage: s.Page}
	out := signalView{Rule: sig.Rule, Status: "live", Score: sig.Score, Group: sig.Group, Force: string(sig.Force),
		Term: sig.Term, ID: sig.Reason.ID, EN: sig.Reason.EN}
	if sig.Shadow {
		out.Status = "shadow"
	}
	for _, span := range sig.Spans {
		text := fields[span.Field]
		if span.Start <= span.End && span.End <= len(text) {
			text = text[span.Start:span.End]
		}
		out.Spans = append(out.Spans, spanView{string(span.Field), span.Start, span.End, text})
	}
	return out
}

var levels = map[string]string{string(moderation.LikelyGood): "kemungkinan baik / likely good",
	string(moderation.Doubtful): "meragukan / doubtful", string(moderation.LikelySpam): "kemungkinan spam / likely spam"}

// print quotes what came from outside, so that no escape sequence reaches the terminal.
func (e explanation) print(w io.Writer) {
	if e.ID != "" {
		fmt.Fprintf(w, "%s is %s\n", e.ID, e.State)
	}
	for _, d := range e.Decided {
		fmt.Fprintf(w, "%s %q: %s %q\n", d.At.Format(time.DateTime), d.By, cmp.Or(d.Deed, d.From+" → "+d.To), d.Note)
	}
	fmt.Fprintf(w, "%s (%.1f; likely good below %g, spam from %g): %s\n", e.Outcome, e.Score, e.Approve, e.Spam, levels[e.Level])
	fmt.Fprintf(w, "fold   %q\nclass  %q\n", e.Fold, e.Class)
	if e.Squash != "" {
		fmt.Fprintf(w, "squash %q\n", e.Squash)
	}
	for _, s := range e.Signals {
		fmt.Fprintf(w, "%+5.1f %s%s\n      %s\n      %s\n", s.Score, s.Rule, s.remark(), quoteless(s.ID), quoteless(s.EN))
		for _, span := range s.Spans {
			fmt.Fprintf(w, "      %s %d–%d %q\n", span.Field, span.Start, span.End, span.Text)
		}
	}
	for _, group := range slices.Sorted(maps.Keys(e.Caps)) {
		fmt.Fprintf(w, "group %s adds at most %g\n", group, e.Caps[group])
	}
	if h := e.History; h != (historyView{}) {
		fmt.Fprintf(w, "sender: %d approved, %d spam; network: %d in 10m, %d in 1h, %d in 24h\n", h.Approved, h.Spam, h.Minutes10, h.Hour, h.Day)
		fmt.Fprintf(w, "same text: %d, %d refused; campaign: %d, %d refused, %d in 1h\n", h.Repeats, h.Refused, h.Campaign, h.CampaignRefused, h.CampaignHour)
	}
	fmt.Fprintf(w, "rules %s, model %s\n", e.Rules, e.Model)
}

func (s signalView) remark() string {
	remark := ""
	if s.Group != "" {
		remark = " [" + s.Group + "]"
	}
	if s.Force != "" {
		remark += " (forces " + s.Force + ")"
	}
	if s.Status == "shadow" {
		remark += " (shadow: adds nothing)"
	}
	return remark
}

// quoteless drops control characters, those of direction too, from a sentence that quotes a visitor.
func quoteless(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return ' '
		}
		return r
	}, s)
}
