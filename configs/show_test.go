package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWhatIsInForceIsShownWithItsSource(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.yaml")
	if err := os.WriteFile(path, []byte("log: {level: debug}\nlimits:\n  voice:\n    narrow: 5/1m\ntrusted_proxies: [10.1.2.3/8, '::1']\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	environ := []string{"BALASAN_REDIS_URL=redis://u:geheim@10.0.0.9:6379/0", "BALASAN_POLICY_CLOSE_AFTER=30d"}
	shown, err := Show(path, environ, "listen=127.0.0.1:2")
	if err != nil {
		t.Fatal(err)
	}
	shown = strings.ReplaceAll(shown, path, "my.yaml")
	for _, line := range []string{
		`listen: "127.0.0.1:2"  # --listen`, `  level: "debug"  # my.yaml:1`, `    narrow: 5/1m  # my.yaml:4`,
		`trusted_proxies: [10.0.0.0/8, ::1/128]  # my.yaml:5`, `  close_after: 720h  # BALASAN_POLICY_CLOSE_AFTER`,
		`  url: "redis://u:xxxxx@10.0.0.9:6379/0"  # BALASAN_REDIS_URL`, `in_flight: 512`,
	} {
		if !strings.Contains(shown, "\n"+line+"\n") {
			t.Errorf("no line %s in\n%s", line, shown)
		}
	}

	want, _ := Load(path, environ, "listen=127.0.0.1:2")
	got, faults := load(t, shown)
	want.Redis.URL = got.Redis.URL
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b Network) bool { return a == b })); diff != "" || faults != "" {
		t.Errorf("what is shown is not what is in force: %s\n%s", faults, diff)
	}
}

// All but where the operator's own rules will be, which nothing in the file says.
func TestWithoutChangesTheShippedFileIsShown(t *testing.T) {
	want := strings.Replace(string(Default), "  dir: \"\"\n", "  dir: \"\"  # data/own\n", 1)
	if shown, err := Show("", nil); err != nil || shown != want {
		t.Errorf("%v\n%s", err, cmp.Diff(want, shown))
	}
}

func TestPasswordsOfAnAddressAreHidden(t *testing.T) {
	for address, want := range map[string]string{
		"redis+sentinel://u:geheim@a:1?master=m&sentinel_password=geheim": "redis+sentinel://u:xxxxx@a:1?master=m&sentinel_password=xxxxx",
		"redis+sentinel://a:1?sentinel_password=geheim":                   "redis+sentinel://a:1?sentinel_password=xxxxx",
		"100 % sama?": "100 % sama?",
	} {
		if got := redacted(address); got != want {
			t.Errorf("%s is shown as %s", address, got)
		}
	}
}
