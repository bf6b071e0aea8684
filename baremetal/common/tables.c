/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A CPU's GDT and TSS (SDM "64-Bit Task State Segment"). */
#include "tables.h"
#include "x86.h"

#define GDT_CODE UINT64_C(0x00af9b000000ffff)
#define GDT_DATA UINT64_C(0x00cf93000000ffff)
#define GDT_TSS  UINT64_C(0x0000890000000000)

#define TSS_RSP0 4
#define TSS_IST1 36
#define TSS_IOPB 102

static void put_top(struct tables *tables, unsigned int at, const uint8_t *stack)
{
	const uint64_t top = (uintptr_t)stack + 4096;
	uint32_t *field = (uint32_t *)(void *)&tables->tss[at];

	field[0] = (uint32_t)top;
	field[1] = (uint32_t)(top >> 32);
}

void tables_load(struct tables *tables)
{
	const uint64_t tss = (uintptr_t)tables->tss;
	const struct x86_table_register gdtr = x86_table(tables->gdt, sizeof(tables->gdt));

	tables->gdt[TABLES_CS / 8] = GDT_CODE;
	tables->gdt[TABLES_DS / 8] = GDT_DATA;
	tables->gdt[TABLES_TSS / 8] = GDT_TSS | (sizeof(tables->tss) - 1) |
				      (tss & 0xffffff) << 16 | (tss >> 24 & 0xff) << 56;
	tables->gdt[TABLES_TSS / 8 + 1] = tss >> 32;
	put_top(tables, TSS_RSP0, tables->ring0);
	for (unsigned int i = 0; i < 3; i++)
		put_top(tables, TSS_IST1 + 8 * i, tables->ist[i]);
	*(uint16_t *)(void *)&tables->tss[TSS_IOPB] = sizeof(tables->tss);
	__asm__ volatile("lgdt %0" : : "m"(gdtr));
	__asm__ volatile("ltr %w0" : : "r"(TABLES_TSS));
}
