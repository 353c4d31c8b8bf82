package campaign

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"testing"
	"time"

	"balasan/moderation"
)

// inForce is a register of look-alikes alone.
type inForce struct{ set *moderation.InForce }

func (r inForce) InForce() *moderation.InForce { return r.set }

func (r inForce) SenderMarks(context.Context, string, moderation.Email, netip.Addr) ([]byte, []byte) {
	return nil, nil
}

// refusing refuses what looks like these comments.
func refusing(all ...moderation.Comment) moderation.Doorkeeper {
	tying := ties()
	var prints []moderation.Print
	for _, c := range all {
		prints = append(prints, tying.Print(c))
	}
	l, _ := moderation.LikenessOf(prints)
	kept := moderation.Kept{Likeness: l, Standing: moderation.Standing{ID: "s1", Kind: moderation.RefuseAlike, By: "Sari",
		Sites: []string{moderation.AllSites}, Until: noon.Add(1000 * time.Hour)}}
	return moderation.Doorkeeper{Register: inForce{moderation.NewInForce([]moderation.Kept{kept})}, Tying: tying}
}

func TestWhatLooksAlikeIsRefused(t *testing.T) {
	refused := func(body string) moderation.Comment { return comment(body) }
	door := refusing(
		refused("udah seminggu main di 𝐏𝐔𝐋𝐀𝐔𝟕𝟕𝟕 dan hasilnya lumayan banget, daftar di pulaucuan.xyz sekarang"),
		refused("kemarin saya coba situs ini dan langsung dapat hadiah besar sekali demi apa pun percayalah teman teman"),
		refused("butuh dana cepat hubungi 0812-3345-7788 sekarang juga"))
	likely := func(outcome moderation.Outcome) func(*moderation.Comment) {
		return func(c *moderation.Comment) { c.Verdict.Outcome = outcome }
	}
	for name, tc := range map[string]struct {
		body string
		set  func(*moderation.Comment)
		want bool
	}{
		"the same text":                           {"udah seminggu main di PULAU777 dan hasilnya lumayan banget, daftar di pulaucuan.xyz sekarang", nil, true},
		"the same text that the judge likes":      {"udah seminggu main di PULAU777 dan hasilnya lumayan banget, daftar di pulaucuan.xyz sekarang", likely(moderation.Approve), true},
		"its template with another disguise":      {"udah seminggu main di A L E X I S 1 7 dan hasilnya lumayan banget, daftar di pulaucuan.xyz sekarang", nil, true},
		"a near text in disguise":                 {"kemarin saya 𝐜𝐨𝐛𝐚 situs 1ni dan langsung dapat hadiah b e s a r sekali demi apa pun percayalah teman kalian", nil, true},
		"a near text that the judge likes":        {"kemarin saya coba situs ini dan langsung dapat hadiah besar sekali demi apa pun percayalah teman kalian", likely(moderation.Approve), true},
		"the same host in other words":            {"ayo semua mampir ke pulaucuan.xyz malam ini", nil, true},
		"the same number in other words":          {"pinjaman kilat wa 6281233457788 proses lima menit", nil, true},
		"likely good with the same host":          {"kata berita, pulaucuan.xyz sudah ditutup polisi", likely(moderation.Approve), false},
		"a signal speaks for it, the same host":   {"saya lihat pulaucuan.xyz di mana-mana", func(c *moderation.Comment) { c.Verdict.Signals = []moderation.Signal{{Score: -1}} }, false},
		"an innocent who complains":               {"min tolong hapus komentar udah seminggu main di PULAU777 dan hasilnya lumayan banget, daftar di pulaucuan.xyz sekarang", nil, false},
		"an innocent who quotes":                  {"kok ada yang tulis “kemarin saya coba situs ini dan langsung dapat hadiah besar sekali demi apa pun percayalah teman teman” di berita duka", nil, false},
		"spam in quotation marks and no more":     {"“udah seminggu main di PULAU777 dan hasilnya lumayan banget, daftar di pulaucuan.xyz sekarang”", nil, true},
		"something else that the judge doubts":    {"jalan di depan rumah saya rusak parah pak lurah", nil, false},
		"thanks that tie nothing":                 {"terima kasih banyak infonya min", nil, false},
		"another host and the words around it":    {"ayo semua mampir ke warungbudi.com malam ini", nil, false},
		"a complaint that is the same throughout": {"butuh dana cepat hubungi 0812-3345-7788 sekarang juga", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			c := comment(tc.body)
			c.At, c.Verdict.Outcome = noon, moderation.Hold
			if tc.set != nil {
				tc.set(&c)
			}
			if got := door.Stops(t.Context(), c); (len(got) == 1) != tc.want {
				t.Errorf("stopped: %v, want %v", got, tc.want)
			}
		})
	}
}

