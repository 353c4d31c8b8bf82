package main

import (
	"bytes"
	"fmt"

	"balasan/moderation/learn"
)

const panel = 300 // pixels of a plot's side

var inks = []string{"#1b6ca8", "#c2571a", "#2f7d32"}

// plot draws three panels: false positives against recall (up to 5 %), recall against
// precision, and what was said against what was seen.
func plot(all []evaluation) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12">`, 3*(panel+70)+20, panel+110)
	b.WriteString(`<rect width="100%" height="100%" fill="white"/>`)
	axes(&b, 0, "false positives, 0 to 5 %", "recall")
	axes(&b, 1, "recall", "precision")
	axes(&b, 2, "said", "seen")
	for i, e := range all {
		curve := learn.Curve(e.judged)
		line(&b, 0, inks[i%len(inks)], curve, func(p learn.Point) (x, y float64) { return min(p.FalsePositives/0.05, 1), p.Recall })
		line(&b, 1, inks[i%len(inks)], curve, func(p learn.Point) (x, y float64) { return p.Recall, p.Precision })
		fmt.Fprintf(&b, `<text x="%d" y="%d" fill="%s">%s</text>`, 60+i*110, panel+95, inks[i%len(inks)], e.Name)
		if e.Calibration != nil {
			reliability(&b, e.Calibration.Bins, inks[i%len(inks)])
		}
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

func axes(b *bytes.Buffer, at int, x, y string) {
	left := place(at, 0)
	fmt.Fprintf(b, `<rect x="%.0f" y="30" width="%d" height="%d" fill="none" stroke="#888"/>`, left, panel, panel)
	fmt.Fprintf(b, `<text x="%.0f" y="%d" text-anchor="middle">%s</text>`, left+panel/2, panel+55, x)
	fmt.Fprintf(b, `<text x="%.0f" y="20">%s, 0 to 1</text>`, left, y)
}

func place(at int, x float64) float64 { return 50 + float64(at)*(panel+70) + x*panel }

func height(y float64) float64 { return 30 + (1-y)*panel }

func line(b *bytes.Buffer, at int, ink string, points []learn.Point, xy func(learn.Point) (x, y float64)) {
	fmt.Fprintf(b, `<polyline fill="none" stroke="%s" stroke-width="1.5" points="`, ink)
	for _, p := range points {
		x, y := xy(p)
		fmt.Fprintf(b, "%.1f,%.1f ", place(at, x), height(y))
	}
	b.WriteString(`"/>`)
}

func reliability(b *bytes.Buffer, bins []learn.Bin, ink string) {
	fmt.Fprintf(b, `<line x1="%.0f" y1="%.0f" x2="%.0f" y2="%.0f" stroke="#ccc"/>`, place(2, 0), height(0), place(2, 1), height(1))
	for _, bin := range bins {
		if bin.Texts > 0 {
			fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"><title>%d texts</title></circle>`, place(2, bin.Said), height(bin.Seen), ink, bin.Texts)
		}
	}
}
