// Bundle builds what browsers get from the sources beside it: `go run ./web/client/bundle`
// writes web/assets, which is committed, so that building the program needs no more than Go.
// Every .ts, .css and .svg directly in web/client is an entry point.
package main

import (
	"bytes"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	sources := flag.String("from", "web/client", "folder of the sources")
	assets := flag.String("to", "web/assets", "folder of the built files")
	flag.Parse()
	if err := run(*sources, *assets); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run replaces what an earlier run built; frozen versions lie deeper and stay.
func run(sources, assets string) error {
	files, err := build(sources)
	if err != nil {
		return err
	}
	old, _ := filepath.Glob(filepath.Join(assets, "*.*"))
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	for name, raw := range files {
		if err := os.WriteFile(filepath.Join(assets, name), raw, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// build gives the content of every file of web/assets by name, the manifest included.
func build(sources string) (map[string][]byte, error) {
	files := map[string][]byte{}
	manifest := map[string]built{}
	for _, entry := range entries(sources) {
		raw, err := read(entry)
		if err != nil {
			return nil, err
		}
		name := strings.Replace(filepath.Base(entry), ".ts", ".js", 1)
		b := describe(name, raw)
		files[b.File], manifest[name] = raw, b
	}
	raw, err := json.MarshalIndent(manifest, "", "  ")
	files["manifest.json"] = append(raw, '\n')
	return files, err
}

func entries(sources string) (all []string) {
	for _, pattern := range []string{"*.ts", "*.css", "*.svg"} {
		found, _ := filepath.Glob(filepath.Join(sources, pattern))
		all = append(all, found...)
	}
	return all
}

// read bundles a script or a style and takes a picture as it is.
func read(entry string) ([]byte, error) {
	if filepath.Ext(entry) == ".svg" {
		return os.ReadFile(entry)
	}
	return bundle(entry)
}

// built is one line of the manifest.
type built struct {
	File string `json:"file"`
	SRI  string `json:"sri"`
}

func describe(name string, raw []byte) built {
	sum := sha512.Sum384(raw)
	stem, ext, _ := strings.Cut(name, ".")
	return built{
		File: stem + "." + hex.EncodeToString(sum[:6]) + "." + ext,
		SRI:  "sha384-" + base64.StdEncoding.EncodeToString(sum[:]),
	}
}

func bundle(entry string) ([]byte, error) {
	absolute, err := filepath.Abs(entry)
	if err != nil {
		return nil, err
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:       []string{absolute},
		AbsWorkingDir:     filepath.Dir(absolute), // the bundle must not depend on where the checkout lies
		Bundle:            true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		LegalComments:     api.LegalCommentsNone,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		Charset:           api.CharsetUTF8,
		Outdir:            "/",
		Write:             false,
	})
	if len(result.Errors) > 0 {
		text := api.FormatMessages(result.Errors, api.FormatMessagesOptions{})
		return nil, errors.New(strings.Join(text, "\n"))
	}
	return bytes.TrimSpace(result.OutputFiles[0].Contents), nil
}
