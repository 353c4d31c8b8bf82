package rules

import "balasan/moderation/fold"

// channel is one way to read a disguised text.
type channel = fold.Channel

const (
	foldChannel   = fold.Fold
	classChannel  = fold.Class
	squashChannel = fold.Squash
	channelCount  = fold.Squash + 1
)
