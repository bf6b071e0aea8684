#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Gives `pkvm run` texts that are wrong, one a case, and expects exit status 2 and
# one line that names file, line and what was expected; and texts that fail.
set -u

pkvm=$1
source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# judge <status> <stderr or stdout must match> <text> [<option>]...
judge()
{
	local status=$1 pattern=$2 text=$3 output got

	printf '%b' "$text" > "$work/case.pkvm"
	output=$("$pkvm" run --quiet "${@:4}" "$work/case.pkvm" 2>&1)
	got=$?
	if [ "$got" -ne "$status" ] || ! grep -qE -- "$pattern" <<< "$output"; then
		echo "case: $text"
		echo "expected status $status and: $pattern"
		echo "got status $got and: $output"
		failed=1
	fi
}

bad()
{
	judge 2 "case.pkvm:$1: .*$2" "$3"
}

start="include $source/scenarios/include/start-host.pkvm\n"
npvm="$start""include $source/scenarios/include/create-npvm.pkvm\n"

bad 1 'unknown directive frob; expected' 'frob x=1\n'
bad 2 'unknown name NOTHING; expected a number' 'say a\nlet a=NOTHING\n'
bad 1 '12zz is no number; expected decimal' 'let a=12zz\n'
bad 1 'does not fit into 64 bits' 'let a=0x10000000000000000\n'
bad 1 'does not fit into 64 bits' 'let a=99999999999999G\n'
bad 1 'nothing has set \$vm; expected a variable' 'call vm_topup vm=$vm\n'
bad 1 'vm_topup needs a handle; expected vm=' 'call vm_topup address=0 size=4K\n'
bad 1 'no_such is no call of the host; expected' 'call no_such\n'
bad 1 'access_descriptor_table is no call' 'call access_descriptor_table\n'
bad 1 'set_segment has no field bas; expected of: index base' 'call set_segment bas=1\n'
bad 1 'alloc has no field page=3; expected: alloc NAME' 'alloc x page=3\n'
bad 1 'too few words without =; expected: alloc NAME' 'alloc\n'
bad 1 'too many words without =; expected: cpu N' 'cpu 1 2\n'
bad 1 'has no CPU 7; expected .* is 1$' 'cpu 7\n'
bad 1 'has no CPU -1; expected' 'cpu -1\n'
bad 1 'cpu=9 is out of range; expected at most 0x0' 'raise irq cpu=9\n'
bad 2 'an earlier irq is still due on CPU 0; expected take' 'raise irq\nraise irq\n'
bad 1 'vector=300 is out of range; expected at most 0xff' 'raise irq vector=300\n'
bad 1 'no 1000000 free pages' 'alloc x pages=1000000\n'
bad 2 'the machine is there already; expected machine before' 'alloc x\nmachine cpus=2\n'
bad 1 'unknown processor z80; expected skylake' 'machine processor=z80\n'
bad 1 'unknown feature wings; expected apic_access' 'machine without=wings\n'
bad 1 'unknown option luck; expected one of' 'option luck=good\n'
bad 1 'tpr_policy=never; expected one of: every_ppr every_exit' 'option tpr_policy=never\n'
bad 1 'tpr_policy is no option; expected NAME=VALUE' 'option tpr_policy\n'
npvm_host='host start\nhost vm_init type=npvm\n'
bad 3 'no field pins=2; expected of: pin asserted' "${npvm_host}host line pins=2\n"
bad 4 'asserted=2 is out of range' \
	"${npvm_host}host create_irqchip mode=split\nhost line pin=2 asserted=2\n"
bad 3 'pin=24 is out of range; expected at most 0x17' "${npvm_host}host ioapic pin=24\n"
bad 3 'the VM has no I/O APIC; expected host create_irqchip' \
	"${npvm_host}host line pin=1 asserted=1\n"
bad 3 'from=0xffffffffffffffff, 0x1000 bytes, is not memory of the host' \
	"${npvm_host}host write gpa=0 from=0xffffffffffffffff size=4K\n"
bad 4 'table=0xffffffffffffffff, 0x28 bytes, is not memory' \
	"${npvm_host}host vcpu_create\nhost vcpu_after_set_cpuid table=0xffffffffffffffff count=1\n"
