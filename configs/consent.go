package configs

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"balasan/moderation"
)

// Consent is what visitors of some sites agree to when they send a comment, in both languages. It is a
// box to tick unless Required says otherwise.
type Consent struct {
	Sites    []string `yaml:"sites"`
	ID       string   `yaml:"id" kind:"wording"`
	EN       string   `yaml:"en" kind:"wording"`
	Required bool     `yaml:"required"`
}

// Askings is the same in the core's words.
func (c Config) Askings() *moderation.Askings {
	all := &moderation.Askings{Own: map[string]moderation.Asking{}}
	for _, one := range c.Consent {
		asking := moderation.Asking{Required: one.Required,
			Wordings: []moderation.Wording{moderation.NewWording("id", one.ID), moderation.NewWording("en", one.EN)}}
		if len(one.Sites) == 0 {
			all.Others = asking
		}
		for _, site := range one.Sites {
			all.Own[site] = asking
		}
	}
	return all
}

func wording(s string) error {
	forbidden := func(r rune) bool { return unicode.IsControl(r) && !strings.ContainsRune("\r\n\t", r) }
	switch {
	case strings.TrimSpace(s) == "":
		return errors.New("must not be empty")
	case utf8.RuneCountInString(s) > moderation.MaxWording:
		return fmt.Errorf("must have at most %d characters", moderation.MaxWording)
	case strings.ContainsFunc(s, forbidden):
		return errors.New("must be plain text without control characters")
	}
	return nil
}

// consent finds what is wrong with wordings as a whole and says that a box is required where nothing
// else was said.
func (r *reader) consent(all []Consent) {
	taken := map[string]string{} // by site; the empty one is all others
	for i := range all {
		c, path := &all[i], item("consent", i)
		for _, language := range []string{"id", "en"} {
			if _, written := r.places[join(path, language)]; !written {
				r.faults = append(r.faults, r.places[path].saying(quoted(join(path, language))+" is needed: visitors read one of both languages"))
			}
		}
		if _, written := r.places[join(path, "required")]; !written {
			c.Required = true
		}
		sites := slices.Clone(c.Sites)
		if len(sites) == 0 {
			sites = []string{""}
		}
		for _, site := range sites {
			if before, twice := taken[site]; twice {
				who := "site " + site
				if site == "" {
					who = "every site that has none of its own"
				}
				r.faults = append(r.faults, r.places[path].saying(quoted(path)+" is for "+who+", as is "+before))
			}
			taken[site] = quoted(path)
		}
	}
}
