/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Exceptions and interrupts of an image, and instructions that may raise one. */
#ifndef PKVM_BAREMETAL_EXCEPTION_H
#define PKVM_BAREMETAL_EXCEPTION_H

#define EXCEPTION_VECTORS   256
#define EXCEPTION_STUB_SIZE 16

#ifndef __ASSEMBLER__

#include <stdint.h>

/* What exception.S and the processor push. */
struct exception_frame {
	uint64_t rax, rcx, rdx, rbx, rbp, rsi, rdi;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/*
 * When the instruction at FROM faults, it goes on at TO with the vector in R11:
 * two labels of an asm statement, which must clobber that register.
 */
#define EXCEPTION_FIXUP(FROM, TO)               \
	"	.pushsection .fixup, \"a\"\n"   \
	"	.quad " FROM ", " TO "\n"       \
	"	.popsection\n"

/* Fills the IDT, which all CPUs share, and loads it on the calling one. */
void exception_init(void);
void exception_load(void);

/* The image's own: whatever arrived that no fixup foresaw. */
void exception_unforeseen(struct exception_frame *frame);

#endif
#endif
