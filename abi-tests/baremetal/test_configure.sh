#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Configures without the emulator, without musl, and with both: what is off then is told
# in one line each, and refused where everything is required.
# test_configure.sh <source tree> <scratch directory> <cmake> <generator>
set -euo pipefail

source=$(readlink -f "$1") cmake=$3 generator=$4
rm -rf "$2"
mkdir -p "$2"
cd "$2"
. "$source/abi-tests/unit/expect.sh"

bochs="Bochs was not found \(Debian: bochs bochs-term vgabios\)"
musl="musl was not found \(Debian: musl-dev\)"

# configure <variable>...: as far as "OFF" lines and the status go.
configure()
{
	status=0
	"$cmake" -S "$source" -B build -G "$generator" -DPKVM_DOCS=OFF "$@" > output 2>&1 ||
		status=$?
	grep '^pkvm: OFF ' output > off || true
}

# tells <what> <thing that is off> <why>
tells()
{
	expect "$1: one line tells $2" nothing \
		"$([ "$(grep -cE "^pkvm: OFF $2: $3\$" off)" -eq 1 ] || { echo "not one line:"; cat off; })"
}

configure
expect "with both: it configures" nothing "$([ "$status" -eq 0 ] || cat output)"
expect "with both: neither is off" nothing "$(grep -E "$bochs|$musl" off || true)"
emulator=$(sed -n 's/^PKVM_BOCHS:[A-Z]*=//p' build/CMakeCache.txt)
libc=$(sed -n 's/^MUSL_LIBC:[A-Z]*=//p' build/CMakeCache.txt)
expect "both have scenarios on real VMX" something "$(cd build && ctest -N -R '^vmx_trace_')"

for required in OFF ON; do
	configure -DPKVM_BOCHS=OFF -DPKVM_REQUIRE_ALL=$required
	tells "no Bochs, required $required" "bare-metal tests" "$bochs"
	tells "no Bochs, required $required" "scenarios on real VMX" "$bochs"
	expect "no Bochs, required $required: status" nothing \
		"$([ $((status != 0)) -eq $([ $required = ON ] && echo 1 || echo 0) ] ||
			echo "status $status")"

	configure "-DPKVM_BOCHS=$emulator" -DMUSL_LIBC=OFF
	tells "no musl, required $required" "the engine vmx of pkvm run" "$musl"
	expect "no musl, required $required: status" nothing \
		"$([ $((status != 0)) -eq $([ $required = ON ] && echo 1 || echo 0) ] ||
			echo "status $status")"
	configure "-DMUSL_LIBC=$libc"
done
expect "what is off where all is required is told at last" something \
	"$(configure -DMUSL_LIBC=OFF; grep 'PKVM_REQUIRE_ALL is set, and the above is off' output)"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
