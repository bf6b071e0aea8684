/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What calls cost in VMX root operation: instructions, since the emulator's
 * time-stamp counter counts those. The last table also judges.
 */
#include "../../host/platform.h"
#include "bench.h"

static void start(void)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_region_list list = {page, host_boot_info->nr_regions};
	struct pkvm_memory_region *regions = pkvm_host_plat_ptr(page);
	struct pkvm_answer answer;

	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	for (uint64_t i = 0; i < host_boot_info->nr_regions; i++)
		regions[i] = host_boot_info->region[i];
	EXPECT_EQUAL(pkvm_hc_init(&list).error, 0);
	EXPECT_EQUAL(pkvm_hc_check_processor_compatibility().error, 0);
	EXPECT_EQUAL(pkvm_hc_enable_virtualization_cpu().error, 0);
	EXPECT_EQUAL(pkvm_hc_init_finalize().error, 0);
}

bool host_main(unsigned int cpu)
{
	if (cpu)
		return true;
	count_floor();
	start();
	work();
	count_print();
	exits();
	return sweep();
}
