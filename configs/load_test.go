package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"balasan/moderation"
)

// load reads one file's text and the given environment.
func load(t *testing.T, text string, environ ...string) (Config, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "my.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(path, environ)
	if err == nil {
		return c, ""
	}
	return c, strings.ReplaceAll(err.Error(), path, "my.yaml")
}

func TestTheShippedFileIsTheDefaultAndHoldsEveryKey(t *testing.T) {
	c, err := Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	r := newReader("balasan.yaml", leaves(&c))
	r.file(Default)
	for path := range r.leaves {
		if _, written := r.places[path]; !written {
			t.Errorf("%s is not in balasan.yaml", path)
		}
	}
	if diff := cmp.Diff(moderation.DefaultPolicy(), c.Policy.Domain()); diff != "" {
		t.Errorf("the policy of new sites is not the core's default:\n%s", diff)
	}
}

func TestEveryKeyIsAnnotated(t *testing.T) {
	commented := false
	for n, line := range strings.Split(string(Default), "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case strings.HasPrefix(trimmed, "#"):
			commented = true
		case trimmed == "":
			commented = false
		case strings.HasSuffix(trimmed, ":"), strings.HasPrefix(trimmed, "wide:"), strings.HasPrefix(trimmed, "narrow:"):
		case !commented:
			t.Errorf("line %d has no words of its own: %s", n+1, line)
		default:
			commented = false
		}
	}
}

func TestTheFileLiesOverTheDefaultAndTheEnvironmentOverBoth(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "redis")
	if err := os.WriteFile(secret, []byte("redis://:geheim@10.0.0.9:6379/0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, faults := load(t, "listen: 127.0.0.1:1\nlog: {level: debug}\nlimits:\n  submit: {narrow: 5/1m}\ntrusted_proxies:\n  - 10.1.2.3/8\n  - ::1\n",
		"BALASAN_LISTEN=127.0.0.1:2", "BALASAN_REDIS_URL_FILE="+secret, "BALASAN_DATABASE_URL_FILE=", "BALASAN_SERVICE_HOST=10.0.0.1", "BALASAN_POLICY_CLOSE_AFTER=30d", "PATH=/bin")
	if faults != "" {
		t.Fatal(faults)
	}
	if c.Listen != "127.0.0.1:2" || c.Log.Level != "debug" || c.Log.Format != "text" || c.Redis.URL != "redis://:geheim@10.0.0.9:6379/0" ||
		c.Limits.Submit.Narrow != (Rate{5, time.Minute}) || c.Limits.Submit.Wide != (Rate{120, 10 * time.Minute}) || c.Policy.CloseAfter != 30*24*time.Hour {
		t.Errorf("got %+v", c)
	}
	if got := c.Proxies(); len(got) != 2 || got[0].String() != "10.0.0.0/8" || got[1].String() != "::1/128" {
		t.Errorf("proxies %v", got)
	}
}

