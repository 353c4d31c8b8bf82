package configs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"balasan/moderation"
)

func TestWordingsAreReadSiteBySite(t *testing.T) {
	c, faults := load(t, `consent:
  - id: |
      Saya setuju.
      Baca https://desa.example.id/privasi
    en: I agree.
  - {sites: [desa, kota], id: Dengan mengirim Anda setuju., en: By sending you agree., required: false}
`)
	if faults != "" {
		t.Fatal(faults)
	}
	all := c.Askings()
	if a := all.Of("lain"); !a.Required || a.Wordings[0] != moderation.NewWording("id", "Saya setuju.\nBaca https://desa.example.id/privasi") || a.Wordings[1].Text != "I agree." {
		t.Errorf("other sites: %+v", a)
	}
	for _, site := range []string{"desa", "kota"} {
		if a := all.Of(site); a.Required || a.Wordings[0].Text != "Dengan mengirim Anda setuju." {
			t.Errorf("%s: %+v", site, a)
		}
	}
	if c, _ := load(t, "policy: {mode: hold}\n"); len(c.Askings().Of("desa").Wordings) != 0 {
		t.Error("something is asked by itself")
	}
}

func TestFaultsOfWordingsAreToldWithTheirLines(t *testing.T) {
	_, faults := load(t, `consent:
  - {id: Saya setuju.}
  - id: ""
    en: "I \x07 agree."
    requird: true
  - {sites: [desa], id: a, en: b}
  - {sites: [desa], id: `+strings.Repeat("a", 2001)+`, en: b, required: maybe}
`, "BALASAN_CONSENT=x")
	for _, want := range []string{
		`my.yaml:2:5: "consent[0].en" is needed`,
		`my.yaml:3:9: "consent[1].id" must not be empty`,
		`my.yaml:4:9: "consent[1].en" must be plain text`,
		`my.yaml:5:5: there is no setting "consent[1].requird"; did you mean "consent[1].required"?`,
		`"consent[1]" is for every site that has none of its own, as is "consent[0]"`,
		`"consent[3]" is for site desa, as is "consent[2]"`,
		`"consent[3].id" must have at most 2000 characters`,
		`"consent[3].required" must be true or false`,
		`BALASAN_CONSENT: is a list of groups`,
	} {
		if !strings.Contains(faults, want) {
			t.Errorf("no %s", want)
		}
	}
	if t.Failed() {
		t.Log(faults)
	}
}

func TestShownWordingsSayWhetherABoxIsRequired(t *testing.T) {
	path := filepath.Join(t.TempDir(), "my.yaml")
	text := "consent:\n  - {id: Setuju., en: Agreed.}\n  - {sites: [desa], id: Setuju., en: Agreed., required: false}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	shown, err := Show(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "\n" + `consent: [{id: "Setuju.", en: "Agreed.", required: true}, {sites: ["desa"], id: "Setuju.", en: "Agreed.", required: false}]  # `; !strings.Contains(shown, want) {
		t.Errorf("no line %s in %s", want, shown)
	}
}
