package moderation

import "testing"

type says Opinion

func (s says) Weigh(Case) Opinion { return Opinion(s) }

func TestJudge(t *testing.T) {
	policy := Policy{Approve: 2, Spam: 10}
	for name, tc := range map[string]struct {
		signals []Signal
		caps    map[string]float64
		score   float64
		want    Outcome
	}{
		"nothing noticed is likely good":         {nil, nil, 0, Approve},
		"below the first line is likely good":    {[]Signal{{Score: 1.9}}, nil, 1.9, Approve},
		"on the first line waits":                {[]Signal{{Score: 2}}, nil, 2, Hold},
		"on the spam line is spam":               {[]Signal{{Score: 6}, {Score: 4}}, nil, 10, Spam},
		"a group stops at its cap":               {[]Signal{{Score: 6, Group: "judol"}, {Score: 6, Group: "judol"}}, map[string]float64{"judol": 8}, 8, Hold},
		"good history counts within a group":     {[]Signal{{Score: 6, Group: "g"}, {Score: -3, Group: "g"}}, map[string]float64{"g": 8}, 3, Hold},
		"a shadow adds nothing":                  {[]Signal{{Score: 50, Shadow: true}}, nil, 0, Approve},
		"a shadow forces nothing":                {[]Signal{{Force: Spam, Shadow: true}}, nil, 0, Approve},
		"a forced hold does not soften spam":     {[]Signal{{Force: Hold}, {Score: 99}}, nil, 99, Spam},
		"a forced hold keeps good ones waiting":  {[]Signal{{Force: Hold}}, nil, 0, Hold},
		"forced spam is the sternest":            {[]Signal{{Force: Spam}, {Force: Hold}, {Force: Approve}}, nil, 0, Spam},
		"forced hold is sterner than approval":   {[]Signal{{Force: Hold}, {Force: Approve}}, nil, 0, Hold},
		"forced approval overrides a high score": {[]Signal{{Force: Approve}, {Score: 12}}, nil, 12, Approve},
	} {
		t.Run(name, func(t *testing.T) {
			v := Judge{Rules: says{Signals: tc.signals, Caps: tc.caps, Version: "r1"}}.Weigh(Case{}, policy)
			if v.Score != tc.score || v.Outcome != tc.want || v.Rules != "r1" {
				t.Errorf("score %v outcome %s rules %s, want %v %s r1", v.Score, v.Outcome, v.Rules, tc.score, tc.want)
			}
		})
	}
}

func TestTheModelIsOneMoreWeigher(t *testing.T) {
	j := Judge{Rules: says{Signals: []Signal{{Score: 1}}}, Model: says{Signals: []Signal{{Score: 3}}, Version: "m7"}}
	if v := j.Weigh(Case{}, DefaultPolicy()); v.Score != 4 || v.Model != "m7" || v.Level() != Doubtful {
		t.Errorf("got %+v", v)
	}
}