func TestAComplaintAmongTheRefusedTeachesNothingBesideItself(t *testing.T) {
	body := "awas penipuan pulaucuan.xyz, tetangga saya kehilangan tabungan gara-gara ajakan mereka"
	door := refusing(comment(body))
	for text, want := range map[string]int{body: 1, body + " kemarin malam": 0, "saya juga pernah dengar pulaucuan.xyz": 0} {
		c := comment(text)
		c.At, c.Verdict.Outcome = noon, moderation.Hold
		if got := door.Stops(t.Context(), c); len(got) != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestTheRestOfAStreamIsRefused settles the first of a stream's spam and lets the rest come, with
// innocents who quote it. BALASAN_SHARED_DATA adds labelled comments.
func TestTheRestOfAStreamIsRefused(t *testing.T) {
	judge, rng := wholeJudge(t), rand.New(rand.NewPCG(8, 8))
	spam := repeated(rng, 1200)
	innocent := append(quotes(rng, spam, 200), madeUpHam(rng, 2000)...)
	if dir := os.Getenv("BALASAN_SHARED_DATA"); dir != "" {
		for _, name := range []string{"comments-dev.tsv", "comments-train.tsv", "ham-reviews.tsv"} {
			ham, _ := labelled(t, dir, name)
			innocent = append(innocent, ham...)
		}
	}
	weighed := func(texts []string) []*sent {
		all := mixed(texts, nil)
		for _, c := range all {
			c.Verdict = judge.Weigh(moderation.Case{Submission: c.Submission}, moderation.DefaultPolicy())
		}
		return all
	}
	var refused []moderation.Comment
	stream := weighed(spam)
	for _, c := range stream[:200] {
		refused = append(refused, c.Comment)
	}
	door := refusing(refused...)
	stopped := func(all []*sent) (n int, example string) {
		for _, c := range all {
			c.At = noon
			if len(door.Stops(t.Context(), c.Comment)) > 0 {
				n, example = n+1, c.Body
			}
		}
		return n, example
	}
	rest, _ := stopped(stream[200:])
	good, example := stopped(weighed(innocent))
	t.Logf("%d of the other %d spam stopped; %d of %d innocents", rest, len(stream)-200, good, len(innocent))
	if rest*100 < 95*(len(stream)-200) {
		t.Errorf("only %d of %d are stopped", rest, len(stream)-200)
	}
	if good > 0 {
		t.Errorf("%d innocents are stopped: %q", good, example)
	}
}

// BenchmarkStops asks for a submission that nothing stops, and for one that a look-alike does.
func BenchmarkStops(b *testing.B) {
	rng := rand.New(rand.NewPCG(3, 3))
	var kept []moderation.Kept
	tying := ties()
	for n := range 100 {
		var prints []moderation.Print
		for _, text := range repeated(rng, 100) {
			prints = append(prints, tying.Print(comment(text+fmt.Sprintf(" nomor %d urut%dwin", n, n))))
		}
		l, _ := moderation.LikenessOf(prints)
		kept = append(kept, moderation.Kept{Likeness: l, Standing: moderation.Standing{ID: fmt.Sprint(n), Kind: moderation.RefuseAlike,
			Sites: []string{moderation.AllSites}, Until: noon.Add(time.Hour)}})
	}
	innocent := comment("Terima kasih pak lurah, jalan di depan sekolah akhirnya diperbaiki setelah tiga tahun kami menunggu, semoga awet")
	near := comment(repeated(rng, 1)[0] + " hari ini juga")
	innocent.At, near.At = noon, noon
	for name, standing := range map[string][]moderation.Kept{"none": nil, "100": kept} {
		door := moderation.Doorkeeper{Register: inForce{moderation.NewInForce(standing)}, Tying: tying}
		for what, c := range map[string]moderation.Comment{"innocent": innocent, "near": near} {
			b.Run(name+"/"+what, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					door.Stops(b.Context(), c)
				}
			})
		}
	}
}
