/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The hypervisor's IDT: NMIs from other CPUs, foreseen faults, panics. */
#include "exception.h"
#include "cpu.h"
#include "nmi.h"
#include "panic.h"
#include "x86.h"

#define NR_VECTORS     32
#define STUB_SIZE      16
#define INTERRUPT_GATE 0x8e00u

struct gate {
	uint64_t word[2];
};

struct fixup {
	uint64_t from;
	uint64_t to;
};

extern const uint8_t exception_stubs[];
extern const struct fixup fixup_begin[], fixup_end[];

void exception(struct exception_frame *frame);

static struct gate idt[NR_VECTORS];

/* These find a stack of their own, whatever the stack pointer was. */
static uint64_t ist_of(unsigned int vector)
{
	switch (vector) {
	case X86_VECTOR_NMI:
		return CPU_IST_NMI;
	case X86_VECTOR_DF:
		return CPU_IST_DF;
	case X86_VECTOR_MC:
		return CPU_IST_MC;
	default:
		return 0;
	}
}

void exception_init(void)
{
	for (unsigned int i = 0; i < NR_VECTORS; i++) {
		const uint64_t stub = (uintptr_t)exception_stubs + STUB_SIZE * i;

		idt[i].word[0] = (stub & 0xffff) | HYP_CS << 16 |
				 (INTERRUPT_GATE | ist_of(i)) << 32 | (stub >> 16 & 0xffff) << 48;
		idt[i].word[1] = stub >> 32;
	}
}

void exception_load(void)
{
	const struct {
		uint16_t limit;
		uint16_t base[4];
	} idtr = {sizeof(idt) - 1,
		  {(uint16_t)(uintptr_t)idt, (uint16_t)((uintptr_t)idt >> 16), 0, 0}};

	__asm__ volatile("lidt %0" : : "m"(idtr));
}

void exception(struct exception_frame *frame)
{
	if (frame->vector == X86_VECTOR_NMI) {
		nmi_arrived();
		return;
	}
	for (const struct fixup *f = fixup_begin; f < fixup_end; f++) {
		if (f->from == frame->rip) {
			frame->rip = f->to;
			return;
		}
	}
	panic_exception(frame);
}
