#!/bin/sh
# Speaks the ten Indonesian digits into id.pcm: for each one two bytes of length (big-endian),
# then its sound, 8 kHz, 8 bit unsigned, mono. Needs espeak-ng and sox.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
: > id.pcm
for word in nol satu dua tiga empat lima enam tujuh delapan sembilan; do
	espeak-ng -v id -s 140 -w "$work/a.wav" "$word"
	sox "$work/a.wav" -r 8000 -c 1 "$work/b.wav" highpass 90 \
		silence 1 0.005 0.5% reverse silence 1 0.005 0.5% reverse gain -n -1
	sox -D "$work/b.wav" -t raw -r 8000 -b 8 -e unsigned-integer -c 1 "$work/c" fade t 0.004 -0 0.02
	size=$(wc -c < "$work/c")
	printf "\\$(printf %03o $((size / 256)))\\$(printf %03o $((size % 256)))" >> id.pcm
	cat "$work/c" >> id.pcm
done
