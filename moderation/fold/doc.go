// Package fold undoes Unicode disguises: 𝐏𝐔𝐋𝐀𝐔𝟕𝟕𝟕, P҉U҉L҉A҉U҉ and ⓟⓤⓛⓐⓤ read as a visitor reads
// them. A [Text] has three channels, and each byte of them leads back to the original.
//
// Folding takes one rune at a time: NFKC first, then marks and invisible characters go (not
// inside emoji), then the own table and the Unicode confusables that look like an ASCII letter
// or digit, then lower case. Letters of other scripts are read as Latin in Latin words only, so
// that Russian, Greek, Arabic, Javanese, Chinese and Korean stay themselves. Accents of Latin,
// Greek and Cyrillic letters are marks, composed or not. Digits of all scripts are 0 to 9.
//
// How to search: put list terms through [Term] for the channel they are looked for in, find them
// in [Text.Channel], and ask [Text.Whole] where words must match whole. In Squash a term needs
// five characters, and Whole keeps it from beginning inside a token:
//
//	term := fold.Term(fold.Squash, "alexis17")     // "aiexisit"
//	text.Reset("ke ⭐ A L E X I S 1 7 ⭐ yuk")
//	at := strings.Index(text.Channel(fold.Squash), term)
//	found := at >= 0 && text.Whole(fold.Squash, at, at+len(term))
//
// Folded text is for machines; visitors never see it. Tables: gen, from x/text and gen/*.txt.
package fold
