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

# refused <what> <pattern> <arguments>...: status 2, one line on stderr, which has it.
refused()
{
	local what=$1 pattern=$2 status=0
	shift 2
	"$root/baremetal/run.sh" "$@" > "$scratch/out" 2> "$scratch/err" || status=$?
	expect "$what: status 2" nothing "$([ "$status" -eq 2 ] || echo "status $status")"
	expect "$what: one line" nothing \
		"$([ "$(wc -l < "$scratch/err")" -eq 1 ] || cat "$scratch/err")"
	expect "$what: says why" something \
		"$(grep -E -- "^run.sh: .*$pattern" "$scratch/err" || cat "$scratch/err" >&2)"
	expect "$what: nothing is left" nothing "$(ls -A "$TMPDIR" 2> /dev/null)"
}

rom hang '\xeb\xfe'
rom shutdown '\x0f\x01\x1e\x00\x00\x0f\x0b'
printf 'short' > "$scratch/short"

refused "no image" usage
refused "commands for an image without a header" 'no header' --commands "$0" "$scratch/hang"
refused "a log in no folder" 'cannot write the log' --log "$scratch/none/log" "$scratch/hang"
refused "a log that is a folder" 'cannot write the log' --log "$scratch" "$scratch/hang"
refused "commands that do not exist" 'cannot read the commands .*; expected' \
	--commands "$scratch/none" "$scratch/hang"
refused "commands that are a folder" 'cannot read the commands .*; expected' \
	--commands "$scratch" "$scratch/hang"
refused "an unknown option" usage --speed 3 "$scratch/hang"
refused "an option without its value" usage "$scratch/hang" --cpus
refused "a missing image" 'cannot read the image .*; expected' "$scratch/none"
refused "an image that is a folder" 'cannot read the image .*; expected' "$scratch"
: > "$scratch/empty"
refused "an empty image" 'no header' --commands "$0" "$scratch/empty"
for value in 0 foo 99999999999999999999 ""; do
	refused "\"$value\" seconds" '--seconds .*; expected a number from 1 to 86400' \
		--seconds "$value" "$scratch/hang"
	refused "\"$value\" CPUs" '--cpus .*; expected a number from 1 to 8' \
		--cpus "$value" "$scratch/hang"
done
for value in foo 1 1,2,3 -1,0 09,0 0,010 4294967296,0 0,9999999999; do
	refused "withheld: $value" '--withhold .*; expected two numbers of 32 bits' \
		--withhold "$value" "$scratch/hang"
done
for value in 4294967295,0 0,0xffffffff; do
	refused "withheld: $value, and no image" 'cannot read the image' \
		--withhold "$value" "$scratch/none"
done
for value in "" "corei7_skylake_x,count=4" "a b"; do
	refused "the processor \"$value\"" 'is no name; expected' --model "$value" "$scratch/hang"
done
TMPDIR=$scratch/none refused "no folder for temporary files" 'temporary files' "$scratch/hang"
mkdir "$scratch/bin"
for tool in env bash readlink mktemp rm cat wc ls grep; do
	ln -s "$(command -v $tool)" "$scratch/bin/"
done
PATH=$scratch/bin refused "no emulator" 'not installed' "$scratch/hang"
refused "an image that hangs" 'still running after 2 seconds' --seconds 2 "$scratch/hang"
refused "an image that triple-faults" 'no result: ' --seconds 10 "$scratch/shutdown"
refused "an image that is none" 'no result: ' --seconds 2 "$scratch/short"
refused "an unknown processor model" 'no processor i386; expected corei7_skylake_x' \
	--seconds 10 --model i386 "$scratch/hang"
refused "a log on a full disk" 'cannot write the log /dev/full' --seconds 10 --log /dev/full \
	"$scratch/shutdown"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
