/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Donations and their way back: pages for the hypervisor, and its reclaim lists. */
#ifndef PKVM_HOST_RECLAIM_H
#define PKVM_HOST_RECLAIM_H

#include "host.h"

/* A range to donate or share; pages is 0 when there is none. */
struct pkvm_host_range {
	uint64_t pa;
	uint64_t pages;
};

/* Whole pages for so many bytes; false: no memory, and the range is empty. */
PKVM_MUST_CHECK bool pkvm_host_range_alloc(struct pkvm_host_range *range, uint64_t bytes);

/* Frees a range that is still the host's: a donation that was refused is. */
void pkvm_host_range_free(struct pkvm_host_range *range);

/*
 * Frees the pages of a list, *pages of them. A list that is not what it says it
 * is, longer or shorter than its count or with a range that is not the host's,
 * is -EIO: what came before the flaw is freed, what comes after it is lost.
 */
PKVM_MUST_CHECK int pkvm_host_reclaim(const struct pkvm_reclaim *list, uint64_t *pages);

#endif
