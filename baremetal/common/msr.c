/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* RDMSR and WRMSR that go on behind an exception. */
#include "exception.h"
#include "msr.h"

bool msr_read(uint32_t index, uint64_t *value)
{
	uint32_t low = 0, high = 0, faulted = 1;

	__asm__ volatile("1:	rdmsr\n"
			 "	xorl	%0, %0\n"
			 "2:\n" EXCEPTION_FIXUP("1b", "2b")
			 : "+&r"(faulted), "+&a"(low), "+&d"(high)
			 : "c"(index)
			 : "cc", "r11");
	*value = (uint64_t)high << 32 | low;
	return !faulted;
}

bool msr_write(uint32_t index, uint64_t value)
{
	uint32_t faulted = 1;

	__asm__ volatile("1:	wrmsr\n"
			 "	xorl	%0, %0\n"
			 "2:\n" EXCEPTION_FIXUP("1b", "2b")
			 : "+&r"(faulted)
			 : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
			 : "cc", "memory", "r11");
	return !faulted;
}
