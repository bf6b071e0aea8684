/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the pVM's second vCPU does in real mode, where start_cpu puts it: 32 bits of
 * each marker in every register that it has there, then two exits.
 */
#include "guest.h"

#define CR4_OSFXSR 0x200

.macro half reg, room, index
	movl	$(~MARKER_HALF(\room, \index) & 0xffffffff), %\reg
	notl	%\reg
.endm

.macro plant_halves
	half	eax, ROOM_GPR, 0x10
	half	ecx, ROOM_GPR, 0x11
	half	edx, ROOM_GPR, 0x12
	half	ebx, ROOM_GPR, 0x13
	half	esp, ROOM_GPR, 0x14
	half	ebp, ROOM_GPR, 0x15
	half	esi, ROOM_GPR, 0x16
	half	edi, ROOM_GPR, 0x17
.endm

	.text
	.code16
	.globl	guest_second, guest_second_end
guest_second:
	movl	$CR4_OSFXSR, %eax
	movl	%eax, %cr4
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7
	half	eax, ROOM_X87, \n
	movd	%eax, %mm\n
	half	eax, ROOM_XMM, \n
	movd	%eax, %xmm\n
	.endr
	.irp n, 0, 1, 2, 3
	half	eax, ROOM_DR, \n
	movl	%eax, %dr\n
	.endr
	half	eax, ROOM_CR, 2
	movl	%eax, %cr2
	plant_halves
	hlt
	plant_halves
	outb	%al, $0x3c
1:	hlt
	jmp	1b
guest_second_end:
	.section .note.GNU-stack, "", @progbits
