/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* For the assembler: the registers that a C function's caller finds unchanged. */
#ifndef PKVM_BAREMETAL_CALLEE_SAVED_H
#define PKVM_BAREMETAL_CALLEE_SAVED_H

.macro push_callee_saved
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
.endm

.macro pop_callee_saved
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
.endm

#endif
