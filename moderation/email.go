package moderation

import (
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"strings"
)

// Email is a visitor's address: for the editors only, no public view may carry it.
// Whatever prints, logs or marshals it says "redacted"; Reveal is the one way out.
type Email struct{ address string }

const redacted = "redacted"

// MaxEmail is the longest address that is taken in, in bytes (RFC 5321, 4.5.3.1.3).
const MaxEmail = 254

// ParseEmail reads a bare address such as "sari@contoh.id" and lower-cases its domain.
// The error never repeats the input.
func ParseEmail(s string) (Email, error) {
	s = strings.TrimSpace(s)
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || len(s) > MaxEmail {
		return Email{}, fmt.Errorf("not an e-mail address")
	}
	local, domain, _ := cutLast(s, '@')
	if !isHostname(domain) || strings.ContainsAny(local, "\" ()<>") {
		return Email{}, fmt.Errorf("not an e-mail address")
	}
	return Email{local + "@" + strings.ToLower(domain)}, nil
}

// Reveal returns the address itself, for sealing it and for an audited look by an editor.
func (e Email) Reveal() string { return e.address }

// IsZero tells whether there is no address, as in an editor's reply.
func (e Email) IsZero() bool { return e.address == "" }

// Domain is the part after the last @, lower case; rules may look at it.
func (e Email) Domain() string {
	_, domain, _ := cutLast(e.address, '@')
	return domain
}

func (e Email) String() string               { return redacted }
func (e Email) GoString() string             { return redacted }
func (e Email) Format(f fmt.State, _ rune)   { _, _ = io.WriteString(f, redacted) }
func (e Email) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (e Email) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }
func (e Email) MarshalText() ([]byte, error) { return []byte(redacted), nil }

func cutLast(s string, sep byte) (before, after string, found bool) {
	at := strings.LastIndexByte(s, sep)
	if at < 0 {
		return s, "", false
	}
	return s[:at], s[at+1:], true
}

// isHostname accepts at least two labels of letters, digits and inner hyphens; letters beyond
// ASCII are left to the mail server.
func isHostname(s string) bool {
	labels := strings.Split(s, ".")
	if len(labels) < 2 || len(s) > 253 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			ascii := r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
			if !ascii && r < 0x80 {
				return false
			}
		}
	}
	return true
}
