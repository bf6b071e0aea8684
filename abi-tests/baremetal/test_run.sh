#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Checks what baremetal/run.sh makes of bad use and of images that bring no result:
# one line, status 2, and nothing left behind.
# test_run.sh <root of the source tree>
set -euo pipefail

root=$(readlink -f "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$root/abi-tests/unit/expect.sh"
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR"

# rom <file> <bytes at the reset vector, as printf has them>: an image of one instruction.
rom()
{
	head -c 524272 /dev/zero > "$scratch/$1"
	printf "$2" >> "$scratch/$1"
	head -c 524288 /dev/zero >> "$scratch/$1"
	truncate -s 524288 "$scratch/$1"
}

# refused <what> <arguments>...: status 2, one line on stderr.
refused()
{
	local what=$1 status=0
	shift
	"$root/baremetal/run.sh" "$@" > "$scratch/out" 2> "$scratch/err" || status=$?
	expect "$what: status 2" nothing "$([ "$status" -eq 2 ] || echo "status $status")"
	expect "$what: one line" nothing \
		"$([ "$(wc -l < "$scratch/err")" -eq 1 ] || cat "$scratch/err")"
	expect "$what: nothing is left" nothing "$(ls -A "$TMPDIR")"
}

rom hang '\xeb\xfe'
rom shutdown '\x0f\x01\x1e\x00\x00\x0f\x0b'
printf 'short' > "$scratch/short"

refused "no image"
refused "commands for an image without a header" --commands "$0" "$scratch/hang"
refused "a log in no folder" --log "$scratch/none/log" "$scratch/hang"
refused "commands that do not exist" --commands "$scratch/none" "$scratch/hang"
refused "an unknown option" --speed 3 "$scratch/hang"
refused "an option without its value" "$scratch/hang" --cpus
refused "a missing image" "$scratch/none"
mkdir "$scratch/bin"
for tool in env bash readlink mktemp rm cat wc ls; do
	ln -s "$(command -v $tool)" "$scratch/bin/"
done
PATH=$scratch/bin refused "no emulator" "$scratch/hang"
refused "an image that hangs" --seconds 2 "$scratch/hang"
refused "an image that triple-faults" --seconds 10 "$scratch/shutdown"
refused "an image that is none" --seconds 2 "$scratch/short"
refused "an unknown processor model" --seconds 10 --model i386 "$scratch/hang"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
