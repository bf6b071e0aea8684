#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Hypercalls of a guest run by name, then the instructions on their road, counted by
# callgrind: a host that posts against one that calls. Of two lengths of a run the
# difference counts, so that everything before the workload falls away.
# Usage: hypercalls_per_run.sh PROGRAM
set -eu
program=$1
here=$(dirname "$(readlink -f "$0")")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# profile <kind> <mode> <runs>: what callgrind counted, road and total.
profile()
{
	valgrind --tool=callgrind --separate-callers=8 --callgrind-out-file="$dir/out" \
		"$program" "$1" "$2" "$3" 2>"$dir/log" >&2 || { cat "$dir/log" >&2; exit 1; }
	awk -f "$here/road.awk" "$dir/out"
	sed -n 's/^summary: //p' "$dir/out"
}

# count <kind> <mode>: instructions a run, road and total.
count()
{
	# shellcheck disable=SC2046
	set -- $(profile "$1" "$2" 1000) $(profile "$1" "$2" 3000)
	echo $((($3 - $1) / 2000)) $((($4 - $2) / 2000))
}

# compare <kind> <limit in percent>
compare()
{
	# shellcheck disable=SC2046
	set -- "$1" "$2" $(count "$1" plain) $(count "$1" posting)
	echo "| $1 | $3 | $5 | $((100 * $5 / $3)) % | $2 % | $4 | $6 |"
	[ $((100 * $5)) -le $(($2 * $3)) ] || { echo "$1: above $2 %" >&2; exit 1; }
}

"$program"
echo
echo "instructions a run: the calls' road, and all on the model engine"
echo
echo "| VM | plain | posting | ratio | at most | all, plain | all, posting |"
echo "| -- | ----- | ------- | ----- | ------- | ---------- | ------------ |"
compare npvm 70
compare pvm 40
