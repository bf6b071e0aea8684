/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where SYSCALL arrives: libc and its caller run at CPL 0 like everything here, so
 * that there is no other stack, and the way back is a jump. As of a kernel, only
 * RAX, RCX and R11 change. Below RSP libc may have a red zone.
 */
#include "../common/callee_saved.h"

	.text
	.globl	player_syscall_entry
player_syscall_entry:
	leaq	-128(%rsp), %rsp
	pushq	%rcx
	pushq	%r11
	pushq	%r9
	pushq	%r8
	pushq	%r10
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%rax
	cld
	movq	%rsp, %rdi
	call	player_syscall
	popq	%rax
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%r10
	popq	%r8
	popq	%r9
	popfq
	popq	%rcx
	leaq	128(%rsp), %rsp
	jmp	*%rcx

/*
 * Goes on with the program on another CPU (player_cpu.c): void player_move(struct
 * player_seat *to, struct player_seat *from). The stack moves with it; what was its
 * CPU goes to sleep on the seat's own. player_wait(seat) is where a CPU sleeps.
 */
	.globl	player_move
player_move:
	push_callee_saved
	movq	%rsp, %rax
	movq	8(%rsi), %rsp
	movq	%rsi, %rbx
	movq	%rax, (%rdi)
	movq	%rbx, %rdi
	jmp	1f

	.globl	player_wait
player_wait:
	movq	8(%rdi), %rsp
	movq	%rdi, %rbx
1:	pause
	cmpq	$0, (%rbx)
	je	1b
	xorl	%eax, %eax
	xchgq	%rax, (%rbx)
	movq	%rax, %rsp
	pop_callee_saved
	ret
	.section .note.GNU-stack, "", @progbits
