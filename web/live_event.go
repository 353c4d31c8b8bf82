package web

import (
	"encoding/json"
	"strconv"
	"strings"

	"balasan/moderation"
)

// settledDoc is one batch, or a part of it, as pages hear of it.
type settledDoc struct {
	Batch string   `json:"batch"`
	By    string   `json:"by"`
	To    string   `json:"to"`
	IDs   []string `json:"ids"`
}

// settledFacts are the facts of one batch that stand together in the tail.
type settledFacts []moderation.Fact

// settledIn gathers decisions by batch.
func settledIn(facts []moderation.Fact) []settledFacts {
	var all []settledFacts
	for _, f := range facts {
		if f.Kind != moderation.FactDecided {
			continue
		}
		if last := len(all) - 1; last >= 0 && all[last][0].Batch == f.Batch {
			all[last] = append(all[last], f)
			continue
		}
		all = append(all, settledFacts{f})
	}
	return all
}

// write tells the listener what of it lies on sites that it sees.
func (s settledFacts) write(out *strings.Builder, one *listener) {
	doc := settledDoc{Batch: s[0].Batch, By: s[0].By, To: string(s[0].To)}
	for _, f := range s {
		if one.who.May(moderation.ToRead, f.Site) && (one.site == "" || one.site == f.Site) {
			doc.IDs = append(doc.IDs, f.Comment)
		}
	}
	if len(doc.IDs) == 0 {
		return
	}
	text, _ := json.Marshal(doc)
	frame(out, "settled", s[len(s)-1].ID, string(text))
}

// frame is one event; an id of 0 leaves the listener's as it is. JSON has no line breaks.
func frame(out *strings.Builder, event string, id int64, data string) {
	if id > 0 {
		out.WriteString("id: " + strconv.FormatInt(id, 10) + "\n")
	}
	out.WriteString("event: " + event + "\ndata: " + data + "\n\n")
}
