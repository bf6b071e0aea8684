#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Checks the habits that a compiler does not: how files open, how long they and
# their functions are, that nothing is put off, that no result which must be used
# is cast away. First shows on a copy that it sees what it must see.
# test_habits.sh <root of the source tree>
set -euo pipefail

root=$(readlink -f "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$(dirname "$(readlink -f "$0")")/expect.sh"

# files <tree>: all sources. Captures and golden text are data, licences are quoted.
files()
{
	(cd "$1" && find . \( -path ./build -o -path ./.git -o -path ./LICENSES \) -prune -o \
	 -type f ! -name '*.txt' ! -name '*~' ! -name '*.swp' -print |
	 grep -E '\.(c|cc|h|inc|S|ld|sh|awk|sed|cmake|in|md|css|dot|msc|pkvm)$|/run$|/test$' |
	 sed 's|^\./||' | sort)
	(cd "$1" && find . -path ./build -prune -o -name CMakeLists.txt -print | sed 's|^\./||')
}

# code <tree>: C and C++ alone.
code()
{
	files "$1" | grep -E '\.(c|cc|h)$'
}

# judge_openings <tree>: the licence within three lines, a comment's sentence next.
judge_openings()
{
	(cd "$1" && files . | xargs awk '
	FNR == 1 { if (file && !good) print file ": no SPDX line and sentence"
		   file = FILENAME; good = seen = 0 }
	FNR <= 3 && /SPDX-License-Identifier: MIT OR GPL-2\.0-only/ { seen = FNR; next }
	seen && FNR > seen && FNR <= seen + 2 && /^ *(\/\*|\*|#|<!--|;|\/\/).*[A-Za-z]/ &&
	!/^ *# *(include|if|ifndef|define|pragma)/ { good = 1 }
	END { if (!good) print file ": no SPDX line and sentence" }')
}

# judge_sizes <tree>: headers up to 300 lines, sources up to 400, functions up to 50.
judge_sizes()
{
	(cd "$1" && code . | xargs awk '
	function judge() { if (lines > (file ~ /h$/ ? 300 : 400)) print file ": " lines " lines" }
	FNR == 1 { judge(); file = FILENAME }
	{ lines = FNR }
	/^\{$/ { open = FNR }
	/^\}$/ { if (FNR - open - 1 > 50) print file ":" open ": a function of " FNR - open - 1 }
	END { judge() }')
}

# judge_later <tree>: nothing is left for later.
judge_later()
{
	(cd "$1" && files . | grep -v '/test_habits\.sh$' |
	 xargs grep -nwE 'TODO|FIXME|XXX|HACK' /dev/null || true)
}

# must_check <tree>: names of the functions whose results must be used.
must_check()
{
	(cd "$1" && code . | xargs cat | tr '\n' ' ' |
	 grep -oE 'PKVM_MUST_CHECK [^;{}()]*\(' |
	 sed -nE 's/.*[[:space:]*]([A-Za-z_][A-Za-z_0-9]*)\($/\1/p' | sort -u)
}

# judge_casts <tree>: casts to void of one of those.
judge_casts()
{
	must_check "$1" > "$scratch/must_check"
	(cd "$1" && code . | xargs grep -nE '\(void\) *!* *[a-zA-Z_0-9]+\(' /dev/null |
	 grep -wFf "$scratch/must_check" || true)
}

# with <file> <text>: a tree of two headers of the ABI and that file.
with()
{
	rm -rf "$scratch/tree"
	mkdir -p "$scratch/tree/include/pkvm" "$scratch/tree/lib"
	cp "$root/include/pkvm/env.h" "$root/include/pkvm/segment.h" "$scratch/tree/include/pkvm/"
	printf '%b' "$2" > "$scratch/tree/$1"
}

licence='/* SPDX-License-Identifier: MIT OR GPL-2.0-only */\n'
body=$(printf '\\tx++;\\n%.0s' {1..51})
lines=$(printf '\\n%.0s' {1..400})

with lib/a.c '/* What it is for. */\nint x;\n'
expect "a missing licence is seen" something "$(judge_openings "$scratch/tree")"
with lib/a.c "$licence"'#include <pkvm/env.h>\n'
expect "a missing sentence is seen" something "$(judge_openings "$scratch/tree")"
with lib/a.c "$licence/* What it is for. */\n$lines"
expect "a source of 402 lines is seen" something "$(judge_sizes "$scratch/tree")"
with lib/a.h "$licence/* What it is for. */\n${lines:0:600}"
expect "a header of 302 lines is seen" something "$(judge_sizes "$scratch/tree")"
with lib/a.c "void f(void)\n{\n$body}\n"
expect "a function of 51 lines is seen" something "$(judge_sizes "$scratch/tree")"
with lib/a.c "$licence"'/* FIXME: later. */\n'
expect "work put off is seen" something "$(judge_later "$scratch/tree")"
with lib/a.c 'void f(void)\n{\n\t(void)pkvm_hc_set_segment(0);\n}\n'
expect "a cast of a stub's result is seen" something "$(judge_casts "$scratch/tree")"
with lib/a.c 'void f(void)\n{\n\t(void)!pkvm_hc_set_segment(0);\n}\n'
expect "a negated cast is seen" something "$(judge_casts "$scratch/tree")"
with lib/a.c "$licence"'/* What it is for. */\nvoid f(void)\n{\n\t(void)g();\n}\n'
for judge in openings sizes later casts; do
	expect "what is fine passes ($judge)" nothing "$("judge_$judge" "$scratch/tree")"
done

expect "every file opens with the licence and a sentence" nothing "$(judge_openings "$root")"
expect "files and functions have a size to be read" nothing "$(judge_sizes "$root")"
expect "nothing is left for later" nothing "$(judge_later "$root")"
expect "no result that must be used is cast away" nothing "$(judge_casts "$root")"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
