/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the pVM's programs have in common: its calls, and how it forms a marker. */
#ifndef PKVM_ISOLATION_GUEST_H
#define PKVM_ISOLATION_GUEST_H

#include "marker.h"

#define CALL_ABI_QUERY   0x10000
#define CALL_SHARE_MEM   0x10001
#define CALL_UNSHARE_MEM 0x10002
#define CALL_IOREAD      0x10003
#define CALL_IOWRITE     0x10004
#define CALL_START_CPU   0x10005

/* A value, of which the program holds the complement. */
.macro put reg, value
	movabsq	$~(\value), %\reg
	notq	%\reg
.endm

.macro mark reg, room, index
	put	\reg, MARKER(\room, \index)
.endm

/* The upper half a marker's, the lower half a number. */
.macro upper reg, index, low
	put	\reg, ((MARKER_HALF(ROOM_UPPER, \index) << 32) | \low)
.endm

/* Every general-purpose register; the stack pointer too. */
.macro plant_all_but_rsp
	mark	rax, ROOM_GPR, 0
	mark	rcx, ROOM_GPR, 1
	mark	rdx, ROOM_GPR, 2
	mark	rbx, ROOM_GPR, 3
	mark	rbp, ROOM_GPR, 5
	mark	rsi, ROOM_GPR, 6
	mark	rdi, ROOM_GPR, 7
	.irp n, 8, 9, 10, 11, 12, 13, 14, 15
	mark	r\n, ROOM_GPR, \n
	.endr
.endm

.macro plant
	plant_all_but_rsp
	mark	rsp, ROOM_GPR, 4
.endm

#endif
