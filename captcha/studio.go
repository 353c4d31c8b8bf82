package captcha

import (
	"context"
	"runtime"
	"time"

	"golang.org/x/sync/singleflight"

	"balasan/moderation"
)

// Studio draws and speaks challenges. Asking changes nothing that a visitor could see: within
// one process a token has one picture and one voice per language, which a small cache keeps.
// Work is bounded by Workers at once and by a number of renderings per token.
type Studio struct {
	keys    Keys
	workers chan struct{}
	flight  singleflight.Group
	cache   cache
}

// StudioOptions bounds the work. Zero values stand for what the comments say.
type StudioOptions struct {
	Keys    Keys
	Workers int // renderings at once; as many as GOMAXPROCS
	Bytes   int // of the cache; 8 MiB
}

const (
	maxPictures = 3 // renderings of one token, should the cache have lost them
	maxVoices   = 2
	patience    = 50 * time.Millisecond // for a free worker
	defaultSize = 8 << 20
)

// NewStudio makes a Studio ready.
func NewStudio(o StudioOptions) *Studio {
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.Bytes == 0 {
		o.Bytes = defaultSize
	}
	return &Studio{keys: o.Keys, workers: make(chan struct{}, o.Workers), cache: cache{limit: o.Bytes}}
}

// Picture is the token's challenge as a PNG of 240 by 80, opaque, without metadata. Errors are
// Problems: CaptchaInvalid, CaptchaExpired, and CaptchaBusy with After.
func (s *Studio) Picture(ctx context.Context, token string) ([]byte, error) {
	return s.render(ctx, token, "png", maxPictures, draw)
}

// Voice is the token's challenge spoken, as a WAV of 8 kHz, 8 bit, mono. It speaks "id" or,
// for any other language, English. Errors are those of Picture.
func (s *Studio) Voice(ctx context.Context, token, lang string) ([]byte, error) {
	speak := english
	if lang != "id" {
		lang = "en"
	} else {
		speak = indonesian
	}
	return s.render(ctx, token, "wav "+lang, maxVoices, speak)
}

// work is what a renderer needs: a name that seeds its noise, and the digits.
type work func(seed string, digits []byte) []byte

func (s *Studio) render(ctx context.Context, text, form string, most int, do work) ([]byte, error) {
	t, secret, err := s.keys.open(text)
	if err != nil {
		return nil, moderation.Refuse(moderation.CaptchaInvalid, err)
	}
	left := time.Until(t.expires)
	if left < 0 {
		return nil, moderation.Refuse(moderation.CaptchaExpired, nil)
	}
	key := form + string(t.id[:])
	if media, ok := s.cache.get(key); ok {
		return media, nil
	}
	media, err, _ := s.flight.Do(key, func() (any, error) {
		if !s.cache.begin(form[:3]+string(t.id[:]), most, t.expires) {
			return nil, &moderation.Problem{Code: moderation.CaptchaBusy, After: left}
		}
		if err := s.wait(ctx); err != nil {
			return nil, err
		}
		defer func() { <-s.workers }()
		digits := t.id.digits(secret)
		media := do(string(prf(secret, "noise "+form, t.id[:])), digits[:])
		s.cache.put(key, media)
		return media, nil
	})
	if err != nil {
		return nil, err
	}
	return media.([]byte), nil
}

// wait takes a worker's place, or says that there are too many at once.
func (s *Studio) wait(ctx context.Context) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case s.workers <- struct{}{}:
		return nil
	case <-timer.C:
	case <-ctx.Done():
	}
	return &moderation.Problem{Code: moderation.CaptchaBusy, After: time.Second}
}
