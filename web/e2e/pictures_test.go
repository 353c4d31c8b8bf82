package e2e

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/chromedp/chromedp"
)

// replies are made up, but as a village portal gets them.
var replies = []struct{ name, body string }{
	{"Wayan Sudarma", "Terima kasih infonya. Apakah ambulans tetap bisa lewat jalan lapangan kalau hujan? Tahun lalu becek sekali."},
	{"BOS GACOR", "𝐒𝐋𝟎𝐓 𝐆𝐀𝐂𝐎𝐑 hari ini cuma di 𝗔𝗟𝗘𝗫𝗜𝗦𝟭𝟳, modal receh langsung maxwin 🔥"},
	{"Bu Rahmawati", "Usul: lapak sayur di dekat gerbang, supaya lansia tidak jalan jauh. Saya bisa bantu data pedagang RT 04."},
	{"siti_amanah", "Ini komentar ketiga saya, tolong jawab: parkir motor gratis sampai jam berapa?"},
	{"Hoki", "P͓̽U͓̽L͓̽A͓̽U͓̽7͓̽7͓̽7͓̽ pasti cair, WD cepat kak, daftar di pulau777-resmi.xyz"},
	{"Pak Tani", "Jembatan memang perlu. Enam minggu lama, tapi daripada roboh."},
}

// TestPicturesForTheFrontPage writes the screenshots of README.md to the folder BALASAN_PICTURES.
func TestPicturesForTheFrontPage(t *testing.T) {
	dir := os.Getenv("BALASAN_PICTURES")
	if dir == "" {
		t.Skip("set BALASAN_PICTURES to the folder that the pictures are written to")
	}
	in, ctx := start(t, fromAnywhere), browser(t)
	in.submit("Kadek", "Semoga lancar. Kami di Karanganyar siap bantu atur lalu lintas.")
	in.approveAll()
	in.appears("Karanganyar")
	for name, look := range map[string]struct {
		width  int
		scheme string
	}{"form-id": {1100, "light"}, "form-dark-mobile": {390, "dark"}} {
		do(t, ctx, window(look.width, look.scheme), openDemo(in), chromedp.Evaluate[chromedp.Void](`localStorage.clear()`),
			openDemo(in), chromedp.Focus("#balasan-f-body"))
		waitFor(t, ctx, challengeToken+` && document.querySelector('.balasan-picture').naturalWidth > 0`)
		do(t, ctx, fill("Terima kasih beritanya. Semoga jembatan cepat selesai."))
		crop(t, ctx, filepath.Join(dir, name+".png"), look.width < 500)
	}
	in.stage(t)
	signIn(t, in, ctx)
	for name, look := range map[string]struct {
		path   string
		width  int
		scheme string
	}{
		"queue-id":          {"/queue?lane=campaign", 1100, "light"},
		"queue-dark-mobile": {"/queue?lane=campaign", 390, "dark"},
		"queue-good":        {"/queue?lane=good", 1100, "light"},
		"queue-doubt":       {"/queue?lane=doubt", 1100, "dark"},
	} {
		do(t, ctx, window(look.width, look.scheme), chromedp.Navigate(in.Base+look.path+"&lang=id"))
		waitFor(t, ctx, `document.activeElement.matches('.g')`)
		shot(t, ctx, filepath.Join(dir, name+".png"))
	}
}

// shot writes what stands on the screen, no more: what sticks to its end belongs there.
func shot(t testing.TB, ctx context.Context, path string) {
	t.Helper()
	raw, err := within(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	full, err := png.Decode(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	paletted(t, path, full, full.Bounds())
}

// crop writes a picture of the top or the end of the page in 256 colours: half the bytes, and text stays crisp.
func crop(t testing.TB, ctx context.Context, path string, end bool) {
	t.Helper()
	shot, err := within(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	full, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	box := full.Bounds()
	if tall := box.Dx() * 5 / 2; box.Dy() > tall && end {
		box.Min.Y = box.Max.Y - tall
	} else if box.Dy() > tall {
		box.Max.Y = box.Min.Y + tall
	}
	paletted(t, path, full, box)
}

func paletted(t testing.TB, path string, full image.Image, box image.Rectangle) {
	t.Helper()
	small := image.NewPaletted(box, common(full, box))
	draw.Draw(small, box, full, box.Min, draw.Src)
	var out bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, small); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	fmt.Println(path, out.Len())
}

// common are the 256 colours that a picture has most of.
func common(full image.Image, box image.Rectangle) (all color.Palette) {
	counts := map[color.Color]int{}
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			counts[full.At(x, y)]++
		}
	}
	for c := range counts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.Color) int { return counts[b] - counts[a] })
	return all[:min(len(all), 256)]
}
