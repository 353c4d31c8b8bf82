package rules_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"balasan/moderation"
	"balasan/moderation/rules"
)

// comment is a case like most: a signed form, a minute of typing.
func comment(body string) moderation.Case {
	return moderation.Case{Submission: moderation.Submission{Name: "Sari", Body: body, Addr: netip.MustParseAddr("203.0.113.9"),
		Form: moderation.Form{Signed: true, Age: time.Minute}, At: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}}
}

func must(t testing.TB, yaml string) *rules.Set {
	t.Helper()
	set, err := load(yaml)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func hits(o moderation.Opinion) string {
	var ids []string
	for _, s := range o.Signals {
		ids = append(ids, s.Rule)
	}
	return strings.Join(ids, " ")
}

func TestConditions(t *testing.T) {
	const lists = `
lists:
  words: {file: lists/words.txt}
  brands: {terms: [sgi88, "pulau win", "*4d"], match: class-word}
  hosts: {terms: [jahat.example, icu], match: domain}
  nets: {terms: [203.0.113.0/24], match: cidr}
`
	for name, tc := range map[string]struct {
		rule string
		c    moderation.Case
		want bool
	}{
		"a whole word of a list":                {`match: {body: "@words"}`, comment("Slot, kosong"), true},
		"not a part of a word":                  {`match: {body: "@words"}`, comment("slotting gacornya"), false},
		"a disguised word":                      {`match: {body: "@words"}`, comment("main 𝙎𝙇𝙊𝙏 yuk"), true},
		"leet only in class-word":               {`match: {body: "@words"}`, comment("g4c0r"), false},
		"class-word in parentheses":             {`match: {body (class-word): "@words"}`, comment("g4c0r"), true},
		"letters with spaces":                   {`match: {body: "@brands"}`, comment("⭐ S G I 8 8 ⭐"), true},
		"a phrase over punctuation":             {`match: {body: "nice blog thanks"}`, comment("Nice blog!!! Thanks"), true},
		"an apostrophe is nothing":              {`match: {body: "I've been"}`, comment("i’ve been there"), true},
		"one of several phrases":                {`match: {body: [satu kata, dua kata]}`, comment("ada dua kata"), true},
		"a star stands for letters":             {`match: {body: "gacor*"}`, comment("gacornya burung"), true},
		"a star stands for at least one letter": {`match: {body: "gacor*"}`, comment("gacor"), false},
		"another field does not count":          {`match: {name: "@words"}`, comment("slot"), false},
		"several fields":                        {`match: {body+name: "sari"}`, comment("halo"), true},
		"alternatives":                          {`match: {body: "{slot|togel} {gacor|}"}`, comment("togel gacor"), true},
		"an empty alternative":                  {`match: {body: "{slot|togel} {gacor|}"}`, comment("slot saja"), true},
		"none of the alternatives":              {`match: {body: "{slot|togel} gacor"}`, comment("slot saja"), false},
		"negated":                               {`match: {~body: "@words"}`, comment("halo"), true},
		"negated and there":                     {`match: {~body: "@words"}`, comment("slot"), false},
		"a host of the text":                    {`match: {body: "@hosts"}`, comment("https://www.jahat.example/x"), true},
		"a host below it":                       {`match: {body: "@hosts"}`, comment("https://promo.jahat.example/x"), true},
		"not a host that merely ends so":        {`match: {body: "@hosts"}`, comment("https://takjahat.example/x"), false},
		"an ending":                             {`match: {body: "@hosts"}`, comment("https://a.icu/x"), true},
		"the sender's network":                  {`match: {sender.network: "@nets"}`, comment("x"), true},
		"a pattern":                             {`match: {body (regex): 'slot\s+\d+'}`, comment("SLOT  12"), true},
		"a host of mixed scripts":               {`match: {links.mixed: ">= 1"}`, comment("https://pаypal.example/x"), true},
		"a host of one script":                  {`match: {links.mixed: ">= 1"}`, comment("https://paypal.example/x"), false},
		"one address in two markups":            {`match: {links.repeated: ">= 2"}`, comment(`<a href="https://a.example/x">a</a> [url=https://a.example/x/]a[/url]`), true},
		"two addresses in two markups":          {`match: {links.repeated: ">= 2"}`, comment(`<a href="https://a.example/x">a</a> [url=https://b.example/x]b[/url]`), false},
		"a number":                              {`match: {links.count: ">= 1"}`, comment("https://a.example"), true},
		"a time":                                {`match: {form.age: "< 5s"}`, comment("x"), false},
		"two conditions must both hold":         {`match: {body: "@words", links.count: ">= 1"}`, comment("slot"), false},
		"hits counts different terms":           {`if: 'hits("words") >= 2'`, comment("slot slot slot"), false},
		"hits counts two":                       {`if: 'hits("words") >= 2'`, comment("slot gacor"), true},
		"match and if must both hold":           {"match: {body: \"@words\"}\n    if: 'form.signed == false'", comment("slot"), false},
		"a condition on hosts":                  {`if: 'any(links.hosts, # endsWith ".example")'`, comment("https://a.example"), true},
		"a day that is over":                    {"expires: 2026-11-22\n    match: {body: x}", comment("x"), false},
		"the last day counts":                   {"expires: 2026-11-23\n    match: {body: x}", comment("x"), true},
		"a rule that is off":                    {"status: off\n    match: {body: x}", comment("x"), false},
		"a draft":                               {"status: draft\n    match: {body: x}", comment("x"), false},
		"a shadow is told":                      {"status: shadow\n    match: {body: x}", comment("x"), true},
	} {
		t.Run(name, func(t *testing.T) {
			set := must(t, "version: 1\n"+lists+"rules:\n  - id: a\n    score: 1\n    "+tc.rule+"\n")
			if got := hits(set.Weigh(tc.c)) == "a"; got != tc.want {
				t.Errorf("%s on %q: %v, want %v", tc.rule, tc.c.Submission.Body, got, tc.want)
			}
		})
	}
}

func TestALongListFindsItsLastTerm(t *testing.T) {
	few, many := wordList(100), wordList(10_000)
	if a, b := len(few.Weigh(comment("kata00007 biasa")).Signals), len(many.Weigh(comment("kata09999 biasa")).Signals); a != 1 || b != 1 {
		t.Errorf("signals %d and %d, want one each", a, b)
	}
}

// wordList is a set with one list of that many made-up words.
func wordList(n int) *rules.Set {
	var list strings.Builder
	for i := range n {
		fmt.Fprintf(&list, "kata%05d\n", i)
	}
	set, err := rules.Load(fstest.MapFS{"l.txt": {Data: []byte(list.String())}, "rules/a.yaml": {Data: []byte(
		"version: 1\nlists: {w: {file: l.txt, match: class-word}}\nrules:\n  - {id: a, match: {body: \"@w\"}, score: 1}\n")}})
	if err != nil {
		panic(err)
	}
	return set
}

const usual = "Terima kasih infonya pak, semoga jalan ke pasar segera diperbaiki sebelum musim hujan datang lagi, kasihan warga yang lewat."

func BenchmarkTerms(b *testing.B) {
	for _, n := range []int{100, 1000, 10_000} {
		set, c := wordList(n), comment(usual)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				set.Weigh(c)
			}
		})
	}
}

