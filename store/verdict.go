package store

import (
	"encoding/json"
	"fmt"

	"balasan/moderation"
)

// verdictRow is a verdict as it lies in the file. Fields are only ever added.
type verdictRow struct {
	Outcome moderation.Outcome `json:"outcome"`
	Score   float64            `json:"score"`
	Signals []signalRow        `json:"signals,omitempty"`
	Approve float64            `json:"approve"`
	Spam    float64            `json:"spam"`
	Rules   string             `json:"rules,omitempty"`
	Model   string             `json:"model,omitempty"`
	History *historyRow        `json:"history,omitempty"`
}

// historyRow is what was remembered when the verdict fell: a replay needs it, and nothing that
// is stored later can tell it.
type historyRow struct {
	Approved  int `json:"approved,omitempty"`
	Spam      int `json:"spam,omitempty"`
	Repeats   int `json:"repeats,omitempty"`
	Refused   int `json:"refused,omitempty"`
	Minutes10 int `json:"10m,omitempty"`
	Hour      int `json:"1h,omitempty"`
	Day       int `json:"24h,omitempty"`
	Kin       int `json:"kin,omitempty"`
	KinBad    int `json:"kin_refused,omitempty"`
	KinHour   int `json:"kin_1h,omitempty"`
}

type signalRow struct {
	Rule   string             `json:"rule"`
	Score  float64            `json:"score,omitempty"`
	Group  string             `json:"group,omitempty"`
	Shadow bool               `json:"shadow,omitempty"`
	Force  moderation.Outcome `json:"force,omitempty"`
	Spans  []spanRow          `json:"spans,omitempty"`
	Term   string             `json:"term,omitempty"`
	Reason textRow            `json:"reason"`
}

type spanRow struct {
	Field moderation.Field `json:"field"`
	Start int              `json:"start"`
	End   int              `json:"end"`
}

type textRow struct {
	ID string `json:"id"`
	EN string `json:"en"`
}

func verdictJSON(v moderation.Verdict) (string, error) {
	row := verdictRow{Outcome: v.Outcome, Score: v.Score, Approve: v.Approve, Spam: v.Spam, Rules: v.Rules, Model: v.Model}
	if h := v.History; h != (moderation.History{}) {
		row.History = &historyRow{h.Approved, h.Spam, h.Repeats, h.Refused, h.Network.Minutes10, h.Network.Hour, h.Network.Day,
			h.Campaign.Size, h.Campaign.Refused, h.Campaign.Hour}
	}
	for _, s := range v.Signals {
		signal := signalRow{Rule: s.Rule, Score: s.Score, Group: s.Group, Shadow: s.Shadow, Force: s.Force, Term: s.Term, Reason: textRow(s.Reason)}
		for _, span := range s.Spans {
			signal.Spans = append(signal.Spans, spanRow(span))
		}
		row.Signals = append(row.Signals, signal)
	}
	text, err := json.Marshal(row)
	if err != nil {
		return "", fmt.Errorf("write verdict: %w", err)
	}
	return string(text), nil
}

func readVerdict(text []byte) (moderation.Verdict, error) {
	var row verdictRow
	if err := json.Unmarshal(text, &row); err != nil {
		return moderation.Verdict{}, fmt.Errorf("read verdict: %w", err)
	}
	v := moderation.Verdict{Outcome: row.Outcome, Score: row.Score, Approve: row.Approve, Spam: row.Spam, Rules: row.Rules, Model: row.Model}
	if h := row.History; h != nil {
		v.History = moderation.History{Approved: h.Approved, Spam: h.Spam, Repeats: h.Repeats, Refused: h.Refused,
			Network:  moderation.Recent{Minutes10: h.Minutes10, Hour: h.Hour, Day: h.Day},
			Campaign: moderation.Kin{Size: h.Kin, Refused: h.KinBad, Hour: h.KinHour}}
	}
	for _, s := range row.Signals {
		signal := moderation.Signal{Rule: s.Rule, Score: s.Score, Group: s.Group, Shadow: s.Shadow, Force: s.Force, Term: s.Term, Reason: moderation.Text(s.Reason)}
		for _, span := range s.Spans {
			signal.Spans = append(signal.Spans, moderation.Span(span))
		}
		v.Signals = append(v.Signals, signal)
	}
	return v, nil
}
