package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"balasan/moderation"
)

// DigestNews is what a digest tells of. It names no visitor.
type DigestNews struct {
	Counts moderation.LaneCounts
	Oldest time.Time
	Top    []moderation.Group // campaigns before singles
}

// DigestLetter writes down what waits for an editor, with links to the queue and out of the digest.
func DigestLetter(id, base, secret string, d moderation.Digest, n DigestNews) moderation.Letter {
	lang, stop := d.Language, SubscriptionURL(base, secret)
	waiting := tr(lang, "mail.digest.counts", count(n.Counts.Campaign), count(n.Counts.Doubt), count(n.Counts.Good))
	if !n.Oldest.IsZero() {
		waiting += "\n" + tr(lang, "mail.digest.oldest", ago(lang, n.Oldest).Words)
	}
	parts := []string{tr(lang, "mail.digest.hello"), waiting}
	if top := digestTop(lang, n.Top); top != "" {
		parts = append(parts, top)
	}
	parts = append(parts, base+"/queue", tr(lang, "mail.digest.stop"), stop)
	return moderation.Letter{ID: id, To: d.To, Language: lang, Subject: tr(lang, "mail.digest.subject", count(n.Counts.Campaign+n.Counts.Doubt+n.Counts.Good)),
		Text: strings.Join(parts, "\n\n"), Stop: stop}
}

func digestTop(lang string, groups []moderation.Group) string {
	var lines []string
	for _, g := range groups {
		if len(g.Members) == 0 {
			continue
		}
		e := g.Members[0]
		page := plain(excerpt(cmp.Or(e.PageTitle, e.Page), 100))
		if g.Campaign != nil {
			lines = append(lines, "– "+tr(lang, "mail.digest.campaign", count(g.Pending), page))
			continue
		}
		lines = append(lines, "– "+tr(lang, "mail.digest.single", page))
	}
	return strings.Join(lines, "\n")
}

// consent names the words that a sender agreed to who wants to hear of replies; empty without.
func (s *Server) consent(lang string, f fields) string {
	if f["notify"] != "1" || s.Queue.Mail == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(tr(lang, "form.notify")))
	return lang + " " + hex.EncodeToString(sum[:8])
}

// AskLetter asks the sender of a comment whether the address is theirs. It repeats nothing that a
// stranger could have written into it.
func AskLetter(id, base, secret, site string, e moderation.Entry) moderation.Letter {
	lang := letterLanguage(e)
	return moderation.Letter{ID: id, To: e.Email, Language: lang, Subject: tr(lang, "mail.replies.subject", plain(site)),
		Text: tr(lang, "mail.replies.text", plain(site), SubscriptionURL(base, secret))}
}

// ReplyLetter tells the sender of the comment above of a public reply.
func ReplyLetter(id, base, secret, site string, above, reply moderation.Entry) moderation.Letter {
	lang, stop := letterLanguage(above), SubscriptionURL(base, secret)
	parts := []string{tr(lang, "mail.reply.text", plain(cmp.Or(reply.Name, "–")), plain(site)), plain(excerpt(reply.Body, 500))}
	if moderation.PageOrigin(above.Page) != "" {
		parts = append(parts, above.Page)
	}
	parts = append(parts, tr(lang, "mail.reply.stop"), stop)
	return moderation.Letter{ID: id, To: above.Email, Language: lang, Subject: tr(lang, "mail.reply.subject", plain(site)), Text: strings.Join(parts, "\n\n"), Stop: stop}
}

func letterLanguage(e moderation.Entry) string {
	if slices.Contains(languages, e.Language) {
		return e.Language
	}
	return languages[0]
}
