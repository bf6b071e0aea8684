/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the host's program finds in its memory: boot information, page tables. */
#include "../boot_info.h"
#include "host.h"

#define PRESENT_WRITE 3u
#define LARGE         0x80u
#define UNCACHED      0x18u
#define LARGE_SIZE    PKVM_BIT(21)
#define DEVICES       0xfec00000u /* I/O APIC and what is above it */

extern uint32_t hyp_commands_size;

static const struct pkvm_memory_region regions[] = {
	{0, MAP_LOW_END, PKVM_REGION_RAM},
	{MAP_HIGH, MAP_CARVE_OUT - MAP_HIGH, PKVM_REGION_RAM},
	{MAP_CARVE_OUT, MAP_HYP - MAP_CARVE_OUT, PKVM_REGION_HYPERVISOR},
	{MAP_HOST, MAP_END - MAP_HOST, PKVM_REGION_RAM},
};

#define NR_REGIONS (sizeof(regions) / sizeof(regions[0]))

/* Pages of 2 MiB, four directories behind the pointers behind the root. */
static void make_tables(void)
{
	uint64_t *root = (uint64_t *)MAP_HOST_TABLES;
	uint64_t *pointers = root + 512, *directory = pointers + 512;

	root[0] = (uintptr_t)pointers | PRESENT_WRITE;
	for (uint64_t i = 0; i < 4; i++)
		pointers[i] = (uintptr_t)(directory + 512 * i) | PRESENT_WRITE;
	for (uint64_t i = 0; i < 4 * 512; i++)
		directory[i] = i * LARGE_SIZE | PRESENT_WRITE | LARGE |
			       (i * LARGE_SIZE >= DEVICES ? UNCACHED : 0);
}

void host_boot(uint32_t nr_cpus)
{
	struct boot_info *info = (struct boot_info *)MAP_BOOT_INFO;

	make_tables();
	*info = (struct boot_info){
		.version = BOOT_INFO_VERSION,
		.size = sizeof(*info),
		.nr_cpus = nr_cpus,
		.commands = MAP_COMMANDS,
		.commands_size = hyp_commands_size,
		.program = MAP_HOST,
		.program_end = MAP_END,
		.carve_out = MAP_CARVE_OUT,
		.nr_regions = NR_REGIONS,
	};
	for (unsigned int i = 0; i < NR_REGIONS; i++)
		info->region[i] = regions[i];
}
