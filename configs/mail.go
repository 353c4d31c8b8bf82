package configs

import (
	"errors"
	"net/mail"
	"net/netip"
	"regexp"
	"strings"
	"time"
)

// Mail is the server that takes mail from this machine. Without a host none is sent.
type Mail struct {
	Host       string        `yaml:"host" kind:"host"`
	Port       int           `yaml:"port" range:"1..65535"`
	Encryption string        `yaml:"encryption" words:"tls starttls none"`
	Username   string        `yaml:"username"`
	Password   string        `yaml:"password" kind:"secret"`
	From       string        `yaml:"from" kind:"mailbox"`
	Timeout    time.Duration `yaml:"timeout" range:"1s..1m"`
	Hourly     int           `yaml:"hourly" range:"1..100000"`
}

// Sender is From, read.
func (m Mail) Sender() mail.Address {
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return mail.Address{} // a valid set with a host never meets this
	}
	return *from
}

var hostForm = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)

func host(s string) error {
	if _, err := netip.ParseAddr(s); s == "" || err == nil || hostForm.MatchString(s) {
		return nil
	}
	return errors.New("must be the name or address of a server, such as smtp.example.id, without a port")
}

func mailbox(s string) error {
	if s == "" {
		return nil
	}
	if _, err := mail.ParseAddress(s); err != nil || strings.ContainsAny(s, "\r\n") {
		return errors.New("must be an address such as redaksi@example.id or Redaksi <redaksi@example.id>")
	}
	return nil
}

// mail finds what is wrong between its settings.
func (r *reader) mail(m Mail) {
	unlike := func(bad bool, key, text string) {
		if bad {
			r.faults = append(r.faults, r.where("mail."+key, "mail.host").saying(quoted("mail."+key)+" "+text))
		}
	}
	if m.Host == "" {
		return
	}
	addr, err := netip.ParseAddr(m.Host)
	here := m.Host == "localhost" || err == nil && addr.IsLoopback()
	unlike(m.From == "", "from", "is needed where mail.host is set")
	unlike(m.Encryption == "none" && !here, "encryption", "may be none for a server on this machine alone: others could read the mail and the password")
	unlike((m.Username == "") != (m.Password == ""), "password", "and mail.username go together")
}
