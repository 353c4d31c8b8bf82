package main

import (
	"fmt"

	"balasan/captcha"
	"balasan/internal/keys"
)

type challengeCmd struct {
	Answer answerCmd `cmd:"" help:"Print what solves a challenge of this instance."`
}

type answerCmd struct {
	Token string `arg:"" help:"The challenge's token."`
}

func (cmd answerCmd) Run(p *program, c console) error {
	cfg, err := p.load(c) // the keys alone: on a replica nobody need know the database
	if err != nil {
		return err
	}
	ring, err := keys.Follow(cfg.Data, false)
	if err != nil {
		return err
	}
	answer, err := challengeKeys(ring).Answer(cmd.Token)
	if err != nil {
		return fmt.Errorf("not a challenge of the instance in %s: %w", cfg.Data, err)
	}
	fmt.Fprintln(c.out, answer)
	return nil
}

func challengeKeys(ring *keys.Live) captcha.Keys {
	return captcha.Keys{Current: ring.Newest, Secret: ring.Of("challenge")}
}
