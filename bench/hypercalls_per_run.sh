#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Hypercalls of a guest run by name, then the instructions on their road, counted by
# callgrind: a host that posts against one that calls. Of two lengths of a run the
# difference counts, so that everything before the workload falls away.
# Beside them the totals in VMX root operation, if workload.sh has left them in a file.
# Usage: hypercalls_per_run.sh PROGRAM [TOTALS]
set -eu
program=$1 totals=${2:-/dev/null}
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

# on_vmx <kind>: two totals, or that there are none.
on_vmx()
{
	awk -v kind="$1" '$1 == kind { print $2 " | " $3; found = 1 }
		END { if (!found) print "- | -" }' "$totals"
}

# compare <kind> <limit in percent>
compare()
{
	# shellcheck disable=SC2046
	set -- "$1" "$2" $(count "$1" plain) $(count "$1" posting)
	echo "| $1 | $3 | $5 | $((100 * $5 / $3)) % | $2 % | $4 | $6 | $(on_vmx "$1") |"
	[ $((100 * $5)) -le $(($2 * $3)) ] || { echo "$1: above $2 %" >&2; exit 1; }
}

"$program"
echo
echo "instructions a run: the calls' road; all on the model engine; VMX root operation"
echo
echo "| VM | plain | posting | ratio | at most | all, plain | posting | VMX, plain | posting |"
echo "| -- | ----- | ------- | ----- | ------- | ---------- | ------- | ---------- | ------- |"
compare npvm 70
compare pvm 40
