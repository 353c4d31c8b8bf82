package web

import (
	"fmt"
	"net/http"
	"net/url"
	"testing"
)

func TestReadersOfAThreadAreCountedOncePerPage(t *testing.T) {
	h := newHouse(t)
	h.server.Threads, h.server.Reads = h.db, &Reads{}
	page := "https://warta.example/banjir"
	for _, path := range []string{page, page + "#komentar", page + "?utm_source=x", "https://warta.example/lain"} {
		h.send(ask{method: http.MethodGet, path: "/v1/sites/warta/threads?page=" + url.QueryEscape(path)})
	}
	h.send(ask{method: http.MethodGet, path: "/sites/warta/threads?page=" + url.QueryEscape(page)})
	got := map[string]int{}
	for _, r := range h.server.Reads.Take() {
		got[r.Site+" "+r.Page] = r.Reads
	}
	if fmt.Sprint(got) != fmt.Sprint(map[string]int{"warta " + page: 4, "warta https://warta.example/lain": 1}) {
		t.Errorf("counted %v", got)
	}
	if again := h.server.Reads.Take(); len(again) > 0 {
		t.Errorf("counted again: %v", again)
	}
	for n := range mostPages + 5 {
		h.server.Reads.add("warta", fmt.Sprint(n))
	}
	if n := len(h.server.Reads.Take()); n != mostPages {
		t.Errorf("%d pages are remembered", n)
	}
}
