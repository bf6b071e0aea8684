/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Page ownership: the table, and every way in which a page changes hands. */
#include "call.h"

#define STATE_MASK  0xfu
#define SLOT_AT     4
#define SLOT_MASK   0xffffu
#define VALUE_AT    20

static uint64_t make_word(enum pkvm_page_state state, uint32_t slot, uint64_t value)
{
	return (uint64_t)state | (uint64_t)slot << SLOT_AT | value << VALUE_AT;
}

static enum pkvm_page_state state_of(const struct pkvm_page *page)
{
	return (enum pkvm_page_state)(page->word & STATE_MASK);
}

/* The region that holds the address, or NULL where there is no RAM. */
static const struct pkvm_ram *find_ram(const struct pkvm_pages *pages, uint64_t address)
{
	uint32_t first = 0, end = pages->nr_ram;

	while (first < end) {
		const uint32_t middle = (first + end) / 2;
		const struct pkvm_ram *ram = &pages->ram[middle];

		if (address - ram->address < ram->size)
			return ram;
		if (address < ram->address)
			end = middle;
		else
			first = middle + 1;
	}
	return NULL;
}

/* The page's word, or NULL where there is no RAM. */
static struct pkvm_page *find_page(struct pkvm_hyp *hyp, uint64_t address)
{
	struct pkvm_page *table = pkvm_plat_private(hyp->pages.table_pa);
	const struct pkvm_ram *ram = find_ram(&hyp->pages, address);

	return ram ? &table[ram->first + (address - ram->address) / PKVM_PAGE_SIZE] : NULL;
}

static void set_page(struct pkvm_hyp *hyp, uint64_t address, enum pkvm_page_state state,
		     uint32_t slot, uint64_t value)
{
	struct pkvm_page *page = find_page(hyp, address);

	hyp->pages.count[state_of(page)]--;
	page->word = make_word(state, slot, value);
	hyp->pages.count[state]++;
}

int64_t pkvm_range_judge(struct pkvm_call *call, uint64_t address, uint64_t size,
			 uint64_t max_pages, struct pkvm_range_words words)
{
	if (address % PKVM_PAGE_SIZE)
		return pkvm_refuse(call, words.address, PKVM_EINVAL);
	if (!size || size % PKVM_PAGE_SIZE || address + size < address)
		return pkvm_refuse(call, words.size, PKVM_EINVAL);
	if (max_pages && size / PKVM_PAGE_SIZE > max_pages)
		return pkvm_refuse(call, words.size, PKVM_EINVAL);
	return 0;
}

/*
 * Constant cost a region rather than a page: RAM regions do not touch only by
 * chance, so that a range may cross from one into the next.
 */
int64_t pkvm_range_is_ram(struct pkvm_call *call, uint64_t address, uint64_t size,
			  unsigned int word)
{
	const struct pkvm_ram *ram;

	/* On another CPU init may be filling the table: until it is done, there is no RAM. */
	if (__atomic_load_n(&call->hyp->state, __ATOMIC_ACQUIRE) == PKVM_SYSTEM_FRESH)
		return pkvm_refuse(call, word, PKVM_EFAULT);
	while (size && (ram = find_ram(&call->hyp->pages, address))) {
		const uint64_t left = ram->size - (address - ram->address);
		const uint64_t part = left < size ? left : size;

		address += part;
		size -= part;
	}
	return size ? pkvm_refuse(call, word, PKVM_EFAULT) : 0;
}

