package main

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

// There is no container engine where the tests run, so what can be known without one is checked.

func TestTheImageIsBuiltWithTheModulesGo(t *testing.T) {
	recipe, module := readRoot(t, "Dockerfile"), readRoot(t, "go.mod")
	built := regexp.MustCompile(`FROM golang:(1\.\d+)\.(\d+)-`).FindStringSubmatch(recipe)
	asked := regexp.MustCompile(`(?m)^go (1\.\d+)\.(\d+)$`).FindStringSubmatch(module)
	if built == nil || asked == nil || built[1] != asked[1] || len(built[2]) < len(asked[2]) || built[2] < asked[2] {
		t.Errorf("the image is built with %v, go.mod asks for %v", built, asked)
	}
}

func TestTheImageRunsWhatExists(t *testing.T) {
	recipe := readRoot(t, "Dockerfile")
	for _, path := range regexp.MustCompile(`\./cmd/\w+`).FindAllString(recipe, -1) {
		if _, err := os.Stat(filepath.Join("..", "..", path)); err != nil {
			t.Error(err)
		}
	}
	for _, must := range []string{"USER 65532", "CGO_ENABLED=0", `HEALTHCHECK`, `"healthcheck"`, "-X main.version="} {
		if !strings.Contains(recipe, must) {
			t.Errorf("the Dockerfile lacks %s", must)
		}
	}
}

func TestTheComposeFileSetsOnlyWhatExists(t *testing.T) {
	if _, err := composed(t, nil); err == nil {
		t.Error("it starts without a password for the database")
	}
	project, err := composed(t, map[string]string{"BALASAN_DB_PASSWORD": "rahasia"})
	if err != nil {
		t.Fatal(err)
	}
	proxy := readRoot(t, "deploy/nginx.conf")
	for _, name := range []string{"balasan-a", "balasan-b"} {
		service := project.Services[name]
		var environ []string
		for name, value := range service.Environment {
			environ = append(environ, name+"="+*value)
		}
		cfg, err := (&program{}).load(console{environ: environ})
		if err != nil || cfg.Redis.URL == "" || cfg.Redis.Replicas != 2 || cfg.PublicURL == "" || !strings.Contains(cfg.Database.URL, "rahasia") {
			t.Errorf("%s: %v: %v", name, environ, err)
		}
		address := service.Networks["inside"].Ipv4Address
		if !cfg.Proxies()[0].Contains(netip.MustParseAddr(address)) || !strings.Contains(proxy, "server "+address+":8080 ") {
			t.Errorf("%s is at %s: the proxy does not know it", name, address)
		}
	}
	for name, service := range project.Services {
		for _, volume := range service.Volumes {
			if volume.Type == "bind" {
				if _, err := os.Stat(volume.Source); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

// composed reads compose.yaml as docker compose does, with the environment given.
func composed(t *testing.T, environ map[string]string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{filepath.Join("..", "..", "compose.yaml")},
		cli.WithName("balasan"), cli.WithEnv(nil), cli.WithProfiles([]string{"watch"}))
	if err != nil {
		t.Fatal(err)
	}
	options.Environment = environ
	return options.LoadProject(t.Context())
}

func TestTheUnitFileIsTakenBySystemd(t *testing.T) {
	tool, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Skip("SKIPPED: systemd-analyze is not installed, so the unit file was not checked")
	}
	unit := strings.ReplaceAll(readRoot(t, "deploy/balasan.service"), "/usr/local/bin/balasan", "/bin/true")
	path := filepath.Join(t.TempDir(), "balasan.service")
	if err := os.WriteFile(path, []byte(unit), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(tool, "verify", path).CombinedOutput(); err != nil || strings.Contains(string(out), path) {
		t.Errorf("%v\n%s", err, out)
	}
}

func readRoot(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
