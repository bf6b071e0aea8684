/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The ROM of the image: the CPU that RESET starts copies hypervisor, host and
 * commands into RAM; one that a SIPI starts finds them there. Both go on in the
 * hypervisor, in 32-bit protected mode, with EBX telling which of the two it is.
 *
 * It begins with a header of little-endian words, so that a tool can put
 * commands into a built image: it writes them to the offset that word 3 names, at
 * most as many bytes as word 4, and their number into word 5. Words 6 and 7 are
 * primary and secondary VM-execution controls that the processor shall not have.
 */
#include "memory_map.h"

	.section .pieces, "a"
	.ascii "PKVMROM"
	.byte 0
	.long 1                         /* 2: version of this header   */
	.long rom_commands - MAP_ROM    /* 3                           */
	.long rom_room                  /* 4                           */
rom_commands_size:
	.long 0                         /* 5                           */
	.long 0, 0                      /* 6, 7                        */

	.balign 16
rom_hyp:
	.incbin ROM_HYP
rom_hyp_end:
	.balign 16
rom_host:
	.incbin ROM_HOST
rom_host_end:
	.balign 16
rom_commands:

	.section .stub, "ax"
rom_stub:
	.code16
/* A SIPI sets the base of CS to the vector's page, RESET to the last 64 KiB. */
rom_start:
	cli
	lgdtl	%cs:(rom_gdt_register - rom_stub)
	movl	%cr0, %eax
	orl	$1, %eax
	movl	%eax, %cr0
	ljmpl	$8, $rom_protected

	.code32
rom_protected:
	movw	$16, %ax
	movw	%ax, %ds
	movw	%ax, %es
	movw	%ax, %ss
	cld
	testl	%ebx, %ebx
	jnz	1f
	movl	$rom_hyp, %esi
	movl	$MAP_HYP, %edi
	movl	$((rom_hyp_end - rom_hyp + 3) / 4), %ecx
	rep movsl
	movl	$rom_host, %esi
	movl	$MAP_HOST_PROGRAM, %edi
	movl	$((rom_host_end - rom_host + 3) / 4), %ecx
	rep movsl
	movl	$rom_commands, %esi
	movl	$MAP_COMMANDS, %edi
	movl	rom_commands_size, %ecx
	movl	%ecx, %ebp
	addl	$3, %ecx
	shrl	$2, %ecx
	rep movsl
1:	movl	$MAP_HYP, %eax
	jmp	*%eax

	.balign 8
rom_gdt:
	.quad 0
	.quad 0x00cf9b000000ffff        /* 8: code, flat  */
	.quad 0x00cf93000000ffff        /* 16: data, flat */
rom_gdt_register:
	.word 23
	.long rom_gdt

	.org MAP_SIPI_OFFSET
	.code16
	movl	$1, %ebx
	ljmp	$0xf000, $(rom_start - rom_stub)

	.org 0xfff0
	.globl rom_reset
rom_reset:
	xorl	%ebx, %ebx
	.byte	0xe9                    /* JMP rom_start; IP has 16 bits */
	.word	(rom_start - 1f) & 0xffff
1:
	.org 0x10000
