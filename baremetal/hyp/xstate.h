/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* XSETBV on behalf of somebody whose value nobody has judged. */
#ifndef PKVM_BAREMETAL_HYP_XSTATE_H
#define PKVM_BAREMETAL_HYP_XSTATE_H

#include <stdbool.h>
#include <stdint.h>

#include "../common/exception.h"

/* Writes XCR0; false: the processor raised an exception. */
static inline bool xstate_write_xcr0(uint64_t value)
{
	uint32_t faulted = 1;

	__asm__ volatile("1:	xsetbv\n"
			 "	xorl	%0, %0\n"
			 "2:\n" EXCEPTION_FIXUP("1b", "2b")
			 : "+r"(faulted)
			 : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "cc", "memory", "r11");
	return !faulted;
}

#endif
