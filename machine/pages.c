/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's page allocator: contiguous, first fit, every page accounted for.
 * Page 0 is never given out, so that address 0 can say "none".
 */
#include "internal.h"

/* splitmix64: a 64-bit counter, mixed. */
static uint64_t noise(struct machine *m)
{
	uint64_t z = m->noise += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

/* The first of so many free pages, or 0. */
static uint64_t first_fit(struct machine *m, uint64_t pages)
{
	const uint64_t end = m->hyp_base >> MACHINE_PAGE_SHIFT;
	uint64_t run = 0;

	if (m->lowest_free == 0)
		m->lowest_free = m->ram_base ? m->ram_base >> MACHINE_PAGE_SHIFT : 1;
	while (m->lowest_free < end && m->allocated[m->lowest_free])
		m->lowest_free++;
	for (uint64_t i = m->lowest_free; i < end; i++) {
		run = m->allocated[i] ? 0 : run + 1;
		if (run == pages)
			return i - pages + 1;
	}
	return 0;
}

static void mark(struct machine *m, uint64_t first, uint64_t pages, uint8_t allocated)
{
	for (uint64_t i = 0; i < pages; i++)
		m->allocated[first + i] = allocated;
	if (allocated)
		m->nr_allocated += pages;
	else
		m->nr_allocated -= pages;
	if (!allocated && first < m->lowest_free)
		m->lowest_free = first;
}

uint64_t machine_host_alloc(uint64_t pages)
{
	struct machine *m = machine_current;
	uint64_t words[MACHINE_PAGE_SIZE / 8];
	uint64_t first;

	pthread_mutex_lock(&m->pages_lock);
	first = first_fit(m, pages);
	if (first) {
		mark(m, first, pages, 1);
		for (uint64_t i = 0; i < pages; i++) {
			for (size_t j = 0; j < MACHINE_PAGE_SIZE / 8; j++)
				words[j] = noise(m);
			if (!machine_host_write((first + i) << MACHINE_PAGE_SHIFT, words,
						sizeof(words)))
				machine_stop("a free page of the host is not in its view");
		}
	}
	pthread_mutex_unlock(&m->pages_lock);
	return first << MACHINE_PAGE_SHIFT;
}

static bool may_free(struct machine *m, uint64_t pa, uint64_t pages)
{
	const uint64_t first = pa >> MACHINE_PAGE_SHIFT;
	const uint64_t end = m->hyp_base >> MACHINE_PAGE_SHIFT;

	if (pa % MACHINE_PAGE_SIZE || first >= end || pages > end - first)
		return false;
	for (uint64_t i = first; i < first + pages; i++) {
		if (!m->allocated[i] || !machine_host_sees(i << MACHINE_PAGE_SHIFT))
			return false;
	}
	return true;
}

bool machine_host_free(uint64_t pa, uint64_t pages)
{
	struct machine *m = machine_current;
	bool good;

	pthread_mutex_lock(&m->pages_lock);
	good = may_free(m, pa, pages);
	if (good)
		mark(m, pa >> MACHINE_PAGE_SHIFT, pages, 0);
	pthread_mutex_unlock(&m->pages_lock);
	return good;
}

struct machine_page_counts machine_page_counts(struct machine *m)
{
	struct machine_page_counts counts = {.ram = m->ram_size >> MACHINE_PAGE_SHIFT};

	pthread_rwlock_rdlock(&m->view_lock);
	for (uint64_t i = 0; i < counts.ram; i++)
		counts.host_view += m->view[i];
	pthread_rwlock_unlock(&m->view_lock);
	counts.private = counts.ram - counts.host_view;
	pthread_mutex_lock(&m->pages_lock);
	counts.allocated = m->nr_allocated;
	pthread_mutex_unlock(&m->pages_lock);
	return counts;
}
