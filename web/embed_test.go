package web

import (
	"bytes"
	"compress/gzip"
	"testing"
)

func TestTheWholeEmbedIsAtMost6KB(t *testing.T) {
	total := 0
	for _, name := range []string{"embed.js", "embed.css"} {
		raw, err := assetFiles.ReadFile("assets/" + manifest()[name].File)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
		_, _ = w.Write(raw)
		_ = w.Close()
		total += out.Len()
	}
	if total > 6<<10 {
		t.Errorf("%d bytes of gzip", total)
	}
	t.Logf("%d bytes of gzip", total)
}

// Pages pin these digests; a changed embed gets a new version and a new line.
func TestFrozenVersionsNeverChange(t *testing.T) {
	for file, want := range map[string]string{
		"v1.0.0.js":  "sha384-UstnxX+9vTU3SdxyveVpw/JpE0BxUfsK8kN0GO6W6bldV3gaGQwO5HGq90WbaVY0",
		"v1.0.0.css": "sha384-xzRdAdUFRLZOCz1BxKKRmlm/RIC20gyeH3IaTeijFxc1F46TIQeFBtW4c3se9SpQ",
	} {
		if got := frozenSRI(file); got != want {
			t.Errorf("%s is %s, want %s", file, got, want)
		}
	}
}
