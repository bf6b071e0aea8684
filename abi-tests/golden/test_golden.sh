#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Tests golden.sh itself: a changed, a missing and an added line each fail and
# are named, and the golden file stays as it was.
#
#	test_golden.sh <program> <golden file>
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
program=$1 golden=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# refused <what> <expected text>: the mutated copy is refused, and why is said.
refused()
{
	local before said
	before=$(cksum < "$work/golden.txt")
	if said=$("$here/golden.sh" "$program" "$work/golden.txt"); then
		echo "not noticed: $1"
		exit 1
	fi
	if ! grep -qF "$2" <<< "$said"; then
		printf '%s: expected "%s", got:\n%s\n' "$1" "$2" "$said"
		exit 1
	fi
	[ "$(cksum < "$work/golden.txt")" = "$before" ] || { echo "$1: rewritten"; exit 1; }
}

line=$(grep -n '^error EINVAL 0x16$' "$golden" | cut -d: -f1)
sed 's/^error EINVAL 0x16$/error EINVAL 0x17/' "$golden" > "$work/golden.txt"
refused "a changed number" "golden.txt:$line: says:    error EINVAL 0x17"
sed '/^error EINVAL/d' "$golden" > "$work/golden.txt"
refused "a line too few" "of the headers: error EINVAL 0x16"
{ cat "$golden"; echo "constant PKVM_GONE 0x1"; } > "$work/golden.txt"
refused "a line too many" "says:    constant PKVM_GONE 0x1"
