// Package campaign tells which submissions belong together: one text sent many times, a template
// with changing names, one link or telephone number behind many texts. It holds no policy: a
// campaign is a way to show comments and to decide on them at once, not a verdict.
//
// What ties two texts by their words: equal folded text; equal text but for brand names; or half
// of the word pairs in common (a min-hash of 48 permutations in 16 bands of three finds such pairs
// with 88 %, their sketches verify it). Short texts, greetings and thanks tie to nothing by their
// words, however often they come.
//
// What ties by a shared bit: a link's host, a handle, a telephone number, a name shaped like a
// brand. Honest people quote such bits too, so a bit ties only comments that the judge doubts,
// and none at all once likely good comments have used it several times.
package campaign
