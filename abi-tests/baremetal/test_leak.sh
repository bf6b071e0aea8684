#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Runs the hostile host on a hypervisor with one leak, which it must find, in the
# channel where it is; without a name there is no leak, and nothing to find.
# test_leak.sh <root of the source tree> <image> [<leak> <channel> [<cpus> [<model>]]]
set -euo pipefail

root=$(readlink -f "$1")
image=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The name ends with a zero byte, as in memory.
printf '%s\0' "${3:-none}" > "$scratch/commands"
status=0
"$root/baremetal/run.sh" --seconds 240 --cpus "${5:-1}" --model "${6:-corei7_skylake_x}" \
	--commands "$scratch/commands" \
	"$image" > "$scratch/out" 2>&1 || status=$?
cat "$scratch/out"
if [ $# -lt 4 ]; then
	exit "$status"
fi
[ "$status" -eq 1 ] || { echo "the leak $3 was not found: status $status"; exit 1; }
grep -q "^found: $4: " "$scratch/out" || { echo "the leak $3 is not among: $4"; exit 1; }
tail -n 1 "$scratch/out" | grep -qx 'RESULT: FAIL'
