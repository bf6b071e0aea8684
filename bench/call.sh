#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Instructions on the road of one call, counted by callgrind: the difference of
# two runs, so that everything but the calls falls away. Usage: call.sh BENCH_CALL
set -eu
program=$1
limit=120
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# Instructions from the stub on but those of the handler, for so many vCPUs and rounds.
count() {
	valgrind --tool=callgrind --toggle-collect=pkvm_hc_bench_empty \
		--toggle-collect=pkvm_hyp_bench_empty \
		--callgrind-out-file="$dir/out" "$program" "$1" "$2" 2>"$dir/log" >&2 ||
		{ cat "$dir/log" >&2; exit 1; }
	sed -n 's/^summary: //p' "$dir/out"
}

echo "instructions per call (3 words in, 3 out, empty handler; at most $limit)"
worst=0
for vcpus in 1 64 4096; do
	each=$((($(count $vcpus 2000) - $(count $vcpus 1000)) / 1000))
	printf '%6d vCPUs: %d\n' "$vcpus" "$each"
	[ "$each" -le "$worst" ] || worst=$each
done
[ "$worst" -le "$limit" ] || { echo "call.sh: above $limit" >&2; exit 1; }
