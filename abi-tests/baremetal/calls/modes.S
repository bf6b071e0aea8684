/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* VMCALL in modes in which it must not reach anybody. */
#include "../../../baremetal/common/callee_saved.h"

	.text
/* mode_enter(cs, ss, rip, rsp, rflags): there; mode_return leads back to the caller. */
	.globl mode_enter
mode_enter:
	push_callee_saved
	movq	%rsp, mode_stack
	pushq	%rsi
	pushq	%rcx
	pushq	%r8
	pushq	%rdi
	pushq	%rdx
	movl	$0, %eax                /* abi_query */
	movl	$1, %ebx
	movl	$0, %ecx
	movl	$0x55, %edx
	iretq
	.globl mode_return
mode_return:
	pop_callee_saved
	ret

	.globl mode_vmcall, mode_ud
mode_vmcall:
	vmcall
mode_ud:
	ud2

	.section .bss
	.globl mode_stack
mode_stack:
	.skip 8
	.section .note.GNU-stack, "", @progbits
