/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A CPU's way from the ROM into C: identity page tables, 64-bit mode, a stack.
 * The first one (EBX 0) clears .bss and makes the tables; EBP is then the number
 * of bytes of commands.
 */
#include "../common/tables.h"
#include "../memory_map.h"

#define STACK_SIZE     0x8000

#define PRESENT_WRITE  0x3
#define LARGE          0x83
#define UNCACHED       0x18

#define CR4_PAE        0x20
#define IA32_EFER      0xc0000080
#define EFER_LME_NXE   0x900
#define CR0_LONG       0x80010031       /* PG, WP, NE, ET, PE */

	.section .entry, "ax"
	.code32
	.globl image_entry
image_entry:
	testl	%ebx, %ebx
	jnz	enable
	movl	%ebp, hyp_commands_size
	movl	$image_bss, %edi
	movl	$image_bss_end, %ecx
	subl	%edi, %ecx
	shrl	$2, %ecx                /* image.ld: whole pages */
	xorl	%eax, %eax
	rep stosl

	/* 4 GiB in pages of 2 MiB; the last 20 MiB are APICs and ROM. */
	movl	$(pdpt + PRESENT_WRITE), pml4
	movl	$(hyp_directory + PRESENT_WRITE), %eax
	movl	$pdpt, %edi
	movl	$4, %ecx
1:	movl	%eax, (%edi)
	addl	$4096, %eax
	addl	$8, %edi
	loop	1b
	movl	$LARGE, %eax
	movl	$hyp_directory, %edi
	movl	$2048, %ecx
2:	movl	%eax, (%edi)
	cmpl	$10, %ecx
	ja	3f
	orl	$UNCACHED, (%edi)
3:	addl	$0x200000, %eax
	addl	$8, %edi
	loop	2b

enable:
	movl	$pml4, %eax
	movl	%eax, %cr3
	movl	%cr4, %eax
	orl	$CR4_PAE, %eax
	movl	%eax, %cr4
	movl	$IA32_EFER, %ecx
	rdmsr
	orl	$EFER_LME_NXE, %eax
	wrmsr
	movl	$CR0_LONG, %eax
	movl	%eax, %cr0
	lgdt	boot_gdt_register
	ljmp	$TABLES_CS, $long_mode

	.code64
long_mode:
	movl	$TABLES_DS, %eax
	movl	%eax, %ds
	movl	%eax, %es
	movl	%eax, %ss
	xorl	%eax, %eax
	movl	%eax, %fs
	movl	%eax, %gs
	movl	$1, %edi
	lock xaddl %edi, hyp_cpus
	cmpl	$MAP_MAX_CPUS, %edi
	jae	too_many
	leal	1(%rdi), %eax
	imull	$STACK_SIZE, %eax
	leaq	hyp_stacks(%rax), %rsp
	xorl	%ebp, %ebp
	call	hyp_main
too_many:
	cli
	hlt
	jmp	too_many

	.section .data
	.balign 8
boot_gdt:
	.quad 0
	.quad 0x00af9b000000ffff
	.quad 0x00cf93000000ffff
boot_gdt_register:
	.word 23
	.quad boot_gdt
	.globl hyp_commands_size
	.balign 4
hyp_commands_size:
	.long 0

	.section .bss
	.balign 4096
pml4:
	.skip 4096
pdpt:
	.skip 4096
	.globl hyp_directory
hyp_directory:
	.skip 4 * 4096
hyp_stacks:
	.skip MAP_MAX_CPUS * STACK_SIZE
	.globl hyp_cpus
hyp_cpus:
	.skip 8
	.section .note.GNU-stack, "", @progbits
