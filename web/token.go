package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"time"

	"balasan/moderation"
)

const tokenMAC = 16 // bytes

// formToken says when a form was opened, for one page: 8 bytes of Unix milliseconds and a
// MAC over them, the site and the page.
func (s *Server) formToken(site, page string, at time.Time) string {
	raw := binary.BigEndian.AppendUint64(nil, uint64(at.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(append(raw, s.mac("form", site, page, string(raw))[:tokenMAC]...))
}

// readForm tells what the form betrays: a token of ours, its age, and filled honeypots.
func (s *Server) readForm(site, page string, f fields, at time.Time) moderation.Form {
	var form moderation.Form
	raw, err := base64.RawURLEncoding.Strict().DecodeString(f["form"])
	if err == nil && len(raw) == 8+tokenMAC && hmac.Equal(raw[8:], s.mac("form", site, page, string(raw[:8]))[:tokenMAC]) {
		opened := time.UnixMilli(int64(binary.BigEndian.Uint64(raw)))
		form.Signed, form.Age = true, max(at.Sub(opened), 0)
	}
	for _, day := range []time.Time{at, at.AddDate(0, 0, -1)} { // a form may stay open over midnight
		for _, name := range s.traps(site, day) {
			if f[name] != "" {
				form.Traps++
			}
		}
	}
	return form
}

// traps names the two honeypots of a site and day. The names say nothing a form filler knows.
func (s *Server) traps(site string, at time.Time) []string {
	sum := hex.EncodeToString(s.mac("trap", site, at.UTC().Format(time.DateOnly)))
	return []string{"r" + sum[:9], "k" + sum[9:18]}
}

func (s *Server) mac(parts ...string) []byte {
	h := hmac.New(sha256.New, s.FormKey)
	h.Write([]byte(strings.Join(parts, "\x00")))
	return h.Sum(nil)
}