int64_t pkvm_page_take(struct pkvm_call *call, uint64_t address, uint64_t size,
		       uint32_t vm_slot, unsigned int word)
{
	struct pkvm_hyp *hyp = call->hyp;
	int64_t status = address ? 0 : pkvm_refuse(call, word, PKVM_EPERM);

	pkvm_plat_lock(&hyp->pages.lock);
	for (uint64_t at = 0; at < size && !status; at += PKVM_PAGE_SIZE) {
		if (state_of(find_page(hyp, address + at)) != PKVM_PAGE_HOST)
			status = pkvm_refuse(call, word, PKVM_EPERM);
	}
	if (!status) {
		for (uint64_t at = 0; at < size; at += PKVM_PAGE_SIZE)
			set_page(hyp, address + at, PKVM_PAGE_TRANSIT, vm_slot, 0);
		pkvm_plat_host_view(address, size / PKVM_PAGE_SIZE, false);
	}
	pkvm_plat_unlock(&hyp->pages.lock);
	return status;
}

void pkvm_page_commit(struct pkvm_hyp *hyp, uint64_t address, uint64_t size)
{
	pkvm_plat_lock(&hyp->pages.lock);
	for (uint64_t at = 0; at < size; at += PKVM_PAGE_SIZE) {
		const struct pkvm_page *page = find_page(hyp, address + at);

		set_page(hyp, address + at, PKVM_PAGE_DONATED,
			 (uint32_t)(page->word >> SLOT_AT) & SLOT_MASK, 0);
	}
	pkvm_plat_unlock(&hyp->pages.lock);
}

void pkvm_page_commit_guest(struct pkvm_hyp *hyp, uint64_t address, uint64_t size, uint64_t gfn)
{
	pkvm_plat_lock(&hyp->pages.lock);
	for (uint64_t at = 0; at < size; at += PKVM_PAGE_SIZE) {
		const struct pkvm_page *page = find_page(hyp, address + at);

		set_page(hyp, address + at, PKVM_PAGE_GUEST,
			 (uint32_t)(page->word >> SLOT_AT) & SLOT_MASK, gfn++);
	}
	pkvm_plat_unlock(&hyp->pages.lock);
}

void pkvm_page_release(struct pkvm_hyp *hyp, uint64_t address, uint64_t size)
{
	pkvm_plat_lock(&hyp->pages.lock);
	for (uint64_t at = 0; at < size; at += PKVM_PAGE_SIZE)
		set_page(hyp, address + at, PKVM_PAGE_HOST, 0, 0);
	pkvm_plat_host_view(address, size / PKVM_PAGE_SIZE, true);
	pkvm_plat_unlock(&hyp->pages.lock);
}

int64_t pkvm_page_use(struct pkvm_call *call, uint64_t address, uint64_t size,
		      unsigned int word)
{
	struct pkvm_hyp *hyp = call->hyp;
	int64_t status = 0;

	pkvm_plat_lock(&hyp->pages.lock);
	for (uint64_t at = 0; at < size && !status; at += PKVM_PAGE_SIZE) {
		const enum pkvm_page_state state = state_of(find_page(hyp, address + at));

		if (state != PKVM_PAGE_HOST && state != PKVM_PAGE_SHARED)
			status = pkvm_refuse(call, word, PKVM_EPERM);
	}
	for (uint64_t at = 0; at < size && !status; at += PKVM_PAGE_SIZE) {
		const struct pkvm_page *page = find_page(hyp, address + at);

		set_page(hyp, address + at, PKVM_PAGE_SHARED, 0, (page->word >> VALUE_AT) + 1);
	}
	pkvm_plat_unlock(&hyp->pages.lock);
	return status;
}

void pkvm_page_unuse(struct pkvm_hyp *hyp, uint64_t address, uint64_t size)
{
	pkvm_plat_lock(&hyp->pages.lock);
	for (uint64_t at = 0; at < size; at += PKVM_PAGE_SIZE) {
		const uint64_t uses = (find_page(hyp, address + at)->word >> VALUE_AT) - 1;

		set_page(hyp, address + at, uses ? PKVM_PAGE_SHARED : PKVM_PAGE_HOST, 0, uses);
	}
	pkvm_plat_unlock(&hyp->pages.lock);
}

