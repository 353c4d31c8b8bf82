package rules

import (
	"iter"
	"slices"
	"time"

	"balasan/moderation"
)

// Trial replays comments and tells what one live rule of the set changes. It fills in what it
// counts; what was there to look at is for the caller to say. The model may be nil.
func (s *Set) Trial(id string, model moderation.Weigher, replay iter.Seq[Stored]) moderation.RuleTrial {
	out := moderation.RuleTrial{ID: id, Looked: map[moderation.State]int{}, Hits: map[moderation.State]int{}}
	for stored := range replay {
		out.Looked[stored.State]++
		opinion := s.Weigh(stored.Case)
		at := slices.IndexFunc(opinion.Signals, func(signal moderation.Signal) bool { return signal.Rule == id })
		if at < 0 {
			continue
		}
		out.Hits[stored.State]++
		hit := weighed(stored, opinion, at, model)
		if hit.From != hit.To {
			switch hit.To {
			case moderation.Spam:
				out.Spam++
			case moderation.Hold:
				out.Held++
			}
		}
		switch {
		case stored.State == moderation.Approved:
			out.Approved = newestHits(out.Approved, hit)
		case stored.State == moderation.Pending && hit.From != hit.To:
			out.Moved = newestHits(out.Moved, hit)
		}
	}
	return out
}

// weighed holds the verdict with the signal against the one without it.
func weighed(stored Stored, opinion moderation.Opinion, at int, model moderation.Weigher) moderation.RuleHit {
	without := opinion
	without.Signals = slices.Clone(opinion.Signals)
	without.Signals[at].Shadow = true
	model = said(model, stored.Case)
	sub := stored.Case.Submission
	return moderation.RuleHit{ID: stored.ID, Site: sub.Site, Name: sub.Name, Website: sub.Website, Body: sub.Body,
		Spans: opinion.Signals[at].Spans, At: stored.At,
		From: moderation.Judge{Rules: spoken(without), Model: model}.Weigh(stored.Case, stored.Policy).Outcome,
		To:   moderation.Judge{Rules: spoken(opinion), Model: model}.Weigh(stored.Case, stored.Policy).Outcome}
}

func newestHits(all []moderation.RuleHit, one moderation.RuleHit) []moderation.RuleHit {
	return newest(append(all, one), func(h moderation.RuleHit) time.Time { return h.At })
}
