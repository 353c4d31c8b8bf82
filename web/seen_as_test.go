package web

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheDoctorIsToldWhatIsSeenAndNobodyElse(t *testing.T) {
	h := newHouse(t)
	ask := func(key []byte, at time.Time) *http.Response {
		r, err := AskSeen(houseURL, key, at)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Forwarded-For", "192.0.2.7, 10.0.0.2")
		resp, err := h.app.Test(r)
		if err != nil {
			t.Fatal(err)
		}
		return resp
	}
	for name, resp := range map[string]*http.Response{
		"another key": ask([]byte("another"), time.Now()), "an old request": ask(h.server.FormKey, time.Now().Add(-time.Hour)),
	} {
		if resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", name, resp.StatusCode)
		}
	}
	resp := ask(h.server.FormKey, time.Now())
	var seen Seen
	if err := json.NewDecoder(resp.Body).Decode(&seen); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatal(resp.StatusCode, err)
	}
	if diff := cmp.Diff([]string{"192.0.2.7", "10.0.0.2"}, seen.Forwarded); diff != "" || seen.Trusted || seen.Client != seen.Peer {
		t.Errorf("%+v %s", seen, diff)
	}
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	if got := SeenAs(netip.MustParseAddr("10.0.0.1"), "1.1.1.1, 192.0.2.7, 10.0.0.2", trusted); got.Client.String() != "192.0.2.7" || !got.Trusted {
		t.Errorf("%+v", got)
	}
}
