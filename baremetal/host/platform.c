/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* host/platform.h in the image, but for pages: the CPU, a clock, the console. */
#include "../../host/platform.h"
#include "../common/console.h"
#include "../common/x86.h"
#include "host.h"

unsigned int pkvm_host_plat_cpu(void)
{
	return host_this_cpu()->number;
}

uint64_t pkvm_host_plat_tsc(void)
{
	return x86_rdtsc();
}

/* Interrupts are off but here; NMIs arrive by themselves. */
void pkvm_host_plat_take_interrupts(void)
{
	__asm__ volatile("sti; nop; nop; cli" : : : "memory");
}

void pkvm_host_plat_log(const char *text, const char *subject, int64_t value)
{
	host_print(text, ": ", subject);
	host_print_number("  ", (uint64_t)value);
}
