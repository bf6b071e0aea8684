/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The program's pages: contiguous, first fit, filled with noise as used memory
 * is. What is below the first MiB is left alone, so that address 0 can say "none".
 */
#include "../../host/platform.h"
#include "../common/x86.h"
#include "host.h"

#include <pkvm/abi.h>

#define PAGES (MAP_HYP / PKVM_PAGE_SIZE)

enum { NO_RAM, FREE, TAKEN };

static uint8_t state[PAGES];
static uint32_t locked;
static uint64_t noise_state = 1;

/* No word is like another; mixing them better costs a fifth of a long scenario. */
static uint64_t noise(void)
{
	return noise_state += UINT64_C(0x9e3779b97f4a7c15);
}

static void lock(void)
{
	while (__atomic_exchange_n(&locked, 1, __ATOMIC_ACQUIRE))
		x86_pause();
}

static void unlock(void)
{
	__atomic_store_n(&locked, 0, __ATOMIC_RELEASE);
}

void host_pages_init(void)
{
	for (uint64_t i = 0; i < host_boot_info->nr_regions; i++) {
		const struct pkvm_memory_region *region = &host_boot_info->region[i];

		if (region->kind != PKVM_REGION_RAM || region->address < MAP_HIGH ||
		    region->address >= host_boot_info->program)
			continue;
		for (uint64_t at = 0; at < region->size; at += PKVM_PAGE_SIZE)
			state[(region->address + at) / PKVM_PAGE_SIZE] = FREE;
	}
}

/* The first of so many free pages, or 0. */
static uint64_t first_fit(uint64_t pages)
{
	uint64_t run = 0;

	for (uint64_t i = 1; i < PAGES; i++) {
		run = state[i] == FREE ? run + 1 : 0;
		if (run == pages)
			return i - pages + 1;
	}
	return 0;
}

uint64_t pkvm_host_plat_alloc(uint64_t pages)
{
	uint64_t first, *words;

	lock();
	first = first_fit(pages);
	words = (uint64_t *)(uintptr_t)(first * PKVM_PAGE_SIZE);
	for (uint64_t i = 0; first && i < pages; i++)
		state[first + i] = TAKEN;
	for (uint64_t i = 0; first && i < pages * PKVM_PAGE_SIZE / sizeof(*words); i++)
		words[i] = noise();
	unlock();
	return first * PKVM_PAGE_SIZE;
}

static bool is_mine(uint64_t page)
{
	uint64_t value;

	return page < PAGES && state[page] == TAKEN &&
	       host_read64(page * PKVM_PAGE_SIZE, &value);
}

bool pkvm_host_plat_free(uint64_t pa, uint64_t pages)
{
	const uint64_t first = pa / PKVM_PAGE_SIZE;
	bool mine = !(pa % PKVM_PAGE_SIZE) && first < PAGES && pages <= PAGES - first;

	lock();
	for (uint64_t i = 0; mine && i < pages; i++)
		mine = is_mine(first + i);
	for (uint64_t i = 0; mine && i < pages; i++)
		state[first + i] = FREE;
	unlock();
	return mine;
}

uint64_t host_pages_taken(void)
{
	uint64_t taken = 0;

	for (uint64_t i = 0; i < PAGES; i++)
		taken += state[i] == TAKEN;
	return taken;
}

void *pkvm_host_plat_ptr(uint64_t pa)
{
	uint64_t value;

	return pa < MAP_END && host_read64(pa & ~UINT64_C(7), &value) ? (void *)(uintptr_t)pa
								      : NULL;
}
