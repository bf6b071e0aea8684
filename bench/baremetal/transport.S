/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The transport with its own price: the time-stamp counter right before and right
 * after one instruction, VMCALL or, to know the price of measuring, NOP.
 */

	.text
/* RDI the register image; returns what the counter advanced by. */
.macro measured name, instruction
	.globl	\name
\name:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	movq	%rdi, %rbp
	movq	8(%rbp), %rbx
	movq	16(%rbp), %rcx
	movq	32(%rbp), %rsi
	movq	40(%rbp), %rdi
	movq	48(%rbp), %r8
	movq	56(%rbp), %r9
	movq	64(%rbp), %r10
	movq	72(%rbp), %r11
	movq	80(%rbp), %r12
	rdtsc
	movl	%eax, %r13d
	movl	%edx, %r14d
	movq	24(%rbp), %rdx
	movq	(%rbp), %rax
	\instruction
	movq	%rax, (%rbp)
	movq	%rdx, 24(%rbp)
	rdtsc
	movq	%rbx, 8(%rbp)
	movq	%rcx, 16(%rbp)
	movq	%rsi, 32(%rbp)
	movq	%rdi, 40(%rbp)
	movq	%r8, 48(%rbp)
	movq	%r9, 56(%rbp)
	movq	%r10, 64(%rbp)
	movq	%r11, 72(%rbp)
	movq	%r12, 80(%rbp)
	shlq	$32, %rdx
	orq	%rdx, %rax
	shlq	$32, %r14
	orq	%r14, %r13
	subq	%r13, %rax
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
.endm

	measured bench_vmcall, vmcall
	measured bench_nothing, nop
	/* An exit that does next to nothing: INVD is WBINVD, and RIP behind it. */
	measured bench_floor, invd
	.section .note.GNU-stack, "", @progbits
