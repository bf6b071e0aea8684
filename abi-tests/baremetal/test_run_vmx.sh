#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Checks the exit status and the one line of `pkvm run --engine vmx` when something is
# wrong: with the scenario, the image, the emulator. Nothing is left behind.
# test_run_vmx.sh <pkvm> <root of the source tree>
set -euo pipefail

pkvm=$1 root=$(readlink -f "$2")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$root/abi-tests/unit/expect.sh"
export TMPDIR=$scratch/tmp
mkdir "$TMPDIR" "$scratch/bin"
hello=$root/scenarios/pvm-hello.pkvm

# judge <what> <status> <pattern on stderr, or on stdout for status 1> <arguments>...
judge()
{
	local what=$1 wanted=$2 pattern=$3 status=0 stream=err
	shift 3
	"$pkvm" run --engine vmx "$@" > "$scratch/out" 2> "$scratch/err" || status=$?
	[ "$wanted" -ne 1 ] || stream=out
	expect "$what: status $wanted" nothing \
		"$([ "$status" -eq "$wanted" ] || echo "status $status")"
	expect "$what: says why" something "$(grep -E -- "$pattern" "$scratch/$stream" || true)"
	if [ "$wanted" -eq 2 ]; then
		expect "$what: one line" nothing \
			"$([ "$(wc -l < "$scratch/err")" -eq 1 ] || cat "$scratch/err")"
	fi
	expect "$what: nothing is left" nothing "$(ls -A "$TMPDIR")"
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
judge "a run out of time" 2 'still running after 1 seconds' --timeout 1 "$scratch/long.pkvm"
judge "an unknown processor" 2 'no result: ' --cpu-model i386 "$hello"
judge "a trace" 2 '--trace is' --trace "$scratch/trace" "$hello"
for tool in env bash readlink mktemp rm; do
	ln -s "$(command -v $tool)" "$scratch/bin/"
done
PATH=$scratch/bin expect "no emulator" something "$(PATH=$scratch/bin "$pkvm" run \
	--engine vmx "$hello" 2>&1 | /usr/bin/grep 'Bochs is not installed' || true)"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
