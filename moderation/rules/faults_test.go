package rules_test

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"balasan/moderation/rules"
)

// load reads one rule file that may name lists/words.txt.
func load(yaml string) (*rules.Set, error) {
	return rules.Load(fstest.MapFS{
		"rules/a.yaml":    {Data: []byte(yaml)},
		"lists/words.txt": {Data: []byte("# words\nslot\ngacor # a bird's, too\n")},
	})
}

func TestTypicalMistakesAreNamedInPlainWords(t *testing.T) {
	for name, tc := range map[string]struct{ yaml, want string }{
		"a misspelt key": {
			"version: 1\nrules:\n  - id: a\n    scor: 3\n    match: {body: x}\n    action: hold\n",
			"rules/a.yaml:4:5: “scor” is not a key of a rule; did you mean “score”?"},
		"an unknown field in if": {
			"version: 1\nrules:\n  - id: a\n    if: 'links.cuont > 2'\n    score: 3\n",
			"rules/a.yaml:4:16: The condition asks for “cuont”, which does not exist; did you mean “links.count”?"},
		"an unknown name in if": {
			"version: 1\nrules:\n  - id: a\n    if: 'sendr.approved > 2'\n    score: 3\n",
			"rules/a.yaml:4:10: The condition asks for “sendr”, which does not exist; did you mean “sender.approved”?"},
		"a wrong type in if": {
			"version: 1\nrules:\n  - id: a\n    if: 'links.count > \"two\"'\n    score: 3\n",
			"rules/a.yaml:4:22: The condition compares two different kinds of values"},
		"an if that is no condition": {
			"version: 1\nrules:\n  - id: a\n    if: 'links.count'\n    score: 3\n",
			"A condition should be true or false, such as 'links.count > 2'"},
		"an unknown list": {
			"version: 1\nlists:\n  words: {file: lists/words.txt}\nrules:\n  - id: a\n    match: {body: \"@word\"}\n    score: 3\n",
			"rules/a.yaml:6:19: There is no list “word”; did you mean “words”?"},
		"an unknown list in if": {
			"version: 1\nlists:\n  words: {file: lists/words.txt}\nrules:\n  - id: a\n    if: 'hits(\"wrods\") > 1'\n    score: 3\n",
			"There is no list “wrods”; did you mean “words”?"},
		"a list file that is not there": {
			"version: 1\nlists:\n  words: {file: lists/wrds.txt}\n",
			"rules/a.yaml:3:17: The list file “lists/wrds.txt” is not there"},
		"the same id twice": {
			"version: 1\nrules:\n  - {id: a, match: {body: x}, score: 1}\n  - {id: a, match: {body: y}, score: 1}\n",
			"The id “a” is already taken (rules/a.yaml line 3); every rule needs its own"},
		"a broken pattern": {
			"version: 1\nrules:\n  - id: a\n    match:\n      body (regex): \"slot(\"\n    score: 1\n",
			"rules/a.yaml:5:21: “slot(” is not a valid pattern: missing closing )"},
		"a pattern that looks ahead": {
			"version: 1\nrules:\n  - id: a\n    match:\n      body (regex): \"slot(?=x)\"\n    score: 1\n",
			"looking ahead or behind is not available"},
		"a pattern that matches everything": {
			"version: 1\nrules:\n  - id: a\n    match:\n      body (regex): \".*\"\n    score: 1\n",
			"The pattern “.*” matches everything, even an empty text"},
		"a bad time in if": {
			"version: 1\nrules:\n  - id: a\n    if: 'form.age < duration(\"5 sec\")'\n    score: 1\n",
			"“5 sec” is not a time such as “5s”, “10m” or “1h30m”"},
		"a time without duration": {
			"version: 1\nrules:\n  - id: a\n    if: 'form.age < 5s'\n    score: 1\n",
			"A time is written duration(\"5s\")"},
		"a number for a time": {
			"version: 1\nrules:\n  - id: a\n    if: 'form.age < 5'\n    score: 1\n",
			"A time is written duration(\"5s\")"},
		"a single equals sign": {
			"version: 1\nrules:\n  - id: a\n    if: 'links.count = 0'\n    score: 1\n",
			"“Equal to” is written =="},
		"a bad time in match": {
			"version: 1\nrules:\n  - {id: a, match: {form.age: \"< 5 sec\"}, score: 1}\n",
			"“form.age” is compared with a time such as “< 5s” or “>= 2m”, not with “< 5 sec”"},
		"a bad day": {
			"version: 1\nrules:\n  - id: a\n    expires: 31-12-2026\n    match: {body: x}\n    score: 1\n",
			"“expires” should be a day such as 2027-01-31, not “31-12-2026”"},
		"a score that is no number": {
			"version: 1\nrules:\n  - id: a\n    match: {body: x}\n    score: tiga\n",
			"rules/a.yaml:5:12: “score” should be a number between -100 and 100, such as 2.5, not “tiga”"},
		"an unknown status": {
			"version: 1\nrules:\n  - id: a\n    status: lvie\n    match: {body: x}\n    score: 1\n",
			"“lvie” is not a status; did you mean “live”?"},
		"an unknown action": {
			"version: 1\nrules:\n  - id: a\n    match: {body: x}\n    action: delete\n",
			"“delete” is not an action; known are: hold, spam, approve"},
		"an unknown group": {
			"version: 1\ngroups: {judol: {max: 8}}\nrules:\n  - id: a\n    match: {body: x}\n    score: 1\n    group: judl\n",
			"There is no group “judl”; did you mean “judol”?"},
		"an unknown way to match": {
			"version: 1\nrules:\n  - id: a\n    match: {body (wrod): x}\n    score: 1\n",
			"“(wrod)” should be a way to match in parentheses; did you mean “word”?"},
		"an unknown field in match": {
			"version: 1\nrules:\n  - id: a\n    match: {bdy: x}\n    score: 1\n",
			"“bdy” is not a field; did you mean “body”?"},
		"a field that only an if may ask for": {
			"version: 1\nrules:\n  - id: a\n    match: {something.strange.else: x}\n    score: 1\n",
			"“something.strange.else” is not a field; known are: body, email.domain, name, page"},
		"a star in a page": {
			"version: 1\nrules:\n  - id: a\n    match: {page: \"/khusus/*\"}\n    score: 1\n",
			"rules/a.yaml:4:19: “/khusus/*” is a pattern of addresses; write the part of the address as words, such as page: \"khusus\", or page (regex): '/khusus/'"},
		"a tab": {
			"version: 1\nrules:\n\t- id: a\n",
			"rules/a.yaml:3:1: This line is indented with a tab"},
		"a rule without id": {
			"version: 1\nrules:\n  - match: {body: x}\n    score: 1\n",
			"This rule has no “id:”"},
		"a rule without a condition": {
			"version: 1\nrules:\n  - id: a\n    score: 1\n",
			"The rule “a” has no condition; give it “match:” or “if:”"},
		"a rule without consequence": {
			"version: 1\nrules:\n  - id: a\n    match: {body: x}\n",
			"The rule “a” does nothing"},
		"a reason in one language": {
			"version: 1\nrules:\n  - {id: a, match: {body: x}, score: 1, reason: {id: satu}}\n",
			"A reason needs a sentence in Indonesian (id:) and one in English (en:)"},
		"a key twice": {
			"version: 1\nrules:\n  - id: a\n    score: 1\n    score: 2\n    match: {body: x}\n",
			"this key stands here twice; keep one of them"},
		"a missing version": {
			"rules: []\n",
			"The file should begin with “version: 1”"},
		"a change of a rule that is not there": {
			"version: 1\nrules:\n  - {id: links.any, match: {body: x}, score: 1}\nchange:\n  link.any: {status: off}\n",
			"There is no rule “link.any” to change; did you mean “links.any”?"},
		"a term without letters": {
			"version: 1\nrules:\n  - {id: a, match: {body: \"!!!\"}, score: 1}\n",
			"The term “!!!” holds no letter and no digit"},
		"a window that is not counted": {
			"version: 1\nrules:\n  - {id: a, if: 'recent(\"network\", \"2h\") > 1', score: 1}\n",
			"recent looks back “10m”, “1h” or “24h”, not “2h”"},
		"a loop over numbers": {
			"version: 1\nrules:\n  - {id: a, if: 'count(1..1000000, true) > 1', score: 1}\n",
			"Ranges (1..9) are not part of conditions"},
		"an override without a day": {
			"version: 1\nrules:\n  - {id: a, match: {body: x}, score: 1, override: yes}\n",
			"“override” should say who, when and why, such as \"Sari, 2026-11-23, the campaign is worse\""},
		"a brace that is not closed": {
			"version: 1\nrules:\n  - {id: a, match: {body: \"slot {gacor|maxwin\"}, score: 1}\n",
			"rules/a.yaml:3:27: Alternatives are written {so|or so}; here a brace is missing"},
		"too many alternatives": {
			"version: 1\nrules:\n  - {id: a, match: {body: \"{a|b|c}{a|b|c}{a|b|c}{a|b|c}{a|b|c}{a|b|c}\"}, score: 1}\n",
			"This term has more than 500 spellings"},
		"a bad network": {
			"version: 1\nlists: {bad: {match: cidr, terms: [10.0.0.0/99]}}\nrules:\n  - {id: a, match: {sender.network: \"@bad\"}, score: 1}\n",
			"“10.0.0.0/99” is not a network such as 203.0.113.0/24"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := load(tc.yaml)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got:  %v\nwant: %s", err, tc.want)
			}
		})
	}
}

func TestAllMistakesAreNamedAtOnce(t *testing.T) {
	_, err := load("version: 1\nrules:\n  - {id: a, match: {bdy: x}, score: tiga}\n  - {id: b, status: on, match: {body: x}, score: 1}\n")
	faults, _ := errors.AsType[rules.Faults](err)
	if len(faults) != 3 {
		t.Errorf("%d faults, want 3: %v", len(faults), err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("version: 1\nlists:\n  words: {file: lists/words.txt, match: class-word}\ngroups: {g: {max: 3}}\nrules:\n" +
		"  - id: a\n    match: {~body+name (word): \"@words\", links.count: \">= 2\"}\n    if: 'hits(\"words\") > 0'\n    score: 1\n    group: g\n    tests: {spam: [x]}\n")
	f.Add("a: [}\n\t- b")
	f.Add("- &a [*a]")
	f.Fuzz(func(t *testing.T, yaml string) {
		set, err := load(yaml)
		if err == nil {
			set.Test()
			return
		}
		if faults, ok := errors.AsType[rules.Faults](err); !ok || len(faults) == 0 {
			t.Errorf("the error is not made of faults: %v", err)
		}
	})
}
