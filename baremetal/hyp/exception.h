/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Exceptions of the hypervisor itself, and instructions that may raise one. */
#ifndef PKVM_BAREMETAL_HYP_EXCEPTION_H
#define PKVM_BAREMETAL_HYP_EXCEPTION_H

#include <stdint.h>

/* What exception.S and the processor push. */
struct exception_frame {
	uint64_t rax, rcx, rdx, rbx, rbp, rsi, rdi;
	uint64_t r8, r9, r10, r11, r12, r13, r14, r15;
	uint64_t vector, error;
	uint64_t rip, cs, rflags, rsp, ss;
};

/* When the instruction at FROM faults, it goes on at TO: two asm labels. */
#define EXCEPTION_FIXUP(FROM, TO)               \
	"	.pushsection .fixup, \"a\"\n"   \
	"	.quad " FROM ", " TO "\n"       \
	"	.popsection\n"

/* Fills the IDT, which all CPUs share, and loads it on the calling one. */
void exception_init(void);
void exception_load(void);

#endif
