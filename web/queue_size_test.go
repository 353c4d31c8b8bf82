package web

import "testing"

// TestTheQueuePageIsSmall weighs what an editor's browser loads once.
func TestTheQueuePageIsSmall(t *testing.T) {
	const most = 20 << 10
	total := 0
	for _, name := range []string{"queue.css", "queue.js"} {
		built := packed()["assets/"+manifest()[name].File]
		if built == nil || len(built.gzip) == 0 {
			t.Fatalf("%s is not built", name)
		}
		total += len(built.gzip)
	}
	if total > most {
		t.Errorf("script and style of the queue page weigh %d bytes gzip, more than %d", total, most)
	}
	t.Logf("%d bytes gzip", total)
}
