package web

import (
	"fmt"
	"html/template"
	"strings"
)

// avatarSVG draws a quiet pattern, mirrored left to right, from the keyed hash that the core
// gives. Staff without a hash get the plain ground.
func avatarSVG(hash []byte) template.HTML {
	if len(hash) < 4 {
		hash = []byte{90, 0, 0, 0}
	}
	hue := int(hash[0])*360/256 + int(hash[1]&1)
	bits := uint(hash[2])<<8 | uint(hash[3])
	var cells strings.Builder
	for i := range 15 {
		if bits>>i&1 == 0 {
			continue
		}
		x, y := i/5, i%5
		fmt.Fprintf(&cells, "M%d %dh1v1h-1z", x+1, y+1)
		if x < 2 {
			fmt.Fprintf(&cells, "M%d %dh1v1h-1z", 5-x, y+1)
		}
	}
	return template.HTML(fmt.Sprintf(`<svg class="balasan-avatar" viewBox="0 0 7 7" width="40" height="40" aria-hidden="true">`+
		`<path fill="hsl(%d 40%% 88%%)" d="M0 0h7v7H0z"/><path fill="hsl(%d 45%% 38%%)" d="%s"/></svg>`, hue, hue, &cells))
}
