#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Plays a scenario under a wrong policy, which has to fail it for the reason that is told.
# wrong_policy.sh <pkvm> <scenario> <option=value> <end of the line that fails>
set -euo pipefail

pkvm=$1 scenario=$(readlink -f "$2") option=$3 reason=$4 status=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

printf 'option %s\ninclude %s\n' "$option" "$scenario" > "$scratch/wrong.pkvm"
"$pkvm" run --quiet "$scratch/wrong.pkvm" > "$scratch/out" || status=$?
tail -n 1 "$scratch/out"
[ "$status" -eq 1 ] || {
	echo "FAILED: status $status under $option, not 1"
	exit 1
}
tail -n 1 "$scratch/out" | grep -q "^FAIL: .*: $reason\$" || {
	echo "FAILED: it does not fail by: $reason"
	exit 1
}
