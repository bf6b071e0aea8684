# SPDX-License-Identifier: MIT OR GPL-2.0-only
# Compiler flags as interface targets: what every source gets, and what only the
# freestanding or only the hosted rooms get. None of them is installed.
add_library(pkvm-flags-warnings INTERFACE)
target_compile_options(pkvm-flags-warnings INTERFACE
	-pedantic -Wall -Wextra -Wconversion -Wshadow -Wvla
	-Wmissing-prototypes -Wstrict-prototypes -Wold-style-definition
	$<$<BOOL:${PKVM_WERROR}>:-Werror>)

add_library(pkvm-flags INTERFACE)
target_link_libraries(pkvm-flags INTERFACE pkvm-flags-warnings)
if(PKVM_SANITIZE)
	target_compile_options(pkvm-flags INTERFACE
		-fsanitize=${PKVM_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g
		$<$<CONFIG:Debug>:-O1>)
	target_link_options(pkvm-flags INTERFACE -fsanitize=${PKVM_SANITIZE})
endif()

# The core has no libc: the compiler may still call memcpy, memset, memmove and
# memcmp, which every environment provides. It leaves the extended registers
# alone, because a pVM's are in them while its exits are handled.
add_library(pkvm-flags-freestanding INTERFACE)
target_compile_options(pkvm-flags-freestanding INTERFACE -std=c11 -ffreestanding
		       -mgeneral-regs-only)
target_link_libraries(pkvm-flags-freestanding INTERFACE pkvm-flags)

# GNU C only for what libc then declares (POSIX, argp); -pedantic stays.
add_library(pkvm-flags-hosted INTERFACE)
target_compile_options(pkvm-flags-hosted INTERFACE -std=gnu11)
target_link_libraries(pkvm-flags-hosted INTERFACE pkvm-flags)

# The images of baremetal/: no sanitizer, whatever the build; linked where they
# run, below 2 GiB; an NMI may arrive anywhere, below the stack pointer too.
add_library(pkvm-flags-baremetal INTERFACE)
target_compile_options(pkvm-flags-baremetal INTERFACE
	-std=c11 -ffreestanding -mgeneral-regs-only -mno-red-zone -O2
	-fno-pic -fno-stack-protector -fno-asynchronous-unwind-tables -fcf-protection=none
	-fmacro-prefix-map=${PROJECT_SOURCE_DIR}/=)
target_link_libraries(pkvm-flags-baremetal INTERFACE pkvm-flags-warnings)
