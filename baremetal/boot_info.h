/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a host's program finds when it is entered: the boot information, and the
 * state of its CPU. The only thing that both images of baremetal/ include.
 *
 * Every CPU enters at MAP_HOST_PROGRAM in VMX non-root operation, in 64-bit mode
 * at CPL 0, with RDI the address of this structure and RSI the CPU's number, from
 * 0. Interrupts are off, there is no stack, and neither GDT nor IDT: the segment
 * registers hold flat segments. Physical memory below 4 GiB is mapped one to one,
 * by page tables that are the host's to change.
 */
#ifndef PKVM_BAREMETAL_BOOT_INFO_H
#define PKVM_BAREMETAL_BOOT_INFO_H

#include <pkvm/core.h>

#include "memory_map.h"

#define BOOT_INFO_VERSION 1
#define BOOT_INFO_REGIONS 8

struct boot_info {
	uint64_t version;               /* BOOT_INFO_VERSION                     */
	uint64_t size;                  /* bytes of this structure               */
	uint64_t nr_cpus;               /* all of them enter the program         */
	uint64_t commands;              /* physical address of what came along   */
	uint64_t commands_size;         /* bytes; 0 nothing                      */
	uint64_t program;               /* the program, its tables, this: up to  */
	uint64_t program_end;           /* here; RAM that the host had better keep */
	uint64_t carve_out;             /* the hypervisor's region among these   */
	uint64_t nr_regions;
	struct pkvm_memory_region region[BOOT_INFO_REGIONS]; /* as init wants them */
};

/*
 * How a program ends the emulation: after its last line, which says the result,
 * a byte to this port. The line is RESULT: PASS or RESULT: FAIL.
 */
#define BOOT_CONSOLE_PORT 0xe9
#define BOOT_STOP_PORT    0x8900
#define BOOT_STOP_BYTE    'D'

#endif
