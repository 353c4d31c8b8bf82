package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"balasan/moderation"
	"balasan/moderation/learn"
)

type evalCmd struct {
	Files     []string `arg:"" name:"tsv" help:"Labelled texts: spam or ham, tab, optionally language, tab, text."`
	Threshold float64  `default:"0.9" help:"Probability from which on the classifier alone calls a text spam."`
	JSON      bool     `help:"Answer for machines."`
	Plot      string   `placeholder:"FILE" help:"Draw the curves and the reliability as SVG."`
	Worst     int      `default:"5" help:"How many mistakes of each kind to show."`
}

// evaluation is what one judge did with all texts.
type evaluation struct {
	Name        string             `json:"name"`
	Figures     learn.Figures      `json:"figures"`
	PerSecond   float64            `json:"texts_per_second"`
	Calibration *learn.Calibration `json:"calibration,omitempty"`
	Alarms      []mistake          `json:"worst_false_positives"`
	Misses      []mistake          `json:"worst_misses"`
	judged      []learn.Judged
}

type mistake struct {
	Line  int     `json:"line"`
	Score float64 `json:"score"`
	Text  string  `json:"text"`
}

func (cmd evalCmd) Run(p *program, c console) error {
	if cmd.Threshold < 0 || cmd.Threshold > 1 {
		return misused{fmt.Errorf("--threshold %v: want a probability from 0 to 1", cmd.Threshold)}
	}
	rows, err := readRows(cmd.Files)
	if err != nil {
		return err
	}
	judges, err := p.judges(c)
	if err != nil {
		return err
	}
	bar := c.progress("weighing", len(judges)*len(rows))
	var all []evaluation
	for _, j := range judges {
		all = append(all, j.evaluate(rows, cmd, func(n int) { _ = bar.Add(n) }))
	}
	_ = bar.Finish()
	if cmd.Plot != "" {
		if err := os.WriteFile(cmd.Plot, plot(all), 0o644); err != nil {
			return err
		}
	}
	if cmd.JSON {
		return c.json(all)
	}
	for _, e := range all {
		c.tell(e)
	}
	return nil
}

// judge is one way to weigh a text; stop is the line it is measured at, 0 for the caller's.
type judge struct {
	name  string
	stop  float64
	score func(text string) float64
}

// unhurried is a form like most, so that a text alone is measured.
var unhurried = moderation.Form{Signed: true, Age: time.Minute}

// judges are the classifier alone, the rules alone and both; the last two are measured at the
// line from which on a submission waits for an editor.
func (p *program) judges(c console) ([]judge, error) {
	cfg, err := p.load(c)
	if err != nil {
		return nil, err
	}
	set, err := loadRules(cfg.Rules)
	if err != nil {
		return nil, err
	}
	model, err := learn.Prior()
	if err != nil {
		return nil, err
	}
	policy := moderation.DefaultPolicy()
	verdict := func(j moderation.Judge) func(string) float64 {
		return func(text string) float64 {
			return j.Weigh(moderation.Case{Submission: moderation.Submission{Body: text, Form: unhurried}}, policy).Score
		}
	}
	return []judge{
		{"classifier", 0, model.Probability},
		{"rules", policy.Approve, verdict(moderation.Judge{Rules: set})},
		{"judge", policy.Approve, verdict(moderation.Judge{Rules: set, Model: model})},
	}, nil
}

func (j judge) evaluate(rows []learn.Row, cmd evalCmd, step func(int)) evaluation {
	e := evaluation{Name: j.name, judged: make([]learn.Judged, len(rows))}
	stop := j.stop
	if stop == 0 {
		stop = cmd.Threshold
	}
	var took time.Duration
	const batch = 500
	for from := 0; from < len(rows); from += batch {
		to, start := min(from+batch, len(rows)), time.Now()
		for i := from; i < to; i++ {
			e.judged[i] = learn.Judged{Spam: rows[i].Spam, Score: j.score(rows[i].Text), Row: rows[i]}
		}
		took += time.Since(start)
		step(to - from)
	}
	e.Figures = learn.Measure(e.judged, stop)
	e.PerSecond = float64(len(rows)) / took.Seconds()
	if j.stop == 0 {
		calibration := learn.Calibrated(e.judged)
		e.Calibration = &calibration
	}
	alarms, misses := learn.Worst(e.judged, stop, cmd.Worst)
	e.Alarms, e.Misses = mistakes(alarms), mistakes(misses)
	return e
}

func mistakes(judged []learn.Judged) []mistake {
	out := make([]mistake, len(judged))
	for i, j := range judged {
		out[i] = mistake{j.Row.Line, j.Score, j.Row.Text}
	}
	return out
}

func (c console) tell(e evaluation) {
	f := e.Figures
	fmt.Fprintf(c.out, "%s, a text is stopped from %g on\n", e.Name, f.Threshold)
	fmt.Fprintf(c.out, "  texts %d, spam %d: precision %.4f  recall %.4f  F1 %.4f  false positives %.3f %% (%d)\n",
		f.Texts, f.Spam, f.Precision, f.Recall, f.F1, 100*f.FalsePositives, f.Alarms)
	for _, at := range f.At {
		fmt.Fprintf(c.out, "  recall %.4f at %.1f %% false positives (from %.4g on)\n", at.Recall, 100*at.Rate, at.Threshold)
	}
	fmt.Fprintf(c.out, "  %.0f texts a second\n", e.PerSecond)
	if k := e.Calibration; k != nil {
		fmt.Fprintf(c.out, "  calibration: Brier %.4f, ECE %.4f\n", k.Brier, k.ECE)
		for _, b := range k.Bins {
			fmt.Fprintf(c.out, "    %.1f to %.1f: %6d texts, said %.3f, seen %.3f\n", b.From, b.To, b.Texts, b.Said, b.Seen)
		}
	}
	for _, m := range e.Alarms {
		fmt.Fprintf(c.out, "  ham stopped at %.2f, line %d: %s\n", m.Score, m.Line, oneLine(m.Text))
	}
	for _, m := range e.Misses {
		fmt.Fprintf(c.out, "  spam let through at %.2f, line %d: %s\n", m.Score, m.Line, oneLine(m.Text))
	}
	fmt.Fprintln(c.out)
}

func oneLine(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 120 {
		return string(r[:119]) + "…"
	}
	return string(r)
}
