# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# Counting what the judges of a tree say: sourced by the tests that are scripts.
passed=0 failed=0

# expect <sentence> <nothing|something> <what a judge printed>
expect()
{
	if { [ "$2" = nothing ] && [ -z "$3" ]; } ||
	   { [ "$2" = something ] && [ -n "$3" ]; }; then
		passed=$((passed + 1))
		echo "ok: $1"
	else
		failed=$((failed + 1))
		echo "FAILED: $1"
		echo "$3"
	fi
}
