/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Random states near those that VM entry accepts, with a libc and without: the
 * test of the checker alone and the one on a processor break the same rules.
 */
#ifndef PKVM_TEST_VMCS_RANDOM_STATE_H
#define PKVM_TEST_VMCS_RANDOM_STATE_H

#include "../../lib/vmcs/field.h"
#include "vmcs_state.h"

/* xorshift64: the seed is not 0, and stays so. */
static inline uint64_t random64(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* A field that a rule reads, with a bit flipped, or another value. */
static inline struct change random_change(uint64_t *seed, const struct entry *e,
					  const struct pkvm_vmcs_rule *rule)
{
	const uint16_t field = rule->reads[random64(seed) % rule->nr_reads];
	const uint32_t encoding = pkvm_vmcs_encoding((enum pkvm_vmcs_index)field);
	const unsigned int bits = pkvm_vmcs_bits(encoding);
	uint64_t value = e->value[field];

	switch (random64(seed) % 8) {
	case 0:
		value = random64(seed);
		break;
	case 1:
		value = random64(seed) % 32;
		break;
	case 2:
		value = random64(seed) % 2 ? 0 : e->state.current_vmcs;
		break;
	default:
		value ^= 1ull << random64(seed) % bits;
		break;
	}
	return (struct change){field, pkvm_vmcs_field_set(encoding, 0, value)};
}

/* An event to inject, as a random value seldom is. */
static inline void inject(uint64_t *seed, struct entry *e)
{
	static const uint8_t vectors[] = {0, 1, 2, 3, 6, 8, 13, 14, 18, 32};
	const uint64_t type = random64(seed) % 16 << 8;

	e->value[PKVM_VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD] =
		0x80000000 | type | vectors[random64(seed) % 10];
}

/* An entry of the MSR-load area, of an MSR that a rule speaks of or any. */
static inline void load_msr(uint64_t *seed, struct entry *e)
{
	static const uint32_t indices[] = {0x79, 0x9b, 0x1d9, 0x277, 0x480, 0x808, 0xc0000080,
					   0xc0000082, 0xc0000084, 0xc0000100, 0xc0000103};

	e->msr[1].index = random64(seed) % 4 ? indices[random64(seed) % 11]
					     : (uint32_t)random64(seed);
	e->msr[1].high = random64(seed) % 4 == 0;
	e->msr[1].value = random64(seed) % 2 ? 1ull << random64(seed) % 64 : 0;
}

/* What one field does not tell: events, activity, and facts outside of the VMCS. */
static inline void vary(uint64_t *seed, struct entry *e)
{
	if (random64(seed) % 2)
		e->state.linked_revision = (uint32_t)random64(seed);
	for (unsigned int i = 0; i < 4; i++)
		e->state.pdpte[i] = random64(seed) % 2 ? random64(seed) : 0;
	e->value[PKVM_VMCS_INDEX_VM_FUNCTION_CONTROL] = random64(seed) % 2;
	if (random64(seed) % 2)
		inject(seed, e);
	if (random64(seed) % 2)
		load_msr(seed, e);
	e->state.rtit_ctl = random64(seed) % 2;
	if (random64(seed) % 4 == 0)
		e->value[PKVM_VMCS_INDEX_GUEST_ACTIVITY_STATE] = random64(seed) % 4;
}

#endif
