package campaign

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"balasan/configs"
	"balasan/moderation"
	"balasan/moderation/fold"
	"balasan/moderation/learn"
	"balasan/moderation/rules"
)

// screen is how many members of a campaign an editor sees at once, and how many likely good
// singles are approved in one strip.
const screen = 20

// TestStream settles streams as an editor would who never errs about what they read: a campaign
// with one decision, after a look at its first screen of members, and the next one as long as
// there was an innocent to take out, which is one more decision each; other comments one by one,
// likely good ones in strips of a screen. Everything waits.
// BALASAN_SHARED_DATA names a folder of labelled comments (see the docs); without it the ham is
// made up.
func TestStream(t *testing.T) {
	judge := wholeJudge(t)
	dir := os.Getenv("BALASAN_SHARED_DATA")
	ham, spam := labelled(t, dir, "comments-dev.tsv")
	reviews, _ := labelled(t, dir, "ham-reviews.tsv")
	if dir == "" {
		ham = madeUpHam(rand.New(rand.NewPCG(5, 5)), 2000)
	}
	ham = append(ham, reviews...)
	t.Run("repeated templates", func(t *testing.T) {
		got := settle(judge, mixed(repeated(rand.New(rand.NewPCG(7, 7)), 2000), ham[:min(len(ham), 2000)]))
		t.Log(got)
		if got.per100() > 8 || got.lost > 0 {
			t.Error("the aims are 8 decisions per 100 pending and no good comment lost")
		}
	})
	t.Run("innocents who quote the spam", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(8, 8))
		sent := repeated(rng, 2000)
		got := settle(judge, mixed(sent, append(quotes(rng, sent, 40), ham[:min(len(ham), 1960)]...)))
		t.Log(got)
		if got.lost > 0 {
			t.Error("a good comment is lost")
		}
	})
	if dir == "" {
		return
	}
	t.Run("comments as they came", func(t *testing.T) {
		t.Log(settle(judge, mixed(spam, ham[:min(len(ham), 3700)])))
	})
	t.Run("honest readers alone", func(t *testing.T) {
		more, _ := labelled(t, dir, "comments-train.tsv")
		stream := mixed(nil, append(more, ham...))
		all, byText := 0, 0
		for bits, n := range map[bool]*int{true: &all, false: &byText} {
			campaigns, _ := gathered(judge, stream, bits)
			for _, members := range campaigns {
				*n += len(members)
			}
		}
		t.Logf("%d of %d comments are tied to another, %d of them by a shared bit alone", all, len(stream), all-byText)
	})
}

func wholeJudge(t *testing.T) moderation.Judge {
	t.Helper()
	set, err := rules.Load(configs.RuleFiles(""))
	if err != nil {
		t.Fatal(err)
	}
	prior, err := learn.Prior()
	if err != nil {
		t.Fatal(err)
	}
	return moderation.Judge{Rules: set, Model: prior}
}

// labelled reads the ham and spam of a file; nothing without a folder.
func labelled(t *testing.T, dir, name string) (ham, spam []string) {
	t.Helper()
	if dir == "" {
		return nil, nil
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := learn.ReadRows(name, f)
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		if row.Spam {
			spam = append(spam, row.Text)
		} else {
			ham = append(ham, row.Text)
		}
	}
	return ham, spam
}

// sent is a comment of a stream and what it is.
type sent struct {
	moderation.Comment
	spam  bool
	print moderation.Print
	into  string
}

// mixed shuffles both kinds into one stream of senders with names and networks of their own.
func mixed(spam, ham []string) []*sent {
	rng := rand.New(rand.NewPCG(9, 9))
	var all []*sent
	add := func(texts []string, spam bool) {
		for _, text := range texts {
			s := &sent{spam: spam, Comment: comment(text)}
			s.Name = pick(rng, strings.Fields("Sari Budi Dewi Agus Rina Joko Putri Andi Wati Eko Fitri Dian Yanto Lina Bayu"))
			s.Addr = netip.AddrFrom4([4]byte{10, byte(rng.IntN(250)), byte(rng.IntN(250)), byte(1 + rng.IntN(250))})
			s.Page = fmt.Sprintf("https://desa.id/berita/%d", rng.IntN(60))
			all = append(all, s)
		}
	}
	add(spam, true)
	add(ham, false)
	rng.Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
	for n, s := range all {
		s.ID, s.At = fmt.Sprintf("%06d", n), noon.Add(time.Duration(n)*time.Minute)
	}
	return all
}

