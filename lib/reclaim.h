/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The list of ranges by which pages come back to the host. Each range is
 * scrubbed and linked to the ranges before it first, and only then given away;
 * nothing of it is read or written after.
 */
#ifndef PKVM_LIB_RECLAIM_H
#define PKVM_LIB_RECLAIM_H

#include <pkvm/shape.h>

struct pkvm_hyp;

/*
 * Scrubs a range, puts it in front of the list and gives it to the host. The
 * list starts as zeros and is the call's output as it stands.
 */
void pkvm_reclaim_add(struct pkvm_hyp *hyp, struct pkvm_reclaim *list, uint64_t address,
		      uint64_t pages);

#endif
