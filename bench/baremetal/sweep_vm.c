/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The numbers with which a VM is made: pages of its area, vCPUs that it may have. */
#include "sweep.h"

static struct pkvm_answer answer;
static struct pkvm_vm_handle made;

static int64_t init(uint64_t pages, uint64_t max_vcpus)
{
	const uint64_t least = answer.vm_area_size / PKVM_PAGE_SIZE;
	const uint64_t size = pages < least ? least : pages;
	const struct pkvm_vm_config in = {
		.area = sweep_fresh(size),
		.size = size * PKVM_PAGE_SIZE,
		.type = PKVM_VM_NPVM,
		.max_vcpus = max_vcpus,
	};

	return pkvm_hc_vm_init(&in, &made).error;
}

static int64_t init_of_pages(uint64_t nr)
{
	return init(nr, 1);
}

static int64_t init_of_vcpus(uint64_t nr)
{
	return init(0, nr);
}

static int64_t end(uint64_t nr)
{
	struct pkvm_reclaim_more more = {.more = 1};

	(void)nr;
	while (more.more) {
		const int64_t status = pkvm_hc_vm_destroy(&made, &more).error;

		if (status)
			return status;
		sweep_reclaim(more.address, more.pages, more.ranges);
	}
	return 0;
}

bool sweep_vms(void)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};

	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	const struct sweep sweeps[] = {
		{"vm_init, pages", PKVM_HC_vm_init, PKVM_WORD_vm_config_size, SWEEP_PAGES,
		 init_of_pages, NULL, end},
		{"vm_init, vCPUs", PKVM_HC_vm_init, PKVM_WORD_vm_config_max_vcpus,
		 answer.max_vcpus, init_of_vcpus, NULL, end},
	};

	return sweep_all(sweeps, sizeof(sweeps) / sizeof(sweeps[0]));
}
