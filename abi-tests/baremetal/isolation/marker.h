/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Markers: values that the pVM puts wherever it keeps something, and that tell
 * where they come from. Numbers alone, for C and the assembler.
 *
 * Half of a marker is 0x5ec7, the room, the index in the room; a marker is that
 * half above its complement. Addresses, which must be canonical, have the half 16
 * bits lower. The guest's program holds complements and no marker, and the host
 * never forms one, so that a marker in the host's memory came from the guest.
 */
#ifndef PKVM_ISOLATION_MARKER_H
#define PKVM_ISOLATION_MARKER_H

#define MARKER_TAG 0x5ec7

#define MARKER_HALF(ROOM, INDEX) ((MARKER_TAG << 16) | ((ROOM) << 8) | (INDEX))
#define MARKER(ROOM, INDEX) \
	((MARKER_HALF(ROOM, INDEX) << 32) | (~MARKER_HALF(ROOM, INDEX) & 0xffffffff))
#define MARKER_ADDRESS(ROOM, INDEX) \
	((MARKER_HALF(ROOM, INDEX) << 16) | (~MARKER_HALF(ROOM, INDEX) & 0xffff))

/* Rooms; the index is a register's number, an MSR's low byte, a page's number. */
#define ROOM_GPR    1
#define ROOM_CR     2
#define ROOM_DR     3
#define ROOM_X87    4
#define ROOM_XMM    5
#define ROOM_YMM    6
#define ROOM_ZMM    7
#define ROOM_OPMASK 8
#define ROOM_MSR    9
#define ROOM_MEMORY 10
#define ROOM_TABLE  11
#define ROOM_UPPER  12          /* upper halves of what an exit tells        */

/* What the guest has, RDI at its start; a second CPU is the host's. */
#define HAS_AVX    1
#define HAS_AVX512 2
#define HAS_APICV  4
#define HAS_CPU1   8
#define HAS_PKU    16

/* Where the guest has what, guest-physical and linear. */
#define GUEST_PML4      0x1000
#define GUEST_PDPT      0x2000
#define GUEST_DIRECTORY 0x3000
#define GUEST_GDT       0x4000
#define GUEST_HAS       0x4ff8  /* what the guest has                        */
#define GUEST_EVENTS    0x6800  /* guest_events.S, behind the handlers       */
#define GUEST_SECOND    0x7000  /* guest_second.S                            */
#define GUEST_CODE      0x8000
#define GUEST_STACK     0xb000  /* its top                                   */
#define GUEST_DATA      0xb000
#define GUEST_SHARED    0xf000
#define GUEST_SIZE      0x10000
#define GUEST_NOWHERE   0x20abc /* mapped to nothing                         */
#define GUEST_FAR       0x100000000 /* nothing, and no tables lead there     */

/* Guest state that has too few bits for a marker. */
#define GUEST_MXCSR 0xff95
#define GUEST_FCW   0x0f7f
#define GUEST_DR6   0xffff4ff5
#define GUEST_PKRU  0x5ec7eba4  /* key 0 may do everything                   */

#endif
