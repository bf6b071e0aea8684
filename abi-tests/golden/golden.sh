#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Compares what a program prints of the ABI with a golden file of literals, and
# names each line that differs. It never writes the golden file: a change of the
# ABI edits it by hand.
#
#	golden.sh <program> <golden file>
set -euo pipefail
program=$1 golden=$2
printed=$(mktemp)
trap 'rm -f "$printed"' EXIT

"$program" > "$printed"
[ -s "$printed" ] || { echo "$program printed nothing"; exit 1; }
name=$(basename "$golden")
diff --unchanged-line-format= \
	--old-line-format="$name:%dn: says:    %L" \
	--new-line-format="line %dn of the headers: %L" "$golden" "$printed"
