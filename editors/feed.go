package editors

import (
	"context"
	"time"

	"balasan/moderation"
)

// NewFeedKey returns a key that reads the feed of what waits for the editor and opens nothing
// else. It takes the place of the one before.
func (a *Accounts) NewFeedKey(ctx context.Context, editor moderation.Editor) (string, error) {
	if err := a.EndFeedKey(ctx, editor); err != nil {
		return "", err
	}
	return a.issue(ctx, moderation.Pass{Editor: editor.ID, Kind: moderation.FeedKey, Label: "Atom"}, MaxTokenLife)
}

// EndFeedKey ends the editor's key, if there is one.
func (a *Accounts) EndFeedKey(ctx context.Context, editor moderation.Editor) error {
	keys, err := a.feedKeys(ctx, editor)
	for _, key := range keys {
		if err := a.store.DropPass(ctx, editor.ID, key.Hash); err != nil && moderation.CodeOf(err) != moderation.NotFound {
			return err
		}
	}
	return err
}

// FeedKey tells of the editor's key; the zero Pass when there is none.
func (a *Accounts) FeedKey(ctx context.Context, editor moderation.Editor) (moderation.Pass, error) {
	keys, err := a.feedKeys(ctx, editor)
	if err != nil || len(keys) == 0 {
		return moderation.Pass{}, err
	}
	return keys[0], nil
}

func (a *Accounts) feedKeys(ctx context.Context, editor moderation.Editor) (keys []moderation.Pass, err error) {
	all, err := a.store.Passes(ctx, editor.ID, time.Now())
	for _, p := range all {
		if p.Kind == moderation.FeedKey {
			keys = append(keys, p)
		}
	}
	return keys, err
}
