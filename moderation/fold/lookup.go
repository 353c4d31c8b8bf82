package fold

import "unicode/utf8"

// entry tells what becomes of one rune:
//
//	bits  0–15  where its fold stands in data
//	bits 16–21  how many bytes long that is; 0: the rune stays as it is
//	bits 22–24  group, the scripts that context treats alike
//	bit  25     a lookalike that only the own table knows
//	bits 26–28  style
//	bit  29     letter, digit or vowel sign
//	bit  30     stripped
//	bit  31     looks like the ASCII letter that follows its fold in data
type entry uint32

// Groups of scripts.
const (
	common = iota
	latin
	cyrillic
	greek
	living // other scripts in everyday use
	han    // Chinese and Japanese
	exotic // scripts whose letters are hardly met but as disguise
	hangul
	groups
)

// Styles of characters that stand for an ASCII letter or digit.
const (
	plain = iota
	bold  // mathematical alphabets, full width
	drawn // circled, squared, small capitals: alone they are ordinary symbols
	small // superscript and subscript digits
	odd   // Latin letters of no alphabet around
)

func lookup(r rune) entry {
	if page := uint32(r) >> 6; page < uint32(len(pages)) {
		return entry(entries[blocks[uint32(pages[page])<<6|uint32(r)&63]])
	}
	if r >= 0xE0000 && r < 0xE0200 { // tags and variation selectors
		return 1 << 30
	}
	return 0
}

func (e entry) length() int    { return int(e >> 16 & 63) }
func (e entry) text() string   { return data[e&0xFFFF:][:e.length()] }
func (e entry) twin() byte     { return data[int(e&0xFFFF)+e.length()] }
func (e entry) group() int     { return int(e >> 22 & 7) }
func (e entry) weak() bool     { return e>>25&1 != 0 }
func (e entry) style() int     { return int(e >> 26 & 7) }
func (e entry) word() bool     { return e>>29&1 != 0 }
func (e entry) stripped() bool { return e>>30&1 != 0 }
func (e entry) alike() bool    { return e>>31 != 0 }

// several says whether the rune becomes more than one other.
func (e entry) several() bool {
	s := e.text()
	_, n := utf8.DecodeRuneInString(s)
	return n < len(s)
}

// isAlnum is also true of bytes that are not lower case yet.
func isAlnum(c byte) bool { return classes[c] != 0 }

func isLetter(c byte) bool { c |= 0x20; return c >= 'a' && c <= 'z' }

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// classes holds the collision class of each ASCII letter and digit, 0 for all else.
var classes = [256]byte{
	'0': 'o', '1': 'i', '2': 'z', '3': 'e', '4': 'a', '5': 's', '6': 'g', '7': 't', '8': 'b', '9': 'g',
	'a': 'a', 'b': 'b', 'c': 'c', 'd': 'd', 'e': 'e', 'f': 'f', 'g': 'g', 'h': 'h', 'i': 'i', 'j': 'j', 'k': 'k',
	'l': 'i', 'm': 'm', 'n': 'n', 'o': 'o', 'p': 'p', 'q': 'q', 'r': 'r', 's': 's', 't': 't', 'u': 'u', 'v': 'v',
	'w': 'w', 'x': 'x', 'y': 'y', 'z': 'z',
	'A': 'a', 'B': 'b', 'C': 'c', 'D': 'd', 'E': 'e', 'F': 'f', 'G': 'g', 'H': 'h', 'I': 'i', 'J': 'j', 'K': 'k',
	'L': 'i', 'M': 'm', 'N': 'n', 'O': 'o', 'P': 'p', 'Q': 'q', 'R': 'r', 'S': 's', 'T': 't', 'U': 'u', 'V': 'v',
	'W': 'w', 'X': 'x', 'Y': 'y', 'Z': 'z',
}

// signs are read as a letter between letters and digits only: “j@ckpot!” ends in no letter.
var signs = [128]byte{'!': 'i', '|': 'i', '@': 'a', '$': 's'}
