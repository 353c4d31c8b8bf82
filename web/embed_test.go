package web

import "testing"

// Pages pin these digests; a changed embed gets a new version and a new line.
func TestFrozenVersionsNeverChange(t *testing.T) {
	for file, want := range map[string]string{
		"v1.0.0.js":  "sha384-tuUPeJkoz561hfT5kI3Qa0ap1c9EuPjEDyDnsWp7qtdN/TerZ3ChA2DNi0zlWOYy",
		"v1.0.0.css": "sha384-xzRdAdUFRLZOCz1BxKKRmlm/RIC20gyeH3IaTeijFxc1F46TIQeFBtW4c3se9SpQ",
		"v1.1.0.js":  "sha384-FJPbvFM/DYVU+82ovP/oxTpikcV0gGJhOKwYQPGd6IJjgCaslrXsD31PF4J3yJQ1",
		"v1.1.0.css": "sha384-qWgneB6aRsZ6a4mtvYLhfjuRWVamRHLzMP7N8YLnYENrTXzJUQWibfBpe7Hklwsx",
		"v1.2.0.js":  "sha384-zZOMpYyYWczKP+6R28DTQnbF3U/PJKWVphE2DHlzFaaOdGiNGuTvT505A+ef1BYJ",
		"v1.2.0.css": "sha384-tae9m8gW8ZJF19l2yzPjBa0A188D288bWz7NR5Eo7cvUeP4gOKTYuRjyZIw6EiQO",
	} {
		if got := frozenSRI(file); got != want {
			t.Errorf("%s is %s, want %s", file, got, want)
		}
	}
}
