#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# A host that posts and one that calls play the same random sequences on a processor
# with VMX, and come to the same; when the hypervisor loses what is posted in one
# slot, they do not, whichever slot it is.
# test_equivalence.sh <root of the source tree> <image> <first seed> <seeds> <sequences>
set -euo pipefail

root=$(readlink -f "$1")
image=$2 seed=$3 seeds=$4 sequences=$5
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The slots and features by the headers; no slot has the number that is none.
slots=$(sed -nE 's/^PKVM_POSTED\( *([0-9]+),.*/\1/p' "$root/include/pkvm/posted.inc")
none=99

# bit <feature>
bit()
{
	sed -nE "s/^PKVM_HOST_FEATURE\($1, *([0-9]+),.*/\1/p" "$root/include/pkvm/features.inc"
}
without=$((1 << $(bit event_summary) | 1 << $(bit posting)))

# play <name> <features that the host does not ask for> <sequences> <lost slot>
play()
{
	local status=0
	printf '%d %d %d %d %d\0' "$2" "$seed" "$seeds" "$3" "$4" > "$scratch/commands"
	"$root/baremetal/run.sh" --seconds 240 --commands "$scratch/commands" "$image" \
		> "$scratch/$1" 2>&1 || status=$?
	[ "$status" -eq 0 ] || tail -n 5 "$scratch/$1"
	grep '^seed ' "$scratch/$1" > "$scratch/$1.seeds" || true
	return "$status"
}

calls()
{
	echo $(($(sed -n 's/^calls: //p' "$scratch/$1")))
}

play plain "$without" "$sequences" "$none"
play posting 0 "$sequences" "$none"
if ! diff "$scratch/plain.seeds" "$scratch/posting.seeds"; then
	echo "FAILED: the hosts differ (calling <, posting >)"
	exit 1
fi
echo "seeds from $seed: $((seeds * sequences)) sequences," \
	"$(calls plain) calls, or $(calls posting) with posting"
[ $((2 * $(calls posting))) -lt "$(calls plain)" ] || { echo "FAILED: too many calls"; exit 1; }

# A loss may also be what the driver itself does not expect, after some sequences.
play plain "$without" 64 "$none"
[ "$(wc -w <<< "$slots")" -eq 11 ] || { echo "FAILED: the slots are $slots"; exit 1; }
for slot in $slots; do
	status=0
	play lost 0 64 "$slot" || status=$?
	if [ "$status" -gt 1 ] || { [ "$status" -eq 1 ] &&
		! grep -q '^FAILED equivalence:' "$scratch/lost"; }; then
		echo "FAILED: with slot $slot lost the run does not end as it should"
		exit 1
	fi
	if cmp -s "$scratch/plain.seeds" "$scratch/lost.seeds"; then
		echo "FAILED: what is posted in slot $slot is lost, and nothing differs"
		exit 1
	fi
	echo "slot $slot lost: they differ"
done
