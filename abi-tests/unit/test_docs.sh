#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Checks what the pages say against the tree: named tests, functions and files exist,
# links lead somewhere, offsets and the fingerprint are the headers', a printed table is
# the program's and a printed scenario the file's. First shows on a page with mistakes
# that it sees what it must see.
# test_docs.sh <root of the source tree> <C compiler> <test_host_suppress_eoi>
set -euo pipefail

root=$(readlink -f "$1")
compiler=$2 suppress_eoi=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$(dirname "$(readlink -f "$0")")/expect.sh"

# Every function and script of the tests that has a test's name, one a line.
(cd "$root/abi-tests" &&
 { grep -rhoE '^(static )?void test_[a-z0-9_]+\(' . | sed -E 's/^.*(test_.*)\($/\1/'
   find . -name 'test_*' | sed -E 's/.*\/(test_[a-z0-9_]+)\..*/\1/'; } | sort -u) > "$scratch/tests"

# judge_tests <pages>: names of tests that nobody wrote.
judge_tests()
{
	cat "$@" | grep -ohE '\btest_[a-z0-9_]+' | sort -u | comm -23 - "$scratch/tests"
}

# Every function that a header declares, one a line; a comment's f() is none.
(cd "$root" && find include lib host guest machine baremetal tools -name '*.h' -exec cat {} + |
 grep -oE '\b[a-z][a-z0-9_]*\([^)]' | sed 's/(.$//' | sort -u) > "$scratch/functions"

# judge_functions <pages>: functions that no header declares.
judge_functions()
{
	cat "$@" | { grep -oE '\b[a-z][a-z0-9_]*\(\)' || true; } | sed 's/()$//' | sort -u |
		comm -23 - "$scratch/functions"
}

# judge_links <pages>: relative links that lead nowhere, as seen from the page.
judge_links()
{
	for page in "$@"; do
		{ grep -oE '\]\([^)]+\)' "$page" || true; } | sed -E 's/^\]\(([^)#]*).*$/\1/' |
		while IFS= read -r link; do
			case $link in
			'' | http://* | https://*) ;;
			*) [ -e "$(dirname "$page")/$link" ] || echo "${page##*/}: $link" ;;
			esac
		done
	done
}

# judge_files <pages>: files in code spans, named from the root, that are not there.
judge_files()
{
	local rooms='include|lib|host|guest|machine|baremetal|cmake|tools|scenarios|scripts|bench|abi-tests|examples|docs'

	{ grep -ohE "\`($rooms)/[A-Za-z0-9_./-]*\`" "$@" || true; } | tr -d '\`' | sort -u |
	while IFS= read -r file; do
		[ -e "$root/$file" ] || echo "$file"
	done
}

# judge_offsets <page>: rows "| 0x040 | `field` ..." of the shared page's tables.
judge_offsets()
{
	{
		echo '#include <pkvm/pkvm.h>'
		sed -nE 's/^\| (0x[0-9a-f]{3}) \| `([a-z_.0-9]+).*$/\1 \2/p' "$1" |
		while read -r offset field; do
			# The event summary's own table leaves its name out.
			case $offset,$field in
			0x300,summary) ;;
			0x3*) field=summary.$field ;;
			esac
			echo "PKVM_ASSERT(offsetof(struct pkvm_shared_page, $field) == $offset)"
		done
	} > "$scratch/offsets.c"
	grep -q PKVM_ASSERT "$scratch/offsets.c" || echo "no offsets in ${1##*/}"
	"$compiler" -fsyntax-only -I"$root/include" "$scratch/offsets.c" 2>&1 | grep error || true
}

# judge_fingerprint <page>: the page's literal is what the headers make.
judge_fingerprint()
{
	cat > "$scratch/fingerprint.c" <<-'END'
	#include <stdio.h>
	#include <pkvm/pkvm.h>
	int main(void)
	{
		return printf("0x%llx\n", (unsigned long long)
			      pkvm_fingerprint(NULL, 0, PKVM_ABI_MINOR, NULL)) < 0;
	}
	END
	"$compiler" -I"$root/include" -o "$scratch/fingerprint" "$scratch/fingerprint.c"
	grep -qF "\`$("$scratch/fingerprint")\`" "$1" ||
		echo "${1##*/}: the fingerprint is $("$scratch/fingerprint")"
}

# judge_table <page> <program>: where the page's table is not what the program prints.
judge_table()
{
	"$2" --markdown > "$scratch/table"
	[ -s "$scratch/table" ] || echo "$2 prints no table"
	awk -v first="$(head -1 "$scratch/table")" '
	$0 == first { inside = 1 }
	!/^\|/ { inside = 0 }
	inside' "$1" | diff - "$scratch/table" || true
}

# judge_scenario <page> <scenario>: whether the page prints the file, its first line aside.
judge_scenario()
{
	local text

	text=$(tail -n +2 "$2" | expand | sed 's/^./    &/')
	[[ "$(cat "$1")" == *"$text"* ]] || echo "${1##*/} does not print ${2##*/}"
}

bad=$scratch/bad.md
cat > "$bad" <<'END'
`test_that_nobody_wrote`, [a page](nowhere.md#part), `lib/nothing.c`, pkvm_gc_ioread()
| 0x048 | `regs.gpr` |
END
sed 's/mov_imm rax 0x41$/mov_imm rax 0x42/' "$root/docs/scenarios.md" > "$scratch/scenarios.md"
sed 's/`--sn-rR`/`--sn-r-`/' "$root/docs/apic.md" > "$scratch/apic.md"
expect "a test that nobody wrote is seen" something "$(judge_tests "$bad")"
expect "a function that is not there is seen" something "$(judge_functions "$bad")"
expect "a link to nowhere is seen" something "$(judge_links "$bad")"
expect "a file that is not there is seen" something "$(judge_files "$bad")"
expect "a wrong offset is seen" something "$(judge_offsets "$bad")"
expect "a missing fingerprint is seen" something "$(judge_fingerprint "$bad")"
expect "a table that is missing is seen" something "$(judge_table "$bad" "$suppress_eoi")"
expect "a table with a wrong row is seen" something \
	"$(judge_table "$scratch/apic.md" "$suppress_eoi")"

expect "a scenario that is printed otherwise is seen" something \
	"$(judge_scenario "$scratch/scenarios.md" "$root/scenarios/npvm-cs.pkvm")"

pages=("$root"/docs/*.md "$root"/*.md)
expect "every test that a page names exists" nothing "$(judge_tests "${pages[@]}")"
expect "every function that a page names is declared" nothing "$(judge_functions "${pages[@]}")"
expect "every link leads somewhere" nothing "$(judge_links "${pages[@]}")"
expect "every file that a page names exists" nothing "$(judge_files "${pages[@]}")"
expect "the shared page's offsets are the headers'" nothing "$(judge_offsets "$root/docs/running.md")"
expect "the fingerprint is the headers'" nothing "$(judge_fingerprint "$root/docs/protocol.md")"
expect "the table of EOI suppression is the program's" nothing \
	"$(judge_table "$root/docs/apic.md" "$suppress_eoi")"
expect "the scenario that is printed whole is the file" nothing \
	"$(judge_scenario "$root/docs/scenarios.md" "$root/scenarios/npvm-cs.pkvm")"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
