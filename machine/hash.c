/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Hashes of memory, by which a test sees whether anything changed that the
 * hypervisor owns.
 *
 * Every step is a bijection of the state and, for a given state, of the word:
 * two memories that differ in one word never have the same hash.
 */
#include "internal.h"
#include "../lib/hyp.h"

#define SEED       0xcbf29ce484222325ull
#define MULTIPLIER 0x9e3779b97f4a7c15ull        /* odd */

static uint64_t step(uint64_t state, uint64_t word)
{
	state = (state ^ word) * MULTIPLIER;
	return state ^ (state >> 32);
}

static uint64_t hash_page(const struct machine *m, uint64_t pa)
{
	const uint64_t *word = (const void *)(m->ram + pa);
	uint64_t state = step(SEED, pa);

	for (size_t i = 0; i < MACHINE_PAGE_SIZE / 8; i++)
		state = step(state, word[i]);
	return state;
}

uint64_t machine_hash_page(struct machine *m, uint64_t pa)
{
	if (pa % MACHINE_PAGE_SIZE || pa >= m->ram_size)
		machine_stop("the hash of what is no page: 0x%llx", (unsigned long long)pa);
	return hash_page(m, pa);
}

uint64_t machine_hash_private(struct machine *m)
{
	uint64_t state = SEED;

	pthread_rwlock_rdlock(&m->view_lock);
	for (uint64_t pa = 0; pa < m->ram_size; pa += MACHINE_PAGE_SIZE) {
		if (!m->view[pa >> MACHINE_PAGE_SHIFT] && !pkvm_hyp_is_trace_page(m->hyp, pa))
			state = step(state, hash_page(m, pa));
	}
	pthread_rwlock_unlock(&m->view_lock);
	return state;
}
