#!/usr/bin/env bash
# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Installs the SDK into an empty prefix and uses it as a stranger would: by
# pkg-config and by find_package, in C and in C++.
# run.sh <source tree> <scratch directory> <cmake> <generator>
set -euo pipefail

source=$(readlink -f "$1") cmake=$3 generator=$4
rm -rf "$2"
mkdir -p "$2"
cd "$2"
scratch=$PWD
prefix=$scratch/prefix
passed=0 failed=0

# check <sentence> <command>...: runs the command and counts its outcome.
check()
{
	local sentence=$1
	shift
	if "$@" > "$scratch/output" 2>&1; then
		passed=$((passed + 1))
		echo "ok: $sentence"
	else
		failed=$((failed + 1))
		echo "FAILED: $sentence"
		tail -40 "$scratch/output"
	fi
}

install_sdk()
{
	"$cmake" -S "$source" -B build -G "$generator" -DCMAKE_BUILD_TYPE=Release \
		-DCMAKE_INSTALL_PREFIX="$prefix" -DCMAKE_INSTALL_LIBDIR=lib \
		-DPKVM_TESTS=OFF -DPKVM_TOOLS=OFF -DPKVM_DOCS=OFF -DPKVM_BAREMETAL=OFF &&
	"$cmake" --build build && "$cmake" --install build
}

# by_pkg_config <package> <compiler> <flags> <file>: compiles, links and runs.
by_pkg_config()
{
	# shellcheck disable=SC2046,SC2086
	"$2" $3 -pedantic -Wall -Wextra -Wconversion -Werror -o by-pkg-config "$4" \
		$(pkg-config --cflags --libs "$1") && ./by-pkg-config
}

# by_find_package <project directory> <program>...: builds a project, runs it.
by_find_package()
{
	local project=$1 program
	shift
	rm -rf project
	"$cmake" -S "$project" -B project -G "$generator" -DCMAKE_PREFIX_PATH="$prefix" &&
	"$cmake" --build project || return 1
	for program in "$@"; do
		"project/$program" || return 1
	done
}

other_major_is_refused()
{
	mkdir -p other
	sed 's/find_package(pkvm 1.0 REQUIRED)/find_package(pkvm 2.0 REQUIRED)/' \
		"$source/examples/CMakeLists.txt" > other/CMakeLists.txt
	! "$cmake" -S other -B other/build -G "$generator" -DCMAKE_PREFIX_PATH="$prefix"
}

# needs <library> <extended regular expression>: the library's undefined symbols,
# its own members' aside, all match.
needs()
{
	nm "$1" > symbols || return 1
	awk 'NF == 3 { print $3 }' symbols | sort -u > defined
	awk '$1 == "U" { print $2 }' symbols | sort -u > undefined
	[ -s defined ] && comm -13 defined undefined | { ! grep -vE "^($2)\$"; }
}

libc="memcpy|memset|memmove|memcmp"

check "the SDK builds and installs" install_sdk
[ "$failed" -eq 0 ] || exit 1
export PKG_CONFIG_PATH=$prefix/lib/pkgconfig
check "pkg-config tells the ABI's version" test "$(pkg-config --modversion pkvm-abi)" = 1.0
check "the ABI has no library" test -z "$(pkg-config --libs pkvm-abi || echo none)"
check "a C consumer builds by pkg-config" \
	by_pkg_config pkvm-abi gcc -std=c11 "$source/examples/consumer.c"
check "a C++ consumer builds by pkg-config" \
	by_pkg_config pkvm-abi g++ -std=c++17 "$source/examples/consumer.cc"
check "consumers build by find_package" by_find_package "$source/examples" consumer-c consumer-cc
check "the stubs link by find_package" \
	by_find_package "$source/abi-tests/consumers/project" host guest
check "another major version is refused" other_major_is_refused
for side in hyp engine-vmx host guest; do
	check "pkg-config knows pkvm-$side" pkg-config --exists --print-errors "pkvm-$side >= 1.0"
done
check "the host's stubs link in C++" \
	by_pkg_config pkvm-host g++ -std=c++17 "$source/abi-tests/consumers/host.cc"
check "the guest's stubs link in C++" \
	by_pkg_config pkvm-guest g++ -std=c++17 "$source/abi-tests/consumers/guest.cc"
check "the libraries' interfaces are installed" \
	by_pkg_config pkvm-abi gcc -std=c11 "$source/abi-tests/consumers/interfaces.c"
check "the core needs only its platform and its engine" \
	needs "$prefix/lib/libpkvm-hyp.a" "$libc|pkvm_plat_.*|pkvm_vmcs_.*"
check "the engine needs only the platform that owns the processors" \
	needs "$prefix/lib/libpkvm-engine-vmx.a" "$libc|pkvm_plat_.*|pkvm_vmx_cpu"
check "the host's side needs only its platform and a transport" \
	needs "$prefix/lib/libpkvm-host.a" "$libc|pkvm_host_plat_.*|pkvm_host_transport"
check "the guest's side needs only a transport" \
	needs "$prefix/lib/libpkvm-guest.a" "$libc|pkvm_guest_transport"

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
