/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of page ownership: every call that gives pages, against pages in every
 * state and ranges of every bad form; what is refused is the host's, untouched.
 */
#include "ownership.h"

#define MAX_PAGES 514

/* The offer is refused so; what RAM of it the host saw, it sees, byte for byte. */
static void assert_refused(const struct scene *s, enum giver giver, uint64_t address,
			   uint64_t size, int64_t error, unsigned int word)
{
	static uint64_t before[MAX_PAGES];
	static bool seen[MAX_PAGES];
	const uint64_t first = address & ~(uint64_t)0xfff;
	struct world_result result;
	uint64_t n = 0;

	while (n < MAX_PAGES && n * 4096 < size && first + n * 4096 < machine_ram_size(s->m)) {
		before[n] = machine_hash_page(s->m, first + n * 4096);
		seen[n] = machine_host_sees(first + n * 4096);
		n++;
	}
	result = scene_offer(s, giver, address, size);
	if (result.error != error || result.refused != word)
		fail_msg("%s 0x%llx 0x%llx: %lld word %llu, expected %lld word %u",
			 giver_rows[giver].name, (unsigned long long)address,
			 (unsigned long long)size, (long long)result.error,
			 (unsigned long long)result.refused, (long long)error, word);
	for (uint64_t i = 0; i < n; i++) {
		assert_int_equal(machine_hash_page(s->m, first + i * 4096), before[i]);
		assert_int_equal(machine_host_sees(first + i * 4096), seen[i]);
	}
}

static void test_a_page_that_is_not_the_hosts_to_give_is_refused_by_every_call(void **state)
{
	static const int64_t expected[PKVM_NR_PAGE_STATES] = {
		[PKVM_PAGE_NOT_RAM] = -14,   [PKVM_PAGE_SHARED] = -1,
		[PKVM_PAGE_HYPERVISOR] = -1, [PKVM_PAGE_DONATED] = -1,
		[PKVM_PAGE_GUEST] = -1,      [PKVM_PAGE_GUEST_SHARED] = -1,
	};
	const struct scene *s = *state;
	struct world_vm pvm = s->pvm;

	world_topup(&pvm, 8);
	for (int at = PKVM_PAGE_NOT_RAM; at < PKVM_PAGE_TRANSIT; at++) {
		uint64_t page;

		if (at == PKVM_PAGE_HOST)
			continue;
		page = scene_page(s, (enum pkvm_page_state)at);
		assert_int_equal(pkvm_page_state(machine_hyp(s->m), page), at);
		for (int giver = 0; giver < NR_GIVERS; giver++) {
			const struct giver_row *row = &giver_rows[giver];

			if (!row->shares || at != PKVM_PAGE_SHARED)
				assert_refused(s, (enum giver)giver, page, row->pages * 4096,
					       expected[at], row->address_word);
		}
	}
}

static void test_a_host_page_is_taken_by_every_call_that_donates(void **state)
{
	const struct scene *s = *state;
	struct world_vm npvm = s->npvm, pvm = s->pvm;

	world_topup(&npvm, 8);
	world_topup(&pvm, 8);
	for (int giver = 0; giver < NR_GIVERS; giver++) {
		const struct giver_row *row = &giver_rows[giver];
		const uint64_t at = world_pages(row->pages);

		if (giver == CREATE_AREA || giver == CREATE_FPSTATE)
			continue;       /* with CREATE_PAGE, the same call */
		assert_int_equal(scene_offer(s, (enum giver)giver, at, row->pages * 4096).error,
				 0);
		for (uint64_t i = 0; i < row->pages; i++)
			assert_int_equal(machine_host_sees(at + i * 4096), row->shares);
	}
	assert_false(machine_host_sees(s->area));
	assert_false(machine_host_sees(s->fpstate));
}

/* Zero, unaligned, wrapping, or of 513 pages: for every call that has a size. */
static void test_a_range_of_bad_form_is_refused_by_every_call(void **state)
{
	const struct scene *s = *state;
	const uint64_t at = world_pages(513);
	enum { ADDRESS, SIZE };
	const struct {
		uint64_t address;
		uint64_t size;
		int word;
	} bad[] = {
		{at, 0, SIZE},
		{0, 0, SIZE},
		{at + 1, 0x5000, ADDRESS},
		{at + 0x800, 0x5000, ADDRESS},
		{at + 0xfff, 0x5000, ADDRESS},
		{at, 1, SIZE},
		{at, 0x4fff, SIZE},
		{at, 0x5001, SIZE},
		{at, 513 * 4096, SIZE},
		{at, 0x8000000000000000, SIZE},
		{at, 0xfffffffffffff000, SIZE},
		{at, 0xfffffffffffff001, SIZE},
		{at, 0xffffffffffffffff, SIZE},
		{0xfffffffffffff000, 0x1000, SIZE},
		{0xfffffffffffff000, 0x5000, SIZE},
		{0xfffffffffffff001, 0x5000, ADDRESS},
		{0xffffffffffffffff, 0x1000, ADDRESS},
	};

	for (int giver = 0; giver < NR_GIVERS; giver++) {
		const struct giver_row *row = &giver_rows[giver];

		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
			if (row->size_word)
				assert_refused(s, (enum giver)giver, bad[i].address,
					       bad[i].size, -22,
					       bad[i].word == SIZE ? row->size_word
								   : row->address_word);
		}
	}
}

