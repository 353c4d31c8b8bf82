package campaign

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"balasan/moderation/fold"
)

// word is one word of a text.
type word struct {
	text  string // in the class channel
	brand string // how a brand ties, whatever its disguise; empty for an ordinary word
	plain string // a brand as a person reads it
}

// reader finds the words of a text. It serves one goroutine at a time.
type reader struct {
	text  fold.Text
	one   fold.Text // a word on its own
	words []word
}

// read folds a text and finds its words; single letters in a row are one word.
func (r *reader) read(s string) {
	r.text.Reset(s)
	r.words = r.words[:0]
	folded := r.text.Channel(fold.Fold)
	disguised := r.text.Disguise()
	var spelt []byte
	flush := func() {
		if len(spelt) > 0 {
			r.add(string(spelt), false)
			spelt = spelt[:0]
		}
	}
	for start := 0; start < len(folded); {
		c, size := utf8.DecodeRuneInString(folded[start:])
		if !inWord(c) {
			start += size
			continue
		}
		end := start + strings.IndexFunc(folded[start:], func(c rune) bool { return !inWord(c) && c != '@' && c != '$' })
		if end < start {
			end = len(folded)
		}
		if end == start+1 {
			spelt = append(spelt, folded[start])
		} else {
			flush()
			r.add(strings.TrimRight(folded[start:end], "@$"), disguised.Inside() && r.disguised(start, end))
		}
		start = end
	}
	flush()
}

func inWord(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }

// disguised tells whether the bytes of the fold come from a word in disguise.
func (r *reader) disguised(start, end int) bool {
	from, to := r.text.Span(fold.Fold, start, end)
	for _, m := range r.text.Disguise().Spans() {
		if m.Kind != fold.Leet && m.Kind != fold.Spaced && m.From < to && from < m.To {
			return true
		}
	}
	return false
}

func (r *reader) add(folded string, disguised bool) {
	r.one.Reset(folded)
	w := word{text: strings.Clone(r.one.Channel(fold.Class))}
	if isBrand(folded) || disguised && utf8.RuneCountInString(folded) >= 5 {
		w.brand, w.plain = squashed(w.text), strings.Clone(folded)
	}
	r.words = append(r.words, w)
}

// squashed is how a brand ties whether it is spelt with spaces or not.
func squashed(class string) string { return fold.Term(fold.Squash, class) }

// isBrand tells alexis17, sgi88, pulau777, kusumat0t0 and rajatoto from what people write.
func isBrand(folded string) bool {
	letters, signs := len(folded), false // letters is where the digits at the end begin
	for i := range len(folded) {
		switch c := folded[i]; {
		case c >= 'a' && c <= 'z':
			letters = len(folded)
		case c >= '0' && c <= '9':
			letters, signs = min(letters, i), true
		case c == '@' || c == '$':
			letters, signs = len(folded), true
		default:
			return false
		}
	}
	name, digits := folded[:letters], folded[letters:]
	if len(folded) < 5 || name == "" || everyday[name] {
		return false
	}
	if strings.HasSuffix(folded, "4d") {
		return true
	}
	if len(digits) >= 2 && len(digits) <= 4 {
		year := len(digits) == 4 && (digits[:2] == "19" || digits[:2] == "20")
		return len(name) >= 3 && !year
	}
	if signs {
		folded = leet.Replace(folded)
	}
	for _, ending := range brandEndings {
		if len(folded) >= len(ending)+3 && strings.HasSuffix(folded, ending) {
			return true
		}
	}
	return false
}

var (
	leet         = strings.NewReplacer("0", "o", "1", "i", "3", "e", "4", "a", "@", "a", "5", "s", "$", "s", "7", "t")
	brandEndings = []string{"toto", "slot", "hoki", "togel", "bet", "win", "gacor", "poker"}
	everyday     = set(`tgl tanggal jam menit hari bulan tahun thn umur usia kelas part eps episode vol bab hal halaman
		nomor num pasal ayat covid iphone ipad galaxy note redmi vivo oppo realme poco infinix gen generasi angkatan season
		top route jalan blok gang lantai rute sma smp sdn smk smpn sman smkn pkl pukul seri type tipe rtx gtx nmax vario jkt
		piala juz surah persib psm boeing airbus windows win harga rupiah umur kode min skor level lvl ronde chapter menit
		darwin baldwin godwin erwin alphabet alfabet sorbet diabet timeslot`)
)

func set(words string) map[string]bool {
	all := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		all[w] = true
	}
	return all
}
