/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A host program's first instructions: .bss by CPU 0, a stack for each CPU. */
#include "../memory_map.h"

#define STACK_SIZE 0x10000

	.section .entry, "ax"
	.globl image_entry
image_entry:
	movq	%rdi, %r12
	movl	%esi, %ebx
	testl	%ebx, %ebx
	jnz	1f
	movl	$image_bss, %edi
	movl	$image_bss_end, %ecx
	subl	%edi, %ecx
	shrl	$3, %ecx                /* image.ld: whole pages */
	xorl	%eax, %eax
	rep stosq
	movl	$1, host_cleared
1:	pause
	cmpl	$0, host_cleared
	je	1b
	leal	1(%rbx), %eax
	imull	$STACK_SIZE, %eax
	leaq	host_stacks(%rax), %rsp
	movq	%r12, %rdi
	movl	%ebx, %esi
	xorl	%ebp, %ebp
	call	host_begin
2:	cli
	hlt
	jmp	2b

	.section .data
	.balign 4
host_cleared:
	.long 0

	.section .bss
	.balign 4096
host_stacks:
	.skip MAP_MAX_CPUS * STACK_SIZE
	.section .note.GNU-stack, "", @progbits
