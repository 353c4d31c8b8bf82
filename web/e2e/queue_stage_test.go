package e2e

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"
)

// bearer is the header that lets a script in.
func (in *instance) bearer() []string { return []string{"Authorization", "Bearer " + in.token()} }

// said is one comment of a stage.
type said struct{ name, email, body, page, title, from string }

// stage fills a queue the way a portal's evening does: campaigns in disguise, doubtful singles and
// honest readers.
func (in *instance) stage(t testing.TB) {
	t.Helper()
	var all []said
	pages := []struct{ page, title string }{{"jembatan", "Jembatan Karanganyar ditutup enam minggu"}, {"pasar", "Pasar Minggu pindah ke lapangan desa"},
		{"posyandu", "Jadwal posyandu dan imunisasi November"}, {"banjir", "Banjir surut, sekolah masuk lagi Senin"}}
	add := func(name, body string) {
		p := pages[len(all)%len(pages)]
		all = append(all, said{name, fmt.Sprintf("pembaca%d@contoh.id", len(all)), body, p.page, p.title, network(len(all))})
	}
	for i, name := range strings.Fields("Rizal Tono Maya Hendra Indah Asep Dimas Lusi Fajar Nita Bagus Rani Yoga Tika") {
		add(name+" "+string(rune('A'+i)), fmt.Sprintf([]string{"Dari sekian banyak yang saya coba cuma %s yang benar-benar bikin betah tiap malam",
			"Awalnya iseng diajak teman ke %s, sekarang cicilan motor sudah lunas semua"}[i%2], []string{"𝐏𝐔𝐋𝐀𝐔𝟕𝟕𝟕", "ＰＵＬＡＵ７７７", "PULАU777", "P U L A U 7 7 7"}[i%4]))
	}
	add("Bu Endang", "min tolong dihapus komentar seperti ini: “Dari sekian banyak yang saya coba cuma PULAU777 yang benar-benar bikin betah tiap malam” ganggu sekali")
	for i, name := range strings.Fields("Sinta Doni Wulan Reza Mega") {
		add(name, fmt.Sprintf("Butuh dana cepat tanpa survei hubungi 0812-3345-7788 atas nama %s proses lima menit", []string{"Maya", "Hendra", "Asep"}[i%3]))
	}
	add("Hoki", "P͓̽U͓̽L͓̽A͓̽U͓̽7͓̽7͓̽7͓̽ pasti cair, WD cepat kak, daftar di pulau777-resmi.xyz")
	add("Joko Susilo", "Kalau mau lihat video penutupannya ada di https://kabar-warga.example/v/812, saya yang rekam tadi pagi")
	add("Ibu Sum", "Saya jual madu asli hutan, minat WA 0857-1234-0099, bisa antar ke pasar tiap Minggu")
	add("Dedi", "Formulir penggantian kios bisa diisi di https://bit.ly/kios-minggu atau tanya grup t.me/kiosminggu")
	add("A̲n̲t̲i̲", "Kok bisa begitu ya, dana desa ke mana? Tolong diusut, ini uang rak\u200byat.")
	for _, r := range []struct{ name, body string }{
		{"Wayan Sudarma", "Terima kasih infonya. Apakah ambulans tetap bisa lewat jalan lapangan kalau hujan? Tahun lalu becek sekali."},
		{"Bu Rahmawati", "Usul: lapak sayur di dekat gerbang, supaya lansia tidak jalan jauh. Saya bisa bantu data pedagang RT 04."},
		{"siti_amanah", "Ini komentar ketiga saya, tolong jawab: parkir motor gratis sampai jam berapa?"},
		{"Pak Tani", "Jembatan memang perlu. Enam minggu lama, tapi daripada roboh."},
		{"Kadek", "Semoga lancar. Kami di Karanganyar siap bantu atur lalu lintas pagi dan sore, sudah ada sebelas pemuda yang mendaftar ke pak RT, tinggal rompi dan peluit. Kalau dinas bisa pinjamkan empat rambu portabel, satu di pertigaan sekolah, dua di pasar dan satu di depan puskesmas, kami rasa cukup. Nomor kontak ada di balai desa; rapat berikutnya Jumat habis Isya."},
		{"Lina", "Imunisasi campak ada juga tidak, Bu Bidan? Anak saya 14 bulan."},
	} {
		add(r.name, r.body)
	}
	in.run("site", "change", "demo", "--challenge", "never", "--spam", "40") // so that spam waits beside the rest
	for _, s := range all {
		in.say(s)
	}
	in.gathered()
}

// fromAnywhere lets a test say where its comments come from.
var fromAnywhere = "BALASAN_TRUSTED_PROXIES=127.0.0.1/32"

// network is an address in a network of its own.
func network(n int) string { return fmt.Sprintf("36.%d.%d.7", 60+n/200, n%200) }

// gathered waits until everything that was sent has been looked at for its campaign.
func (in *instance) gathered() {
	in.t.Helper()
	db := in.database()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(30 * time.Millisecond) {
		var behind int
		if err := db.QueryRowContext(in.t.Context(), `SELECT COUNT(*) FROM outbox WHERE kind = 'received' AND id > (SELECT outbox FROM campaign_position)`).Scan(&behind); err != nil {
			in.t.Fatal(err)
		}
		if behind == 0 {
			return
		}
	}
	in.t.Fatal("the campaigns are still behind")
}

// database opens the file that the program works on, over one connection.
func (in *instance) database() *sql.DB {
	in.t.Helper()
	files, err := filepath.Glob(filepath.Join(in.dir, "*.db"))
	if err != nil || len(files) != 1 {
		in.t.Fatalf("database files %v, %v", files, err)
	}
	db, err := sql.Open("sqlite", files[0])
	if err != nil {
		in.t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	in.t.Cleanup(func() { db.Close() })
	return db
}

// say sends a comment to a page of the demo site.
func (in *instance) say(s said) string {
	in.t.Helper()
	page := in.Base + "/demo?p=" + s.page
	body := map[string]string{"page": page, "page_title": s.title, "name": s.name, "email": s.email, "body": s.body}
	var receipt struct{ ID, Code string }
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		status := in.call("/v1/sites/demo/comments", body, &receipt, "X-Forwarded-For", s.from)
		if status == 202 {
			return receipt.ID
		}
		if receipt.Code != "captcha_required" || time.Now().After(end) { // a changed site is known within a second
			in.t.Fatalf("a submission was answered %d %s", status, receipt.Code)
		}
	}
}
