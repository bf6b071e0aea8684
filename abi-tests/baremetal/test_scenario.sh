#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Plays a scenario on both engines with the same processor: it passes on each, and both
# print the same calls, statuses, outputs, exits and counts, but for what the list of
# differences explains; with --quiet, the same counts.
# test_scenario.sh <pkvm> <folder of scenarios> <scenario, from there on> <processor> [--quiet]
set -euo pipefail

pkvm=$1 folder=$2 scenario=$3 processor=$4
shift 4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# One s/// for each printed difference that the list has for this scenario.
awk -v scenario="$scenario" -v processor="$processor" '
	{ split($1, about, "@") }
	(about[1] == "*" || about[1] == scenario) && $2 ~ /^print=/ &&
	(!(2 in about) || about[2] == processor) {
		print "s@" substr($2, 7) "@(differs)@g"
	}' "$folder/vmx-differences.txt" > "$scratch/differs.sed"

# play <engine> <options>...: what is told, without times, the account of pages, and what the model
# alone knows of entries that failed.
play()
{
	local engine=$1
	shift
	"$pkvm" run --engine "$engine" --cpu-model "$processor" "$@" \
		"$folder/$scenario" > "$scratch/$engine" 2>&1 || {
		tail -n 5 "$scratch/$engine"
		echo "FAILED: $scenario does not pass on the engine $engine, processor $processor"
		exit 1
	}
	sed -E -e 's/ cycles .*//' -e '/^Pages: /d' -e '/^Entries refused /d' -e '/^Exits and calls on/d' \
		-f "$scratch/differs.sed" "$scratch/$engine" > "$scratch/$engine.told"
}

play vmx --timeout 280 "$@"
if grep -q "^SKIPPED" "$scratch/vmx"; then
	sed "s@^@note: $scenario: @" "$scratch/vmx"
	exit 0
fi
play model "$@"
if ! diff "$scratch/model.told" "$scratch/vmx.told"; then
	echo "FAILED: $scenario, $processor: the engines tell different things (model <, vmx >)"
	exit 1
fi
echo "$scenario: $(wc -l < "$scratch/vmx.told") lines are the same on both engines"
