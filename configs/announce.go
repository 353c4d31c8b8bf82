package configs

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"balasan/moderation"
)

// Announce says who is told what happened, and how.
type Announce struct {
	Wait     time.Duration    `yaml:"wait" range:"0s..24h"`
	Quiet    moderation.Quiet `yaml:"quiet"`
	Networks []Network        `yaml:"networks"`
	Webhooks []Webhook        `yaml:"webhooks"`
	Telegram Telegram         `yaml:"telegram"`
}

// Webhook is one address that gets signed events. Secret is filled from SecretFile where that is
// given.
type Webhook struct {
	URL        string   `yaml:"url" kind:"webhook"`
	Secret     string   `yaml:"secret" kind:"secret"`
	SecretFile string   `yaml:"secret_file"`
	Sites      []string `yaml:"sites"`
	Events     []string `yaml:"events" words:"received approved spam trashed pending"`
}

// Key is what signs: the secret's bytes.
func (w Webhook) Key() []byte {
	key, _ := webhookKey(w.Secret) // Load has looked
	return key
}

// Telegram is the chat that hears of what needs a person. Without a token nobody is told.
type Telegram struct {
	Token    string `yaml:"token" kind:"secret"`
	Chat     string `yaml:"chat"`
	Language string `yaml:"language" words:"id en"`
	API      string `yaml:"api" kind:"origin"`
}

// Allowed lists the networks that announcements may reach although they are not public.
func (a Announce) Allowed() []netip.Prefix { return prefixes(a.Networks) }

func webhookURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.Fragment != "" {
		return errors.New("must be an address such as https://example.id/hook, without a name and password in it")
	}
	return nil
}

// webhookKey reads a secret as Standard Webhooks writes it: base64 of 24 to 64 bytes.
func webhookKey(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("must be whsec_ and 24 to 64 random bytes in base64; openssl rand -base64 32 makes them")
	}
	return key, nil
}

// announce finds what is wrong with webhooks as a whole and reads their secrets from files.
func (r *reader) announce(a *Announce) {
	for i := range a.Webhooks {
		w, path := &a.Webhooks[i], item("announce.webhooks", i)
		fault := func(key, text string) {
			place, written := r.places[join(path, key)]
			if !written {
				place = r.places[path]
			}
			r.faults = append(r.faults, place.saying(quoted(join(path, key))+" "+text))
		}
		if w.URL == "" {
			fault("url", "must not be empty")
		}
		switch {
		case w.Secret == "" && w.SecretFile == "":
			fault("secret", "is needed, or secret_file")
			continue
		case w.SecretFile != "" && w.Secret != "":
			fault("secret_file", "stands beside secret; one of them is enough")
			continue
		case w.SecretFile != "":
			text, err := os.ReadFile(w.SecretFile)
			if err != nil {
				fault("secret_file", "cannot be read")
				continue
			}
			w.Secret = strings.TrimSpace(string(text))
		}
		if _, err := webhookKey(w.Secret); err != nil {
			fault("secret", err.Error())
		}
	}
	if (a.Telegram.Token == "") != (a.Telegram.Chat == "") {
		r.faults = append(r.faults, r.places["announce.telegram.chat"].saying(`"announce.telegram" needs both token and chat`))
	}
}
