#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Gives `pkvm vmcs` the dumps in logs/, cases, and bad input, and expects an exit
# status and what it says; and 1000 cases within a time.
set -u

pkvm=$1
here=$(cd "$(dirname "$0")" && pwd)
rules_page=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# judge <status> <pattern>... -- <argument>...: the patterns are for lines, or for
# the words of the whole output, however the lines are broken.
judge()
{
	local status=$1 output words got pattern patterns=()
	shift
	while [ "$1" != -- ]; do
		patterns+=("$1")
		shift
	done
	shift
	output=$(timeout 60 "$pkvm" vmcs "$@" 2>&1)
	got=$?
	words=$(tr -s ' \n' ' ' <<< "$output")
	for pattern in "${patterns[@]}"; do
		# A pattern that begins with ! must not be there.
		case $pattern in
		'!'*) ! grep -qE -- "${pattern#!}" <<< "$output" ;;
		*) grep -qE -- "$pattern" <<< "$output"$'\n'"$words" ;;
		esac && continue
		echo "pkvm vmcs $*: expected: $pattern"
		echo "$output" | head -40
		failed=1
	done
	if [ "$got" -ne "$status" ]; then
		echo "pkvm vmcs $*: expected status $status, got $got: $(head -5 <<< "$output")"
		failed=1
	fi
}

bad()
{
	judge 2 "$@" < "$work/case.json"
}

# Real dumps: the rules that the people who reported them found out by hand.
logs=$here/logs
judge 1 '"outcome": "entry-fail:33"' '"rule": "guest.interruptibility.sti_without_if"' \
	'VM entry fails: Blocking by STI .*INFO = 0x9, GUEST_RFLAGS = 0x2\."' \
	'"error": "0x80000021"' '"damage": \[\]' -- \
	explain --json "$logs/kvm-5.15-interrupt-shadow.log"
judge 1 '^  guest.ds.accessed' '^  guest.es.accessed' '!^  guest.[a-df-z]*\.[b-z]' \
	'GUEST_DS_AR_BYTES *0xc0f2: type 2' -- explain "$logs/kvm-5.4-accessed-bit.log"
judge 1 '"rule": "guest.tr.usable"' '"rule": "guest.rflags.if_with_external_interrupt"' \
	'"rule": "guest.gdtr.canonical"' '"line": 5' -- \
	explain --json "$logs/kvm-5.10-own-vmm.log"
judge 1 'Dump 1, line 7 \(Xen\)' '^  guest.pending_debug.bs_missing' \
	'privileged software exception, vector 1' 'blocking by MOV SS' '!garbled' -- \
	explain "$logs/xen-4.13-single-step.log"
judge 0 'the likely one is guest.cr4.fixed_bits' 'look at: MSRs 488H and 489H' \
	'guest.cr4.fixed_bits \(likely\)' -- explain "$logs/kvm-4.13-cr4.log"
judge 0 'Nothing in this dump explains the error: all that it prints' '"violations": \[\]' -- \
	explain --json "$logs/kvm-5.10-cet.log"
judge 0 'the reported 0x0 is no error of a VM-entry check' -- \
	explain "$logs/kvm-5.7-no-failure.log"
judge 0 'basic reason 0, was no failed VM entry' '!not whole' -- \
	explain "$logs/kvm-6.9-no-failure.log"
judge 0 'basic reason 12, was no failed VM entry' '"format": "xen"' -- \
	explain --json "$logs/xen-4.11-running.log"

judge 0 'the likely one is control.event.error_code_missing' 'reported 0x7: VM entry with' \
	'hardware exception, vector 13$' '!not whole' -- explain "$logs/xen-4.12-error-7.log"
judge 1 'VM entry fails: an entry .* is refused, number 2, MSR 1DDH = 0x1ffff80676f52be5: ' \
	'reported 0x80000022' '!not whole' -- explain "$logs/xen-4.8-msr-loading.log"

