package moderation

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestASearchIsReadAsItIsMeant(t *testing.T) {
	for text, want := range map[string]Search{
		"":                               {},
		"  slot   Gacor ":                {Words: []string{"slot", "gacor"}},
		`"slot gacor" name:"Pak Budi"`:   {Words: []string{"slot gacor"}, Names: []string{"pak budi"}},
		"site:desa page:banjir":          {Sites: []string{"desa"}, Pages: []string{"banjir"}},
		"Domain:Raja.xyz rule:judol.":    {Domains: []string{"raja.xyz"}, Rules: []string{"judol."}},
		"reason:tautan":                  {Reasons: []string{"tautan"}},
		"https://raja.xyz/daftar":        {Words: []string{"https://raja.xyz/daftar"}},
		"network:192.0.2.7":              {Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
		"network:192.0.2.0/24":           {Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
		"network:2001:db8:1:2::/64":      {Networks: []netip.Prefix{netip.MustParsePrefix("2001:db8:1::/48")}},
		"network:::ffff:192.0.2.7":       {Networks: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
		"age:>2d age:<3w":                {Older: 48 * time.Hour, Younger: 21 * 24 * time.Hour},
		"age:<3h age:<90m age:>1m":       {Older: time.Minute, Younger: 90 * time.Minute},
		`pukul 10:30 "site:desa" umur:3`: {Words: []string{"pukul", "10:30", "site:desa", "umur:3"}},
	} {
		got, err := ParseSearch(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want)
		}
		if got.IsZero() != (text == "") {
			t.Errorf("%q is zero: %v", text, got.IsZero())
		}
	}
}

func TestAFaultyQueryIsToldAsAFaultOfItsField(t *testing.T) {
	for text, want := range map[string]FieldFault{
		`"slot`:                       {"q", FaultFormat, 0},
		"name:":                       {"q", FaultFormat, 0},
		`name:""`:                     {"q", FaultFormat, 0},
		"age:2d":                      {"q", FaultFormat, 0},
		"age:>":                       {"q", FaultFormat, 0},
		"age:>d":                      {"q", FaultFormat, 0},
		"age:>0d":                     {"q", FaultFormat, 0},
		"age:>2y":                     {"q", FaultFormat, 0},
		"age:>99999999999d":           {"q", FaultFormat, 0},
		"network:rumah":               {"q", FaultFormat, 0},
		"network:fe80::1%eth0":        {"q", FaultFormat, 0},
		"network:10.0.0.0/8":          {"q", FaultUnknown, 24},
		"network:2001:db8::/32":       {"q", FaultUnknown, 48},
		"a\x00b":                      {"q", FaultForbidden, 0},
		strings.Repeat("a ", 13):      {"q", FaultTooLong, MaxSearchTerms},
		strings.Repeat("panjang", 99): {"q", FaultTooLong, MaxSearch},
	} {
		_, err := ParseSearch(text)
		p, ok := err.(*Problem)
		if !ok || p.Code != Invalid || len(p.Fields) != 1 || p.Fields[0] != want {
			t.Errorf("%q: %v, want %+v", text, err, want)
		}
	}
}

func TestASearchMatches(t *testing.T) {
	c := Comment{Verdict: Verdict{Signals: []Signal{{Rule: "judol.brand", Term: "slot", Reason: Text{ID: "Menyebut situs judi", EN: "Names a gambling site"}}}},
		Submission: Submission{Name: "Pak Budi", Body: "Main di 𝐒𝐋𝟎𝐓 lewat https://m.Raja.xyz/daftar, bukan maharaja.net.id. ba.idba.id", Website: "https://blog.contoh.id",
			Page: "https://desa.id/banjir", PageTitle: "Banjir surut"}}
	reads := strings.NewReplacer("𝐒𝐋𝟎𝐓", "slot").Replace
	for text, want := range map[string]bool{
		"MAIN lewat": true, "main pulsa": false, "budi": true, "slot": true, "name:budi": true, "name:raja": false,
		"page:surut": true, "page:desa.id": true, "page:kota": false, "rule:judol.": true, "rule:tautan": false,
		"reason:judi": true, "reason:gambling": true, "reason:slot": true, "reason:pinjaman": false,
		"domain:raja.xyz": true, "domain:m.raja.xyz": true, "domain:aja.xyz": false, "domain:raja.net.id": false,
		"domain:contoh.id": true, "domain:blog.contoh.id": true, "domain:maharaja.net.id": true, "domain:maharaja.net": false,
		"domain:ba.id": false,
	} {
		s, err := ParseSearch(text)
		if err != nil || s.Matches(c, reads) != want {
			t.Errorf("%q: %v, %v", text, !want, err)
		}
	}
	s, _ := ParseSearch("slot")
	if s.Matches(c, nil) {
		t.Error("a disguise is undone by nobody")
	}
}

func FuzzParseSearch(f *testing.F) {
	for _, seed := range []string{`slot "a b" site:desa`, "age:>2d network:10.0.0.1", `name:"`, "age:", "domain:a.b rule:x reason:\u202e", "network:::1/128"} {
		f.Add(seed)
	}
	c := Comment{Submission: Submission{Name: "a", Body: "site:desa a.b"}}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := ParseSearch(text)
		if err != nil {
			if p, ok := err.(*Problem); !ok || p.Code != Invalid || len(p.Fields) != 1 || p.Fields[0].Field != "q" {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		s.Matches(c, strings.ToLower)
		if s.IsZero() != (strings.TrimSpace(text) == "") {
			t.Errorf("%q is read as %+v", text, s)
		}
	})
}
