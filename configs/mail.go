package configs

import (
	"net"
	"net/mail"
	"time"
)

// Mail is the server that passes letters on. Without a host there is no mail.
type Mail struct {
	Host       string        `yaml:"host"`
	Port       int           `yaml:"port" range:"1..65535"`
	Encryption string        `yaml:"encryption" words:"tls starttls none"`
	Username   string        `yaml:"username"`
	Password   string        `yaml:"password" kind:"secret"`
	From       string        `yaml:"from"`
	Timeout    time.Duration `yaml:"timeout" range:"1s..90s"` // less than a claim of the queue lasts
}

// On tells whether letters can be sent at all.
func (m Mail) On() bool { return m.Host != "" }

// mail finds what is wrong with the server as a whole.
func (r *reader) mail(m *Mail) {
	fault := func(key, text string) {
		r.faults = append(r.faults, r.places["mail."+key].saying(quoted("mail."+key)+" "+text))
	}
	if !m.On() {
		return
	}
	if _, err := mail.ParseAddress(m.From); err != nil {
		fault("from", "must be an address such as redaksi@portal.example.id, a name before it if you like: Redaksi <redaksi@portal.example.id>")
	}
	if ip := net.ParseIP(m.Host); m.Encryption == "none" && m.Host != "localhost" && !ip.IsLoopback() {
		fault("encryption", "may be none on this machine alone (127.0.0.1); others must not read along")
	}
	if (m.Username == "") != (m.Password == "") {
		fault("username", "and mail.password belong together: give both or neither")
	}
}
