package configs

import (
	"time"

	"balasan/moderation"
)

// Retention is how long personal data is kept, by class.
type Retention struct {
	Address     time.Duration `yaml:"address" range:"1d..3650d"`
	Network     time.Duration `yaml:"network" range:"1d..3650d"`
	Refused     time.Duration `yaml:"refused" range:"1d..3650d"`
	Email       time.Duration `yaml:"email" range:"1d..3650d"`
	Unconfirmed time.Duration `yaml:"unconfirmed" range:"1d..3650d"`
}

// Domain is the same in the core's words.
func (r Retention) Domain() moderation.Retention { return moderation.Retention(r) }
