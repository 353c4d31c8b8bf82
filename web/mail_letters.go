package web

import (
	"cmp"
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
