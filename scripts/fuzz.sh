#!/bin/sh
# Runs every fuzz target of the module for a bounded time: fuzz.sh GO TIME
set -eu
go="$1" time="$2"
git ls-files '*_test.go' | xargs grep -l '^func Fuzz' | xargs -n1 dirname | sort -u | while read -r dir; do
	"$go" test -list '^Fuzz' "./$dir" | grep '^Fuzz' | while read -r target; do
		echo "== $dir $target"
		"$go" test -run '^$' -fuzz "^$target\$" -fuzztime "$time" "./$dir"
	done
done