static void test_a_shared_page_of_bad_form_is_refused(void **state)
{
	const struct scene *s = *state;

	assert_refused(s, CREATE_PAGE, s->page + 1, 4096, -22, 2);
	assert_refused(s, CREATE_PAGE, s->page + 0xfff, 4096, -22, 2);
	assert_refused(s, CREATE_PAGE, 0xffffffffffffffff, 4096, -22, 2);
	assert_refused(s, CREATE_PAGE, 0xfffffffffffff000, 4096, -14, 2);
	assert_refused(s, CREATE_PAGE, 0x8000000000000000, 4096, -14, 2);
}

static void test_a_range_that_leaves_ram_is_refused_by_every_call(void **state)
{
	const struct scene *s = *state;
	const uint64_t ram = machine_ram_size(s->m);

	for (int giver = 0; giver < NR_GIVERS; giver++) {
		const struct giver_row *row = &giver_rows[giver];
		const uint64_t size = row->pages * 4096;

		assert_refused(s, (enum giver)giver, ram, size, -14, row->address_word);
		assert_refused(s, (enum giver)giver, 1ull << 40, size, -14, row->address_word);
		assert_refused(s, (enum giver)giver, 0xffffffffff000000, size, -14,
			       row->address_word);
		/* Straddling: the first pages are the hypervisor's, but RAM is judged first. */
		if (row->pages > 1)
			assert_refused(s, (enum giver)giver, ram - 4096, size, -14,
				       row->address_word);
	}
}

/* Zero says "none" where addresses are linked, so that page 0 is never given away. */
static void test_page_0_is_never_donated(void **state)
{
	const struct scene *s = *state;

	for (int giver = 0; giver < NR_GIVERS; giver++) {
		const struct giver_row *row = &giver_rows[giver];

		if (!row->shares)
			assert_refused(s, (enum giver)giver, 0, 4096, -1, row->address_word);
	}
}

static void test_one_foreign_page_anywhere_in_a_range_refuses_all_of_it(void **state)
{
	const struct scene *s = *state;

	for (int giver = 0; giver < NR_GIVERS; giver++) {
		const struct giver_row *row = &giver_rows[giver];

		for (uint64_t bad = 0; row->size_word && bad < row->pages; bad++) {
			const uint64_t at = world_pages(row->pages);
			const uint64_t in[] = {s->open.handle, at + bad * 4096, 4096};

			assert_int_equal(world_callv(s->m, 0x0204, in, 3, 0).error, 0);
			assert_refused(s, (enum giver)giver, at, row->pages * 4096, -1,
				       row->address_word);
		}
	}
}

static void test_ranges_of_one_call_must_not_overlap(void **state)
{
	const struct scene *s = *state;
	const uint64_t at = s->area;
	const uint64_t size = 5 * 4096;
	const struct {
		uint64_t page, area, fpstate;
		uint64_t word;
	} bad[] = {
		{at, at, s->fpstate, 3},                 /* page is the area's first    */
		{at + 4 * 4096, at, s->fpstate, 3},      /* ... last                    */
		{s->fpstate, at, s->fpstate, 5},
		{s->page, at, at, 5},
		{s->page, at, at + 4 * 4096, 5},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const uint64_t in[] = {s->open.handle, bad[i].page, bad[i].area, size,
				       bad[i].fpstate, 4096, 1};
		const uint64_t hash = machine_hash_page(s->m, at);
		const struct world_result result = world_callv(s->m, 0x0300, in, 7, 1);

		assert_int_equal(result.error, -1);
		assert_int_equal(result.refused, bad[i].word);
		assert_int_equal(machine_hash_page(s->m, at), hash);
		assert_accounted(s->m);
	}
}

static void test_a_shared_page_has_as_many_uses_as_users(void **state)
{
	const struct scene *s = *state;
	struct pkvm_hyp *hyp = machine_hyp(s->m);
	struct world_vm npvm = s->npvm;
	const uint64_t page = world_pages(1);

	world_topup(&npvm, 8);
	world_load(&s->npvm_vcpu);
	for (uint64_t use = 1; use <= 3; use++) {
		const struct pkvm_mapping map = {use << 12, page, 4096, 1};

		assert_int_equal(pkvm_hc_vm_mmu_map(&map).error, 0);
		assert_int_equal(pkvm_page_state(hyp, page), PKVM_PAGE_SHARED);
		assert_int_equal(pkvm_page_value(hyp, page), use);
	}
	for (uint64_t use = 3; use > 0; use--) {
		const struct pkvm_vm_range range = {npvm.handle, use << 12, 4096};

		assert_refused(s, TOPUP, page, 4096, -1, 2);
		assert_int_equal(pkvm_hc_vm_mmu_unmap(&range).error, 0);
		assert_int_equal(pkvm_page_value(hyp, page), use - 1);
	}
	assert_int_equal(pkvm_page_state(hyp, page), PKVM_PAGE_HOST);
	assert_int_equal(scene_offer(s, TOPUP, page, 4096).error, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_a_page_that_is_not_the_hosts_to_give_is_refused_by_every_call),
		SCENE_TEST(test_a_host_page_is_taken_by_every_call_that_donates),
		SCENE_TEST(test_a_range_of_bad_form_is_refused_by_every_call),
		SCENE_TEST(test_a_shared_page_of_bad_form_is_refused),
		SCENE_TEST(test_a_range_that_leaves_ram_is_refused_by_every_call),
		SCENE_TEST(test_page_0_is_never_donated),
		SCENE_TEST(test_one_foreign_page_anywhere_in_a_range_refuses_all_of_it),
		SCENE_TEST(test_ranges_of_one_call_must_not_overlap),
		SCENE_TEST(test_a_shared_page_has_as_many_uses_as_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
