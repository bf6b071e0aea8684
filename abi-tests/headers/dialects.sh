# SPDX-License-Identifier: MIT OR GPL-2.0-only
# shellcheck shell=bash
# The dialects in which include/pkvm must compile; sourced by the header matrix.

pkvm_dialects="c11 c++17 freestanding m32 c++17-m32 kernel"
pkvm_compilers="gcc clang"

pkvm_warnings="-pedantic -Wall -Wextra -Wconversion -Wshadow -Werror"

# pkvm_compile <compiler> <dialect>: prints the command that compiles a file.
pkvm_compile()
{
	local cc=$1

	case $1-$2 in
	gcc-c++*)   cc=g++ ;;
	clang-c++*) cc=clang++ ;;
	esac

	case $2 in
	c11)          echo "$cc -x c -std=c11 $pkvm_warnings" ;;
	c++17)        echo "$cc -x c++ -std=c++17 $pkvm_warnings" ;;
	freestanding) echo "$cc -x c -std=c11 -ffreestanding -fno-builtin -fno-common" \
			   "-fshort-wchar -fshort-enums -funsigned-char $pkvm_warnings" ;;
	m32)          echo "$cc -x c -std=c11 -m32 -ffreestanding $pkvm_warnings" ;;
	c++17-m32)    echo "$cc -x c++ -std=c++17 -m32 -ffreestanding -fno-exceptions" \
			   "$pkvm_warnings" ;;
	kernel)       echo "$cc -x c -std=gnu11 -nostdinc -ffreestanding -fno-builtin" \
			   "-D__KERNEL__ -Ikernel-shim -mno-sse -mno-mmx" \
			   "-mno-80387 -mcmodel=kernel -mno-red-zone -fno-pie -fno-common" \
			   "-fno-strict-aliasing -fshort-wchar -funsigned-char" \
			   "-Wdeclaration-after-statement $pkvm_warnings" ;;
	*)            echo "false" ;;
	esac
}
