/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Taking a dying VM's memory apart in bounded steps: its pages in the order of
 * their guest-physical addresses, each table as soon as it is empty, the pool
 * last.
 */
#include "ept.h"
#include "hyp.h"
#include "mmu.h"
#include "reclaim.h"

/* Entries that one call may look at, so that sparse tables cost no more. */
#define MAX_LOOKS 8192u
/* Of a table, by number. */
#define LAST_ENTRY 511u

struct teardown {
	struct pkvm_hyp *hyp;
	struct pkvm_vm *vm;
	struct pkvm_reclaim list;
	uint64_t run;           /* contiguous pages not yet in the list */
	uint64_t run_pages;
	uint64_t pages;         /* unmapped or scrubbed so far          */
	uint64_t looks;
};

static void flush_run(struct teardown *t)
{
	if (t->run_pages)
		pkvm_reclaim_add(t->hyp, &t->list, t->run, t->run_pages);
	t->run_pages = 0;
}

/* One page comes back to the host; neighbours become one range. */
static void give_back(struct teardown *t, uint64_t page)
{
	if (t->run_pages && page == t->run + t->run_pages * PKVM_PAGE_SIZE) {
		t->run_pages++;
		return;
	}
	if (t->run_pages && page + PKVM_PAGE_SIZE == t->run) {
		t->run = page;
		t->run_pages++;
		return;
	}
	flush_run(t);
	t->run = page;
	t->run_pages = 1;
}

static bool has_room(const struct teardown *t)
{
	return t->list.ranges + 2 <= PKVM_MAX_RECLAIM_RANGES &&
	       t->pages < PKVM_MAX_RECLAIM_PAGES && t->looks < MAX_LOOKS;
}

/* A table's page back into the pool, zeroed. */
static void free_table(struct pkvm_vm *vm, uint64_t table)
{
	pkvm_page_scrub(table, 1);
	pkvm_pool_add(vm, table);
}

/* The table of a level that covers an address, and the entry that names it. */
static uint64_t table_at(const struct pkvm_vm *vm, unsigned int level, uint64_t gpa,
			 uint64_t **parent)
{
	uint64_t table = vm->ept_root;

	*parent = NULL;
	for (unsigned int at = PKVM_EPT_LEVELS; at > level; at--) {
		*parent = pkvm_ept_entry(table, at, gpa);
		table = **parent & PKVM_EPT_ADDRESS;
	}
	return table;
}

/* Past an entry of a level; tables whose last entry it was are freed. */
static void advance(struct teardown *t, unsigned int level)
{
	struct pkvm_vm *vm = t->vm;
	const uint64_t old = vm->destroy_cursor;
	const uint64_t next = (old | (pkvm_ept_span(level) - 1)) + 1;

	vm->destroy_cursor = next;
	for (; level < PKVM_EPT_LEVELS && next % pkvm_ept_span(level + 1) == 0; level++) {
		uint64_t *parent;
		const uint64_t table = table_at(vm, level, old, &parent);

		*parent = 0;
		free_table(vm, table);
	}
	if (next == PKVM_BIT(PKVM_EPT_WIDTH)) {
		free_table(vm, vm->ept_root);
		vm->ept_root = 0;
	}
}

static void drop_leaf(struct teardown *t, uint64_t *entry)
{
	const uint64_t page = *entry & PKVM_EPT_ADDRESS;
	const bool own = *entry & PKVM_EPT_OWN;

	*entry = 0;
	t->pages++;
	if (own)
		free_table(t->vm, page);
	else if (t->vm->protected_vm)
		give_back(t, page);
	else
		pkvm_page_unuse(t->hyp, page, PKVM_PAGE_SIZE);
}

/* From an entry that is missing to the last such one behind it, in the same table. */
static void skip_missing(struct teardown *t, const uint64_t *entry, unsigned int level)
{
	const uint64_t span = pkvm_ept_span(level);
	uint64_t left = LAST_ENTRY - t->vm->destroy_cursor / span % (LAST_ENTRY + 1);

	for (; left && t->looks + 1 < MAX_LOOKS; left--) {
		if (pkvm_ept_is_present(*++entry))
			break;
		t->vm->destroy_cursor += span;
		t->looks++;
	}
}

/* Looks at the topmost entry that is missing, or at the leaf, and goes past it. */
static void step(struct teardown *t)
{
	const uint64_t gpa = t->vm->destroy_cursor;
	uint64_t table = t->vm->ept_root;
	unsigned int level = PKVM_EPT_LEVELS;
	uint64_t *entry = pkvm_ept_entry(table, level, gpa);

	while (level > 1 && pkvm_ept_is_present(*entry)) {
		table = *entry & PKVM_EPT_ADDRESS;
		entry = pkvm_ept_entry(table, --level, gpa);
	}
	if (pkvm_ept_is_present(*entry))
		drop_leaf(t, entry);
	else
		skip_missing(t, entry, level);
	t->looks++;
	advance(t, level);
}

/* Pages that came with the VM's area leave with it. */
static void drain_pool(struct teardown *t)
{
	while (has_room(t) && t->vm->pool) {
		const uint64_t page = pkvm_pool_take(t->vm);

		t->pages++;
		if (page - t->vm->area >= t->vm->area_size)
			give_back(t, page);
	}
}

bool pkvm_mmu_destroy(struct pkvm_hyp *hyp, struct pkvm_vm *vm, struct pkvm_reclaim_more *out,
		      uint64_t *pages)
{
	struct teardown t = {.hyp = hyp, .vm = vm};

	while (vm->ept_root && has_room(&t))
		step(&t);
	if (!vm->ept_root)
		drain_pool(&t);
	flush_run(&t);
	out->address = t.list.address;
	out->pages = t.list.pages;
	out->ranges = t.list.ranges;
	*pages = t.pages;
	return !vm->ept_root && !vm->pool;
}
