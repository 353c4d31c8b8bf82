package campaign

import (
	"strings"

	"balasan/moderation/fold"
)

// polite tells whether a text consists of greetings, thanks, praise and laughter alone.
func polite(words []word) bool {
	for _, w := range words {
		if !courtesy[w.text] && !isLaughter(w.text) {
			return false
		}
	}
	return true
}

// isLaughter tells wkwkwk, hahaha and xixixi.
func isLaughter(w string) bool {
	if len(w) < 4 {
		return false
	}
	return strings.Trim(w, w[:2]) == ""
}

// courtesy holds what common thanks and greetings are made of, in the class channel.
var courtesy = classSet(courtesyWords)

func classSet(words string) map[string]bool {
	all := map[string]bool{}
	for w := range set(words) {
		all[fold.Term(fold.Class, w)] = true
	}
	return all
}

const courtesyWords = `
	terima kasih terimakasih makasih makasi trims trimakasih tq thx tks nuhun hatur matur suwun nuwun sembah
	selamat slamat met pagi siang sore malam malem hari semua semuanya semuaa kalian kita kami saya aku ku nya lah deh dong
	hadir absen nyimak menyimak simak salam dari mantap mantab mantul keren bagus baik oke ok okey sip siap jos joss gas top
	hebat luar biasa amin aamiin allahumma alhamdulillah masyaallah masya allah subhanallah barakallah insyaallah jazakallah
	khairan fiik ya yaa yah ini itu min mimin admin pak bapak bu ibu bang abang kak kakak mas mba mbak gan agan om tante bro
	sis bos kang teh ustad ustadz banget bgt sekali banyak sangat sehat selalu sukses terus lancar berkah rezeki rejeki nya
	panjang umur bahagia sejahtera semoga moga doa doanya dan untuk utk buat atas yang yg dengan di ke nya info infonya
	informasi informasinya ilmu ilmunya berita beritanya artikel artikelnya tulisan tulisannya video videonya konten kontennya
	penjelasan penjelasannya bermanfaat membantu manfaat berguna lanjut lanjutkan lanjutin semangat ditunggu tunggu berikutnya
	selanjutnya share sharing bagi berbagi sudah udah telah jangan lupa hai hay halo hallo helo hello hi assalamualaikum
	assalamu alaikum waalaikumsalam waalaikum wassalam wr wb warahmatullahi wabarakatuh idul fitri adha lebaran natal tahun baru
	mohon maaf lahir batin ulang dirgahayu merdeka jaya salut bangga suka cinta love wow ih wah aduh
	thank thanks you u so very much a lot for the this that it is are was your yours my me i we all everyone everybody guys
	great good nice cool awesome amazing excellent wonderful helpful useful informative interesting beautiful perfect best really
	post article blog job work video content info information tips share shared keep up going well done happy birthday new year
	morning afternoon evening night day welcome greetings hey there please more like loved appreciate appreciated and of from
	congrats congratulations god bless amen first lol nice
	innalillahi inna lillahi wa innailaihi ilaihi rojiun rajiun roji raji un turut ikut berduka duka cita belasungkawa
	bela sungkawa almarhum almarhumah alm khusnul husnul khotimah khatimah ya rabbal rabb alamin rabbalalamin alfatihah
	al fatihah astaghfirullah allah tuhan memberkati keluarga ditinggalkan diberi ketabahan kekuatan tabah surga
	rip rest peace condolences deepest sympathy prayers`

// objects tells whether somebody may be complaining about what they quote.
func objects(words []word) bool {
	for _, w := range words {
		if objections[w.text] {
			return true
		}
	}
	return false
}

var objections = classSet(`hapus dihapus hapusin blokir diblokir lapor laporkan laporin report waspada hati awas penipu penipuan
	nipu ketipu tertipu korban bohong hoax hoaks scam scammer spam spammer komen komennya komentar komentarnya judol haram
	jangan stop tutup berantas delete remove block beware warning fraud victim liar comment comments`)
