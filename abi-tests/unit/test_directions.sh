#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Checks who includes whom: the ABI only itself; lib, host and guest never each
# other; the core no libc. First shows on copies that it sees what it must see.
# test_directions.sh <root of the source tree>
set -euo pipefail

root=$(readlink -f "$1")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
. "$(dirname "$(readlink -f "$0")")/expect.sh"

# includes <tree> <room>: one line an #include, "file: <name>" or "file: "name"".
includes()
{
	(cd "$1" && find "$2" -name '*.[chS]' -o -name '*.inc' | sort |
	 xargs -r grep -HE '^[[:space:]]*#[[:space:]]*include[[:space:]]' |
	 sed -E 's/:[[:space:]]*#[[:space:]]*include[[:space:]]+/: /; s/([>"])[^>"]*$/\1/')
}

# judge_abi <tree>: prints what include/pkvm includes and may not.
judge_abi()
{
	includes "$1" include/pkvm | while IFS=' ' read -r file name; do
		base=${name#[\"<]} base=${base%[\">]}
		case $file$name in
		include/pkvm/env.h:\<std*.h\>) ;;
		include/pkvm/env.h:\<linux/*.h\>) ;;
		*:\"*\") [ -e "$1/include/pkvm/$base" ] && [ "${base#*/}" = "$base" ] ||
				 echo "$file $name" ;;
		*:PKVM_VENDOR_CALLS) ;;
		*) echo "$file $name" ;;
		esac
	done
}

# judge_room <tree> <room>: the same for lib, host or guest.
judge_room()
{
	includes "$1" "$2" | while IFS=' ' read -r file name; do
		case $name in
		\<pkvm/*\>) [ -e "$1/include/${name:1:-1}" ] || echo "$file $name" ;;
		\<stddef.h\> | \<stdint.h\> | \<stdbool.h\>) ;;
		\"*\") target=$(realpath -m "$1/$(dirname "$file")/${name:1:-1}")
		       case $target in
		       "$1/$2"/*) [ -e "$target" ] || echo "$file $name" ;;
		       *) echo "$file $name" ;;
		       esac ;;
		*) echo "$file $name" ;;
		esac
	done
}

# judge_abi_text <tree>: assembly and allocation have no place in the ABI.
judge_abi_text()
{
	(cd "$1" && grep -rnwE '(__)?asm(__)?|malloc|calloc|free' include/pkvm --include='*.h' |
	 grep -vE '^[^:]*:[0-9]+:[[:space:]]*(/?\*|//)' || true)
}

# with <file> <line>: a copy of the tree in which that file has that line too.
with()
{
	rm -rf "$scratch/tree"
	mkdir -p "$scratch/tree"
	cp -r "$root/include" "$root/lib" "$root/host" "$root/guest" "$scratch/tree/"
	printf '%s\n' "$2" >> "$scratch/tree/$1"
}

with include/pkvm/regs.h '#include <stdio.h>'
expect "libc in the ABI is seen" something "$(judge_abi "$scratch/tree")"
with include/pkvm/regs.h '#include "../../lib/platform.h"'
expect "a private header in the ABI is seen" something "$(judge_abi "$scratch/tree")"
with include/pkvm/regs.h 'static inline void f(void) { __asm__("nop"); }'
expect "assembly in the ABI is seen" something "$(judge_abi_text "$scratch/tree")"
with lib/extra.c '#include "../host/transport.h"'
expect "the host's header in lib is seen" something "$(judge_room "$scratch/tree" lib)"
with host/extra.c '#  include "../lib/platform.h"'
expect "a header of lib in host is seen" something "$(judge_room "$scratch/tree" host)"
with guest/extra.c '#include <string.h>'
expect "libc in guest is seen" something "$(judge_room "$scratch/tree" guest)"

expect "include/pkvm includes only itself" nothing "$(judge_abi "$root")"
expect "include/pkvm has no assembly" nothing "$(judge_abi_text "$root")"
for room in lib host guest; do
	expect "$room includes only the ABI and itself" nothing "$(judge_room "$root" $room)"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
