/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The list of ranges by which pages come back to the host. */
#include "hyp.h"
#include "reclaim.h"

void pkvm_reclaim_add(struct pkvm_hyp *hyp, struct pkvm_reclaim *list, uint64_t address,
		      uint64_t pages)
{
	uint64_t *link = pkvm_plat_private(address);

	pkvm_page_scrub(address, pages);
	link[0] = list->address;
	link[1] = list->pages;
	list->address = address;
	list->pages = pages;
	list->ranges++;
	pkvm_page_release(hyp, address, pages * PKVM_PAGE_SIZE);
}
