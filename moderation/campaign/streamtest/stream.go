// Package streamtest makes up a stream of comments as portals get it: spam after a few templates in
// ever new disguises, innocents who quote it, and honest readers.
package streamtest

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Pick is one of several.
func Pick[T any](rng *rand.Rand, of []T) T { return of[rng.IntN(len(of))] }

// Spam writes n comments after a few templates, with other brands, names and disguises.
func Spam(rng *rand.Rand, n int) []string {
	var all []string
	for range n {
		text := strings.ReplaceAll(Pick(rng, spamTemplates), "NAMA", Pick(rng, strings.Fields("Rizal Tono Maya Hendra Indah Asep")))
		all = append(all, strings.ReplaceAll(text, "BRAND", Disguise(rng, Pick(rng, brandNames))))
	}
	return all
}

// Quotes are innocents who quote what they complain about.
func Quotes(rng *rand.Rand, spam []string, n int) []string {
	var all []string
	for range n {
		all = append(all, Pick(rng, []string{"min tolong dihapus komentar seperti ini: “%s” ganggu sekali", "“%s” hati-hati semua, ini penipuan, tetangga saya korban",
			"kok ada yang tulis “%s” di berita duka, tidak sopan"}))
		all[len(all)-1] = fmt.Sprintf(all[len(all)-1], Pick(rng, spam))
	}
	return all
}

// Disguise dresses a name as spammers do.
func Disguise(rng *rand.Rand, name string) string {
	shift := func(upper, digit rune) string {
		return strings.Map(func(c rune) rune {
			switch {
			case c >= 'A' && c <= 'Z':
				return c - 'A' + upper
			case c >= '0' && c <= '9' && digit != 0:
				return c - '0' + digit
			}
			return c
		}, name)
	}
	switch rng.IntN(8) {
	case 0:
		return shift('𝐀', '𝟎')
	case 1:
		return shift('Ａ', '０')
	case 2:
		return shift('🅰', 0)
	case 3:
		return strings.Join(strings.Split(name, ""), " ")
	case 4:
		return strings.Join(strings.Split(name, ""), "\u0489") + "\u0489"
	case 5:
		return strings.NewReplacer("A", "А", "O", "О", "E", "Е").Replace(name)
	case 6:
		return strings.ToLower(name)
	default:
		return name
	}
}

var brandNames = strings.Fields("PULAU777 ALEXIS17 SGI88 DORA77 RAJATOTO KAISAR99 MEGAWIN138 LUNASLOT BINTANG303 ASIAHOKI JAVA4D NAGA5000")

// spamTemplates are made up after the manner of the real ones.
var spamTemplates = []string{
	"Dari sekian banyak yang saya coba cuma BRAND yang benar-benar bikin betah tiap malam",
	"Awalnya iseng diajak NAMA ke BRAND, sekarang cicilan motor sudah lunas semua",
	"Kalau lagi suntuk pulang kerja larinya pasti ke BRAND, hiburannya tidak ada lawan",
	"Semalam modal receh di BRAND pulang-pulang bisa beli ponsel baru buat istri",
	"Baru gabung BRAND seminggu tapi pelayanannya cepat dan tidak ribet sama sekali",
	"Terima kasih BRAND, hari ini saya bisa traktir satu kantor makan siang",
	"NAMA bilang BRAND itu jujur, ternyata memang benar langsung cair tanpa potongan",
	"Jangan ngaku pemburu cuan kalau belum pernah mampir ke BRAND malam hari",
	"Tidur nyenyak sejak kenal BRAND karena penghasilan tambahan masuk terus",
	"Butuh dana cepat tanpa survei hubungi 0812-3345-7788 atas nama NAMA proses lima menit",
	"Grup bocoran pola hari ini ada di t.me/polaharian gabung gratis bersama NAMA",
	"Obat kuat herbal asli kirim seluruh kota pesan di https://herbalkuat.example.xyz sekarang",
}

// Ham writes n honest comments of words that belong to one place and season.
func Ham(rng *rand.Rand, n int) []string {
	words := strings.Fields(`jalan balai sawah pupuk lampu jembatan sekolah pasar panen hujan banjir sungai warga lurah bidan petani
		angkot guru kakek tetangga pemuda anggaran beras cabai ikan kolam mangga kebun pagar listrik air sumur posyandu
		lapangan bola ronda karang taruna lebaran sapi kambing ayam bebek motor parkir warung kopi gotong royong rapat
		desa kecamatan kabupaten bupati bantuan dana surat tanah sertifikat pajak obat puskesmas dokter perawat ambulans
		rusak bagus lama cepat mahal murah bersih kotor gelap terang sepi ramai jauh dekat kemarin besok nanti dulu
		sudah belum pernah selalu jarang mungkin harus boleh jangan tolong mohon kapan mengapa bagaimana siapa berapa`)
	var all []string
	for range n {
		text := make([]string, 5+rng.IntN(12))
		for i := range text {
			text[i] = Pick(rng, words)
		}
		all = append(all, strings.Join(text, " "))
	}
	return all
}