void pkvm_page_guest_share(struct pkvm_hyp *hyp, uint64_t address, bool shared)
{
	const struct pkvm_page *page;

	pkvm_plat_lock(&hyp->pages.lock);
	page = find_page(hyp, address);
	set_page(hyp, address, shared ? PKVM_PAGE_GUEST_SHARED : PKVM_PAGE_GUEST,
		 (uint32_t)(page->word >> SLOT_AT) & SLOT_MASK, page->word >> VALUE_AT);
	pkvm_plat_host_view(address, 1, shared);
	pkvm_plat_unlock(&hyp->pages.lock);
}

/* The word as it stands at this moment; pages outside RAM have state NOT_RAM. */
static uint64_t read_word(struct pkvm_hyp *hyp, uint64_t address)
{
	const struct pkvm_page *page;
	uint64_t word = 0;

	pkvm_plat_lock(&hyp->pages.lock);
	page = find_page(hyp, address);
	if (page)
		word = page->word;
	pkvm_plat_unlock(&hyp->pages.lock);
	return word;
}

enum pkvm_page_state pkvm_page_state(struct pkvm_hyp *hyp, uint64_t address)
{
	return (enum pkvm_page_state)(read_word(hyp, address) & STATE_MASK);
}

uint32_t pkvm_page_vm_slot(struct pkvm_hyp *hyp, uint64_t address)
{
	return (uint32_t)(read_word(hyp, address) >> SLOT_AT) & SLOT_MASK;
}

uint64_t pkvm_page_value(struct pkvm_hyp *hyp, uint64_t address)
{
	return read_word(hyp, address) >> VALUE_AT;
}

void pkvm_page_scrub(uint64_t address, uint64_t pages)
{
	uint64_t *word = pkvm_plat_private(address);

	for (uint64_t i = 0; i < pages * PKVM_PAGE_SIZE / sizeof(*word); i++)
		word[i] = 0;
}

/* A place among the regions, which stand by their addresses. */
static struct pkvm_ram *insert_ram(struct pkvm_pages *pages, uint64_t address)
{
	uint32_t at = pages->nr_ram++;

	for (; at && pages->ram[at - 1].address > address; at--)
		pages->ram[at] = pages->ram[at - 1];
	return &pages->ram[at];
}

/* Adds one region of RAM whose pages' words begin at `first`. */
static void add_ram(struct pkvm_hyp *hyp, const struct pkvm_memory_region *region,
		    uint64_t first)
{
	struct pkvm_pages *pages = &hyp->pages;
	struct pkvm_page *table = pkvm_plat_private(pages->table_pa);
	struct pkvm_ram *ram = insert_ram(pages, region->address);

	*ram = (struct pkvm_ram){region->address, region->size, first};
	for (uint64_t at = 0; at < region->size; at += PKVM_PAGE_SIZE) {
		const bool own = region->kind == PKVM_REGION_HYPERVISOR ||
				 region->address + at - hyp->base < hyp->size;
		const enum pkvm_page_state state = own ? PKVM_PAGE_HYPERVISOR : PKVM_PAGE_HOST;

		table[first + at / PKVM_PAGE_SIZE].word = make_word(state, 0, 0);
		pages->count[state]++;
		if (own)
			pkvm_plat_host_view(region->address + at, 1, false);
	}
}

bool pkvm_pages_init(struct pkvm_hyp *hyp, const struct pkvm_memory_region *regions,
		     uint64_t count)
{
	uint64_t total = 0;

	for (uint64_t i = 0; i < count; i++) {
		if (regions[i].kind != PKVM_REGION_MMIO)
			total += regions[i].size / PKVM_PAGE_SIZE;
	}
	if (total > hyp->pages.table_size)
		return false;
	total = 0;
	for (uint64_t i = 0; i < count; i++) {
		if (regions[i].kind == PKVM_REGION_MMIO)
			continue;
		add_ram(hyp, &regions[i], total);
		total += regions[i].size / PKVM_PAGE_SIZE;
	}
	return true;
}
