package configs

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rate is how many in which time; all of them may come in one burst.
type Rate struct {
	Count int
	Per   time.Duration
}

// String is the form that UnmarshalText reads.
func (r Rate) String() string { return fmt.Sprintf("%d/%s", r.Count, shortDuration(r.Per)) }

// UnmarshalText reads "20/10m".
func (r *Rate) UnmarshalText(text []byte) error {
	form := errors.New(`must be how many in which time, such as 20/10m`)
	count, per, found := strings.Cut(string(text), "/")
	n, err := strconv.Atoi(count)
	if !found || err != nil {
		return form
	}
	d, err := parseDuration(per)
	switch {
	case err != nil:
		return form
	case n < 1 || n > 1_000_000:
		return errors.New("the count must be between 1 and 1000000")
	case d < time.Second || d > 24*time.Hour:
		return errors.New("the time must be between 1s and 24h")
	}
	*r = Rate{n, d}
	return nil
}

// Network is a range of addresses whose owner is trusted.
type Network struct{ netip.Prefix }

// UnmarshalText reads "10.0.0.0/8", or one address. It refuses what would trust the internet.
func (n *Network) UnmarshalText(text []byte) error {
	prefix, err := netip.ParsePrefix(string(text))
	if addr, alone := netip.ParseAddr(string(text)); alone == nil {
		prefix, err = addr.Prefix(addr.BitLen())
	}
	switch {
	case err != nil:
		return errors.New("must be a network such as 10.0.0.0/8 or an address such as 127.0.0.1")
	case prefix.Addr().Is4In6():
		return errors.New("must be written as an IPv4 network")
	case prefix.Addr().Is4() && prefix.Bits() < 8, prefix.Addr().Is6() && prefix.Bits() < 16:
		return errors.New("would trust nearly everyone; name the networks of your own proxies")
	}
	n.Prefix = prefix.Masked()
	return nil
}

// parseDuration reads what time.ParseDuration does, and whole days such as 30d.
func parseDuration(s string) (time.Duration, error) {
	if days, isDays := strings.CutSuffix(s, "d"); isDays {
		n, err := strconv.Atoi(days)
		if err != nil || n < 0 || n > 36500 {
			return 0, errors.New("no number of days")
		}
		return time.Duration(n) * 24 * time.Hour, nil
	}
	return time.ParseDuration(s)
}

// shortDuration drops the zero units that time.Duration prints: 10m, not 10m0s.
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// kinds are the forms that a text must have beyond being a text.
var kinds = map[string]func(string) error{
	"needed":   needed,
	"address":  address,
	"inside":   inside,
	"origin":   origin,
	"redis":    redisURL,
	"postgres": postgresURL,
	"folder":   folder,
	"zone":     zone,
	"webhook":  webhookURL,
	"host":     host,
	"mailbox":  mailbox,
	"wording":  wording,
}

func needed(s string) error {
	if s == "" {
		return errors.New("must not be empty")
	}
	return nil
}

func address(s string) error {
	_, port, err := net.SplitHostPort(s)
	if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n > 65535 {
		return errors.New("must be host:port, such as 127.0.0.1:8080")
	}
	return nil
}

// inside is an address that the world does not reach by itself: this machine's, a private one, or
// every one of a container.
func inside(s string) error {
	if s == "off" {
		return nil
	}
	if err := address(s); err != nil {
		return errors.New("must be off or an address such as 127.0.0.1:9090")
	}
	host, _, _ := net.SplitHostPort(s)
	addr, err := netip.ParseAddr(host)
	if host == "localhost" || err == nil && (addr.IsLoopback() || addr.IsPrivate() || addr.IsUnspecified()) {
		return nil
	}
	return errors.New("must be an address of this machine or of a private network: the figures are not for the world")
}

func origin(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil ||
		strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("must be http:// or https:// and a host, without a path")
	}
	return nil
}

func zone(s string) error {
	if _, err := time.LoadLocation(s); err != nil || s == "" || s == "Local" {
		return errors.New("must be the name of a time zone, such as Asia/Jakarta, Asia/Makassar, Asia/Jayapura or UTC")
	}
	return nil
}

// folder takes none, or one that can be read now.
func folder(s string) error {
	if s == "" {
		return nil
	}
	_, err := os.ReadDir(s)
	switch info, _ := os.Stat(s); {
	case errors.Is(err, fs.ErrNotExist):
		return errors.New("names a folder that does not exist")
	case info != nil && !info.IsDir():
		return errors.New("must be a folder, not a file")
	case err != nil:
		return errors.New("names a folder that cannot be read")
	}
	return nil
}

func postgresURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" || u.Host == "" && u.Query().Get("host") == "" {
		return errors.New("must be an address such as postgres://balasan@db.example:5432/balasan") // without the text: it may hold a password
	}
	return nil
}

// redisURL looks at the form alone and never repeats the value, which may hold a password.
func redisURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || !slices.Contains(redisSchemes, u.Scheme) || u.Host+u.Path == "" {
		return errors.New("must be an address such as redis://10.0.0.5:6379/0")
	}
	number := strings.Trim(u.Path, "/")
	if _, err := strconv.ParseUint(number, 10, 16); err != nil && number != "" && u.Scheme != "unix" {
		return errors.New("must end with the number of a database, such as /0, or with none")
	}
	if strings.HasSuffix(u.Scheme, "+cluster") && number != "" && number != "0" {
		return errors.New("must end without the number of a database: a cluster has none")
	}
	if strings.HasSuffix(u.Scheme, "+sentinel") && u.Query().Get("master") == "" {
		return errors.New("must say which master the Sentinels watch: redis+sentinel://10.0.0.5:26379?master=NAME")
	}
	return nil
}

var redisSchemes = []string{"redis", "rediss", "unix", "redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel"}
