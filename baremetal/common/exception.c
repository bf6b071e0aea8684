/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* An image's IDT, and faults that it foresees. */
#include "exception.h"
#include "tables.h"
#include "x86.h"

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

static struct gate idt[EXCEPTION_VECTORS];

/* These find a stack of their own, whatever the stack pointer was. */
static uint64_t ist_of(unsigned int vector)
{
	switch (vector) {
	case X86_VECTOR_NMI:
		return TABLES_IST_NMI;
	case X86_VECTOR_DF:
		return TABLES_IST_DF;
	case X86_VECTOR_MC:
		return TABLES_IST_MC;
	default:
		return 0;
	}
}

void exception_init(void)
{
	for (unsigned int i = 0; i < EXCEPTION_VECTORS; i++) {
		const uint64_t stub = (uintptr_t)exception_stubs + EXCEPTION_STUB_SIZE * i;

		idt[i].word[0] = (stub & 0xffff) | TABLES_CS << 16 |
				 (INTERRUPT_GATE | ist_of(i)) << 32 |
				 (stub >> 16 & 0xffff) << 48;
		idt[i].word[1] = stub >> 32;
	}
}

void exception_load(void)
{
	const struct x86_table_register idtr = x86_table(idt, sizeof(idt));

	__asm__ volatile("lidt %0" : : "m"(idtr));
}

void exception(struct exception_frame *frame)
{
	const bool is_fault = frame->vector < X86_FIRST_INTERRUPT &&
			      frame->vector != X86_VECTOR_NMI && frame->vector != X86_VECTOR_MC;

	for (const struct fixup *f = fixup_begin; is_fault && f < fixup_end; f++) {
		if (f->from == frame->rip) {
			frame->r11 = frame->vector;
			frame->rip = f->to;
			return;
		}
	}
	exception_unforeseen(frame);
}
