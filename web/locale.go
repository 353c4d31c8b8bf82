package web

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
	"github.com/gofiber/fiber/v2"
)

//go:embed locales/*.yaml
var localeFiles embed.FS

// languages lists what every text exists in; the first is spoken when nothing else is asked for.
var languages = []string{"id", "en"}

// texts are all sentences by language and key. A file is named [part.]language.yaml.
var texts = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	names, _ := fs.Glob(localeFiles, "locales/*.yaml")
	for _, name := range names {
		stem := strings.TrimSuffix(path.Base(name), ".yaml")
		lang := stem[strings.LastIndexByte(stem, '.')+1:]
		if all[lang] == nil {
			all[lang] = map[string]string{}
		}
		raw, err := localeFiles.ReadFile(name)
		lines := map[string]string{}
		if err == nil {
			err = yaml.UnmarshalWithOptions(raw, &lines, yaml.Strict())
		}
		if err != nil {
			panic(fmt.Sprintf("read %s: %v", name, err)) // embedded: only a test can meet it
		}
		maps.Copy(all[lang], lines)
	}
	return all
})

// tr is the sentence for key, with args put in as fmt.Sprintf does. A missing one shows its key.
func tr(lang, key string, args ...any) string {
	text, ok := lookup(lang, key)
	if !ok {
		return key
	}
	if len(args) > 0 {
		return fmt.Sprintf(text, args...)
	}
	return text
}

func lookup(lang, key string) (string, bool) {
	text, ok := texts()[lang][key]
	return text, ok
}

// language is what the reader asked for: by ?lang=, else by Accept-Language, else Indonesian.
func language(c *fiber.Ctx) string {
	return languageOr(c, languages[0])
}

// languageOr falls back to a site's own language instead.
func languageOr(c *fiber.Ctx, fallback string) string {
	asked := string(c.Request().URI().QueryArgs().Peek("lang"))
	for _, lang := range languages {
		if asked == lang {
			return lang
		}
	}
	for tag := range strings.SplitSeq(c.Get(fiber.HeaderAcceptLanguage), ",") {
		tag, _, _ = strings.Cut(strings.TrimSpace(tag), ";")
		primary, _, _ := strings.Cut(strings.ToLower(tag), "-")
		for _, lang := range languages {
			if primary == lang || primary == "in" && lang == "id" {
				return lang
			}
		}
	}
	return fallback
}
