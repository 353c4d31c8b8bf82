package main

import "context"

type explainCmd struct {
	ID   string `arg:"" help:"The comment."`
	JSON bool   `help:"Answer for machines."`
}

// Run shows the verdict that was stored with a comment: what the judge thought when it came,
// whatever the rules say today.
func (cmd explainCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		e, err := h.db.Entry(ctx, cmd.ID, nil)
		if err != nil {
			return inWords(err, "there is no comment "+cmd.ID)
		}
		caps, err := h.capsThen(e.Verdict.Rules)
		if err != nil {
			return err
		}
		e.Body = e.Sent() // the verdict's spans point into it
		view := explained(e.Submission, e.Verdict, caps)
		view.ID, view.State = e.ID, string(e.State)
		for _, d := range e.Decided {
			view.Decided = append(view.Decided, decidedView{d.At, d.By, string(d.From), string(d.To), string(d.Deed), d.Note})
		}
		if cmd.JSON {
			return c.json(view)
		}
		view.print(c.out)
		return nil
	})
}

// capsThen are the groups' caps if the rules are still those of the verdict; others would
// explain nothing.
func (h *house) capsThen(fingerprint string) (map[string]float64, error) {
	set, err := loadRules(h.cfg.Rules)
	if err != nil || set.Fingerprint() != fingerprint {
		return nil, err
	}
	return set.Caps(), nil
}
