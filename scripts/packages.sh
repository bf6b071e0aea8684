# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# The Debian 12 packages that building and testing need, and how to get the
# missing ones; sourced by the other scripts.

pkvm_run_packages="gcc libc6-dev cmake ninja-build pkg-config libjansson-dev"

pkvm_test_packages="$pkvm_run_packages musl-dev g++ clang libcmocka-dev binutils valgrind
	doxygen doxygen-awesome-css graphviz bochs bochs-term bochsbios vgabios"

# pkvm_install <package>...: installs what is missing, and is silent otherwise.
pkvm_install()
{
	local package missing=""

	for package in "$@"; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2> /dev/null |
			grep -qx installed || missing="$missing $package"
	done
	[ -n "$missing" ] || return 0

	echo "Installing Debian packages:$missing"
	if [ "$(id -u)" -ne 0 ]; then
		echo "These packages need root: apt-get install$missing" >&2
		return 1
	fi
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086
	apt-get -qq update && apt-get -qq install -y --no-install-recommends $missing > /dev/null
}
