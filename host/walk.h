/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Where a linear address of an npVM lies in its guest-physical memory. */
#ifndef PKVM_HOST_WALK_H
#define PKVM_HOST_WALK_H

#include "host.h"

/*
 * Walks the guest's own page tables, as they are now: rights, accessed and dirty
 * flags are left to the processor, which has just used the translation. -ENOENT:
 * not mapped, or a table is not in the guest's memory.
 */
PKVM_MUST_CHECK int pkvm_host_translate(struct pkvm_host_vcpu *vcpu, uint64_t linear,
					uint64_t *gpa);

#endif
