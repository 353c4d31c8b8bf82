package e2e

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestAnApprovalReachesTheThread approves on a thread that is hot, and tells how long it took.
func TestAnApprovalReachesTheThread(t *testing.T) {
	in := start(t)
	in.submit("Bu Lastri", "Jembatan lama sudah rawan sejak banjir tahun lalu.")
	path := "/v1/sites/demo/threads?page=" + in.Base + "/demo"
	stop, reading := make(chan struct{}), sync.WaitGroup{}
	defer reading.Wait()
	defer close(stop)
	reading.Go(func() { // readers keep it in memory
		for {
			select {
			case <-stop:
				return
			case <-time.After(5 * time.Millisecond):
				if resp, err := http.Get(in.Base + path); err == nil {
					resp.Body.Close()
				}
			}
		}
	})
	in.approveAll()
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if _, body := in.get(path); strings.Contains(body, "Bu Lastri") {
			t.Logf("public after %s", time.Since(began).Round(10*time.Millisecond))
			return
		}
		if time.Since(began) > 20*time.Second {
			t.Fatal("it never becomes public")
		}
	}
}
