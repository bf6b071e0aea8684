/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A hostile host and a pVM that hides a marker wherever it can. The host looks
 * for them in all that it reaches, after every kind of exit and at the VM's end;
 * with a second CPU while the pVM runs, too.
 */
#include "../../../host/platform.h"
#include "look.h"

static void start(void)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_region_list list = {page, host_boot_info->nr_regions};
	struct pkvm_memory_region *regions = pkvm_host_plat_ptr(page);
	const struct pkvm_flag on = {1};
	struct pkvm_answer answer;

	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	for (uint64_t i = 0; i < host_boot_info->nr_regions; i++)
		regions[i] = host_boot_info->region[i];
	EXPECT_EQUAL(pkvm_hc_init(&list).error, 0);
	EXPECT_EQUAL(pkvm_hc_check_processor_compatibility().error, 0);
	EXPECT_EQUAL(pkvm_hc_enable_virtualization_cpu().error, 0);
	EXPECT_EQUAL(pkvm_hc_init_finalize().error, 0);
	EXPECT_EQUAL(pkvm_hc_enable_vmexit_trace(&on).error, 0);
	registers_prepare();
	msrs_prepare();
	look_at_msrs(true);
}

bool host_main(unsigned int cpu)
{
	static struct pvm pvm;
	struct vm refused;

	if (cpu == 1)
		watch_follow();
	if (cpu)
		return true;
	start();
	pvm_make(&pvm);
	watch_start(&pvm);
	look_at_every_exit(&pvm);
	pvm_make_refused(&refused);
	look_at_refused_entry(&refused);
	pvm_free(&refused);
	pvm_free_vcpu(&pvm.second);
	pvm_free(&pvm.kernel.vm);
	EXPECT_EQUAL(nr_donated(), 0);
	look_at_msrs(true);
	look_at_pages();
	print_channels();
	return !found_any();
}
