package campaign

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"balasan/moderation"
	"balasan/moderation/rules"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func ties() *Ties {
	return &Ties{
		Links: func(folded string) ([]string, []string) {
			l := rules.FindLinks(folded)
			return l.Hosts, l.Handles
		},
		Own: func(string) []string { return []string{"https://www.desa2.id", "https://desa3.id:8443"} },
	}
}

func comment(body string) moderation.Comment {
	return moderation.Comment{Submission: moderation.Submission{Page: "https://desa.id/1", Body: body}}
}

// tie tells whether two comments, which the judge doubts, come into one campaign.
func tie(a, b moderation.Comment) bool {
	t := ties()
	x := Index{Tying: t}
	x.Join("1", t.Print(a), noon)
	return x.Join("2", t.Print(b), noon.Add(time.Minute)) == "1"
}

func TestWhatTies(t *testing.T) {
	for name, tc := range map[string]struct {
		a, b string
		tied bool
	}{
		"the same text":                       {"ayo main bersama di situs terbaik", "Ayo main bersama, di situs terbaik!!", true},
		"the same text in disguise":           {"ayo main bersama di situs terbaik", "ayo 𝐦𝐚𝐢𝐧 bersama di s1tus terbaik", true},
		"a template with another name":        {"dari awal cobain sampai sekarang tidak pernah menyesal kenal RAJAWIN88", "dari awal cobain sampai sekarang tidak pernah menyesal kenal DEWA777", true},
		"a template with another disguise":    {"udah seminggu main di 𝐏𝐔𝐋𝐀𝐔𝟕𝟕𝟕 dan hasilnya lumayan", "udah seminggu main di A L E X I S 1 7 dan hasilnya lumayan", true},
		"a text with some words changed":      {"kemarin saya coba situs ini dan langsung dapat hadiah besar sekali sumpah", "kemarin saya coba situs ini dan langsung dapat untung besar sekali sumpah", true},
		"the same name in other words":        {"seru sekali di RAJAWIN88 malam ini", "keluarga saya semua ikut R A J A W I N 8 8", true},
		"the same name in disguise":           {"seru sekali di 𝐏𝐔𝐋𝐀𝐔𝐖𝐈𝐍 malam ini", "keluarga saya semua ikut pulauwin", true},
		"the same host in other words":        {"lihat ini dulu ya kawan https://www.obat.xyz/a", "promo besar hari kemerdekaan obat.xyz", true},
		"the same number, however written":    {"butuh dana hubungi 0812-3345-7788 sekarang", "pinjaman cepat wa 6281233457788 tanpa survei", true},
		"the same handle":                     {"gabung grup kami t.me/cuanharian sekarang", "profit tiap hari https://t.me/cuanharian", true},
		"handles of one messenger":            {"gabung grup kami t.me/cuanharian sekarang", "profit tiap hari https://t.me/resepibu", false},
		"a host that everybody links to":      {"lihat video ini https://youtube.com/a lucu", "lagu kesukaan ibu https://m.youtube.com/b", false},
		"the page's own host":                 {"baca juga desa.id/2 tentang jalan", "ada di https://desa.id/3 soal pupuk", false},
		"the site's other host":               {"baca juga desa2.id/2 tentang jalan", "ada di https://desa3.id/3 dan desa2.id soal pupuk", false},
		"two innocents on one subject":        {"jalan di depan rumah saya rusak parah pak", "kapan bantuan untuk petani datang bu", false},
		"a device that many have":             {"saya pakai covid19 test dua kali", "vaksin covid19 sudah tiga kali", false},
		"a year":                              {"piala dunia 2026 seru nanti", "tahun 2026 semoga lebih baik", false},
		"a short greeting":                    {"mantap min", "mantap min", false},
		"long thanks":                         {"terima kasih banyak pak, semoga sehat selalu", "terima kasih banyak pak, semoga sehat selalu", false},
		"long thanks in English":              {"thank you so much for this very helpful article", "thank you so much for this very helpful article", false},
		"a long greeting":                     {"assalamualaikum wr wb selamat pagi semuanya", "assalamualaikum wr wb selamat pagi semuanya", false},
		"laughter":                            {"wkwkwkwkwkwkwk hahahahaha", "wkwkwkwkwkwkwk hahahahaha", false},
		"nothing but emoji":                   {"👍👍👍👍👍👍👍👍👍👍👍👍👍👍", "👍👍👍👍👍👍👍👍👍👍👍👍👍👍", false},
		"thanks in front of one link to sell": {"terima kasih infonya obat.xyz", "makasih kak obat.xyz", true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := tie(comment(tc.a), comment(tc.b)); got != tc.tied {
				t.Errorf("tied %v, want %v: %v and %v", got, tc.tied, ties().Print(comment(tc.a)).Ties, ties().Print(comment(tc.b)).Ties)
			}
		})
	}
}

