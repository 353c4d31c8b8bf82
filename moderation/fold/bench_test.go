package fold_test

import (
	"testing"

	"balasan/moderation/fold"
	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

const (
	plainComment     = "Bang, kapan main ke Jawa Tengah lagi? Sukses selalu buat kontennya"
	disguisedComment = "Gue suka kecepatan prosesnya, ⭐𝐌𝐀𝗡𝗗𝗔𝘓𝘐𝙆𝘼𝟽𝟽⭐ emang juara P҉U҉L҉A҉U҉"
)

func BenchmarkFold(b *testing.B) {
	for name, s := range map[string]string{"plain": plainComment, "disguised": disguisedComment} {
		b.Run(name+"/fold", func(b *testing.B) {
			var t fold.Text
			b.ReportAllocs()
			for b.Loop() {
				t.Reset(s)
			}
		})
		b.Run(name+"/all channels", func(b *testing.B) {
			var t fold.Text
			b.ReportAllocs()
			for b.Loop() {
				t.Reset(s)
				t.Channel(fold.Squash)
			}
		})
		b.Run(name+"/x-text", func(b *testing.B) {
			c := cases.Fold()
			b.ReportAllocs()
			for b.Loop() {
				c.String(norm.NFKC.String(s))
			}
		})
	}
}

func TestNoAllocationOncePrimed(t *testing.T) {
	for _, s := range []string{plainComment, disguisedComment} {
		var text fold.Text
		work := func() {
			text.Reset(s)
			text.Channel(fold.Squash)
			text.Disguise()
			text.Digest()
		}
		work()
		if n := testing.AllocsPerRun(50, work); n != 0 {
			t.Errorf("%q allocates %v times", s, n)
		}
	}
}

func TestTablesStaySmall(t *testing.T) {
	if fold.TableSize > 150<<10 {
		t.Errorf("the tables take %d bytes", fold.TableSize)
	}
}