bad 5 'table=1 is no address of a CPUID table; expected a multiple of 4' \
	"${npvm_host}host vcpu_create\nhost vcpu_load\nhost vcpu_after_set_cpuid table=1 count=1\n"
bad 4 'no local APIC of the host; expected host create_irqchip' \
	"${npvm_host}host vcpu_create\nhost lapic\n"
bad 5 'spiv=.* is out of range; expected at most 0xffffffff' \
	"${npvm_host}host create_irqchip mode=split\nhost vcpu_create\nhost set_lapic spiv=0x100000000\n"
bad 1 'cannot open .*none.pkvm' 'include none.pkvm\n'
bad 1 'include takes one word; expected: include FILE' 'include\n'
bad 2 'end without repeat or guest' 'say a\nend\n'
bad 1 'repeat has no end; expected' 'repeat 2\nsay a\n'
bad 1 'no action came before it' 'expect value=1\n'
bad 3 'gave no foo; expected one of its outputs' 'alloc x\npeek $x\nexpect foo=1\n'
bad 3 'unknown status EWHAT; expected success' 'alloc x\npeek $x\nexpect EWHAT\n'
bad 2 'u8=256 does not fit; expected at most 0xff' 'alloc x\npoke $x u8=256\n'
bad 3 'unknown guest operation frob; expected' 'alloc x\nguest p at=$x mode=16\nfrob\nend\n'
bad 3 'mov_imm takes 2 operands, here are 1' 'alloc x\nguest p at=$x mode=16\nmov_imm rax\nend\n'
bad 3 'dr9 is no register that fits here; expected one like rax' \
	'alloc x\nguest p at=$x mode=16\npush dr9\nend\n'
bad 3 'load64 does not exist in mode=16' \
	'alloc x\nguest p at=$x mode=16\nload64 rax [rbx]\nend\n'
bad 3 'the program has no label there; expected a line there:' \
	'alloc x\nguest p at=$x mode=64\njmp there\nend\n'
bad 4 'the label a is there already' 'alloc x\nguest p at=$x mode=64\na:\na:\nend\n'
bad 2 'no word of the shared page; expected' 'alloc x\npage $x regs.rxx=1\n'
bad 1 'the last action gave no list; expected a call' 'reclaim\n'
bad 1 'expected gpa=' 'identity t\n'
for operands in 'rax 0x1234567890' 'r8 1'; do
	bad 3 'a register or value does not fit; expected those of mode=16' \
		"alloc x\nguest p at=\$x mode=16\nmov_imm $operands\nend\n"
done

# Names of variables: what $NAME, $NAME.size and $NAME.LABEL have room for.
long=$(printf 'a%.0s' {1..97})
for line in "let $long=1" "default 1x=1" 'let $x=1' "alloc $long" 'cpuid t-b' 'identity 1 gpa=0' \
	'guest 1p at=0\nend'; do
	bad 1 'is no name; expected a letter, then .* at most 40' "$line\n"
done
bad 3 'is no name; expected' 'alloc x\npeek $x\nsave 1x=value\n'

# What is no text.
bad 2 'not plain text: byte 0x00; expected' 'say a\nsay b\0c\n'
bad 1 'not plain text: byte 0x00; expected' '\xff\xfes\0a\0y\0'
bad 1 'begins with a byte order mark, bytes EF BB BF; expected' '\xef\xbb\xbfsay a\n'
bad 1 'line longer than 1022 characters' "say $(printf '%01100d' 0)\n"

# Lines that are never played, because of a repeat or of what comes before, are judged too.
bad 2 'unknown directive foo' 'repeat 0\nfoo bar\nend\n'
bad 3 'has no field page=3' 'alloc x\nexpect $x=0\nalloc y page=3\n'

bad 1 'frob is no operation of the host; expected' 'host frob\n'
bad 1 'the host has no such vcpu; expected vcpu=HANDLE' 'host get_cpl\n'
bad 2 'host vm_init has no field typ=pvm; expected of: type' 'host start\nhost vm_init typ=pvm\n'
bad 4 'is no special register; expected' \
	'host start\nhost vm_init\nhost vcpu_create\nhost set_sregs cr9=1\n'
bad 4 'index=9 is out of range; expected at most 0x7' \
	'host start\nhost vm_init\nhost vcpu_create\nhost get_segment index=9\n'

