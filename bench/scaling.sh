#!/bin/sh
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Instructions of vcpu_run around the entry, by items posted and by vCPUs in the
# system: an item costs its call, the engine's VMREAD and VMWRITE among it, and vCPUs
# cost nothing.
# Usage: scaling.sh PROGRAM
set -eu
program=$1
most_for_an_item=500
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

# count <items> <vcpus> <runs>
count()
{
	valgrind --tool=callgrind --toggle-collect=pkvm_hc_vcpu_run \
		--callgrind-out-file="$dir/out" "$program" "$@" 2>"$dir/log" >&2 ||
		{ cat "$dir/log" >&2; exit 1; }
	sed -n 's/^summary: //p' "$dir/out"
}

# each <items> <vcpus>: instructions a run.
each()
{
	echo $((($(count "$1" "$2" 2000) - $(count "$1" "$2" 1000)) / 1000))
}

echo "instructions of vcpu_run without its entry, items down, vCPUs across"
echo
echo "| items | 1 | 64 | 1024 |"
echo "| ----- | - | -- | ---- |"
none=
for items in 0 1 4 11; do
	one=$(each $items 1) some=$(each $items 64) many=$(each $items 1024)
	echo "| $items | $one | $some | $many |"
	[ -n "$none" ] || none=$one
	[ "$some" -eq "$one" ] && [ "$many" -eq "$one" ] ||
		{ echo "scaling.sh: not flat in vCPUs" >&2; exit 1; }
	[ $((one - none)) -le $((items * most_for_an_item)) ] ||
		{ echo "scaling.sh: above $most_for_an_item for an item" >&2; exit 1; }
done
