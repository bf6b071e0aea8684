/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Donations and their way back. */
#include "platform.h"
#include "reclaim.h"

bool pkvm_host_range_alloc(struct pkvm_host_range *range, uint64_t bytes)
{
	range->pages = bytes / PKVM_PAGE_SIZE + (bytes % PKVM_PAGE_SIZE != 0);
	range->pa = pkvm_host_plat_alloc(range->pages);
	if (!range->pa)
		range->pages = 0;
	return range->pa;
}

void pkvm_host_range_free(struct pkvm_host_range *range)
{
	if (range->pages && !pkvm_host_plat_free(range->pa, range->pages))
		pkvm_host_plat_log("a range is not the host's to free", "address",
				   (int64_t)range->pa);
	*range = (struct pkvm_host_range){ 0 };
}

static int flawed(uint64_t address)
{
	pkvm_host_plat_log("a reclaim list is not what it says", "at", (int64_t)address);
	return -PKVM_HOST_EIO;
}

/* The links are read before the page is free, and each only once. */
int pkvm_host_reclaim(const struct pkvm_reclaim *list, uint64_t *pages)
{
	uint64_t address = list->address, size = list->pages;

	*pages = 0;
	for (uint64_t i = 0; i < list->ranges; i++) {
		const uint64_t *link = NULL;
		uint64_t next, next_size;

		if (address && size && address % PKVM_PAGE_SIZE == 0)
			link = pkvm_host_plat_ptr(address);
		if (!link)
			return flawed(address);
		next = link[0];
		next_size = link[1];
		if (!pkvm_host_plat_free(address, size))
			return flawed(address);
		*pages += size;
		address = next;
		size = next_size;
	}
	return address ? flawed(address) : 0;
}
