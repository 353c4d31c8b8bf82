package main

import "context"

type explainCmd struct {
	ID   string `arg:"" help:"The comment."`
	JSON bool   `help:"Answer for machines."`
}

// Run shows the verdict that was stored with a comment: what the judge thought when it came.
func (cmd explainCmd) Run(ctx context.Context, p *program, c console) error {
	return p.inHouse(ctx, c, func(h *house) error {
		e, err := h.db.Entry(ctx, cmd.ID, nil)
		if err != nil {
			return inWords(err, "there is no comment "+cmd.ID)
		}
		view := tried(e.Submission, e.Verdict)
		if cmd.JSON {
			return c.json(view)
		}
		view.print(c.out)
		return nil
	})
}
