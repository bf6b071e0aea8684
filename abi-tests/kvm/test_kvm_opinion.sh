#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Tests that kvm_opinion sees what it must see, on answers and tables with
# mistakes in them, and that the page in the docs has the table of differences.
#
#	test_kvm_opinion.sh <kvm_opinion> <answers> <differences> <page>
set -euo pipefail
program=$1 answers=$2 differences=$3 page=$4
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$(dirname "$(readlink -f "$0")")/../unit/expect.sh"
none=$work/no-such-device
table=$work/differences.txt

# fresh: a copy of answers and table.
fresh()
{
	rm -rf "$work/answers"
	cp -r "$answers" "$work/answers"
	cp "$differences" "$table"
}

# only_6_1: the same for the kernels 6.1 alone. They are asked less than others.
only_6_1()
{
	fresh
	find "$work/answers" -name '*.txt' ! -name '6.1.*' -delete
	record=$(find "$work/answers" -name '*.txt' | sort | head -1)
	grep -E '^(#|[*] |6[.]1[.])' "$differences" > "$table"
}

# says <status> <device> <text> [<option>]: what the program lacks of what it must say.
says()
{
	local status=0 output
	output=$("$program" ${4:+"$4"} --device "$2" "$work/answers" "$table" 2>&1) || status=$?
	[ "$status" -eq "$1" ] || echo "exit status $status, not $1: $(head -3 <<< "$output")"
	grep -qF -- "$3" <<< "$output" || echo "not \"$3\": $(head -3 <<< "$output")"
}

# rows <differences>: the table as the page has it.
rows()
{
	awk -F ' [|] ' '!/^#/ && NF == 3 { printf "| `%s` | `%s` | %s |\n", $1, $2, $3 }' "$1"
}

fresh
kernels=$(sed -sn 's/^kernel = //p' "$work"/answers/*.txt | paste -sd, | sed 's/,/, /g')
expect "without a device the recorded answers are compared, and it says so" nothing \
	"$(says 0 "$none" "note: $none is absent: recorded answers of $kernels were compared")"

only_6_1
expect "6.1 differs by the rows of 6.1" nothing "$(says 0 "$none" ', 0 complaints')"
expect "a device that does not open is said" nothing \
	"$(says 0 "$work" "note: $work cannot be opened (Is a directory): recorded answers")"
expect "a device that is no KVM is an error" nothing \
	"$(says 1 /dev/null "error: /dev/null is no KVM: KVM_GET_API_VERSION")"

sed -i '/^6/d' "$table"
expect "without its rows 6.1 does not answer as the model" nothing \
	"$(says 1 "$none" 'error: payload.move.pf.off.sde.sde: ')"
expect "but as the model with the delivery that KVM had" nothing \
	"$(says 0 "$none" ', 0 complaints' --old-delivery)"

only_6_1
sed -i 's/^payload.capability.1 = ok$/payload.capability.1 = EINVAL/' "$record"
expect "a difference that no row explains is an error" nothing \
	"$(says 1 "$none" 'error: payload.capability.1: ')"
only_6_1
sed -i '/^payload.capability.1 = /d' "$record"
expect "a question without an answer is an error" nothing \
	"$(says 1 "$none" 'error: payload.capability.1: ')"
only_6_1
echo 'payload.capability.3 = ok' >> "$record"
expect "an answer without a question is an error" nothing \
	"$(says 1 "$none" 'error: payload.capability.3: ')"
only_6_1
echo 'payload.capability.1 = ok' >> "$record"
expect "a second answer is an error with its place" nothing \
	"$(says 1 "$none" "$record:$(wc -l < "$record"): this question is answered already")"
only_6_1
truncate -s -1 "$record"
expect "answers that are cut off are an error with their place" nothing \
	"$(says 1 "$none" "$record:$(($(wc -l < "$record") + 1)): the line is cut off")"
only_6_1
sed -i 's/^lacks = .*/lacks = 0x10/' "$record"
expect "a kernel that lacks what nobody knows is an error" nothing \
	"$(says 1 "$none" ': what a kernel lacks is a number up to 0xf')"
rm "$work"/answers/*.txt
expect "no recorded answers at all are an error" nothing \
	"$(says 1 "$none" "error: $work/answers: no recorded answers")"

only_6_1
sed -i '/ | payload.capability.2 | /d' "$table"
expect "a row that is missing is an error" nothing \
	"$(says 1 "$none" 'error: payload.capability.2: ')"
only_6_1
echo '* | payload.capability.1 | because' >> "$table"
expect "a row about what is answered alike is stale" nothing \
	"$(says 1 "$none" '"payload.capability.1" is stale: ')"
only_6_1
echo '* | payload.nothing.* | because' >> "$table"
expect "a row about nothing is stale" nothing \
	"$(says 1 "$none" '"payload.nothing.*" is stale: ')"
only_6_1
echo '* | payload.capability.2' >> "$table"
expect "a row without a reason is an error with its place" nothing \
	"$(says 1 "$none" "$table:$(wc -l < "$table"): not \"kernels | questions | reason\"")"

fresh
release=$(uname -r)
if [ -r /dev/kvm ] && [ -w /dev/kvm ] && [ -e "$work/answers/$release.txt" ]; then
	sed -i 's/^payload.capability.1 = ok$/payload.capability.1 = EINVAL/' \
		"$work/answers/$release.txt"
	text="payload.capability.1: $release says \"ok\", and said \"EINVAL\""
	expect "a kernel that says another thing than it said is an error" nothing \
		"$(says 1 /dev/kvm "$text")"
else
	echo "note: the running kernel is not recorded: it was not asked whether it changed"
fi

expect "a row that the page lacks is seen" something \
	"$(echo '| `*` | `payload.nothing.*` | because |' | grep -vxFf "$page")"
expect "the page has every row of the table" nothing \
	"$(rows "$differences" | grep -vxFf "$page")"
expect "the page has no other row" nothing \
	"$(grep -E '^\| `[^`]*` \| `(x2apic|lapic|payload)\.' "$page" |
	   grep -vxFf <(rows "$differences"))"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
