#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Checks the exit status and the one line of `pkvm run --engine vmx` when something is
# wrong: with the scenario, the image, the emulator. Nothing is left behind.
# test_run_vmx.sh <pkvm> <root of the source tree> <the player's image> <one that panics>
set -euo pipefail

pkvm=$1 root=$(readlink -f "$2") image=$3 panics=$4
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$root/abi-tests/unit/expect.sh"
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR" "$scratch/bin"
hello=$root/scenarios/pvm-hello.pkvm

# Whatever a run has started works in a folder below $TMPDIR.
strays()
{
	readlink /proc/[0-9]*/cwd 2> /dev/null | grep -F "$TMPDIR/" || true
}

# judge <what> <status> <pattern on stderr, or on stdout for status 1> <arguments>...
# Standard output goes to $to, if the caller says so.
judge()
{
	local what=$1 wanted=$2 pattern=$3 status=0 stream=err
	shift 3
	"$pkvm" run --engine vmx "$@" > "${to:-$scratch/out}" 2> "$scratch/err" ||
		status=$?
	[ "$wanted" -ne 1 ] || stream=out
	expect "$what: status $wanted" nothing \
		"$([ "$status" -eq "$wanted" ] || echo "status $status")"
	expect "$what: says why" something "$(grep -E -- "$pattern" "$scratch/$stream" || true)"
	if [ "$wanted" -eq 2 ]; then
		expect "$what: one line" nothing \
			"$([ "$(wc -l < "$scratch/err")" -eq 1 ] || cat "$scratch/err")"
	fi
	expect "$what: nothing is left" nothing "$(ls -A "$TMPDIR" 2> /dev/null; strays)"
}

# broken <file> <instructions, as printf has them>: the player's image, which executes them
# at the reset vector.
broken()
{
	cp "$image" "$scratch/$1"
	# shellcheck disable=SC2059
	printf "$2" | dd of="$scratch/$1" bs=1 seek=$(($(stat -L -c %s "$image") - 16)) \
		conv=notrunc status=none
}

# pretends <what the emulator prints, as printf has it> <its exit status>: instead of it.
pretends()
{
	printf '#!/bin/sh\nprintf "%s"\nexit %s\n' "$1" "$2" > "$scratch/emulator/bochs"
	chmod +x "$scratch/emulator/bochs"
}

printf 'call abi_query major=1 minor=0\nexpect EPERM\n' > "$scratch/fails.pkvm"
printf 'call abi_query magic=1\n' > "$scratch/bad.pkvm"
printf 'include none.pkvm\n' > "$scratch/open.pkvm"
printf 'call vcpu_create shared=$nothing\n' > "$scratch/late.pkvm"
printf 'repeat 1000000\ncall abi_query major=1 minor=0\nend\n' > "$scratch/long.pkvm"
printf 'machine cpus=99\n' > "$scratch/cpus.pkvm"
head -c 2097152 /dev/zero > "$scratch/no-image"

judge "a scenario that fails" 1 '^FAIL: .*fails.pkvm:2: ' "$scratch/fails.pkvm"
judge "a field that does not exist" 2 'bad.pkvm:1: abi_query has no field magic' "$scratch/bad.pkvm"
judge "a file that does not exist" 2 'open.pkvm:1: cannot open' "$scratch/open.pkvm"
judge "a variable that is not set" 2 'late.pkvm:1: ' "$scratch/late.pkvm"
judge "more CPUs than there are" 2 'cpus' "$scratch/cpus.pkvm"
judge "no scenario" 2 'cannot be opened' "$scratch/none.pkvm"
judge "no image" 2 'cannot read the image' --image "$scratch/none" "$hello"
judge "an image that is none" 2 'no header' --image "$scratch/no-image" "$hello"
judge "a run out of time" 2 'still running after 1 seconds; --log FILE keeps the emulator' \
	--timeout 1 "$scratch/long.pkvm"