func BenchmarkShipped(b *testing.B) {
	set := shipped(b)
	for name, c := range map[string]moderation.Case{"plain": comment(usual), "disguised": comment("Setiap spin di 𝐌𝐀𝐌𝐀𝐉𝐈𝐓𝐔 tuh kayak plot twist, gabung di M A W A R 8 8!")} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				set.Weigh(c)
			}
		})
	}
}

func BenchmarkHundredRules(b *testing.B) {
	var yaml strings.Builder
	yaml.WriteString("version: 1\nlists: {w: {file: lists/words.txt}}\nrules:\n")
	for i := range 100 {
		cond := "match: {body: \"@w\", links.count: \">= 1\"}"
		if i%4 == 0 {
			cond = "if: 'links.count > 2 && sender.approved == 0 && form.age < duration(\"5s\")'"
		}
		fmt.Fprintf(&yaml, "  - {id: r%d, score: 1, %s}\n", i, cond)
	}
	set, c := must(b, yaml.String()), comment(usual)
	for b.Loop() {
		set.Weigh(c)
	}
}

func TestASignalPointsIntoTheOriginal(t *testing.T) {
	set := must(t, `version: 1
groups: {judol: {max: 8}}
rules:
  - id: judol.brand
    match: {body (class-word): sgi88}
    score: 6
    group: judol
    action: hold
    reason: {id: "Situs “{{match}}”", en: "Site “{{match}}”"}
`)
	body := "main di 𝙎𝙂𝙄88 aja"
	opinion := set.Weigh(comment(body))
	got := opinion.Signals[0]
	start := strings.Index(body, "𝙎")
	want := moderation.Signal{Rule: "judol.brand", Score: 6, Group: "judol", Force: moderation.Hold, Term: "sgi88",
		Spans:  []moderation.Span{{Field: moderation.FieldBody, Start: start, End: start + len("𝙎𝙂𝙄88")}},
		Reason: moderation.Text{ID: "Situs “𝙎𝙂𝙄88 = sgi88”", EN: "Site “𝙎𝙂𝙄88 = sgi88”"}}
	if !reflect.DeepEqual(got, want) || opinion.Caps["judol"] != 8 || opinion.Version != set.Fingerprint() {
		t.Errorf("got  %+v %v\nwant %+v", got, opinion.Caps, want)
	}
}

