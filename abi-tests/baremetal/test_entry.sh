#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Enters random VMCSs for real and judges them by the checker; then reads the
# emulator's log, which names the check of every entry that failed: a rule that
# log.txt has for that text must be among those that the checker found broken.
# test_entry.sh <root of the source tree> <image> <model> <cases> [<seed>]
set -euo pipefail

root=$(readlink -f "$1")
image=$2 model=$3 cases=$4 seed=${5:-${PKVM_TEST_SEED:-7}}
room=$root/abi-tests/baremetal/entry
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Numbers in the log's texts differ from case to case.
without_numbers()
{
	sed -E 's/([ =[(])-?(0x[0-9a-fA-F]+|[0-9]+)/\1#/g; s/(set up MSR|range MSR) [#0-9a-f]+/\1 #/'
}

# The list of the documentation is that of the image.
sed -nE 's/^DIFFERS\([A-Z]*, "(.*)",$/\1/p' "$room/leniencies.inc" > "$scratch/listed"
# shellcheck disable=SC2016
sed -n '/^## Where the emulator differs/,$p' "$root/docs/entry.md" |
	sed -nE 's/^\| `([^`]*)` .*/\1/p' > "$scratch/documented"
diff "$scratch/listed" "$scratch/documented" || {
	echo "FAILED: docs/entry.md has another list of differences than leniencies.inc"
	exit 1
}

echo "$seed $cases" > "$scratch/commands"
: > "$scratch/log"
status=0
"$root/baremetal/run.sh" --seconds $((60 + cases / 50)) --model "$model" \
	--commands "$scratch/commands" --log "$scratch/log" "$image" > "$scratch/out" || status=$?
grep -vE '^(failed|LISTED) ' "$scratch/out" || true
[ "$status" -ne 2 ] || exit 1

# <time> <text>: the emulator's counts instructions, as the image's TSC does.
tr -d '\000' < "$scratch/log" |
	sed -nE 's/^0*([0-9]+)[a-z]\[CPU0  \] ((VMFAIL|FAIL|VMENTER|VMX LoadMSRs).*)/\1 \2/p' |
	without_numbers > "$scratch/reasons"
grep '^failed ' "$scratch/out" > "$scratch/failed" || true

awk '
	BEGIN { nr = 0; at = 0 }
	function bad(text) { print "FAILED: " text; failures++ }
	FILENAME == ARGV[1] {
		if ($0 ~ /^#/ || !NF) next
		if (!/^\t/) name = $0
		else rules[name] = rules[name] $0
		next
	}
	FILENAME == ARGV[2] {
		when[nr + 0] = $1 + 0
		sub(/^[^ ]+ /, "")
		text[nr++] = $0
		next
	}
	{
		found = 0
		for (; at < nr && when[at] <= $3 + 0; at++) {
			reason = text[at]
			found++
		}
		if (found != 1) {
			bad("case " $2 ": the log has " found " reasons, not one")
			next
		}
		seen[reason]++
		if (!(reason in rules)) {
			bad("case " $2 ": log.txt has no row for: " reason)
			next
		}
		n = split(rules[reason], id)
		for (i = 1; i <= n; i++)
			if (index("," $6 ",", "," id[i] ",")) break
		if (i > n)
			bad("case " $2 ": the log says \"" reason "\", but broken are " $6)
		else
			agreed++
	}
	END {
		if (at < nr) bad((nr - at) " reasons of the log have no failed entry")
		for (reason in rules) { rows++; used += reason in seen }
		printf "log: %d failed entries, %d with a reason that is a broken rule, " \
			"%d of %d texts seen\n", FNR, agreed, used, rows
		if (!agreed) bad("no failed entry was compared with the log")
		exit failures > 0
	}' "$room/log.txt" "$scratch/reasons" "$scratch/failed" || status=1

[ "$status" -eq 0 ] && echo "PASSED: seed $seed, $cases cases on $model"
exit "$status"
