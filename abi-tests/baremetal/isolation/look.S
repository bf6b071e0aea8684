/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * VMCALL with a value of the host's in every register, and what all of them hold
 * right after it; RSP is compared only, since a stack is needed.
 */

	.text
	.globl	look_vmcall
look_vmcall:
	pushq	%rbx
	pushq	%rbp
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, look_before + 32
	movq	look_before, %rax
	movq	look_before + 8, %rcx
	movq	look_before + 16, %rdx
	movq	look_before + 24, %rbx
	movq	look_before + 40, %rbp
	movq	look_before + 48, %rsi
	movq	look_before + 56, %rdi
	movq	look_before + 64, %r8
	movq	look_before + 72, %r9
	movq	look_before + 80, %r10
	movq	look_before + 88, %r11
	movq	look_before + 96, %r12
	movq	look_before + 104, %r13
	movq	look_before + 112, %r14
	movq	look_before + 120, %r15
	vmcall
	movq	%rax, look_after
	movq	%rcx, look_after + 8
	movq	%rdx, look_after + 16
	movq	%rbx, look_after + 24
	movq	%rsp, look_after + 32
	movq	%rbp, look_after + 40
	movq	%rsi, look_after + 48
	movq	%rdi, look_after + 56
	movq	%r8, look_after + 64
	movq	%r9, look_after + 72
	movq	%r10, look_after + 80
	movq	%r11, look_after + 88
	movq	%r12, look_after + 96
	movq	%r13, look_after + 104
	movq	%r14, look_after + 112
	movq	%r15, look_after + 120
	movq	look_before + 32, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbp
	popq	%rbx
	ret
	.section .note.GNU-stack, "", @progbits