# Hard wraps in the middle of numbers and words change nothing.
for log in kvm-5.15-interrupt-shadow kvm-5.4-accessed-bit xen-4.13-single-step; do
	"$pkvm" vmcs explain "$logs/$log.log" | grep '^  guest' > "$work/whole"
	fold -w 60 "$logs/$log.log" > "$work/folded.log"
	if ! "$pkvm" vmcs explain "$work/folded.log" | grep '^  guest' | cmp - "$work/whole"; then
		echo "$log.log: another verdict when it is folded"
		failed=1
	fi
done

# Standard input, several dumps, a dump cut off, no dump.
cat "$logs"/*.log > "$work/all.log"
judge 1 'Dump 11, ' '!Dump 12' -- explain - < "$work/all.log"
head -27 "$logs/kvm-5.15-interrupt-shadow.log" > "$work/cut.log"
judge 1 'not whole' 'the host state is missing' 'the control state is missing' \
	'VM entry would fail: Blocking by STI' '!host.cr0.fixed_bits \(' -- \
	explain < "$work/cut.log"
echo 'nothing here' > "$work/none.log"
# What later processors have is no violation, before somebody says that this one has it not.
sed 's/CR3 = 0x0000000000000000/CR3 = 0x2000000000000000/' "$logs/kvm-5.10-cet.log" > "$work/lam.log"
judge 0 'guest.cr3.lam_unsupported \(likely\)' '"lam" in the host' -- \
	explain "$work/lam.log"
judge 2 '^pkvm vmcs: rules prints a page, no JSON; expected' -- rules --json
judge 2 '^pkvm vmcs: unknown word frob; expected: check FILE' -- frob
judge 2 '^pkvm vmcs: -: no VMCS dump in it; expected' -- explain < "$work/none.log"
judge 2 'cannot be read: No such file' -- explain "$work/none"
for verb in explain check; do
	judge 2 '^pkvm vmcs: /dev/zero: cannot be read: longer than 64 MiB; expected' -- "$verb" /dev/zero
done

# Cases.
judge 1 '"id": "tpr"' '"outcome": "vmfail:7"' '"rule": "control.tpr_threshold.above_vtpr"' \
	'"outcome": "entry-fail:34"' '"qualification": "0x2"' '"outcome": "ok"' -- \
	check --json "$here/cases.json"
judge 1 '^long-mode: ok, qualification 0x0' '^nmi: entry-fail:33, qualification 0x3' \
	'^link: entry-fail:33, qualification 0x4' '^pdpte: entry-fail:33, qualification 0x2' \
	'^  [0-9]+ fields left out, taken as 0 \(--json names them\)' '!POSTED_INTR_NV' 'undecidable guest.link_pointer' -- \
	check "$here/cases.json"

# Bad input: a line each, and status 2.
cat > "$work/case.json" << 'END'
{"cases": [
 {"id": "a", "fields": {"NOPE": 1, "GUEST_CS_SELECTOR": "0x12345", "GUEST_CR0": "zz"}},
 {"id": "a"}, {"fields": {}}, {"id": "b", "bogus": 1, "capabilities": {"IA32_NONE": 1}}]}
END
bad 'case a: fields.NOPE: unknown field' 'GUEST_CS_SELECTOR: 0x12345 is wider than .* 16 bits' \
	'case a: fields.GUEST_CR0: no number' 'case a: id: another case has it too' \
	'case number 3: id: missing' 'case b: bogus: unknown key' 'capabilities.IA32_NONE: no' \
	-- check -
printf '{"cases":\n[{"id":' > "$work/case.json"
bad '^pkvm vmcs: -: line 2: ' -- check -
printf '[]' > "$work/case.json"
bad 'cases: expected an array' -- check -
printf '{"cases":[{"id":"a","fields":{"GUEST_CR0":1,"GUEST_CR0":2}}]}' > "$work/case.json"
bad 'duplicate object key' -- check -
# Each of these is one line and status 2; nothing is judged.
while IFS='|' read -r expected input; do
	printf '%b' "$input" > "$work/case.json"
	bad "^pkvm vmcs: -: $expected" '!outcome|qualification' -- check -
	if [ "$("$pkvm" vmcs check "$work/case.json" 2>&1 | wc -l)" -ne 1 ]; then
		echo "more than a line for: $input"
		failed=1
	fi
done << 'END'
line 1: |
line 1: |{"cases":[]} x
line 1: unable to decode|{"cases":[{"id":"\xff"}]}
cases: expected an array of cases|{}
cases: it is empty; expected an array of cases|{"cases":[]}
cases: expected an array of cases|{"cases":{"id":"a"}}
more: unknown key|{"cases":[{"id":"a"}],"more":1}
case a: more: unknown key|{"cases":[{"id":"a","more":1}]}
case number 1: expected an object with an id|{"cases":[1]}
case number 1: id: missing, empty, or no string|{"cases":[{"id":7}]}
case number 1: id: missing, empty, or no string|{"cases":[{"id":""}]}
case number 1: id: missing, empty, or no string|{"cases":[{"fields":{}}]}
case a: id: another case has it too|{"cases":[{"id":"a"},{"id":"a"}]}
case a[?]b: fields.X: unknown field|{"cases":[{"id":"a\\nb","fields":{"X":1}}]}
case a: fields: expected an object|{"cases":[{"id":"a","fields":[]}]}
case a: fields.GUEST_CR0: no number|{"cases":[{"id":"a","fields":{"GUEST_CR0":true}}]}
case a: fields.GUEST_CR0: no number|{"cases":[{"id":"a","fields":{"GUEST_CR0":null}}]}
case a: fields.GUEST_CR0: no number|{"cases":[{"id":"a","fields":{"GUEST_CR0":1.5}}]}
case a: fields.GUEST_CR0: no number|{"cases":[{"id":"a","fields":{"GUEST_CR0":-1}}]}
case a: fields.GUEST_CR0: no number|{"cases":[{"id":"a","fields":{"GUEST_CR0":"0x"}}]}
case a: fields.GUEST_CR0: no number|{"cases":[{"id":"a","fields":{"GUEST_CR0":"0x10000000000000000"}}]}
line 1: too big integer|{"cases":[{"id":"a","fields":{"GUEST_CR0":18446744073709551616}}]}
case a: fields.GUEST_ES_LIMIT: 0x100000000 is wider|{"cases":[{"id":"a","fields":{"GUEST_ES_LIMIT":4294967296}}]}
case a: fields.VM_ENTRY_INTR_INFO.*: the field has two values|{"cases":[{"id":"a","fields":{"VM_ENTRY_INTR_INFO":1,"VM_ENTRY_INTR_INFO_FIELD":2}}]}
case a: capabilities.IA32_VMX_MISC: no number|{"cases":[{"id":"a","capabilities":{"IA32_VMX_MISC":true}}]}
case a: capabilities.maxphyaddr: expected 32 to 52|{"cases":[{"id":"a","capabilities":{"maxphyaddr":53}}]}
case a: capabilities.linear_address_bits: expected|{"cases":[{"id":"a","capabilities":{"linear_address_bits":65}}]}
case a: capabilities.efer_supported: expected true or false|{"cases":[{"id":"a","capabilities":{"efer_supported":2}}]}
case a: vtpr: 0x100 is wider than 8 bits|{"cases":[{"id":"a","vtpr":256}]}
case a: vtpr: no number|{"cases":[{"id":"a","vtpr":null}]}
case a: pdptes: expected an array of 4 numbers|{"cases":[{"id":"a","pdptes":[1,2,3]}]}
case a: msr_load: expected an array|{"cases":[{"id":"a","msr_load":{"index":1,"value":1}}]}
case a: msr_load: more than the 1 entries that VM_ENTRY_MSR_LOAD_COUNT counts|{"cases":[{"id":"a","fields":{"VM_ENTRY_MSR_LOAD_COUNT":1},"msr_load":[{"index":16,"value":1},{"index":16,"value":1}]}]}
case a: msr_load: more than the 0 entries|{"cases":[{"id":"a","fields":{"VM_ENTRY_MSR_LOAD_COUNT":0},"msr_load":[{"index":16,"value":1}]}]}
case a: msr_load entry 1: value: no number|{"cases":[{"id":"a","msr_load":[{"index":1}]}]}
case a: msr_load entry 2: index: no number|{"cases":[{"id":"a","msr_load":[{"index":1,"value":1},{"value":1}]}]}
case a: msr_load entry 1: more: unknown key|{"cases":[{"id":"a","msr_load":[{"index":1,"value":1,"more":1}]}]}
END
judge 2 'check needs a FILE' -- check
judge 2 'unknown word' -- frob

# 64-bit numbers, as JSON numbers too.
cat > "$work/case.json" << 'END'
{"cases":[{"id":"a","fields":{"VMCS_LINK_POINTER":18446744073709551615,
	"GUEST_RIP":9223372036854775808}}]}
END
judge 1 'GUEST_RIP = 0x8000000000000000' '!violates guest.link_pointer' \
	-- check "$work/case.json"

# A control word is told which of its bits the MSR does not allow.
cat > "$work/case.json" << 'END'
{"cases":[{"id":"a","capabilities":{"IA32_VMX_TRUE_PINBASED_CTLS":"0x7f00000016"},
	"fields":{"PIN_BASED_VM_EXEC_CONTROL":"0x185"}}]}
END
judge 1 'CONTROL = 0x185; the MSR is 0x7f00000016: 0x12 must be 1, 0x180 must be 0[.]' -- \
	check "$work/case.json"

# A rule of the segments tells its own condition.
printf '{"cases":[{"id":"a"}]}' > "$work/case.json"
judge 1 'guest SS access rights must be 1 when SS is usable: ' \
	'guest CS access rights must be 1: ' '"left_out": \[.*"POSTED_INTR_NV"' -- \
	check --json "$work/case.json"

# The page of all rules is what the rules say.
"$pkvm" vmcs rules > "$work/rules.md"
if ! cmp -s "$work/rules.md" "$rules_page"; then
	echo "$rules_page is old: write it anew with \`pkvm vmcs rules\`"
	diff "$work/rules.md" "$rules_page" | head -10
	failed=1
fi
twice=$(awk -F ' [|] ' '{ split("", seen); count = split($4, need, "; ") }
	{ for (i = 1; i <= count; i++) { sub(/ [|]$/, "", need[i]); if (seen[need[i]]++) print $1 } }' \
	"$work/rules.md")
if [ -n "$twice" ]; then
	echo "what stands beside the fields stands there twice: $twice"
	failed=1
fi

# 1000 cases in a second of processor time; sanitizers may take five.
awk 'BEGIN { printf "{\"cases\":["
	for (i = 0; i < 1000; i++)
		printf "%s{\"id\":\"%d\",\"fields\":{\"GUEST_CR0\":%d,\"GUEST_RIP\":%d}}",
			i ? "," : "", i, i, i * 65537
	print "]}" }' > "$work/many.json"
TIMEFORMAT=%U
used=$({ time "$pkvm" vmcs check "$work/many.json" > "$work/many.txt"; } 2>&1)
milliseconds=$((10#${used/./}))
limit=1000
grep -q __asan_init "$pkvm" && limit=5000
if [ "$milliseconds" -gt "$limit" ] || ! grep -q '^999: vmfail:7' "$work/many.txt"; then
	echo "1000 cases took $used seconds, or their results are not there"
	failed=1
fi
exit $failed
