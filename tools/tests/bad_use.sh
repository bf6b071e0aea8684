#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Uses `pkvm` in ways that cannot work: options that do not fit, output that cannot be
# written. Each ends with its exit status, one line that says why, and no file harmed.
# bad_use.sh <pkvm> <root of the source tree>
set -u

pkvm=$1
source=$(readlink -f "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
. "$source/abi-tests/unit/expect.sh"
cd "$work" || exit 1
story=$source/scenarios/npvm-cs.pkvm

# judge <what> <status> <pattern on stderr> <command>...: one line there. Standard output is
# what the caller makes it; what the judge says goes to this script's.
exec 3>&1
judge()
{
	local what=$1 wanted=$2 pattern=$3 got=0
	shift 3
	timeout 60 "$@" 2> err || got=$?
	{
		expect "$what: status $wanted" nothing \
			"$([ "$got" -eq "$wanted" ] || echo "status $got")"
		expect "$what: says why" something "$(grep -E -- "$pattern" err)"
		expect "$what: one line" nothing "$([ "$(wc -l < err)" -eq 1 ] || cat err)"
	} >&3
}

# Output that is lost is never a success, whoever writes it.
while read -r -a arguments; do
	judge "${arguments[*]} > /dev/full" 2 '^pkvm: cannot write the output: No space' \
		"$pkvm" "${arguments[@]}" > /dev/full
	judge "${arguments[*]} >&-" 2 '^pkvm: cannot write the output: standard output is closed' \
		"$pkvm" "${arguments[@]}" >&-
done << END
--help
--version
run --help
run --quiet $story
abi dump
abi dump --text
abi dump --markdown
vmcs rules
vmcs check $source/abi-tests/vmcs/cases.json
vmcs explain --json $source/abi-tests/vmcs/logs/kvm-5.7-no-failure.log
END
judge "no standard input" 2 'pkvm vmcs: -: cannot be read: Bad file' "$pkvm" vmcs explain <&-

# The trace is written at the end, in place, and never over what a scenario reads.
cp "$story" mine.pkvm
cp -r "$source/scenarios/include" .
ln -s mine.pkvm link
cp "$source/scenarios/captures/sapphire-rapids-kvm-supported.txt" cpuid.txt
printf 'include mine.pkvm\ncpuid table from=cpuid.txt\n' > outer.pkvm
mkdir before
cp -r mine.pkvm cpuid.txt include before
for file in link include/start-host.pkvm cpuid.txt; do
	judge "a trace over $file" 2 "$file would replace a file of outer.pkvm; expected another" \
		"$pkvm" run --trace "$file" outer.pkvm > out
done
expect "what the scenario reads is as it was" nothing \
	"$(for file in mine.pkvm cpuid.txt include; do diff -r "$file" "before/$file"; done)"
echo precious > old.json
judge "a trace of nothing" 2 'none.pkvm: cannot be opened' \
	"$pkvm" run --trace old.json none.pkvm > out
expect "the trace before is as it was" something "$(grep -x precious old.json)"
judge "a trace in no folder" 2 '^pkvm: cannot write none/trace: No such file' \
	"$pkvm" run --trace none/trace mine.pkvm > out
judge "a trace on a full disk" 2 '^pkvm: cannot write /dev/full: No space' \
	"$pkvm" run --trace /dev/full mine.pkvm > out
judge "a trace without a report" 2 'cannot write the output: standard output is closed' \
	"$pkvm" run --trace closed.json mine.pkvm >&-
expect "no trace is there" nothing "$(ls -- *closed* 2> /dev/null)"
chmod 600 old.json
before=$(stat -c '%i %a' old.json)
"$pkvm" run --quiet --trace old.json mine.pkvm > out
expect "a trace that is whole replaces it" something "$(tail -n 1 old.json | grep -x ']}')"
expect "it is the same file, of the same mode" something \
	"$(stat -c '%i %a' old.json | grep -x "$before")"
ln -s aim.json dangling.json
"$pkvm" run --quiet --trace dangling.json mine.pkvm > out
expect "a link to no file leads to the trace" something \
	"$([ -L dangling.json ] && tail -n 1 aim.json | grep -x ']}')"
printf 'repeat 1000000\ncall abi_query major=1 minor=0\nend\n' > long.pkvm
echo precious > cut.json
got=0
timeout -s INT 1 "$pkvm" run --quiet --trace cut.json long.pkvm > out || got=$?
expect "a run is interrupted" something "$([ "$got" -eq 124 ] && echo "$got")"
expect "the file is as it was" something "$(grep -x precious cut.json)"
expect "nothing is left beside it" nothing "$(find . -name '*.json?*')"

# Options of one engine are not passed over by the other.
for option in --log --image --timeout; do
	judge "$option on the model" 2 "^pkvm: $option is the engine vmx's; expected" \
		"$pkvm" run "$option" 3 mine.pkvm > out
done
for seconds in 0 86401 99999999999999999999 5s; do
	got=0
	"$pkvm" run --engine vmx --timeout "$seconds" mine.pkvm > out 2> err || got=$?
	expect "--timeout $seconds: status 2" nothing "$([ "$got" -eq 2 ] || echo "$got")"
	expect "--timeout $seconds: says what it may be" something \
		"$(grep -F "timeout $seconds; expected 1 to 86400 seconds" err)"
done

judge "a scenario by standard input" 2 'expected FILE in place of -' "$pkvm" run - > out
got=0
"$pkvm" abi dump --text --markdown > out 2> err || got=$?
expect "two formats: status 2" nothing "$([ "$got" -eq 2 ] || echo "$got")"
expect "two formats: says so" something "$(grep 'expected one of --json, --text and' err)"
expect "--version tells release and ABI" something \
	"$("$pkvm" --version | grep -Ex 'pkvm ([0-9]+\.[0-9]+)\.[0-9]+, ABI \1')"
expect "help is --help" nothing "$("$pkvm" --help > wanted; "$pkvm" help | cmp - wanted)"
expect "scripts/test --help tells, and builds nothing" something \
	"$(timeout 10 "$source/scripts/test" --help | grep 'a quarter of an hour')"
judge "scripts/test with a word" 2 'unknown option unit; expected' timeout 10 "$source/scripts/test" unit > out

# Of several scenarios the last line tells which ones failed.
echo 'let a=1 b=$c' > wrong.pkvm
"$pkvm" run --quiet wrong.pkvm mine.pkvm none.pkvm > out 2> err
expect "two of three fail" something \
	"$(tail -n 1 out | grep -xF '2 of 3 failed: wrong.pkvm none.pkvm')"
"$pkvm" run --quiet mine.pkvm mine.pkvm > out
expect "none of two fails" something "$(tail -n 1 out | grep -x PASS)"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
