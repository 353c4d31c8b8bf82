package announce

import (
	"fmt"
	"strconv"
	"time"

	"balasan/moderation"
)

// mailWords are the sentences of letters in one language.
type mailWords struct {
	askSubject, askWhy, askGo, askIgnore, askSmall, askStop          string
	replySubject, replyWhy, replyGo, replySmall, replyStop, staff    string
	addressSubject, addressWhy, addressGo, addressSmall              string
	digestSubject, digestSmall, digestStop, digestGo, oldest         string
	campaigns, doubts, goods, topCampaigns, topDoubts, alike, capped string
	dataSubject, dataWhy, dataGo, dataUntil, dataIgnore, dataSmall   string
	testSubject, testWhy, testSmall                                  string
	date                                                             string
}

var letterWords = map[string]mailWords{
	"id": {
		askSubject: "Konfirmasi: kabar balasan untuk komentar di %s",
		askWhy:     "Seseorang, mungkin Anda, menulis komentar di %s dengan alamat email ini dan meminta dikabari jika ada balasan.",
		askGo:      "Lihat dan konfirmasi",
		askIgnore:  "Bukan Anda? Abaikan surat ini: tanpa konfirmasi tidak ada surat lain, dan alamat ini kami lupakan setelah tujuh hari.",
		askSmall:   "Surat ini dikirim satu kali oleh %s.", askStop: "Jangan pernah kirimi alamat ini",
		replySubject: "Balasan untuk komentar Anda di %s", replyWhy: "Ada balasan untuk komentar Anda di halaman “%s”.", replyGo: "Baca di halamannya",
		replySmall: "Anda menerima surat ini karena meminta dikabari tentang balasan di halaman ini.", replyStop: "Berhenti", staff: "%s (Redaksi)",
		addressSubject: "Konfirmasi alamat untuk ringkasan antrean", addressWhy: "%s, alamat ini dipasang untuk menerima ringkasan komentar yang menunggu. Konfirmasi agar ringkasan dikirim ke sini.",
		addressGo: "Lihat dan konfirmasi", addressSmall: "Bukan Anda? Abaikan surat ini; tanpa konfirmasi tidak ada yang dikirim.",
		digestSubject: "Antrean komentar: %s menunggu", digestSmall: "Ringkasan ini dikirim karena Anda memintanya di halaman Pemberitahuan.", digestStop: "Berhenti",
		digestGo: "Buka antrean", oldest: "Yang terlama menunggu sejak %s.",
		campaigns: "Kampanye: %s", doubts: "Ragu: %s", goods: "Tampak baik: %s", topCampaigns: "Kampanye", topDoubts: "Perlu dibaca", alike: "%s komentar serupa", capped: "lebih dari %d",
		dataSubject: "Tautan ke data Anda di %s", dataWhy: "Seseorang, mungkin Anda, meminta tautan untuk melihat atau menghapus komentar yang ditulis di %s dengan alamat email ini.",
		dataGo: "Buka data saya", dataUntil: "Tautan ini berlaku satu jam, sekali untuk mengunduh dan sekali untuk menghapus. Jangan teruskan kepada orang lain.",
		dataIgnore: "Bukan Anda? Abaikan surat ini: tanpa tautan itu tidak ada yang dibuka atau dihapus.", dataSmall: "Surat ini dikirim karena diminta di halaman “Data saya” %s.",
		testSubject: "Surat percobaan dari balasan", testWhy: "Surat ini sampai: pengaturan mail sudah benar.", testSmall: "Dikirim oleh balasan doctor --mail-to.",
		date: "02/01/2006 15.04 MST",
	},
	"en": {
		askSubject: "Please confirm: replies to a comment on %s",
		askWhy:     "Somebody, perhaps you, wrote a comment on %s under this e-mail address and asked to hear of replies.",
		askGo:      "Look and confirm",
		askIgnore:  "Not you? Ignore this letter: without a confirmation no other one comes, and we forget this address after seven days.",
		askSmall:   "This letter was sent once by %s.", askStop: "Never write to this address",
		replySubject: "A reply to your comment on %s", replyWhy: "There is a reply to your comment on the page “%s”.", replyGo: "Read it on its page",
		replySmall: "You get this letter because you asked to hear of replies on this page.", replyStop: "Stop", staff: "%s (staff)",
		addressSubject: "Please confirm the address for queue digests", addressWhy: "%s, this address was set to get digests of comments that wait. Confirm it to have them sent here.",
		addressGo: "Look and confirm", addressSmall: "Not you? Ignore this letter; nothing is sent without a confirmation.",
		digestSubject: "Comment queue: %s waiting", digestSmall: "This digest was sent because you asked for it on the page Notifications.", digestStop: "Stop",
		digestGo: "Open the queue", oldest: "The oldest has waited since %s.",
		campaigns: "Campaigns: %s", doubts: "Doubtful: %s", goods: "Likely good: %s", topCampaigns: "Campaigns", topDoubts: "To be read", alike: "%s similar comments", capped: "more than %d",
		dataSubject: "A link to your data on %s", dataWhy: "Somebody, perhaps you, asked for a link to see or erase the comments that were written on %s under this e-mail address.",
		dataGo: "Open my data", dataUntil: "The link lasts an hour, once for a download and once to erase. Do not pass it on to others.",
		dataIgnore: "Not you? Ignore this letter: without the link nothing is opened or erased.", dataSmall: "This letter was sent because it was asked for on the page “My data” of %s.",
		testSubject: "A test letter of balasan", testWhy: "This letter arrived: the settings of mail are right.", testSmall: "Sent by balasan doctor --mail-to.",
		date: "2 Jan 2006 15:04 MST",
	},
}

func wordsOf(language string) mailWords {
	if w, known := letterWords[language]; known {
		return w
	}
	return letterWords["id"]
}

// number is a count that stops at CountCap.
func (w mailWords) number(n int) string {
	if n >= moderation.CountCap {
		return fmt.Sprintf(w.capped, moderation.CountCap-1)
	}
	return strconv.Itoa(n)
}

func (w mailWords) stamp(at time.Time, zone string) string {
	place, err := time.LoadLocation(zone)
	if err != nil {
		place = time.UTC
	}
	return at.In(place).Format(w.date)
}
