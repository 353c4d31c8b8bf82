package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestMailIsOffUntilThereIsAHost(t *testing.T) {
	c, err := Load("", nil)
	if err != nil || c.Mail.Host != "" || c.Mail.Port != 465 || c.Mail.Encryption != "tls" || c.Mail.Timeout != 15*time.Second || !c.Policy.Notify {
		t.Errorf("%+v %v", c.Mail, err)
	}
}

func TestMailIsRead(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secret, []byte("geheim\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load("", []string{"BALASAN_MAIL_HOST=smtp.example.id", "BALASAN_MAIL_PORT=587", "BALASAN_MAIL_ENCRYPTION=starttls", "BALASAN_MAIL_USERNAME=redaksi",
		"BALASAN_MAIL_PASSWORD_FILE=" + secret, "BALASAN_MAIL_FROM=Redaksi Desa <redaksi@desa.example>", "BALASAN_POLICY_NOTIFY=false"})
	if err != nil || c.Mail.Password != "geheim" || c.Mail.Sender().Address != "redaksi@desa.example" || c.Mail.Sender().Name != "Redaksi Desa" || c.Policy.Notify {
		t.Errorf("%+v %v", c.Mail, err)
	}
}

func TestFaultsOfMailAreNamed(t *testing.T) {
	for fault, env := range map[string][]string{
		`"mail.from" is needed`:                                  {"BALASAN_MAIL_HOST=smtp.example.id"},
		`must be an address such as redaksi@example.id`:          {"BALASAN_MAIL_FROM=redaksi"},
		`"mail.encryption" may be none for a server on this mac`: {"BALASAN_MAIL_HOST=smtp.example.id", "BALASAN_MAIL_FROM=a@b.id", "BALASAN_MAIL_ENCRYPTION=none"},
		`"mail.password" and mail.username go together`:          {"BALASAN_MAIL_HOST=smtp.example.id", "BALASAN_MAIL_FROM=a@b.id", "BALASAN_MAIL_USERNAME=a"},
		`must be the name or address of a server`:                {"BALASAN_MAIL_HOST=smtp.example.id:465"},
		`must be between 1 and 65535`:                            {"BALASAN_MAIL_PORT=0"},
		`must be one of tls, starttls, none`:                     {"BALASAN_MAIL_ENCRYPTION=ssl"},
		`must be true or false`:                                  {"BALASAN_POLICY_NOTIFY=maybe"},
	} {
		if _, err := Load("", env); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%v: %v, want %s", env, err, fault)
		}
	}
	for _, host := range []string{"127.0.0.1", "::1", "localhost"} {
		if _, err := Load("", []string{"BALASAN_MAIL_HOST=" + host, "BALASAN_MAIL_FROM=a@b.id", "BALASAN_MAIL_ENCRYPTION=none"}); err != nil {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestAShownPasswordIsHidden(t *testing.T) {
	shown, err := Show("", []string{"BALASAN_MAIL_HOST=smtp.example.id", "BALASAN_MAIL_FROM=a@b.id", "BALASAN_MAIL_USERNAME=redaksi", "BALASAN_MAIL_PASSWORD=geheim"})
	if err != nil || strings.Contains(shown, "geheim") || !strings.Contains(shown, `host: "smtp.example.id"`) {
		t.Errorf("%v in %s", err, shown)
	}
}
