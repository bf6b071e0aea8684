/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * VMCALL with a value of the host's in every register, and what all of them hold
 * right after it; RSP is compared only, since a stack is needed. One for each CPU,
 * so that no register is needed for an address.
 */
#include "../../../baremetal/common/callee_saved.h"

#define BEFORE(CPU) (look_gprs + 256 * CPU)
#define AFTER(CPU)  (look_gprs + 256 * CPU + 128)

	.text

.macro look_vmcall cpu
	.globl	look_vmcall_\cpu
look_vmcall_\cpu:
	push_callee_saved
	movq	%rsp, BEFORE(\cpu) + 32
	movq	BEFORE(\cpu), %rax
	movq	BEFORE(\cpu) + 8, %rcx
	movq	BEFORE(\cpu) + 16, %rdx
	movq	BEFORE(\cpu) + 24, %rbx
	movq	BEFORE(\cpu) + 40, %rbp
	movq	BEFORE(\cpu) + 48, %rsi
	movq	BEFORE(\cpu) + 56, %rdi
	movq	BEFORE(\cpu) + 64, %r8
	movq	BEFORE(\cpu) + 72, %r9
	movq	BEFORE(\cpu) + 80, %r10
	movq	BEFORE(\cpu) + 88, %r11
	movq	BEFORE(\cpu) + 96, %r12
	movq	BEFORE(\cpu) + 104, %r13
	movq	BEFORE(\cpu) + 112, %r14
	movq	BEFORE(\cpu) + 120, %r15
	vmcall
	movq	%rax, AFTER(\cpu)
	movq	%rcx, AFTER(\cpu) + 8
	movq	%rdx, AFTER(\cpu) + 16
	movq	%rbx, AFTER(\cpu) + 24
	movq	%rsp, AFTER(\cpu) + 32
	movq	%rbp, AFTER(\cpu) + 40
	movq	%rsi, AFTER(\cpu) + 48
	movq	%rdi, AFTER(\cpu) + 56
	movq	%r8, AFTER(\cpu) + 64
	movq	%r9, AFTER(\cpu) + 72
	movq	%r10, AFTER(\cpu) + 80
	movq	%r11, AFTER(\cpu) + 88
	movq	%r12, AFTER(\cpu) + 96
	movq	%r13, AFTER(\cpu) + 104
	movq	%r14, AFTER(\cpu) + 112
	movq	%r15, AFTER(\cpu) + 120
	movq	BEFORE(\cpu) + 32, %rsp
	pop_callee_saved
	ret
.endm

	look_vmcall 0
	look_vmcall 1
	.section .note.GNU-stack, "", @progbits
