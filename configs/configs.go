// Package configs reads what an operator may decide. The annotated balasan.yaml is embedded and
// is the default; the operator's file is laid over it, and the environment over both. Every
// fault is found in one pass and named with file, line and column.
package configs

import (
	_ "embed"
	"net/netip"
	"strings"
	"time"

	"balasan/moderation"
)

// Default is the annotated file that ships with the program. It holds every key.
//
//go:embed balasan.yaml
var Default []byte

// Config is one whole, valid set. The annotations of every key, with units and ranges, stand in
// balasan.yaml. A key whose tag says restart is read once, at the start.
type Config struct {
	Listen         string    `yaml:"listen" kind:"address" change:"restart"`
	Data           string    `yaml:"data" kind:"needed" change:"restart"`
	PublicURL      string    `yaml:"public_url" kind:"origin" change:"restart"`
	TrustedProxies []Network `yaml:"trusted_proxies" change:"restart"`
	InFlight       int       `yaml:"in_flight" range:"8..65536" change:"restart"`
	TimeZone       string    `yaml:"time_zone" kind:"zone" change:"restart"`
	BlindChecks    float64   `yaml:"blind_checks" range:"0..10" change:"restart"`

	Deadlines Deadlines `yaml:"deadlines" change:"restart"`
	Metrics   Metrics   `yaml:"metrics" change:"restart"`
	Database  Database  `yaml:"database" change:"restart"`
	Redis     Redis     `yaml:"redis" change:"restart"`
	Challenge Challenge `yaml:"challenge" change:"restart"`
	Limits    Limits    `yaml:"limits"`
	Policy    Policy    `yaml:"policy"`
	Consent   []Consent `yaml:"consent"`
	Retention Retention `yaml:"retention"`
	Rules     Rules     `yaml:"rules"`
	Announce  Announce  `yaml:"announce" change:"restart"`
	Mail      Mail      `yaml:"mail" change:"restart"`
	Log       Log       `yaml:"log"`
}

// Deadlines bound how long anything may take.
type Deadlines struct {
	Request  time.Duration `yaml:"request" range:"100ms..1m"`
	Shutdown time.Duration `yaml:"shutdown" range:"0s..10m"`
}

// Metrics is the operators' own listener: Prometheus figures, and profiles on loopback alone.
type Metrics struct {
	Listen string `yaml:"listen" kind:"inside"`
}

// Database is PostgreSQL's address; without one everything lies in SQLite's file in the data folder,
// and the rest counts for nothing.
type Database struct {
	URL              string        `yaml:"url" kind:"postgres"`
	Replica          string        `yaml:"replica" kind:"postgres"`
	Connections      int           `yaml:"connections" range:"12..1000"`
	StatementTimeout time.Duration `yaml:"statement_timeout" range:"100ms..1m"`
	LockTimeout      time.Duration `yaml:"lock_timeout" range:"10ms..1m"`
}

// Redis is what several replicas share. Without a URL everything is counted in this process.
type Redis struct {
	URL      string `yaml:"url" kind:"redis"`
	Replicas int    `yaml:"replicas" range:"1..10000"`
}

// Challenge is how visitors prove that they are people.
type Challenge struct {
	Life     time.Duration `yaml:"life" range:"1m..1h"`
	Drawings int           `yaml:"drawings" range:"1..256"`
}

// Limits says what senders may spend. A sender belongs to a narrow network (IPv4 /32, IPv6 /64)
// and to a wide one (IPv4 /24, IPv6 /48); both are counted.
type Limits struct {
	Submit    Allowance `yaml:"submit"`
	Challenge Allowance `yaml:"challenge"`
	Picture   Allowance `yaml:"picture"`
	Voice     Allowance `yaml:"voice"`
	SignIn    Allowance `yaml:"signin"`
	Unsolved  Allowance `yaml:"unsolved"`
}

// Allowance is what the two networks of a sender may spend.
type Allowance struct {
	Narrow Rate `yaml:"narrow"`
	Wide   Rate `yaml:"wide"`
}

// ByName lists the allowances as the core names them.
func (l Limits) ByName() map[moderation.Allowance]Allowance {
	return map[moderation.Allowance]Allowance{
		moderation.ToSubmit: l.Submit, moderation.ToOpen: l.Challenge, moderation.ToSee: l.Picture,
		moderation.ToHear: l.Voice, moderation.ToSignIn: l.SignIn, moderation.ToSkip: l.Unsolved,
	}
}

// Policy is what a site begins with; afterwards it is the site's own.
type Policy struct {
	Mode       string        `yaml:"mode" words:"hold hold-doubtful publish closed"`
	Approve    float64       `yaml:"approve" range:"-100..100"`
	Spam       float64       `yaml:"spam" range:"-100..1000"`
	Challenge  string        `yaml:"challenge" words:"always suspicious never"`
	Depth      int           `yaml:"depth" range:"0..20"`
	CloseAfter time.Duration `yaml:"close_after" range:"0s..87600h"`
	MaxBody    int           `yaml:"max_body" range:"100..20000"`
	Notify     bool          `yaml:"notify"`
}

// Domain is the policy in the core's words.
func (p Policy) Domain() moderation.Policy {
	return moderation.Policy{Mode: moderation.Mode(p.Mode), Approve: p.Approve, Spam: p.Spam,
		Challenge: moderation.Ladder(p.Challenge), Depth: p.Depth, CloseAfter: p.CloseAfter, MaxBody: p.MaxBody, Notify: p.Notify}
}

// Rules says where the operator's own rules are; the shipped packs always load first.
type Rules struct {
	Dir string `yaml:"dir" kind:"folder"`
}

// Log is how the program speaks. It never writes personal data at any level.
type Log struct {
	Level  string `yaml:"level" words:"debug info warn error"`
	Format string `yaml:"format" words:"text json"`
}

// Proxies lists the trusted networks.
func (c Config) Proxies() []netip.Prefix { return prefixes(c.TrustedProxies) }

func prefixes(networks []Network) []netip.Prefix {
	list := make([]netip.Prefix, len(networks))
	for i, n := range networks {
		list[i] = n.Prefix
	}
	return list
}

// Zone is where the editors' days begin.
func (c Config) Zone() *time.Location {
	zone, err := time.LoadLocation(c.TimeZone)
	if err != nil {
		return time.UTC // a valid set never meets this
	}
	return zone
}

// Origin is the address that visitors see, scheme and host.
func (c Config) Origin() string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	return "http://" + c.Listen
}
