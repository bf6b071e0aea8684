#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Installs what was built into an empty prefix and plays a scenario on real VMX with
# the command there, which needs nothing of the trees: an installation that lacks one
# of its files says which, though the trees have it.
# command.sh <source tree> <build tree> <scratch directory> <cmake> <bindir> <datadir>
set -euo pipefail

source=$1 build=$2 cmake=$4 bin=$5 share=$6/pkvm
rm -rf "$3"
mkdir -p "$3"
cd "$3"
prefix=$PWD/prefix
passed=0 failed=0

# play <what it must print> <exit status>
play()
{
	local status=0
	"$prefix/$bin/pkvm" run --quiet --engine vmx "$source/scenarios/npvm-cs.pkvm" > output 2>&1 ||
		status=$?
	[ "$status" -eq "$2" ] && grep -qF -- "$1" output
}

# check <sentence> <what play must print> <its exit status>
check()
{
	if play "$2" "$3"; then
		passed=$((passed + 1))
		echo "ok: $1"
	else
		failed=$((failed + 1))
		echo "FAILED: $1"
		tail -20 output
	fi
}

# lacking <file> <what is said of it> [<what is said behind its name>]
lacking()
{
	mv "$prefix/$share/$1" kept
	check "an installation without $1 says so" "$2 $prefix/$share/$1${3-}" 2
	mv kept "$prefix/$share/$1"
}

"$cmake" --install "$build" --prefix "$prefix" > output
check "the installed command plays a scenario on real VMX" PASS 0
mv prefix moved
prefix=$PWD/moved
check "and so does an installation that was moved" PASS 0
lacking player.rom "cannot read the image" ": expected that of a build with PKVM_BAREMETAL=ON"
lacking run.sh "cannot start"
lacking vmx-differences.txt "cannot read"
echo 'exit 3' > "$prefix/$share/run.sh"
check "an installation whose script breaks off names it" \
	"$prefix/$share/run.sh did not come to its end: status 3" 2

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
