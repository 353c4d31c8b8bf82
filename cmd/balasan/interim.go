package main

import (
	"context"
	"errors"
)

type verifyCmd struct{}

func (verifyCmd) Run(p *program, c console) error { return errors.New("soon") }

type backupCmd struct {
	File string `arg:""`
}

func (backupCmd) Run(p *program, c console) error { return errors.New("soon") }

func (s *service) purgeOnce(context.Context) error { return nil }
