/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Entry points of an IDT, 16 bytes each, and the way back. The frame that they
 * build is struct exception_frame.
 */
#include "exception.h"

	.altmacro
	.macro stub vector
	.balign EXCEPTION_STUB_SIZE
	.set	has_code, 0             /* #DF, #TS to #PF, #AC, #CP */
	.if (\vector == 8) || (\vector >= 10 && \vector <= 14)
	.set	has_code, 1
	.endif
	.if (\vector == 17) || (\vector == 21)
	.set	has_code, 1
	.endif
	.if !has_code
	pushq	$0
	.endif
	pushq	$\vector
	jmp	common
	.endm

	.text
	.balign EXCEPTION_STUB_SIZE
	.globl exception_stubs
exception_stubs:
	.set	number, 0
	.rept	EXCEPTION_VECTORS
	stub	%number
	.set	number, number + 1
	.endr

	.balign 16
common:
	pushq	%r15
	pushq	%r14
	pushq	%r13
	pushq	%r12
	pushq	%r11
	pushq	%r10
	pushq	%r9
	pushq	%r8
	pushq	%rdi
	pushq	%rsi
	pushq	%rbp
	pushq	%rbx
	pushq	%rdx
	pushq	%rcx
	pushq	%rax
	cld
	movq	%rsp, %rdi
	call	exception
	popq	%rax
	popq	%rcx
	popq	%rdx
	popq	%rbx
	popq	%rbp
	popq	%rsi
	popq	%rdi
	popq	%r8
	popq	%r9
	popq	%r10
	popq	%r11
	popq	%r12
	popq	%r13
	popq	%r14
	popq	%r15
	addq	$16, %rsp
	iretq
	.section .note.GNU-stack, "", @progbits