// settled is what settling a stream took.
type settled struct {
	pending, spam, decisions, campaigns, grouped int
	apart                                        int // members that the editor saw and took out
	lost                                         int // innocents whom the editor did not see
	slipped                                      int // spam in campaigns of innocents that was not seen
	hamTied                                      int // innocents in campaigns of whatever kind
}

func (s settled) per100() float64 { return 100 * float64(s.decisions) / float64(s.pending) }

func (s settled) String() string {
	return fmt.Sprintf("%d pending, %d of them spam: %.1f decisions per 100 pending, %d good comments lost; "+
		"%d campaigns of %d comments, %d innocents among them, %d taken out, %d spam approved",
		s.pending, s.spam, s.per100(), s.lost, s.campaigns, s.grouped, s.hamTied, s.apart, s.slipped)
}

func settle(judge moderation.Judge, stream []*sent) (s settled) {
	campaigns, singles := gathered(judge, stream, true)
	s.pending = len(stream)
	for _, c := range stream {
		s.spam += one(c.spam)
	}
	for _, members := range campaigns {
		s.campaigns++
		s.grouped += len(members)
		s.decide(members)
	}
	strip, good := 0, 0
	for _, c := range singles {
		if c.Verdict.Level() != moderation.LikelyGood || c.spam {
			s.decisions++
		} else if good++; good%screen == 1 {
			strip++
		}
	}
	s.decisions += strip
	return s
}

// gathered joins the stream as the store does, with shared bits or without; the least alike come
// first in each campaign.
func gathered(judge moderation.Judge, stream []*sent, bits bool) (campaigns map[string][]*sent, singles []*sent) {
	tying := ties()
	x := Index{Tying: tying, Max: 1 << 20}
	for _, c := range stream {
		c.Verdict = judge.Weigh(moderation.Case{Submission: c.Submission}, moderation.DefaultPolicy())
		c.print = tying.Print(c.Comment)
		if !bits {
			c.print.Ties = slices.DeleteFunc(c.print.Ties, func(t moderation.Tie) bool { return t.Kind.Shared() })
		}
		x.Join(c.ID, c.print, c.At)
	}
	campaigns = map[string][]*sent{}
	for _, c := range stream {
		c.into = x.Campaign(c.ID)
		campaigns[c.into] = append(campaigns[c.into], c)
	}
	for id, members := range campaigns {
		if len(members) == 1 {
			singles = append(singles, members...)
			delete(campaigns, id)
			continue
		}
		slices.SortStableFunc(members, func(a, b *sent) int { return cmp.Compare(x.Place(a.ID), x.Place(b.ID)) })
	}
	return campaigns, singles
}