func TestStyleAloneIsNeverSpam(t *testing.T) {
	judge := moderation.Judge{Rules: shipped(t)}
	for _, body := range []string{
		"𝓼𝓮𝓵𝓪𝓶𝓪𝓽 𝓾𝓵𝓪𝓷𝓰 𝓽𝓪𝓱𝓾𝓷 𝓴𝓪𝓴, 𝓼𝓮𝓶𝓸𝓰𝓪 𝓼𝓮𝓱𝓪𝓽 𝓼𝓮𝓵𝓪𝓵𝓾",
		"𝐊𝐨𝐧𝐭𝐞𝐧 𝐲𝐚𝐧𝐠 𝐛𝐚𝐠𝐮𝐬 𝐬𝐞𝐤𝐚𝐥𝐢, 𝐭𝐞𝐫𝐢𝐦𝐚 𝐤𝐚𝐬𝐢𝐡 𝐛𝐚𝐧𝐲𝐚𝐤",
		"ini 𝓫𝓮𝓻𝓲𝓽𝓪 paling sedih tahun ini",
		"ꦱꦸꦒꦼꦁ ꦫꦮꦸꦃ", "senyum² terus", "S E L A M A T",
	} {
		if v := judge.Weigh(comment(body), moderation.DefaultPolicy()); v.Outcome == moderation.Spam {
			t.Errorf("%q is spam: %v", body, v.Signals)
		}
	}
}

func TestInnocentsAreLikelyGood(t *testing.T) {
	judge := moderation.Judge{Rules: shipped(t)}
	for _, body := range []string{
		"Slot Timur sedang banjir", "Gacornya burung kenari pak", "warga menolak judi slot di kampung kita",
		"Terima kasih infonya, sangat membantu warga.", "Dasar bodoh, kerja tidak becus!", "Alhamdulillah rezeki anak saleh",
		"Great post! We had the same flood in 2014 and nobody helped.", "Thanks for sharing, my grandmother grew up there.",
		"Saya lahir tahun 1988 di kelas10 SMA", "Harganya 25.000 saja.Murah sekali",
	} {
		if v := judge.Weigh(comment(body), moderation.DefaultPolicy()); v.Outcome != moderation.Approve {
			t.Errorf("%q: %s %.1f %s", body, v.Outcome, v.Score, hits(moderation.Opinion{Signals: v.Signals}))
		}
	}
}

func TestABrokenSetNeverReplacesAGoodOne(t *testing.T) {
	var live rules.Live
	live.Swap(must(t, "version: 1\nrules:\n  - {id: a, match: {body: x}, score: 1}\n"))
	broken, err := load("version: 1\nrules:\n  - {id: a}\n")
	if err == nil {
		t.Fatal("the broken file was loaded")
	}
	live.Swap(broken)
	if got := hits(live.Weigh(comment("x"))); got != "a" {
		t.Errorf("signals %q, want those of the good set", got)
	}
}

func TestAChangeLiesOverAShippedRule(t *testing.T) {
	set := must(t, "version: 1\nrules:\n  - {id: a, match: {body: x}, score: 1}\nchange:\n  a: {status: shadow, score: 4}\n")
	if s := set.Weigh(comment("x")).Signals[0]; !s.Shadow || s.Score != 4 {
		t.Errorf("got %+v", s)
	}
}

func TestTheFingerprintNamesFilesAndLists(t *testing.T) {
	files := fstest.MapFS{"rules/a.yaml": {Data: []byte("version: 1\nlists: {w: {file: w.txt}}\n")}, "w.txt": {Data: []byte("satu")}}
	first, _ := rules.Load(files)
	again, _ := rules.Load(files)
	files["w.txt"] = &fstest.MapFile{Data: []byte("dua")}
	other, _ := rules.Load(files)
	if first.Fingerprint() != again.Fingerprint() || first.Fingerprint() == other.Fingerprint() {
		t.Errorf("%s, again %s, other list %s", first.Fingerprint(), again.Fingerprint(), other.Fingerprint())
	}
}

