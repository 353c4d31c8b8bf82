package moderation

import (
	"testing"
	"time"
)

func TestADigestComesWhenItWasAskedFor(t *testing.T) {
	quiet := func(s string) (q Quiet) {
		if err := q.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		return q
	}
	for name, test := range map[string]struct {
		cadence Cadence
		at      string
		quiet   string
		zone    string
		now     string // in the zone
		want    string
	}{
		"later today":                  {Daily, "07:00", "", "Asia/Jakarta", "2026-11-25 06:59", "2026-11-25 07:00"},
		"tomorrow":                     {Daily, "07:00", "", "Asia/Jakarta", "2026-11-25 07:00", "2026-11-26 07:00"},
		"in the middle of the country": {Daily, "07:00", "", "Asia/Makassar", "2026-11-25 23:30", "2026-11-26 07:00"},
		"in the east":                  {Daily, "00:00", "", "Asia/Jayapura", "2026-12-31 23:59", "2027-01-01 00:00"},
		"by the clock on the wall, summer time begins": {Daily, "07:00", "", "Europe/Amsterdam", "2026-03-28 12:00", "2026-03-29 07:00"},
		"by the clock on the wall, summer time ends":   {Daily, "07:00", "", "Europe/Amsterdam", "2026-10-24 12:00", "2026-10-25 07:00"},
		"a time within quiet hours":                    {Daily, "05:00", "21:00-06:00", "Asia/Jakarta", "2026-11-25 12:00", "2026-11-26 06:00"},
		"every hour":                                   {Hourly, "07:00", "", "Asia/Jakarta", "2026-11-25 12:34", "2026-11-25 13:00"},
		"every hour, on the hour":                      {Hourly, "07:00", "", "Asia/Jakarta", "2026-11-25 13:00", "2026-11-25 14:00"},
		"every hour, before night":                     {Hourly, "07:00", "21:00-06:30", "Asia/Jakarta", "2026-11-25 20:10", "2026-11-26 06:30"},
		"every hour, after midnight":                   {Hourly, "07:00", "21:00-06:30", "Asia/Jakarta", "2026-11-26 02:10", "2026-11-26 06:30"},
		"every hour, quiet over summer time":           {Hourly, "07:00", "22:00-06:00", "Europe/Amsterdam", "2026-03-28 23:10", "2026-03-29 06:00"},
	} {
		t.Run(name, func(t *testing.T) {
			zone, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			at, err := ParseClock(test.at)
			if err != nil {
				t.Fatal(err)
			}
			now, _ := time.ParseInLocation("2006-01-02 15:04", test.now, zone)
			d := Digest{Cadence: test.cadence, At: at, Quiet: quiet(test.quiet), Zone: test.zone}
			if got := d.Next(now.UTC()).In(zone).Format("2006-01-02 15:04"); got != test.want {
				t.Errorf("next at %s, want %s", got, test.want)
			}
		})
	}
}

func TestADigestTellsOnlyOfSitesThatItsEditorReads(t *testing.T) {
	owner := Editor{Roles: map[string]Role{AllSites: Owner}}
	redact := Editor{Roles: map[string]Role{"desa": Redact, "kota": Viewer}}
	nobody := Editor{}
	for name, test := range map[string]struct {
		editor Editor
		sites  []string
		want   int // -1 is all
	}{
		"an owner, all":          {owner, nil, -1},
		"an owner, some":         {owner, []string{"desa"}, 1},
		"an editor, all":         {redact, nil, 2},
		"an editor, some":        {redact, []string{"kota", "lain"}, 1},
		"an editor, another's":   {redact, []string{"lain"}, 0},
		"whose roles were taken": {nobody, []string{"desa"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			sites, all := Digest{Sites: test.sites}.Within(test.editor)
			if all != (test.want < 0) || !all && len(sites) != test.want {
				t.Errorf("got %v %v", sites, all)
			}
		})
	}
}