func TestFaultsAreNamedWithTheirPlace(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"a misspelt key is suggested":       {"listne: 127.0.0.1:1\n", `my.yaml:1:1: there is no setting "listne"; did you mean "listen"?`},
		"a misspelt inner key":              {"log:\n  levle: info\n", `my.yaml:2:3: there is no setting "log.levle"; did you mean "log.level"?`},
		"an unknown key unlike any":         {"xyzzy_foo_bar: 1\n", `my.yaml:1:1: there is no setting "xyzzy_foo_bar"`},
		"a key twice":                       {"in_flight: 9\nlisten: a:1\nin_flight: 10\n", `my.yaml:3:1: "in_flight" was set before, on line 1`},
		"a value out of range":              {"in_flight: 7\n", `my.yaml:1:12: "in_flight" must be between 8 and 65536`},
		"a word for a number":               {"in_flight: many\n", `my.yaml:1:12: "in_flight" must be a whole number`},
		"a time without a unit":             {"challenge:\n  life: 10\n", `my.yaml:2:9: "challenge.life" must be a time such as 90s, 10m, 24h or 30d`},
		"a time too short":                  {"challenge: {life: 1s}\n", `my.yaml:1:19: "challenge.life" must be between 1m and 1h`},
		"a misspelt word":                   {"policy:\n  mode: holt\n", `my.yaml:2:9: "policy.mode" must be one of hold, hold-doubtful, publish, closed; did you mean "hold"?`},
		"a rate without a time":             {"limits:\n  voice:\n    wide: 20\n", `my.yaml:3:11: "limits.voice.wide" must be how many in which time, such as 20/10m`},
		"a wide rate below the narrow one":  {"limits:\n  voice:\n    wide: 1/10m\n", `my.yaml:3:11: "limits.voice.wide" must allow at least as much as narrow`},
		"a catch-all proxy":                 {"trusted_proxies: [10.0.0.0/8, 0.0.0.0/0]\n", `my.yaml:1:31: "trusted_proxies" would trust nearly everyone`},
		"a catch-all proxy of IPv6":         {"trusted_proxies:\n  - ::/0\n", `my.yaml:2:5: "trusted_proxies" would trust nearly everyone`},
		"a catch-all written as 4-in-6":     {"trusted_proxies: ['::ffff:0.0.0.0/96']\n", `my.yaml:1:19: "trusted_proxies" must be written as an IPv4 network`},
		"one proxy that is no list":         {"trusted_proxies: 10.0.0.0/8\n", `my.yaml:1:18: "trusted_proxies" takes a list`},
		"metrics for the world":             {"metrics:\n  listen: 192.0.2.7:9090\n", `my.yaml:2:11: "metrics.listen" must be an address of this machine or of a private network`},
		"a public address with a path":      {"public_url: https://a.id/x\n", `my.yaml:1:13: "public_url" must be http:// or https:// and a host, without a path`},
		"a value where a section belongs":   {"log: debug\n", `my.yaml:1:6: "log" holds settings of its own`},
		"a section where a value belongs":   {"listen:\n  port: 1\n", `my.yaml:1:1: "listen" takes one value`},
		"an anchor":                         {"listen: &a 127.0.0.1:1\n", `my.yaml:1:1: "listen" takes one value`},
		"lines that cross":                  {"policy: {approve: 9, spam: 9}\n", `my.yaml:1:28: "policy.spam" must lie above policy.approve`},
		"no YAML at all":                    {"listen: [\n", `my.yaml:1:9: this is not YAML`},
		"a file that was emptied":           {" \n\n", `my.yaml: the file is empty; remove --config to use the defaults`},
		"rules in a folder that is missing": {"rules:\n  dir: /nonexistent\n", `my.yaml:2:8: "rules.dir" names a folder that does not exist`},
		"rules in a file":                   {"rules: {dir: load_test.go}\n", `my.yaml:1:14: "rules.dir" must be a folder, not a file`},
		"a Redis database without a number": {"redis: {url: redis://x/abc}\n", `my.yaml:1:14: "redis.url" must end with the number of a database`},
		"Sentinels of no master":            {"redis:\n  url: redis+sentinel://x:26379\n", `my.yaml:2:8: "redis.url" must say which master the Sentinels watch`},
		"a number for a Redis Cluster":      {"redis: {url: redis+cluster://x/3}\n", `my.yaml:1:14: "redis.url" must end without the number of a database`},
		"a standby of nothing":              {"database:\n  replica: postgres://x/y\n", `my.yaml:2:12: "database.replica" is a standby of database.url, which is not set`},
		"what crosses what is shipped":      {"policy: {approve: 100}\n", `my.yaml:1:19: "policy.spam" must lie above policy.approve`},
		"mail without a sender":             {"mail:\n  host: localhost\n", `my.yaml:2:9: "mail.from" is needed where mail.host is set`},
		"a list at the top":                 {"- a\n", `my.yaml:1:1: "" holds settings`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, got := load(t, tc.text); !strings.HasPrefix(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

func TestAllFaultsComeAtOnceInTheOrderOfTheLines(t *testing.T) {
	_, got := load(t, "listne: 1\nin_flight: 3\nlog:\n  level: loud\nredis:\n  url: geheim@x\n", "BALASAN_POLICY_DEPTH=deep", "BALASAN_LISTN=1")
	want := `my.yaml:1:1: there is no setting "listne"; did you mean "listen"?
  1 | listne:
    | ^
my.yaml:2:12: "in_flight" must be between 8 and 65536
  2 | in_flight: 3
    |            ^
my.yaml:4:10: "log.level" must be one of debug, info, warn, error
  4 |   level: loud
    |          ^
my.yaml:6:8: "redis.url" must be an address such as redis://10.0.0.5:6379/0
BALASAN_LISTN: there is no such setting; did you mean "BALASAN_LISTEN"?
BALASAN_POLICY_DEPTH: must be a whole number`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFaultsOfEveryKindComeTogether(t *testing.T) {
	_, got := load(t, "trusted_proxies: [0.0.0.0/0]\npublic_url: ftp://x/\nredis: {url: http://x}\nlisten: here\ndata: ''\n"+
		"metrics: {listen: 1.2.3.4:1}\nrules: {dir: /nonexistent}\npolicy: {mode: x, depth: 99, approve: 9, spam: 9}\nlimits: {voice: {wide: 1/10m}}\nfoo: 1\n")
	for _, path := range []string{"trusted_proxies", "public_url", "redis.url", "listen", "data", "metrics.listen", "rules.dir",
		"policy.mode", "policy.depth", "policy.spam", "limits.voice.wide", "foo"} {
		if !strings.Contains(got, quoted(path)) {
			t.Errorf("%s is not named in\n%s", path, got)
		}
	}
}

func TestAFolderThatCannotBeReadIsAFault(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root reads every folder")
	}
	dir := filepath.Join(t.TempDir(), "own")
	if err := os.Mkdir(dir, 0o100); err != nil {
		t.Fatal(err)
	}
	if _, got := load(t, "rules: {dir: "+dir+"}\n"); !strings.Contains(got, `"rules.dir" names a folder that cannot be read`) {
		t.Errorf("got %q", got)
	}
}

func TestVariablesThatSetNothingAreListed(t *testing.T) {
	got := Unknown([]string{"BALASAN_REDIS_POOL=1", "BALASAN_FOO=1", "BALASAN_LISTEN=x", "BALASAN_REDIS_URL_FILE=x", "BALASAN_CONFIG=x",
		"BALASAN_SERVICE_HOST=1", "BALASAN_SERVICE_PORT_HTTP=1", "BALASAN_PORT=tcp://1", "BALASAN_PORT_80_TCP_ADDR=1", "FOO=1"})
	if strings.Join(got, " ") != "BALASAN_FOO BALASAN_REDIS_POOL" {
		t.Errorf("got %v", got)
	}
}

func TestAFlagWinsOverEverything(t *testing.T) {
	c, err := Load("", []string{"BALASAN_LISTEN=127.0.0.1:1", "BALASAN_DATA=a"}, "listen=127.0.0.1:2", "data=")
	if err != nil || c.Listen != "127.0.0.1:2" || c.Data != "a" {
		t.Errorf("got %s %s, %v", c.Listen, c.Data, err)
	}
	if _, err := Load("", nil, "listen=nowhere"); err == nil || err.Error() != "--listen: must be host:port, such as 127.0.0.1:8080" {
		t.Errorf("got %v", err)
	}
}

func TestAFileThatSetsNothingIsTheDefault(t *testing.T) {
	for _, text := range []string{"# only words\n", "log:\n", "---\n"} {
		if _, faults := load(t, text); faults != "" {
			t.Errorf("%q: %s", text, faults)
		}
	}
}

func TestWhatNeedsARestartIsSaid(t *testing.T) {
	running, _ := load(t, "# nothing\n")
	next, _ := load(t, "listen: 127.0.0.1:9\nlog: {level: debug}\nredis: {replicas: 3}\n")
	if got := Restart(running, next); strings.Join(got, " ") != "listen redis.replicas" {
		t.Errorf("got %v", got)
	}
}

func TestARateIsReadAsItIsPrinted(t *testing.T) {
	for _, text := range []string{"1/1s", "20/10m", "3/1h", "1000000/24h", "5/1m30s"} {
		var r Rate
		if err := r.UnmarshalText([]byte(text)); err != nil || r.String() != text {
			t.Errorf("%s: %v, %v", text, r, err)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add(Default)
	f.Add([]byte("a: [\n- {b: *c}\n"))
	f.Add([]byte("limits:\n\tsubmit: 1"))
	f.Add([]byte("? [a]\n: b\n<<: {listen: a:1}"))
	f.Fuzz(func(t *testing.T, text []byte) {
		var c Config
		r := newReader("f", leaves(&c))
		r.file(text)
		_ = r.faults.Err()
	})
}

// TestNoFaultTellsASecret: whoever mistypes the name of a setting reads where, and a log does not read its value.
func TestNoFaultTellsASecret(t *testing.T) {
	for _, text := range []string{
		"database:\n  ulr: postgres://u:GEHEIM@h/b\n", "database: postgres://u:GEHEIM@h/b\n", "database: {url: 'postgres://u:GEHEIM@h/b', conections: 5}\n",
		"database: {url: 'postgres://u:GEHEIM@h/b', connections: x}\n", "database:\n  url: [postgres://u:GEHEIM@h/b]\n",
		"database:\n  url: postgres://u:GEHEIM@h/b\n  url: postgres://u:GEHEIM@h/b\n", "database:\n  url: postgres://u:GEHEIM@h/b: x\n",
		"redis: {urll: 'redis://:GEHEIM@h'}\n", "mail:\n  passwort: GEHEIM\n", "mail: {passwort: GEHEIM,\n  prot: 25}\n", "mail: {host: a,\n  passwort: GEHEIM, port: x}\n",
		"announce:\n  telegram:\n    tokn: GEHEIM\n", "announce:\n  webhooks:\n    - secrte: GEHEIM\n", "announce:\n  webhooks:\n    - url: ftp://u:GEHEIM@h/\n",
		"announce:\n  webhooks: GEHEIM\n", "pasword: GEHEIM\n", "pasword: GEHEIM: x\n", "? GEHEIM\n: {a: [}\n",
	} {
		if _, told := load(t, text); told == "" || strings.Contains(told, "GEHEIM") {
			t.Errorf("%s\nis told as %q", text, told)
		}
	}
}
