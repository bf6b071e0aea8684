#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Compiles one cell of the header matrix and prints one line with its outcome:
# one.sh <compiler> <dialect> <source file>, in the directory that run.sh prepared.
set -euo pipefail
pkvm_headers_dir=$(dirname "$(readlink -f "$0")")
. "$pkvm_headers_dir/dialects.sh"

compiler=$1 dialect=$2 source=$3
mode=-fsyntax-only
case $source in
*/every_inline.*) mode="-O2 -c -o every_inline.$compiler.$dialect.o" ;;
esac

# shellcheck disable=SC2046,SC2086
if message=$($(pkvm_compile "$compiler" "$dialect") $mode -Ialone "$source" 2>&1); then
	echo "passed $dialect $compiler $(basename "$source")"
else
	echo "failed $dialect $compiler $(basename "$source")"
	echo "$message" | head -20 >&2
fi
