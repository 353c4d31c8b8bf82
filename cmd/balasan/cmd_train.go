package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"

	"balasan/moderation/learn"
)

type trainCmd struct {
	Out   string   `required:"" placeholder:"FILE" help:"Where the weights go; the shipped ones are moderation/learn/prior.bin."`
	Files []string `arg:"" name:"tsv" help:"Labelled texts: spam or ham, tab, language, tab, text."`
}

func (cmd trainCmd) Run(c console) error {
	rows, err := readRows(cmd.Files)
	if err != nil {
		return err
	}
	start, bar := time.Now(), c.progress("learning", 5)
	trained := learn.Train(rows, func(done, of int) { _ = bar.Set(done) })
	if err := os.WriteFile(cmd.Out, trained.Model.Encode(), 0o644); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "rows      %d, %d of them spam\n", trained.Rows, trained.Spam)
	fmt.Fprintf(c.out, "dropped   %d whose label the others contradict\n", len(trained.Dropped))
	fmt.Fprintf(c.out, "samples   %d with disguises, invented names and phrase books\n", trained.Samples)
	fmt.Fprintf(c.out, "model     %s, %d bytes\n", trained.Model.Version(), len(trained.Model.Encode()))
	fmt.Fprintf(c.err, "took      %v\n", time.Since(start).Round(time.Millisecond))
	return nil
}

// readRows reads labelled files; a fault in one is the caller's.
func readRows(files []string) ([]learn.Row, error) {
	var rows []learn.Row
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			return nil, misused{err}
		}
		more, err := learn.ReadRows(name, f)
		f.Close()
		if err != nil {
			return nil, misused{err}
		}
		rows = append(rows, more...)
	}
	if len(rows) == 0 {
		return nil, misused{fmt.Errorf("%s: no labelled text in it", files[0])}
	}
	return rows, nil
}

// progress draws a bar on standard error.
func (c console) progress(what string, total int) *progressbar.ProgressBar {
	return progressbar.NewOptions(total, progressbar.OptionSetWriter(c.err), progressbar.OptionSetDescription(what),
		progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetVisibility(isTerminal(c.err)))
}

// isTerminal tells whether a person may be watching: a bar in a log is noise.
func isTerminal(w io.Writer) bool {
	f, isFile := w.(*os.File)
	if !isFile {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
