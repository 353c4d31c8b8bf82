// Command gen writes table.go of the fold room from x/text's NFKC, confusables.txt and own.txt.
package main

import (
	"bufio"
	"bytes"
	_ "embed"
	"fmt"
	"go/format"
	"log"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/unicode/norm"
	"golang.org/x/text/unicode/runenames"
)

const (
	pageBits = 6
	limit    = 0x2FA40 // above it stand no letters that NFKC changes
)

//go:embed confusables.txt
var confusables string

//go:embed own.txt
var own string

func main() {
	log.SetFlags(0)
	look, strict := lookalikes()
	g := generator{look: look, strict: strict, places: map[string]int{}, actions: map[uint32]uint16{0: 0}, list: []uint32{0}}
	src, err := format.Source(g.write())
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("table.go", src, 0o644); err != nil {
		log.Fatal(err)
	}
}

// lookalikes reads both source files; own.txt wins.
func lookalikes() (look map[rune]byte, strict map[rune]bool) {
	look, strict = map[rune]byte{}, map[rune]bool{}
	for line := range strings.Lines(confusables) {
		if code, rest, ok := strings.Cut(line, " ; "); ok && line[0] != '#' {
			r, err := strconv.ParseUint(code, 16, 32)
			if err != nil {
				log.Fatal(err)
			}
			look[rune(r)], strict[rune(r)] = lower(rest[0]), true
		}
	}
	for s := bufio.NewScanner(strings.NewReader(own)); s.Scan(); {
		if strings.HasPrefix(s.Text(), "#") {
			continue
		}
		for _, r := range s.Text()[1:] {
			if r != ' ' {
				look[r] = s.Text()[0]
			}
		}
	}
	named(look)
	for _, r := range slices.Sorted(maps.Keys(look)) { // a letter and its other case are read alike, or neither is
		for _, other := range []rune{unicode.ToLower(r), unicode.ToUpper(r)} {
			if _, ok := look[other]; !ok && other >= 0x80 {
				look[other] = look[r]
			}
		}
	}
	return look, strict
}

var (
	letterName = regexp.MustCompile(`^(?:LATIN LETTER SMALL CAPITAL|(?:CROSSED )?NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER) ([A-Z])$`)
	digitName  = regexp.MustCompile(`^DINGBAT (?:NEGATIVE )?CIRCLED (?:SANS-SERIF )?(?:DIGIT|NUMBER) (\w+)$|^(?:DOUBLE CIRCLED|SEGMENTED) DIGIT (\w+)$|^NEGATIVE CIRCLED DIGIT (\w+)$`)
	digits     = map[string]byte{"ZERO": '0', "ONE": '1', "TWO": '2', "THREE": '3', "FOUR": '4', "FIVE": '5', "SIX": '6', "SEVEN": '7', "EIGHT": '8', "NINE": '9'}
)

// named adds the letters and digits whose Unicode name says what they are drawn as.
func named(look map[rune]byte) {
	for r := rune(0x80); r < limit; r++ {
		name := runenames.Name(r)
		if m := letterName.FindStringSubmatch(name); m != nil {
			look[r] = lower(m[1][0])
		}
		if m := digitName.FindStringSubmatch(name); m != nil {
			if d := digits[m[1]+m[2]+m[3]]; d != 0 {
				look[r] = d
			}
		}
		if unicode.Is(unicode.Nd, r) {
			look[r] = byte('0' + digitValue(r))
		}
	}
}

// digitValue counts down to the zero of the digit's script: digits stand in rows of ten.
func digitValue(r rune) int {
	for name, n := 0, r; ; n-- {
		if strings.HasSuffix(runenames.Name(n), "DIGIT ZERO") || name == 9 {
			return name
		}
		name++
	}
}

func lower(c byte) byte { return byte(unicode.ToLower(rune(c))) }

type generator struct {
	look    map[rune]byte
	strict  map[rune]bool // the keys of look that are from the confusables
	places  map[string]int
	data    []byte
	actions map[uint32]uint16
	list    []uint32
}