// decide settles one campaign as what most of it is.
func (s *settled) decide(members []*sent) {
	s.decisions++
	spam := 0
	for _, m := range members {
		spam += one(m.spam)
	}
	s.hamTied += len(members) - spam
	main := 2*spam >= len(members)
	seen := screen
	for place, m := range members {
		switch {
		case m.spam == main:
		case place < seen:
			s.decisions++
			s.apart++
			seen = (place/screen + 2) * screen
		default:
			s.lost += one(!m.spam)
			s.slipped += one(m.spam)
		}
	}
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func pick[T any](rng *rand.Rand, of []T) T { return of[rng.IntN(len(of))] }

// repeated writes n comments after a few templates, with other brands, names and disguises.
func repeated(rng *rand.Rand, n int) []string {
	var all []string
	for range n {
		text := strings.ReplaceAll(pick(rng, spamTemplates), "NAMA", pick(rng, strings.Fields("Rizal Tono Maya Hendra Indah Asep")))
		all = append(all, strings.ReplaceAll(text, "BRAND", disguise(rng, pick(rng, brandNames))))
	}
	return all
}

// quotes are innocents who quote what they complain about.
func quotes(rng *rand.Rand, spam []string, n int) []string {
	var all []string
	for range n {
		all = append(all, pick(rng, []string{"min tolong dihapus komentar seperti ini: “%s” ganggu sekali", "“%s” hati-hati semua, ini penipuan, tetangga saya korban",
			"kok ada yang tulis “%s” di berita duka, tidak sopan"}))
		all[len(all)-1] = fmt.Sprintf(all[len(all)-1], pick(rng, spam))
	}
	return all
}

// disguise dresses a name as spammers do.
func disguise(rng *rand.Rand, name string) string {
	shift := func(upper, digit rune) string {
		return strings.Map(func(c rune) rune {
			switch {
			case c >= 'A' && c <= 'Z':
				return c - 'A' + upper
			case c >= '0' && c <= '9' && digit != 0:
				return c - '0' + digit
			}
			return c
		}, name)
	}
	switch rng.IntN(8) {
	case 0:
		return shift('𝐀', '𝟎')
	case 1:
		return shift('Ａ', '０')
	case 2:
		return shift('🅰', 0)
	case 3:
		return strings.Join(strings.Split(name, ""), " ")
	case 4:
		return strings.Join(strings.Split(name, ""), "\u0489") + "\u0489"
	case 5:
		return strings.NewReplacer("A", "А", "O", "О", "E", "Е").Replace(name)
	case 6:
		return strings.ToLower(name)
	default:
		return name
	}
}

var brandNames = strings.Fields("PULAU777 ALEXIS17 SGI88 DORA77 RAJATOTO KAISAR99 MEGAWIN138 LUNASLOT BINTANG303 ASIAHOKI JAVA4D NAGA5000")

// spamTemplates are made up after the manner of the real ones.
var spamTemplates = []string{
	"Dari sekian banyak yang saya coba cuma BRAND yang benar-benar bikin betah tiap malam",
	"Awalnya iseng diajak NAMA ke BRAND, sekarang cicilan motor sudah lunas semua",
	"Kalau lagi suntuk pulang kerja larinya pasti ke BRAND, hiburannya tidak ada lawan",
	"Semalam modal receh di BRAND pulang-pulang bisa beli ponsel baru buat istri",
	"Baru gabung BRAND seminggu tapi pelayanannya cepat dan tidak ribet sama sekali",
	"Terima kasih BRAND, hari ini saya bisa traktir satu kantor makan siang",
	"NAMA bilang BRAND itu jujur, ternyata memang benar langsung cair tanpa potongan",
	"Jangan ngaku pemburu cuan kalau belum pernah mampir ke BRAND malam hari",
	"Tidur nyenyak sejak kenal BRAND karena penghasilan tambahan masuk terus",
	"Butuh dana cepat tanpa survei hubungi 0812-3345-7788 atas nama NAMA proses lima menit",
	"Grup bocoran pola hari ini ada di t.me/polaharian gabung gratis bersama NAMA",
	"Obat kuat herbal asli kirim seluruh kota pesan di https://herbalkuat.example.xyz sekarang",
}

// madeUpHam writes n honest comments of words that belong to one place and season.
func madeUpHam(rng *rand.Rand, n int) []string {
	words := strings.Fields(`jalan balai sawah pupuk lampu jembatan sekolah pasar panen hujan banjir sungai warga lurah bidan petani
		angkot guru kakek tetangga pemuda anggaran beras cabai ikan kolam mangga kebun pagar listrik air sumur posyandu
		lapangan bola ronda karang taruna lebaran sapi kambing ayam bebek motor parkir warung kopi gotong royong rapat
		desa kecamatan kabupaten bupati bantuan dana surat tanah sertifikat pajak obat puskesmas dokter perawat ambulans
		rusak bagus lama cepat mahal murah bersih kotor gelap terang sepi ramai jauh dekat kemarin besok nanti dulu
		sudah belum pernah selalu jarang mungkin harus boleh jangan tolong mohon kapan mengapa bagaimana siapa berapa`)
	var all []string
	for range n {
		text := make([]string, 5+rng.IntN(12))
		for i := range text {
			text[i] = pick(rng, words)
		}
		all = append(all, strings.Join(text, " "))
	}
	return all
}

func TestTheStreamsDisguisesCanBeUndone(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		if name := disguise(rng, "RAJATOTO"); fold.Term(fold.Squash, name) != fold.Term(fold.Squash, "RAJATOTO") {
			t.Errorf("%q reads %q", name, fold.Term(fold.Squash, name))
		}
	}
}
