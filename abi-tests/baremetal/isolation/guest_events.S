/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The pVM's second program, position independent: it has a stack and handlers, for
 * exits around events and for what the hypervisor answers inside.
 */
#include "guest.h"

/* CPU 1 sends its NMI soon; 31 quanta of 2^21 follow it, and less than one more. */
#define LOOPS_AFTER_NMI 66200000

	.text

/* Every register holds a marker but RSP. */
.macro stage
	movl	$GUEST_STACK, %esp
	call	plant_most
.endm

/* Tells how often a handler ran. */
.macro tell count, port
	stage
	movb	\count(%rip), %al
	outb	%al, $\port
.endm

	.globl	guest_events, guest_events_end
	.globl	guest_debug, guest_nmi, guest_page_fault, guest_virtual, guest_interrupt
guest_events:
	/* Answered inside: CPUID, #DB behind a NOP, #PF at a marker. */
	stage
	upper	rax, 1, 0x80000000
	upper	rcx, 2, 0
	cpuid
	stage
	outb	%al, $0x35
	stage
	pushfq
	orl	$0x100, (%rsp)
	popfq
	nop
	put	rax, MARKER_ADDRESS(ROOM_CR, 3)
	movq	(%rax), %rax
	tell	faults, 0x36

	/* The task priority rises and falls below the host's threshold. */
	stage
	movl	$8, %eax
	movq	%rax, %cr8
	stage
	outb	%al, $0x37
	stage
	movl	$3, %eax
	movq	%rax, %cr8
	xorl	%eax, %eax
	movq	%rax, %cr8

	/* Posted: an RDMSR's answer; all items, of which the windows open; refused ones. */
	stage
	upper	rcx, 1, 0x802
	rdmsr
	addl	%edx, %eax
	outb	%al, $0x38
	stage
	sti
	nop
	cli
	tell	nmis, 0x39
	stage
	sti
	hlt
	cli
	tell	interrupts, 0x3a

	/* A page far from all others is shared, which takes tables. */
	stage
	movl	$CALL_SHARE_MEM, %eax
	movabsq	$GUEST_FAR, %rbx
	movl	$0x1000, %ecx
	vmcall
	outb	%al, $0x3b

	stage
	movl	$CALL_START_CPU, %eax
	movl	$1, %ebx
	movl	$GUEST_SECOND, %ecx
	vmcall

	/* An interrupt that the processor delivers and whose EOI exits; a self-IPI. */
	testl	$HAS_APICV, GUEST_HAS
	jz	1f
	stage
	sti
	nop
	cli
	stage
	upper	rcx, 1, 0x83f
	upper	rax, 2, 0x03
	upper	rdx, 3, 0
	wrmsr
	tell	interrupts, 0x3d

1:	testl	$HAS_CPU1, GUEST_HAS
	jz	3f
	stage
	movl	$LOOPS_AFTER_NMI, %ecx
2:	loop	2b
	stage
	outb	%al, $0x3e

	/* No stack for the exception, which ends in a shutdown. */
3:	plant
	ud2

plant_most:
	plant_all_but_rsp
	ret

/* Single step: no more of it. */
guest_debug:
	incb	faults(%rip)
	andl	$~0x100, 16(%rsp)
	iretq

guest_nmi:
	incb	nmis(%rip)
	iretq

/* Behind the access, which has three bytes. */
guest_page_fault:
	incb	faults(%rip)
	addq	$8, %rsp
	addq	$3, (%rsp)
	iretq

/* The processor's: EOI. */
guest_virtual:
	upper	rcx, 1, 0x80b
	upper	rax, 2, 0
	upper	rdx, 3, 0
	wrmsr
guest_interrupt:
	incb	interrupts(%rip)
	iretq

faults:
	.byte	0
nmis:
	.byte	0
interrupts:
	.byte	0
guest_events_end:
	.section .note.GNU-stack, "", @progbits
