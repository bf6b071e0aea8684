/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What interrupts a host's program, and accesses that may fault. */
#include "../common/console.h"
#include "../common/exception.h"
#include "../common/msr.h"
#include "../common/x86.h"
#include "host.h"

/* The local APIC's end of interrupt, by either road. */
#define IA32_APIC_BASE   0x1bu
#define APIC_BASE_X2APIC (1u << 10)
#define X2APIC_EOI       0x80bu
#define APIC_EOI         0xfee000b0u

void (*host_on_exception)(struct exception_frame *frame);

static void acknowledge(void)
{
	uint64_t base = 0;

	if (host_rdmsr(IA32_APIC_BASE, &base) && (base & APIC_BASE_X2APIC))
		(void)host_wrmsr(X2APIC_EOI, 0);
	else
		*(volatile uint32_t *)(uintptr_t)APIC_EOI = 0;
}

static void interrupt(struct host_cpu *cpu, uint64_t vector)
{
	cpu->vector = (uint32_t)vector;
	cpu->interrupts++;
	acknowledge();
}

void exception_unforeseen(struct exception_frame *frame)
{
	struct host_cpu *cpu = host_this_cpu();

	if (frame->vector == X86_VECTOR_NMI) {
		__atomic_add_fetch(&cpu->nmis, 1, __ATOMIC_RELAXED);
	} else if (frame->vector >= X86_FIRST_INTERRUPT) {
		interrupt(cpu, frame->vector);
	} else if (host_on_exception) {
		host_on_exception(frame);
	} else {
		host_print_number("the host's program: exception ", frame->vector);
		host_print_number("  at RIP ", frame->rip);
		host_print_number("  error ", frame->error);
		host_print_number("  CR2 ", x86_read_cr2());
		host_stop(false);
	}
}

bool host_read64(uint64_t pa, uint64_t *value)
{
	uint32_t faulted = 1;
	uint64_t read = 0;

	__asm__ volatile("1:	movq	(%2), %1\n"
			 "	xorl	%0, %0\n"
			 "2:\n" EXCEPTION_FIXUP("1b", "2b")
			 : "+&r"(faulted), "+&r"(read)
			 : "r"(pa)
			 : "cc", "memory", "r11");
	*value = read;
	return !faulted;
}

bool host_write64(uint64_t pa, uint64_t value)
{
	uint32_t faulted = 1;

	__asm__ volatile("1:	movq	%1, (%2)\n"
			 "	xorl	%0, %0\n"
			 "2:\n" EXCEPTION_FIXUP("1b", "2b")
			 : "+&r"(faulted)
			 : "r"(value), "r"(pa)
			 : "cc", "memory", "r11");
	return !faulted;
}

bool host_rdmsr(uint32_t index, uint64_t *value)
{
	return msr_read(index, value);
}

bool host_wrmsr(uint32_t index, uint64_t value)
{
	return msr_write(index, value);
}