func TestAddingASpamTermNeverLowersAScore(t *testing.T) {
	words := []string{"slot", "gacor", "main", "rumah", "𝙎𝙂𝙄88", "g4c0r", "di", "warga"}
	rapid.Check(t, func(t *rapid.T) {
		terms := rapid.SliceOfNDistinct(rapid.SampledFrom(words), 1, 6, rapid.ID[string]).Draw(t, "terms")
		body := strings.Join(rapid.SliceOf(rapid.SampledFrom(words)).Draw(t, "body"), " ")
		if score(t, terms[:len(terms)-1], body) > score(t, terms, body) {
			t.Errorf("%q weighs less once %q is on the list", body, terms[len(terms)-1])
		}
	})
}

func score(t *rapid.T, terms []string, body string) float64 {
	list := "warga-x"
	if len(terms) > 0 {
		list += ", " + strings.Join(terms, ", ")
	}
	set, err := load(fmt.Sprintf("version: 1\ngroups: {g: {max: 5}}\nlists: {w: {match: class-word, terms: [%s]}}\nrules:\n"+
		"  - {id: a, match: {body: \"@w\"}, score: 3, group: g}\n  - {id: b, if: 'hits(\"w\") > 1', score: 3, group: g}\n", list))
	if err != nil {
		t.Fatal(err)
	}
	return moderation.Judge{Rules: set}.Weigh(comment(body), moderation.DefaultPolicy()).Score
}

func TestLinks(t *testing.T) {
	for text, want := range map[string]string{
		"https://a.example/x dan https://a.example/y": "2 a.example",
		"www.contoh.co.id":                            "1 contoh.co.id",
		"lihat contoh.com, ya":                        "1 contoh.com",
		"bagus.terima kasih":                          "0 ",
		"1.500.000 rupiah":                            "0 ",
		"warga@desa.com":                              "0 ",
		"contoh (dot) com":                            "1 contoh.com",
		"hubungi t.me/promo_kita":                     "1 t.me tg:promo_kita",
		"wa 0812-3456-7890":                           "0  wa:6281234567890",
		"wa.me/6281234567890":                         "1 wa.me wa:6281234567890",
		"[url=https://a.example]x[/url]":              "1 a.example",
		"....":                                        "0 ",
	} {
		l := rules.FindLinks(text)
		got := strings.TrimSuffix(fmt.Sprint(l.Count, " ", strings.Join(l.Hosts, ","), " ", strings.Join(l.Handles, ",")), " ")
		if strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzWeigh(f *testing.F) {
	f.Add("main di 𝙎𝙂𝙄88 aja https://a.example 0812-3456-7890", "Sari")
	f.Add("contoh (dot) com. .x ://.", "\xff")
	set := shipped(f)
	f.Fuzz(func(t *testing.T, body, name string) {
		c := comment(body)
		c.Submission.Name = name
		for _, s := range set.Weigh(c).Signals {
			for _, span := range s.Spans {
				text := map[moderation.Field]string{moderation.FieldBody: body, moderation.FieldName: name}[span.Field]
				if span.Start < 0 || span.Start >= span.End || span.End > len(text) {
					t.Errorf("%s: span %+v of %d bytes", s.Rule, span, len(text))
				}
			}
		}
	})
}

func TestADisguiseIsPointedAt(t *testing.T) {
	set := must(t, "version: 1\nrules:\n  - {id: a, match: {text.disguise: \">= 3\"}, score: 4}\n")
	body := "ini 𝓫𝓮𝓻𝓲𝓽𝓪 sedih"
	want := []moderation.Span{{Field: moderation.FieldBody, Start: 4, End: 4 + len("𝓫𝓮𝓻𝓲𝓽𝓪")}}
	if got := set.Weigh(comment(body)).Signals[0].Spans; !reflect.DeepEqual(got, want) {
		t.Errorf("spans %v, want %v", got, want)
	}
}

func TestALinkIsPointedAt(t *testing.T) {
	set := must(t, "version: 1\nrules:\n  - {id: a, match: {links.count: \">= 1\"}, score: 2}\n")
	want := []moderation.Span{{Field: moderation.FieldBody, Start: 5, End: 24}}
	if got := set.Weigh(comment("Baca https://a.example/x ya")).Signals[0].Spans; !reflect.DeepEqual(got, want) {
		t.Errorf("spans %v, want %v", got, want)
	}
}

func TestAListedHostIsPointedAt(t *testing.T) {
	set := must(t, "version: 1\nlists: {bad: {match: domain, terms: [jahat.example]}}\nrules:\n  - {id: a, match: {body: \"@bad\"}, score: 2}\n")
	want := []moderation.Span{{Field: moderation.FieldBody, Start: 4, End: 31}}
	if got := set.Weigh(comment("cek https://www.jahat.example/x ya")).Signals[0].Spans; !reflect.DeepEqual(got, want) {
		t.Errorf("spans %v, want %v", got, want)
	}
}