// action packs what happens to r; see entry in lookup.go for the bits.
func (g *generator) action(r rune) uint32 {
	switch {
	case r < 0x80 || !utf8.ValidRune(r):
		return 0
	case stripped(r):
		return 1 << 30
	}
	kept := g.settle(r)
	style := styleOf(r, kept)
	script := group([]rune(norm.NFKC.String(string(r)))[0])
	a := uint32(style)<<26 | uint32(script)<<22
	if inside, outside := strings.ContainsFunc(kept, inWords), strings.ContainsFunc(kept, outsideWords); inside && outside {
		kept = " " + strings.TrimSpace(kept) + " " // ½ and its like are words of their own
	} else if inside {
		a |= 1 << 29
	}
	if c := g.twin(r); c != 0 && conditional(script) {
		if !g.faithful(r) {
			a |= 1 << 25
		}
		return a | 1<<31 | uint32(len(kept))<<16 | uint32(g.place(kept+string(rune(c))))
	}
	if kept == string(r) {
		return a
	}
	return a | uint32(len(kept))<<16 | uint32(g.place(kept))
}

// faithful says whether the confusables know r, or its other case, as a lookalike.
func (g *generator) faithful(r rune) bool {
	n := bare([]rune(norm.NFKC.String(string(r)))[0])
	return g.strict[n] || g.strict[unicode.ToLower(n)] || g.strict[unicode.ToUpper(n)]
}

func inWords(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.Mc) }

func outsideWords(r rune) bool { return !inWords(r) }

// twin is the ASCII letter that r, or what NFKC makes of it, looks like.
func (g *generator) twin(r rune) byte {
	n := []rune(norm.NFKC.String(string(r)))
	if len(n) != 1 || !unicode.IsLetter(n[0]) {
		return 0
	}
	if c := g.look[n[0]]; c != 0 {
		return c
	}
	if c := g.look[bare(n[0])]; c != 0 {
		return c
	}
	return g.look[unicode.ToLower(bare(n[0]))]
}

// settle is r after NFKC, stripped of marks, in lower case, with the lookalikes that need no
// context, until nothing changes any more: that makes folding idempotent.
func (g *generator) settle(r rune) string {
	s := string(r)
	for range 4 {
		var b strings.Builder
		for _, n := range norm.NFKC.String(s) {
			n = bare(n)
			if c := g.look[n]; c != 0 && n >= 0x80 && !conditional(group(n)) {
				n = rune(c)
			}
			if n = unicode.ToLower(n); !stripped(n) {
				b.WriteRune(n)
			}
		}
		s = b.String()
	}
	if len(s) == 3 && s[0] == '(' && s[2] == ')' && r != '(' {
		return s[1:2] // ⒮⒧⒪⒯ is read as a word
	}
	return s
}

// bare takes the accents off a Latin, Greek or Cyrillic letter.
func bare(r rune) rune {
	if !unicode.In(r, unicode.Latin, unicode.Greek, unicode.Cyrillic) {
		return r
	}
	d := []rune(norm.NFD.String(string(r)))
	for _, m := range d[1:] {
		if !unicode.In(m, unicode.Mn, unicode.Me) {
			return r
		}
	}
	return d[0]
}

var visible = map[rune]bool{0x600: true, 0x601: true, 0x602: true, 0x603: true, 0x604: true, 0x605: true,
	0x6DD: true, 0x70F: true, 0x890: true, 0x891: true, 0x8E2: true, 0x110BD: true, 0x110CD: true}

// stripped says whether r only marks another character or shows nothing at all.
func stripped(r rune) bool {
	switch r {
	case 0x115F, 0x1160, 0x3164, 0xFFA0: // Hangul fillers are blank
		return true
	}
	return unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf) && !visible[r]
}

// The groups, as lookup.go names them.
const (
	common = iota
	latin
	cyrillic
	greek
	living
	han
	exotic
	hangul
)

func conditional(g int) bool { return g >= cyrillic && g <= exotic }

func group(r rune) int {
	switch {
	case unicode.Is(unicode.Nd, r): // a digit is a digit in every script
		return common
	case unicode.In(r, unicode.Latin):
		return latin
	case unicode.Is(unicode.Cyrillic, r):
		return cyrillic
	case unicode.Is(unicode.Greek, r):
		return greek
	case unicode.Is(unicode.Hangul, r):
		return hangul
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Bopomofo):
		return han
	case unicode.In(r, unicode.Canadian_Aboriginal, unicode.Cherokee, unicode.Lisu, unicode.Coptic, unicode.Deseret,
		unicode.Osage, unicode.Warang_Citi, unicode.Miao, unicode.Old_Italic, unicode.Carian, unicode.Lycian,
		unicode.Lydian, unicode.Elbasan, unicode.Tifinagh, unicode.Runic, unicode.Bamum, unicode.Ahom):
		return exotic
	case unicode.IsLetter(r):
		return living
	}
	return common
}

