package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMailIsHeldTogether(t *testing.T) {
	for name, c := range map[string]struct{ text, fault string }{
		"nobody writes":         {"mail: {host: smtp.example.id}", `"mail.from" must be`},
		"others may read along": {"mail: {host: smtp.example.id, from: a@example.id, encryption: none}", `"mail.encryption" may be none`},
		"half a sign-in":        {"mail: {host: smtp.example.id, from: a@example.id, username: a}", `"mail.username" and`},
		"all is well":           {"mail: {host: localhost, from: A <a@example.id>, encryption: none}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "my.yaml")
			if err := os.WriteFile(file, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(file, nil)
			if (err == nil) != (c.fault == "") || err != nil && !strings.Contains(err.Error(), c.fault) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestThePasswordOfMailIsNeverShown(t *testing.T) {
	text, err := Show("", []string{"BALASAN_MAIL_HOST=smtp.example.id", "BALASAN_MAIL_FROM=a@example.id", "BALASAN_MAIL_USERNAME=a", "BALASAN_MAIL_PASSWORD=geheim123"})
	if err != nil || strings.Contains(text, "geheim123") || !strings.Contains(text, `password: "xxxxx"`) {
		t.Errorf("%v\n%s", err, text)
	}
}