func TestWhatIsShapedLikeABrand(t *testing.T) {
	for name, want := range map[string]bool{"alexis17": true, "sgi88": true, "pulau777": true, "kusumat0t0": true, "m4xw1n": true,
		"rajatoto": true, "java4d": true, "naga5000": true, "covid19": false, "tahun2026": false, "persib2025": false, "darwin": false,
		"muhammad": false, "download": false, "win": false, "toto": false, "rt03": false, "081234567890": false, "77777": false, "": false,
		"jkt48": false, "mobil2": false, "пулау777": false} {
		if got := isBrand(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}

func TestNameAndWebsiteTie(t *testing.T) {
	a, b := comment("saya setuju dengan pendapat bapak"), comment("jalan di sini memang rusak")
	a.Name, b.Name = "SGI88 resmi", "Daftar 𝐒𝐆𝐈𝟖𝟖"
	if !tie(a, b) {
		t.Error("two senders named after one brand are strangers")
	}
	a.Name, b.Name = "Sari", "Budi"
	a.Website, b.Website = "https://obat.xyz", "https://www.obat.xyz/beli"
	if !tie(a, b) {
		t.Error("two senders with one website are strangers")
	}
}

func TestHonestPeopleShareBits(t *testing.T) {
	a, b := comment("nomor posko banjir 0812 3345 7788 tolong disebarkan"), comment("tadi saya telepon 081233457788 dijawab")
	a.Verdict.Outcome, b.Verdict.Outcome = moderation.Approve, moderation.Approve
	if tie(a, b) {
		t.Error("two likely good comments are tied by a number")
	}
	x, tying := Index{Tying: ties()}, ties()
	for n := range moderation.CommonTie {
		c := comment(fmt.Sprintf("pembaca nomor %d mengutip beritalokal.co.id juga", n*n))
		c.Verdict.Outcome = moderation.Approve
		x.Join(fmt.Sprint(n), tying.Print(c), noon)
	}
	x.Join("8", tying.Print(comment("curiga saya sama beritalokal.co.id")), noon)
	if got := x.Join("9", tying.Print(comment("sumbernya beritalokal.co.id katanya")), noon); got != "9" {
		t.Errorf("a bit that is common property ties to %q", got)
	}
}

func TestTenThousandGreetingsTieNothing(t *testing.T) {
	for _, text := range []string{"mantap min", "Terima kasih banyak infonya min, sangat bermanfaat", "Thanks for sharing, great article!",
		"Innalillahi wa inna ilaihi roji'un, turut berduka cita, semoga husnul khotimah", "Amin ya rabbal alamin"} {
		tying := ties()
		x := Index{Tying: tying}
		for n := range 10_000 {
			id := fmt.Sprintf("%05d", n)
			if got := x.Join(id, tying.Print(comment(text)), noon); got != id {
				t.Fatalf("%q number %s joined %s", text, id, got)
			}
		}
	}
}

func TestOrderOfArrivalDoesNotChangeHowIdenticalTextsGroup(t *testing.T) {
	texts := []string{
		"udah seminggu main di PULAU777 dan hasilnya lumayan banget", "jalan di depan rumah saya rusak parah",
		"udah seminggu main di ALEXIS17 dan hasilnya lumayan banget", "kapan bantuan untuk petani datang",
		"pinjaman cepat hubungi 081233457788 tanpa survei", "mantap min", "harga cabai di pasar naik lagi hari ini",
	}
	tying := ties()
	rapid.Check(t, func(t *rapid.T) {
		sent := rapid.SliceOfN(rapid.IntRange(0, len(texts)-1), 2, 40).Draw(t, "texts")
		var first map[string]string
		for range 3 {
			order := rapid.Permutation(indices(len(sent))).Draw(t, "order")
			x := Index{Tying: tying}
			for _, n := range order {
				x.Join(fmt.Sprintf("%02d", n), tying.Print(comment(texts[sent[n]])), noon)
			}
			grouping := map[string]string{}
			for n := range sent {
				id := fmt.Sprintf("%02d", n)
				grouping[id] = x.Campaign(id)
			}
			if first == nil {
				first = grouping
			}
			if !maps.Equal(first, grouping) {
				t.Fatalf("%v in order %v: %v, before %v", sent, order, grouping, first)
			}
		}
	})
}

func indices(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

func TestMergingKeepsTheOldestID(t *testing.T) {
	tying := ties()
	x := Index{Tying: tying}
	x.Join("3", tying.Print(comment("situs ini luar biasa kata paman saya raja99.xyz")), noon)
	x.Join("5", tying.Print(comment("hubungi nomor 081233457788 untuk daftar sekarang")), noon)
	x.Join("7", tying.Print(comment("hubungi nomor 081233457788 atau buka raja99.xyz")), noon)
	if got := []string{x.Campaign("3"), x.Campaign("5"), x.Campaign("7")}; !slices.Equal(got, []string{"3", "3", "3"}) {
		t.Errorf("campaigns %v", got)
	}
}

func TestTheIndexForgets(t *testing.T) {
	tying := ties()
	spam := tying.Print(comment("udah seminggu main di PULAU777 dan hasilnya lumayan banget"))
	x := Index{Tying: tying, Max: 10}
	x.Join("1", spam, noon)
	x.Join("2", spam, noon.Add(moderation.CampaignSpan-time.Second))
	if got := x.Join("3", spam, noon.Add(moderation.CampaignSpan+time.Second)); got != "1" {
		t.Errorf("a campaign that goes on became %q", got)
	}
	if x.Campaign("1") != "" || x.Campaign("2") != "1" {
		t.Error("members do not expire one by one")
	}
	if got := x.Join("4", spam, noon.Add(3*moderation.CampaignSpan)); got != "4" {
		t.Errorf("after two silent months it joined %q", got)
	}
	for n := range 1000 {
		x.Join(fmt.Sprintf("a%d", n), tying.Print(comment(strings.Repeat(fmt.Sprint("kata", n, " lain", n*7, " "), 8))), noon.Add(3*moderation.CampaignSpan))
	}
	if len(x.members) > 10 || len(x.byID) > 10 || len(x.ties) > 10*40 {
		t.Errorf("%d members, %d ties are remembered", len(x.members), len(x.ties))
	}
}

func FuzzPrint(f *testing.F) {
	f.Add("𝐃 𝐎 𝙍 𝘈 𝟽 7", "https://a.b", "x")
	f.Add("\xff\xf0@$ P͓̽U͓̽L͓̽A͓̽U͓̽7͓̽7͓̽7͓̽", "://", "🅿️🆄🅻🅰️🆄777")
	tying := ties()
	f.Fuzz(func(t *testing.T, body, website, name string) {
		c := comment(body)
		c.Website, c.Name = website, name
		a, b := tying.Print(c), tying.Print(c)
		if !slices.Equal(a.Ties, b.Ties) || a.Sketch != b.Sketch || len(a.Ties) > 2+bands+maxShared {
			t.Errorf("prints %v and %v", a, b)
		}
		seen := map[int64]bool{}
		for _, tie := range a.Ties {
			if seen[tie.Key()] {
				t.Errorf("tie %v twice", tie)
			}
			seen[tie.Key()] = true
		}
	})
}

func BenchmarkLookup(b *testing.B) {
	tying := ties()
	for name, text := range map[string]string{
		"plain":     "Terima kasih pak lurah, jalan di depan sekolah akhirnya diperbaiki setelah tiga tahun kami menunggu, semoga awet",
		"disguised": "udah seminggu main di 𝐏𝐔𝐋𝐀𝐔𝟕𝟕𝟕 dan hasilnya lumayan banget, daftar di t.me/polaharian sekarang juga",
	} {
		b.Run(name, func(b *testing.B) {
			c := comment(text)
			b.ReportAllocs()
			for b.Loop() {
				tying.Lookup(c.Submission)
			}
		})
	}
}
