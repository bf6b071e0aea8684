#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# The workload of hypercalls_per_run on VMX, in the emulator, once by calls and once by
# posting: hypercalls of a guest run by name, which have to be those of the model
# machine, and instructions by the emulator's count. Leaves the latter in a file.
# Usage: workload.sh PROGRAM IMAGE TOTALS
set -eu
program=$1 image=$2 totals=$3
here=$(dirname "$(readlink -f "$0")")
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

for mode in plain posting; do
	echo "$mode" > "$dir/commands"
	"$here/../baremetal/run.sh" --seconds 240 --commands "$dir/commands" "$image" \
		> "$dir/out" || { cat "$dir/out" >&2; exit 1; }
	sed "s/^/$mode /" "$dir/out"
done > "$dir/counted"
"$program" > "$dir/model"

awk -f "$here/workload.awk" -v totals="$totals" "$dir/model" "$dir/counted"