// The styles, as lookup.go names them.
const (
	plain = iota
	bold
	drawn
	small
	odd
)

func styleOf(r rune, kept string) int {
	if len(kept) != 1 || !isAlnum(kept[0]) || unicode.Is(unicode.Nd, r) && r < 0x1D7CE && (r < 0xFF10 || r > 0xFF19) {
		return plain
	}
	nfkc := norm.NFKC.String(string(r))
	switch {
	case r >= 0x1D400 && r <= 0x1D7FF, r >= 0xFF10 && r <= 0xFF5A, r >= 0x1FBF0 && r <= 0x1FBF9:
		return bold
	case r == 'º' || r == 'ª' || r >= 0x2160 && r <= 0x217F:
		return plain
	case r == '²' || r == '³' || r == '¹' || r >= 0x2070 && r <= 0x2079 || r >= 0x2080 && r <= 0x2089:
		return small
	case len(nfkc) == 1, r >= 0x2460 && r < 0x2800, r >= 0x1F100:
		return drawn
	case strings.HasPrefix(runenames.Name(r), "LATIN LETTER SMALL CAPITAL"):
		return drawn
	case unicode.Is(unicode.Latin, r) && bare(r) == r && !strings.ContainsRune("ıłøđħŧßþŋŁØĐĦŦÞŊſɓɗƙƴƁƊƘƳɛƐɔƆ", r):
		return odd
	}
	return plain
}

func isAlnum(c byte) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

func (g *generator) place(s string) int {
	if at, ok := g.places[s]; ok {
		return at
	}
	at := bytes.Index(g.data, []byte(s))
	if at < 0 {
		at = len(g.data)
		g.data = append(g.data, s...)
	}
	g.places[s] = at
	return at
}

func (g *generator) number(a uint32) uint16 {
	n, ok := g.actions[a]
	if !ok {
		n = uint16(len(g.list))
		g.actions[a] = n
		g.list = append(g.list, a)
	}
	return n
}

func (g *generator) write() []byte {
	var index []int
	var blocks []uint16
	seen := map[[1 << pageBits]uint16]int{}
	for page := rune(0); page < limit; page += 1 << pageBits {
		var block [1 << pageBits]uint16
		for i := range block {
			block[i] = g.number(g.action(page + rune(i)))
		}
		n, ok := seen[block]
		if !ok {
			n = len(seen)
			seen[block] = n
			blocks = append(blocks, block[:]...)
		}
		index = append(index, n)
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "// Code generated by gen; DO NOT EDIT.\n\n// Parts are data of the Unicode Consortium; see LICENSE-UNICODE.\n\npackage fold\n\n")
	fmt.Fprintf(&b, "// tableSize counts the bytes of all tables below.\nconst tableSize = %d\n\n", len(index)*2+len(blocks)*2+len(g.list)*4+len(g.data)+15*8)
	list(&b, "pages", "uint16", index)
	list(&b, "blocks", "uint16", blocks)
	list(&b, "entries", "uint32", g.list)
	list(&b, "commonHangul", "uint64", hangulInUse())
	fmt.Fprintf(&b, "const data = %q\n", g.data)
	return b.Bytes()
}

// hangulInUse marks the syllables from U+D400 on that KS X 1001, hence written Korean, uses.
func hangulInUse() []uint64 {
	bits := make([]uint64, 15)
	for r := rune(0xD400); r <= 0xD7A3; r++ {
		code, err := korean.EUCKR.NewEncoder().String(string(r))
		if err == nil && len(code) == 2 && code[0] >= 0xA1 && code[1] >= 0xA1 {
			bits[(r-0xD400)/64] |= 1 << ((r - 0xD400) % 64)
		}
	}
	return bits
}

func list[T int | uint16 | uint32 | uint64](b *bytes.Buffer, name, kind string, values []T) {
	fmt.Fprintf(b, "var %s = [%d]%s{", name, len(values), kind)
	for i, v := range values {
		if i%16 == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(b, "%d,", v)
	}
	b.WriteString("\n}\n\n")
}
