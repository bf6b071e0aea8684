/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The hypervisor's own rights: of its image code is executed and constants are
 * read, nothing else is executed. boot.S has made the tables, with all rights.
 */
#include <pkvm/abi.h>

#include "../common/x86.h"
#include "../memory_map.h"
#include "protect.h"

#define PRESENT    PKVM_BIT(0)
#define WRITE      PKVM_BIT(1)
#define NO_EXECUTE PKVM_BIT(63)
#define LARGE_SIZE PKVM_BIT(21)
#define ENTRIES    512u
#define DIRECTORY  (4 * ENTRIES)
#define TABLES     ((MAP_HOST - MAP_HYP) / LARGE_SIZE)

extern const uint8_t image_text_end[], image_rodata_end[];
extern uint64_t hyp_directory[DIRECTORY];

static _Alignas(PKVM_PAGE_SIZE) uint64_t table[TABLES * ENTRIES];

static uint64_t rights(uint64_t pa)
{
	if (pa < (uintptr_t)image_text_end)
		return PRESENT;
	if (pa < (uintptr_t)image_rodata_end)
		return PRESENT | NO_EXECUTE;
	return PRESENT | WRITE | NO_EXECUTE;
}

void hyp_protect(void)
{
	for (uint64_t i = 0; i < TABLES * ENTRIES; i++) {
		const uint64_t pa = MAP_HYP + i * PKVM_PAGE_SIZE;

		table[i] = pa | rights(pa);
	}
	for (unsigned int i = 0; i < DIRECTORY; i++)
		hyp_directory[i] |= NO_EXECUTE;
	for (unsigned int i = 0; i < TABLES; i++)
		hyp_directory[MAP_HYP / LARGE_SIZE + i] =
			(uintptr_t)&table[i * ENTRIES] | PRESENT | WRITE;
	x86_write_cr3(x86_read_cr3());
}
