package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
)

// TestFaultStopUnderLoad asks the program to end while 32 clients submit: every request that it
// has taken is answered, and those that come later are refused at the door, never cut off.
func TestFaultStopUnderLoad(t *testing.T) {
	s := serveStorm(t, t.TempDir())
	var answered atomic.Int64
	var stopping sync.Once
	var wait sync.WaitGroup
	cut := make(chan error, clients)
	for client := range clients / 2 {
		wait.Go(func() {
			own := &http.Client{Timeout: patience, Transport: &http.Transport{}}
			for n := 0; ; n++ {
				err := post(own, s.base, fmt.Sprintf("c%d-n%d", client, n))
				switch {
				case errors.Is(err, syscall.ECONNREFUSED):
					return
				case err != nil:
					cut <- err
					return
				case answered.Add(1) == 200:
					stopping.Do(func() { _ = s.cmd.Process.Signal(syscall.SIGTERM) })
				}
			}
		})
	}
	wait.Wait()
	close(cut)
	for err := range cut {
		t.Errorf("cut off: %v", err)
	}
	if err := s.stop(); err != nil {
		t.Errorf("it did not end well: %v", err)
	}
}

// post submits with a key in the header, so that the client tries again by itself on a connection
// that was closed before its request was read.
func post(client *http.Client, base, key string) error {
	body := fmt.Sprintf(`{"page":"badai","name":"Badai","email":"badai@contoh.id","body":"Kiriman %s sebelum tutup"}`, key)
	req, err := http.NewRequest(http.MethodPost, base+"/v1/sites/demo/comments", strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", key)
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return err
	}
	if resp.StatusCode != http.StatusAccepted {
		return fmt.Errorf("status %d", resp.StatusCode)
	}
	return nil
}
