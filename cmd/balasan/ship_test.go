package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
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
	var file struct {
		Services map[string]struct {
			Environment map[string]string
			DependsOn   map[string]any `yaml:"depends_on"`
		}
	}
	if err := yaml.Unmarshal([]byte(readRoot(t, "compose.yaml")), &file); err != nil {
		t.Fatal(err)
	}
	var environ []string
	for name, value := range file.Services["balasan"].Environment {
		value = regexp.MustCompile(`\$\{\w+:-(.*)\}`).ReplaceAllString(value, "$1")
		environ = append(environ, name+"="+value)
	}
	cfg, err := (&program{}).load(console{environ: environ})
	if err != nil || cfg.Redis.URL == "" || cfg.PublicURL == "" {
		t.Errorf("%v: %v, %+v", environ, err, cfg)
	}
	for other := range file.Services["balasan"].DependsOn {
		if _, there := file.Services[other]; !there {
			t.Errorf("%s is not a service", other)
		}
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
