/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The engine's guest: it turns each register into its complement, and exits. */

	.section .rodata
	.globl engine_guest, engine_guest_end
engine_guest:
	movq	%cr2, %rsp
	notq	%rsp
	movq	%rsp, %cr2
	movq	%dr0, %rsp
	notl	%esp
	movq	%rsp, %dr0
	movq	%dr3, %rsp
	notl	%esp
	movq	%rsp, %dr3
	notq	%rax
	notq	%rcx
	notq	%rdx
	notq	%rbx
	notq	%rbp
	notq	%rsi
	notq	%rdi
	notq	%r8
	notq	%r9
	notq	%r10
	notq	%r11
	notq	%r12
	notq	%r13
	notq	%r14
	notq	%r15
	vmcall
engine_guest_end:

	.text
/*
 * engine_enter(regs, resume, after): pkvm_vmx_enter(), with the eight registers
 * that it may change stored at `after` as it left them: RCX RDX RSI RDI R8 to R11.
 */
	.globl engine_enter
engine_enter:
	pushq	%rdx
	call	pkvm_vmx_enter
	pushq	%rax
	movq	8(%rsp), %rax
	movq	%rcx, (%rax)
	movq	%rdx, 8(%rax)
	movq	%rsi, 16(%rax)
	movq	%rdi, 24(%rax)
	movq	%r8, 32(%rax)
	movq	%r9, 40(%rax)
	movq	%r10, 48(%rax)
	movq	%r11, 56(%rax)
	popq	%rax
	popq	%rdx
	ret
	.section .note.GNU-stack, "", @progbits
