/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The pVM's program, position independent, 64-bit mode: fills everything that it
 * has with markers, then exits in one way after the other (steps.c has the list).
 * It goes on in guest_events.S.
 */
#include "guest.h"

#define LOOPS_OF_A_QUANTUM 3000000 /* two instructions of which outlast a quantum */
#define LOOPS_OF_A_TIMER   800000

	.text

.macro set_msr index, value
	put	rax, \value
	movq	%rax, %rdx
	shrq	$32, %rdx
	movl	$\index, %ecx
	wrmsr
.endm

/* Pages of a range, each word a marker of the page's number. */
.macro fill page
	movl	$(\page << 12), %edi
	movl	$512, %ecx
	mark	rax, ROOM_MEMORY, \page
	rep stosq
.endm

.macro legacy_vector n
	mark	rax, ROOM_XMM, \n
	movq	%rax, %xmm\n
	punpcklqdq %xmm\n, %xmm\n
.endm

/* The upper half through the lower, so that the lower must be planted after. */
.macro avx_vector n
	mark	rax, ROOM_YMM, \n
	vmovq	%rax, %xmm\n
	vpunpcklqdq %xmm\n, %xmm\n, %xmm\n
	vinsertf128 $1, %xmm\n, %ymm\n, %ymm\n
	legacy_vector \n
.endm

.macro avx512_vector n
	mark	rax, ROOM_ZMM, \n
	vpbroadcastq %rax, %zmm\n
.endm

	.globl	guest_begin, guest_end
guest_begin:
	movl	%edi, GUEST_HAS
	movq	%rdi, %r15

	/* The version, so that calls are answered. */
	movl	$CALL_ABI_QUERY, %eax
	movl	$1, %ebx
	xorl	%ecx, %ecx
	movq	$-1, %rdx
	vmcall

	/* Extended state. */
	testl	$HAS_AVX, %r15d
	jz	1f
	movq	%cr4, %rax
	orl	$(1 << 18), %eax
	movq	%rax, %cr4
	movl	$7, %eax
	testl	$HAS_AVX512, %r15d
	jz	0f
	movl	$0xe7, %eax
0:	xorl	%ecx, %ecx
	xorl	%edx, %edx
	xsetbv
1:	fninit
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7
	mark	rax, ROOM_X87, \n
	movq	%rax, %mm\n
	.endr
	fldcw	guest_fcw(%rip)
	ldmxcsr	guest_mxcsr(%rip)
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	legacy_vector \n
	.endr
	testl	$HAS_AVX512, %r15d
	jz	2f
	.irp n, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	avx512_vector \n
	.endr
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7
	mark	rax, ROOM_OPMASK, \n
	kmovq	%rax, %k\n
	.endr
2:	testl	$HAS_AVX, %r15d
	jz	3f
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	avx_vector \n
	.endr
	testl	$HAS_AVX512, %r15d
	jz	3f
	.irp n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vinsertf64x4 $1, %ymm\n, %zmm\n, %zmm\n
	.endr

	/* Protection keys. */
3:	testl	$HAS_PKU, %r15d
	jz	4f
	movq	%cr4, %rax
	orl	$(1 << 22), %eax
	movq	%rax, %cr4
	put	rax, GUEST_PKRU
	xorl	%ecx, %ecx
	xorl	%edx, %edx
	wrpkru

	/* Debug registers, none of whose breakpoints is on; CR2. */
4:	.irp n, 0, 1, 2, 3
	mark	rax, ROOM_DR, \n
	movq	%rax, %dr\n
	.endr
	put	rax, GUEST_DR6
	movq	%rax, %dr6
	put	rax, ((MARKER_HALF(0, 0) & 0xffff0000) | 0x400)
	movq	%rax, %dr7
	mark	rax, ROOM_CR, 2
	movq	%rax, %cr2

	set_msr	0xc0000081, MARKER(ROOM_MSR, 0x81)
	set_msr	0xc0000082, MARKER_ADDRESS(ROOM_MSR, 0x82)
	set_msr	0xc0000083, MARKER_ADDRESS(ROOM_MSR, 0x83)
	set_msr	0xc0000084, MARKER_HALF(ROOM_MSR, 0x84)
	set_msr	0xc0000100, MARKER_ADDRESS(ROOM_MSR, 0x00)
	set_msr	0xc0000101, MARKER_ADDRESS(ROOM_MSR, 0x01)
	set_msr	0xc0000102, MARKER_ADDRESS(ROOM_MSR, 0x02)
	set_msr	0x174, MARKER_HALF(ROOM_MSR, 0x74)
	set_msr	0x175, MARKER_ADDRESS(ROOM_MSR, 0x75)
	set_msr	0x176, MARKER_ADDRESS(ROOM_MSR, 0x76)

	/* Memory, and entries of the page tables that are not present. */
	.irp page, 0xb, 0xc, 0xd, 0xe
	fill	\page
	.endr
	mark	rax, ROOM_TABLE, 1
	movq	%rax, (GUEST_PML4 + 0xff0)
	movq	%rax, (GUEST_PDPT + 0xff0)
	movq	%rax, (GUEST_DIRECTORY + 0xff0)

	/* The exits, from here on in the order of steps.c. */
	plant
	outb	%al, $0x30
	plant
	outl	%eax, $0x31
	plant
	inb	$0x32, %al
	plant
	upper	rcx, 1, 0x802
	rdmsr
	plant
	upper	rcx, 1, 0x6e0
	upper	rax, 2, 0x1111
	upper	rdx, 3, 0x2222
	wrmsr
	plant
	hlt
	plant
	movq	%rax, GUEST_NOWHERE
	plant
	movl	$CALL_IOREAD, %eax
	movl	$0xd0000004, %ebx
	movl	$4, %ecx
	vmcall
	plant
	movl	$CALL_IOWRITE, %eax
	movl	$0xd0000008, %ebx
	movl	$2, %ecx
	upper	rdx, 4, 0x5678
	vmcall
	plant
	movl	$LOOPS_OF_A_QUANTUM, %ecx
4:	loop	4b
	plant
	movl	$LOOPS_OF_A_TIMER, %ecx
	sti
5:	loop	5b
	cli

	/* A page is shared empty, unshared, and filled. */
	movl	$GUEST_SHARED, %edi
	movl	$512, %ecx
	xorl	%eax, %eax
	rep stosq
	plant
	movl	$CALL_SHARE_MEM, %eax
	movl	$GUEST_SHARED, %ebx
	movl	$0x1000, %ecx
	vmcall
	outb	%al, $0x33
	plant
	movl	$CALL_UNSHARE_MEM, %eax
	movl	$GUEST_SHARED, %ebx
	movl	$0x1000, %ecx
	vmcall
	movl	%eax, %r15d
	fill	0xf
	movl	%r15d, %eax
	outb	%al, $0x34

	/* Both windows are open before the CLI. */
	plant
	sti
	nop
	cli

	movl	$GUEST_EVENTS, %eax
	jmp	*%rax

	.balign	4
guest_fcw:
	.long	GUEST_FCW
guest_mxcsr:
	.long	GUEST_MXCSR
guest_end:
	.section .note.GNU-stack, "", @progbits
