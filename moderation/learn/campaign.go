package learn

import (
	"slices"
	"strings"

	"balasan/moderation/fold"
)

// TieKind says what two submissions share.
type TieKind uint8

const (
	TieText   TieKind = iota + 1 // the same text after folding
	TieNear                      // one band of the min-hash; verify with Print.Near
	TieHost                      // a link to the same host
	TieHandle                    // the same Telegram or social handle
	TieNumber                    // the same telephone number
	TieBrand                     // the same brand-like name
)

// Tie is one thing that a submission shares with others; equal ties tie. It fits an index of
// a database as (kind, hash).
type Tie struct {
	Kind TieKind
	Hash uint64
}

const (
	permutations = 48
	bandRows     = 3  // 16 bands of 3: texts with half their word pairs in common meet in one at 88 %
	tieLetters   = 12 // letters and digits below which a text ties to nothing
	tieBrand     = 5  // the same for a name
	tieNumber    = 9  // digits of a telephone number
)

// Sketch is a min-hash (Broder, 1997) of a text's word pairs, names masked: the share of equal
// places estimates the share of common pairs.
type Sketch [permutations]uint32

// Near tells whether two texts have at least half of their word pairs in common.
func (a *Sketch) Near(b *Sketch) bool {
	equal := 0
	for i := range a {
		if a[i] == b[i] {
			equal++
		}
	}
	return 2*equal >= permutations
}

// Print is all that ties a submission to a campaign.
type Print struct {
	Ties   []Tie // in a fixed order, each once
	Sketch Sketch
}

// Prints takes prints of submissions. Like a reader it serves one goroutine.
type Prints struct{ read reader }

// NewPrints uses the model's knowledge of ordinary words to tell names from them.
func NewPrints(m *Model) *Prints { return &Prints{reader{known: m.known}} }

// Take finds what could tie a text. Short texts, greetings and thanks tie to nothing by their
// words; a link, a handle, a number or a name still ties. Hosts are those of its links, as a
// browser would visit them.
func (p *Prints) Take(text string, hosts []string) Print {
	r := &p.read
	r.read(text)
	var out Print
	add := func(kind TieKind, h uint64) {
		if t := (Tie{kind, h}); !slices.Contains(out.Ties, t) {
			out.Ties = append(out.Ties, t)
		}
	}
	if !polite(r.words) {
		if digest := r.text.Digest(); digest != 0 {
			add(TieText, digest)
		}
		if out.Sketch.fill(r.words) {
			for band := range permutations / bandRows {
				add(TieNear, out.Sketch.band(band))
			}
		}
	}
	for _, host := range hosts {
		if host = strings.TrimPrefix(strings.ToLower(host), "www."); host != "" && !common[host] {
			add(TieHost, hash64(host))
		}
	}
	p.handles(add)
	for i := range r.words {
		switch w := &r.words[i]; {
		case w.letters == 0 && w.digits >= tieNumber:
			add(TieNumber, hash64(w.text[len(w.text)-tieNumber:]))
		case w.brandish() && len(w.text) >= tieBrand:
			add(TieBrand, hash64(fold.Term(fold.Squash, w.text)))
		}
	}
	return out
}

// handles finds names behind an @ and after t.me or wa.me.
func (p *Prints) handles(add func(TieKind, uint64)) {
	words, text := p.read.words, p.read.text.Channel(fold.Fold)
	for i := range words {
		w := &words[i]
		switch {
		case w.start > 0 && text[w.start-1] == '@' && (w.start == 1 || text[w.start-2] == ' ') && len(w.text) >= 5:
			add(TieHandle, hash64(w.text))
		case i >= 2 && words[i-1].text == "me" && words[i-2].text == "t":
			add(TieHandle, hash64(w.text))
		}
	}
}

// polite tells whether a text is too short or too common to mean anything when repeated.
func polite(words []word) bool {
	letters, plain := 0, true
	for i := range words {
		letters += words[i].letters + words[i].digits
		plain = plain && (words[i].symbol || courtesy[words[i].text])
	}
	return letters < tieLetters || plain
}

var courtesy = setOf(`terima kasih makasih trims thanks thank you very much so selamat pagi siang sore malam semua
	semuanya hadir absen nyimak mantap keren bagus sip oke ok amin aamiin alhamdulillah min admin pak bu bang kak mas
	mbak gan om tante banget sekali banyak sehat selalu sukses terus salam dari good nice great post article job morning
	hello hi halo assalamualaikum waalaikumsalam wr wb wow cool love it this ya yaa dan and the for sharing info infonya
	beritanya lanjut lanjutkan semangat semoga bermanfaat ditunggu happy birthday ulang tahun idul fitri tahun baru`)

var common = setOf(`youtube.com youtu.be m.youtube.com facebook.com instagram.com twitter.com x.com tiktok.com
	google.com wikipedia.org id.wikipedia.org en.wikipedia.org detik.com kompas.com github.com whatsapp.com`)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// fill sketches the pairs of neighbouring words; false where a text has too few of them.
func (s *Sketch) fill(words []word) bool {
	for i := range s {
		s[i] = ^uint32(0)
	}
	prev, pairs := uint32(0), 0
	for i := range words {
		if words[i].symbol {
			continue
		}
		m := words[i].plain()
		if words[i].brandish() {
			m = maskBrand
		}
		if prev != 0 {
			s.put(mix(prev, m))
			pairs++
		}
		prev = m
	}
	return pairs >= 3
}

func (s *Sketch) put(pair uint32) {
	for i := range s {
		s[i] = min(s[i], mix(pair, uint32(i)*0x9E3779B1+1))
	}
}

func (s *Sketch) band(n int) uint64 {
	h := uint64(n + 1)
	for _, v := range s[n*bandRows : (n+1)*bandRows] {
		h = (h ^ uint64(v)) * prime64
	}
	return h ^ h>>29
}

func hash64(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