judge "an image that is a folder" 2 '^pkvm: cannot read the image' --image "$scratch" "$hello"
judge "an unknown processor" 2 '^pkvm: the emulator has no processor i386; expected' \
	--cpu-model i386 "$hello"
judge "more than a processor" 2 '^pkvm: the processor ".*" is no name; expected' \
	--cpu-model corei7_skylake_x,count=4 "$hello"
judge "a log on a full disk" 2 '^pkvm: cannot write the log' --log /dev/full "$hello"
TMPDIR=$scratch/none judge "no folder for temporary files" 2 '^pkvm: cannot ' "$hello"
judge "a trace" 2 '--trace is' --trace "$scratch/trace" "$hello"
to=/dev/full judge "a report on a full disk" 2 '^pkvm: cannot write the output: No space' \
	--quiet "$hello"

broken hang '\xeb\xfe'                                     # JMP to itself
broken shutdown '\x0f\x01\x1e\x00\x00\x0f\x0b'         # LIDT of zeroes, UD2
judge "a machine that hangs" 2 'still running after 2 seconds' --timeout 2 \
	--image "$scratch/hang" "$hello"
judge "a triple fault" 2 'no result: .*3rd \([0-9]+\) exception with no resolution' \
	--image "$scratch/shutdown" "$hello"
judge "a triple fault with a log" 2 "the emulator.s log is $scratch/log\$" --log "$scratch/log" \
	--image "$scratch/shutdown" "$hello"
expect "the log is there" something "$(grep -a '3rd (' "$scratch/log")"
judge "a panic" 2 'ended before the scenario did: panic: CPU 0: ' --image "$panics" "$hello"

# What an emulator may do that is another one, or none.
mkdir "$scratch/emulator"
PATH=$scratch/emulator:$PATH
pretends '  Bochs x86 Emulator 2.6.11\n' 1
judge "another emulator" 2 'no result: Bochs 2.6.11 ended with status 1' "$hello"
pretends 'Next at t=0\n\002ab\377\003garbled\001\nNext at t=1\n' 0
judge "garbled output" 2 'no result: Bochs ended with status 0' "$hello"
pretends 'Next at t=0\nRESULT: PASS\nNext at t=1\n' 0
judge "a result without a scenario" 2 'ended before the scenario did: RESULT: PASS' "$hello"
rm "$scratch/emulator/bochs"

# Whoever ends the command ends the emulator.
"$pkvm" run --engine vmx "$scratch/long.pkvm" > /dev/null 2>&1 &
command=$!
for _ in $(seq 100); do
	[ -z "$(strays)" ] || break
	sleep 0.1
done
expect "the emulator runs" something "$(strays)"
kill "$command"
wait "$command" || true
for _ in $(seq 100); do
	[ -n "$(strays)$(ls -A "$TMPDIR")" ] || break
	sleep 0.1
done
expect "the command is killed: nothing is left" nothing "$(ls -A "$TMPDIR"; strays)"

for tool in env bash readlink mktemp rm; do
	ln -s "$(command -v $tool)" "$scratch/bin/"
done
status=0
PATH=$scratch/bin "$pkvm" run --engine vmx "$hello" > "$scratch/out" 2> "$scratch/err" || status=$?
expect "no emulator: status 2" nothing "$([ "$status" -eq 2 ] || echo "status $status")"
expect "no emulator: says so in one line" something \
	"$([ "$(wc -l < "$scratch/err")" -ne 1 ] || grep 'Bochs is not installed' "$scratch/err")"
rm "$scratch/bin/bash"
status=0
PATH=$scratch/bin "$pkvm" run --engine vmx "$hello" > "$scratch/out" 2> "$scratch/err" || status=$?
expect "no bash: status 2" nothing "$([ "$status" -eq 2 ] || echo "status $status")"
expect "no bash: says so in one line" something \
	"$([ "$(wc -l < "$scratch/err")" -ne 1 ] || grep 'cannot start bash' "$scratch/err")"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