bad 1 'page is there twice; expected each field once' 'call init page=1 page=2\n'
bad 1 'cpus is there twice; expected each field once' 'machine cpus=1 cpus=2\n'
bad 1 'cpus=0 is out of range; expected 1 or more' 'machine cpus=0\n'
bad 1 'ram=0 is out of range; expected 1 or more' 'machine ram=0\n'
bad 1 'does not fit into 64 bits' 'let a=-9223372036854775809\n'
bad 1 'a word is missing; expected: let NAME=VALUE' 'let\n'
bad 3 'a word is missing; expected: expect' 'alloc x\npeek $x\nexpect\n'
bad 1 "the call's number is missing; expected rax=N" 'raw rbx=1\n'
bad 1 'pages and size are both there; expected one' 'alloc x pages=1 size=4K\n'
bad 1 'repeat 1000001 is out of range; expected at most' 'repeat 1000001\nend\n'
bad 2 'init has no word foo; expected refused=WORD' 'call init\nexpect EPROTO refused=foo\n'
judge 2 'case.pkvm: nothing to play; expected directives' '# no line\n'

# A capture that breaks off in the middle of a row.
head -c 700 "$source/scenarios/captures/sapphire-rapids-kvm-supported.txt" > "$work/cut.txt"
bad 1 'cut.txt:[0-9]+: ' 'machine cpuid=cut.txt\n'
bad 1 'none.txt' 'cpuid t from=none.txt\n'
: > "$work/empty.txt"
bad 1 'empty.txt: no CPUID row in it; expected what' 'machine cpuid=empty.txt\n'
bad 1 '[^:]*/: Is a directory' 'machine cpuid=/\n'

# Texts that are right, about something that does not happen.
judge 1 'FAIL: .*case.pkvm:4: value is 0x5, expected 0x6' \
	'alloc x\npoke $x u64=5\npeek $x\nexpect value=6\n'
judge 1 'FAIL: .*case.pkvm:1: init gave EPROTO' 'call init page=0x1000 count=1\n'
judge 1 'FAIL: .*pages did not come back' "$npvm"
judge 1 'FAIL: .*:2: host vm_init gave EINVAL \(.*; word of vm_init: type\), expected success' \
	'host start\nhost vm_init type=7\n'
judge 1 'FAIL: .*:5: host set_sregs gave EINVAL \([^;]*\), expected success' \
	'host start\nhost vm_init\nhost vcpu_create\nhost vcpu_load\nhost set_sregs efer=0x500 apic_base=1\n'
judge 1 'FAIL: .*2: \$a=3 does not hold after 2 times' \
	'let a=0\nrepeat 2 until $a=3\nlet a=$a+1\nend\n'
judge 0 '^PASS$' 'let a=0\nrepeat 9 until $a=3\nlet a=$a+1\nend\nexpect $a=3\n'
judge 1 'FAIL: .*:5: host get_rflags: a call failed that must not, the VM is dead' \
	'host start\nhost vm_init\nhost vcpu_create\nsay no load\nhost get_rflags\n'
judge 0 '^PASS$' "machine processor=arrandale\n$start""expect \$abi.capabilities=CAP_preemption_timer|CAP_wbinvd_exiting\n"
judge 0 '^PASS$' "machine processor=haswell\n$start""expect \$abi.capabilities=CAP_apicv|CAP_protected_apic|CAP_preemption_timer|CAP_wbinvd_exiting\n"

# A processor that is named is the machine's, whatever the scenario says, by either name.
for name in arrandale corei5_arrandale_m520; do
	judge 0 '^PASS$' "machine processor=haswell\n$start""expect \$abi.capabilities=0x60\n" \
		--cpu-model "$name"
done
judge 2 '--cpu-model i386 is the emulator.s alone; the model has' 'let a=1\n' --cpu-model i386
judge 0 '^PASS$' "machine cpuid=$source/scenarios/captures/sapphire-rapids-cpuid-instruction.txt cpus=2\n$start""cpuid t max=3\nexpect \$t.count=3\ncpu 1\ncall enable_virtualization_cpu\n"
bad 1 '56 entries do not fit into pages=0; expected 1 or more' \
	"cpuid t from=$source/scenarios/captures/sapphire-rapids-kvm-supported.txt pages=0\n"
judge 0 '^PASS$' "option leftover=allowed\n$npvm"

exit $failed
