package learn

import (
	"math/rand/v2"
	"strings"
)

var (
	brandStarts = strings.Fields(`raja dewa mega royal lucky naga macan indo bola sultan ratu hoki jaya cuan
		mawar pelangi bintang dragon gold king super mpo sbo qq warung kakek nenek surya lapak koin mahjong
		zeus olympus petir rtp slot judi poker domino togel spin bos panen kaya untung rejeki gemilang
		tiger wolf eagle lion phoenix samurai ninja planet kota istana menara pintu gerbang kuda ayam ikan
		vegas monaco macau tokyo osaka dubai paris nusa bali jawa bandar agen emas perak berlian safir ruby
		luna nova delta omega alpha sigma vip pro max ultra hyper turbo sakti sakura bambu teratai melati`)
	brandEnds = strings.Fields(`toto bet 4d 88 77 99 777 888 138 303 168 328 69 55 33 slot win hoki jp play gaming
		qq poker togel asia 5000 1000 369 178 123 365 league club vip gacor cuan sport 4d 88 77 toto bet win`)
	syllables = strings.Fields(`ba be bi bo bu da de di do du ga ge gi go gu ha hi ho ja ji jo ju ka ke ki ko ku la le li lo
		lu ma me mi mo mu na ne ni no nu pa pe pi po pu ra re ri ro ru sa se si so su ta te ti to tu wa wi wo ya yo zu xa xi ve vi`)
)

// inventBrand makes up the name of a gambling site: the trainer puts it where a real one
// stood, so that the weights learn the company that such names keep.
func inventBrand(rng *rand.Rand) string {
	var b strings.Builder
	if rng.IntN(2) == 0 {
		b.WriteString(pick(rng, brandStarts))
	} else {
		for range 1 + rng.IntN(3) {
			b.WriteString(pick(rng, syllables))
		}
		if rng.IntN(3) == 0 {
			b.WriteByte("nrstkmg"[rng.IntN(7)])
		}
	}
	b.WriteString(pick(rng, brandEnds))
	return b.String()
}

// inventNick makes up a word that innocents write and that looks like a brand.
func inventNick(rng *rand.Rand) string {
	switch rng.IntN(4) {
	case 0:
		return pick(rng, nicks)
	case 1:
		return pick(rng, syllables) + pick(rng, syllables) + pick(rng, []string{"", "n", "s", "22", "07", "99", "123", "2005"})
	case 2:
		return string(rune('a'+rng.IntN(26))) + string(rune('0'+rng.IntN(10))) + string(rune('0'+rng.IntN(10)))
	default:
		return pick(rng, syllables) + pick(rng, syllables) + pick(rng, syllables)
	}
}

var nicks = strings.Fields(`rtx4090 a52s s24 iphone15 st12 bts sma1 mp3 4k 1080p 5g covid19 piala2026 rx580 ps5 gt86 l300 cb150r
	nmax155 vario125 redmi12 note10 j2prime poco x5 i5 ryzen7 h2o b12 g20 rp50 km10 rw05 rt03 u23 u17 u20 g30s pm25 2pac
	akmj cod aov mlbb ff pubg dn21 gen-z k24 mu78 jkt48 ak47 f16 su35 boeing737 a380 mh370 ipad2 win11`)

func pick(rng *rand.Rand, of []string) string { return of[rng.IntN(len(of))] }

// casing writes a brand as people do.
func casing(rng *rand.Rand, s string) string {
	switch rng.IntN(4) {
	case 0, 1:
		return strings.ToUpper(s)
	case 2:
		return strings.ToUpper(s[:1]) + s[1:]
	default:
		return s
	}
}
