/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A segment register as KVM spells it, and the cache of those that were read. */
#ifndef PKVM_HOST_SEGMENT_H
#define PKVM_HOST_SEGMENT_H

#include <pkvm/segment.h>

#define PKVM_HOST_NR_SEGMENTS 8

/* As struct kvm_segment: the bits of the access rights one by one. */
struct pkvm_host_segment {
	uint64_t base;
	uint32_t limit;         /* bytes - 1 */
	uint16_t selector;
	uint8_t type;
	uint8_t present;
	uint8_t dpl;
	uint8_t db;
	uint8_t s;
	uint8_t l;
	uint8_t g;
	uint8_t avl;
	uint8_t unusable;
};

/*
 * A bit of `valid` is set after its register is stored, never before: whoever
 * preempts the store on the same CPU finds either no bit or a whole register.
 */
struct pkvm_host_segment_cache {
	uint32_t valid;         /* by PKVM_SEG_* */
	uint32_t base_valid;    /* only `base` is */
	struct pkvm_segment_state state[PKVM_HOST_NR_SEGMENTS];
};

uint64_t pkvm_host_access_rights(const struct pkvm_host_segment *segment);
struct pkvm_host_segment pkvm_host_segment_of(const struct pkvm_segment_state *state);

#endif
