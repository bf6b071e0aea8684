/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The system is made once, with as many memory regions as a page holds; what fewer
 * and more cost is seen of attempts that are refused, for a last region that overlaps
 * the first: that shows only when all have been compared.
 */
#include "../../host/platform.h"
#include "sweep.h"

#define CAP PKVM_MAX_REGIONS

static uint64_t page;
static struct pkvm_memory_region *regions;

static int64_t init(uint64_t number)
{
	const struct pkvm_region_list list = {page, number};

	return pkvm_hc_init(&list).error;
}

static uint64_t largest(void)
{
	uint64_t found = 0;

	for (uint64_t i = 0; i < host_boot_info->nr_regions; i++) {
		const struct pkvm_memory_region *region = &host_boot_info->region[i];

		if (region->kind == PKVM_REGION_RAM &&
		    region->size > host_boot_info->region[found].size)
			found = i;
	}
	return found;
}

/* The boot's regions, the largest piece by piece, a page each but the last. */
static void fill(void)
{
	const uint64_t split = largest();
	const uint64_t pieces = CAP - host_boot_info->nr_regions + 1;
	const struct pkvm_memory_region all = host_boot_info->region[split];
	uint64_t n = 0;

	for (uint64_t i = 0; i < host_boot_info->nr_regions; i++) {
		if (i != split)
			regions[n++] = host_boot_info->region[i];
	}
	for (uint64_t i = 0; i < pieces; i++) {
		const uint64_t before = i * PKVM_PAGE_SIZE;

		regions[n++] = (struct pkvm_memory_region){
			all.address + before,
			i + 1 < pieces ? PKVM_PAGE_SIZE : all.size - before,
			PKVM_REGION_RAM,
		};
	}
	EXPECT_EQUAL(n, CAP);
}

/* With its first region in the place of the number's last, too; false: it was taken. */
static bool refused(uint64_t number)
{
	const struct pkvm_memory_region last = regions[number - 1];
	int64_t status;

	regions[number - 1] = regions[0];
	status = init(number);
	regions[number - 1] = last;
	sweep_row("init, regions", number, status);
	return status == -PKVM_EINVAL;
}

bool sweep_boot(void)
{
	static const uint64_t up_to_cap[] = {2, CAP / 8, CAP / 2, CAP};
	static const uint64_t beyond[] = {CAP + 1, 8 * CAP, 1u << 20, UINT64_C(1) << 40};
	bool fine = true;

	page = pkvm_host_plat_alloc(1);
	regions = pkvm_host_plat_ptr(page);
	fill();
	for (unsigned int i = 0; i < 4; i++)
		fine &= refused(up_to_cap[i]);
	for (unsigned int i = 0; i < 4; i++) {
		const int64_t status = init(beyond[i]);

		fine &= status == -PKVM_EINVAL &&
			sweep_row("init, regions", beyond[i], status) <= SWEEP_REFUSAL;
	}
	EXPECT_EQUAL(init(CAP), 0);
	sweep_row("init, regions", CAP, 0);
	sweep_mark(PKVM_HC_init, PKVM_WORD_region_list_count);
	return fine;
}
