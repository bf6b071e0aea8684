/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A CPU's GDT, TSS and the stacks that its interrupts find there. */
#ifndef PKVM_BAREMETAL_TABLES_H
#define PKVM_BAREMETAL_TABLES_H

#define TABLES_CS   0x08
#define TABLES_DS   0x10
#define TABLES_TSS  0x18
#define TABLES_FREE 0x28        /* from here on the image's own descriptors */

#define TABLES_IST_NMI 1
#define TABLES_IST_DF  2
#define TABLES_IST_MC  3

#ifndef __ASSEMBLER__

#include <stdint.h>

struct tables {
	uint64_t gdt[8];
	uint8_t tss[104];
	_Alignas(16) uint8_t ist[3][4096];
	_Alignas(16) uint8_t ring0[4096];       /* from CPL 3 */
};

/* Fills the first five entries of the GDT, and loads GDT and TR. */
void tables_load(struct tables *tables);

#endif
#endif
