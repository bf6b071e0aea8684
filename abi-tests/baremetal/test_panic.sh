#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Checks what the hypervisor says at its end: why, where, which rule is broken.
# test_panic.sh <root of the source tree> <image>
set -euo pipefail

root=$(readlink -f "$1")
image=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$root/abi-tests/unit/expect.sh"

# panics <letter of panic.c> <what it says>...: extended regular expressions.
panics()
{
	local letter=$1 status=0 text
	shift
	printf %s "$letter" > "$scratch/commands"
	"$root/baremetal/run.sh" --commands "$scratch/commands" "$image" \
		> "$scratch/out" 2>&1 || status=$?
	expect "$letter: status 1" nothing "$([ "$status" -eq 1 ] || echo "status $status")"
	for text in "$@" '^RESULT: PANIC$'; do
		expect "$letter: $text" something "$(grep -E -- "$text" "$scratch/out" || true)"
	done
}

panics e '^panic: CPU 0: an exception of the hypervisor.s own$' 'vector 0x6 ' \
	'RIP 0x4[0-9a-f]{6} ' 'CR0 0x800' 'VMCS 0x[0-9a-f]+ \(the host.s\)'
panics w 'vector 0xe ' 'error 0x3 '
panics x 'vector 0xe ' 'error 0x11 ' 'RIP 0x4410000 '
panics f '^panic: CPU 0: VMREAD failed$' 'VM_INSTRUCTION_ERROR 0xc ' 'GUEST_RIP 0x4410000 '
panics r '^panic: CPU 0: VM entry of the host failed as a VM exit$' \
	'VM_EXIT_REASON 0x80000021 ' 'broken rule guest\.rflags\.reserved_bits: '
panics c '^panic: CPU 0: VM entry of the host failed as an instruction$' \
	'VM_INSTRUCTION_ERROR 0x7 ' 'broken rule [a-z0-9._]*cr3[a-z0-9._]*: '
panics t '^panic: CPU 0: the host: triple fault$' 'VM_EXIT_REASON 0x2 ' 'GUEST_RIP 0x4410000 '

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
