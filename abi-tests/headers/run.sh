#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# The header matrix: a copy of include/pkvm, alone in an empty directory, must
# compile in every dialect with every compiler; each header once and twice.
# run.sh <include directory> <scratch directory>
set -euo pipefail
pkvm_headers_dir=$(dirname "$(readlink -f "$0")")
. "$pkvm_headers_dir/dialects.sh"

include=$(readlink -f "$1")
mkdir -p "$2"
cd "$2"
rm -rf alone stubs kernel-shim
mkdir alone stubs
cp -r "$include/pkvm" alone/
cp -r "$pkvm_headers_dir/kernel-shim" .

headers=$(cd alone && ls pkvm/*.h)

# One stub a header and number of inclusions, one for all of them together.
for header in $headers; do
	name=$(basename "$header" .h)
	echo "#include <$header>" > "stubs/$name.once"
	printf '#include <%s>\n#include <%s>\n' "$header" "$header" > "stubs/$name.twice"
done
for header in $headers; do
	echo "#include <$header>"
done > stubs/all.headers

# Names of all inline functions, as gcc emits them when told to keep them.
if ! gcc -x c -std=c11 -O0 -fkeep-inline-functions -Ialone -c -o inline.o stubs/all.headers; then
	echo "FAILED: the headers do not compile together"
	exit 1
fi
inline=$(nm inline.o | awk '$2 == "t" { print $3 }')

# A table of their addresses, so that every dialect generates every one of them.
{
	cat stubs/all.headers
	echo "typedef void (*pkvm_any)(void);"
	echo "extern const pkvm_any pkvm_every_inline[];"
	echo "const pkvm_any pkvm_every_inline[] = {"
	for function in $inline; do
		echo "	(pkvm_any)$function,"
	done
	echo "};"
} > stubs/every_inline.table
rm stubs/all.headers

for compiler in $pkvm_compilers; do
	for dialect in $pkvm_dialects; do
		for source in stubs/*; do
			echo "$compiler $dialect $source"
		done
	done
done | xargs -P "$(nproc)" -L 1 "$pkvm_headers_dir/one.sh" > outcomes

# The ABI in assembly.
for compiler in $pkvm_compilers; do
	if $compiler -Ialone -c -o numbers.o "$pkvm_headers_dir/numbers.S"; then
		echo "passed assembly $compiler numbers.S"
	else
		echo "failed assembly $compiler numbers.S"
	fi
done >> outcomes

# No objects of static storage, and nothing called that a vendor lacks.
odd=$(nm inline.o |
      awk '$NF !~ /^(memcpy|memset|memmove|memcmp)$/ && $(NF - 1) !~ /^[tT]$/')
if [ -z "$odd" ]; then
	echo "passed no-objects gcc all"
else
	echo "failed no-objects gcc all"
	echo "include/pkvm must hold no objects and call nothing: $odd" >&2
fi >> outcomes

echo "$(echo "$headers" | wc -w) headers, $(echo "$inline" | wc -w) inline functions"
awk '
	{ cell = sprintf("%-14s %-6s", $2, $3); seen[cell] = 1; count[cell, $1]++; total[$1]++ }
	$1 == "failed" { print "FAILED: " $2 " " $3 " " $4 }
	END {
		for (cell in seen)
			printf "%s %4d passed %4d failed\n", cell, count[cell, "passed"],
			       count[cell, "failed"] | "sort"
		close("sort")
		printf "%d passed, %d failed\n", total["passed"], total["failed"]
		exit total["failed"] > 0 || total["passed"] == 0
	}' outcomes
