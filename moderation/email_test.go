package moderation

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestParseEmail(t *testing.T) {
	for name, tc := range map[string]struct {
		in, want string
	}{
		"a plain address is taken":           {"sari@contoh.id", "sari@contoh.id"},
		"space around it is dropped":         {"  sari@contoh.id ", "sari@contoh.id"},
		"the domain is lower-cased":          {"Sari@Contoh.ID", "Sari@contoh.id"},
		"plus and dots stay":                 {"s.a.ri+berita@mail.contoh.co.id", "s.a.ri+berita@mail.contoh.co.id"},
		"a display name is refused":          {"Sari <sari@contoh.id>", ""},
		"two addresses are refused":          {"a@contoh.id, b@contoh.id", ""},
		"a host without a dot is refused":    {"sari@localhost", ""},
		"a quoted local part is refused":     {`"a b"@contoh.id`, ""},
		"a comment is refused":               {"sari(x)@contoh.id", ""},
		"an empty label is refused":          {"sari@contoh..id", ""},
		"a leading hyphen is refused":        {"sari@-contoh.id", ""},
		"a line break is refused":            {"sari@contoh.id\r\nBcc: x@y.id", ""},
		"more than 254 bytes are refused":    {strings.Repeat("a", 250) + "@contoh.id", ""},
		"an address literal is refused":      {"sari@[127.0.0.1]", ""},
		"an internationalised domain passes": {"sari@contöh.id", "sari@contöh.id"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := ParseEmail(tc.in)
			if (err == nil) != (tc.want != "") || got.Reveal() != tc.want {
				t.Errorf("ParseEmail(%q) = %q, %v; want %q", tc.in, got.Reveal(), err, tc.want)
			}
			if err != nil && strings.Contains(err.Error(), "sari") {
				t.Errorf("the error repeats the input: %v", err)
			}
		})
	}
}

func TestAnEmailNeverPrintsItself(t *testing.T) {
	email, err := ParseEmail("rahasia@contoh.id")
	if err != nil {
		t.Fatal(err)
	}
	type holder struct{ Email Email }
	marshalled, _ := json.Marshal(map[Email]Email{email: email})
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "email", email, "in", holder{email})
	for _, out := range []string{
		fmt.Sprint(email), fmt.Sprintf("%s %v %+v %#v %q %x %d", email, email, email, email, email, email, email),
		fmt.Sprintf("%v %+v %#v", holder{email}, &holder{email}, holder{email}), string(marshalled), log.String(),
	} {
		if strings.Contains(out, "rahasia") || strings.Contains(out, "contoh.id") {
			t.Errorf("an address got out: %s", out)
		}
	}
}
