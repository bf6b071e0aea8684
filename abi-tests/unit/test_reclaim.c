/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of reclaim lists: exactly the donated pages come back, scrubbed, linked
 * through themselves, the host's when the call returns.
 */
#include "ownership.h"
#include "lib/reclaim.h"

#define FREE_CALL    0x0301
#define CPUID_CALL   0x0700
#define FPSTATE_CALL 0x0701

struct range {
	uint64_t address;
	uint64_t pages;
};

/* The list is these ranges, in any order; every byte but the links is zero. */
static void assert_list(struct world_result result, const struct range *range, uint64_t n)
{
	static const uint64_t zero[512];
	uint64_t address = result.out[0], pages = result.out[1];
	unsigned int found = 0;

	assert_int_equal(result.error, 0);
	assert_int_equal(result.out[2], n);
	for (uint64_t i = 0; i < n; i++) {
		uint64_t words[512] = {0};

		for (uint64_t j = 0; j < n; j++) {
			if (range[j].address == address && range[j].pages == pages)
				found |= 1u << j;
		}
		for (uint64_t page = pages; page-- > 0;) {
			assert_true(machine_host_read(address + page * 4096, words, 4096));
			assert_memory_equal(words + 2, zero + 2, 4080);
			if (page)
				assert_memory_equal(words, zero, 16);
		}
		address = words[0];
		pages = words[1];
	}
	assert_int_equal(found, (1u << n) - 1);
	assert_int_equal(address, 0);
	assert_int_equal(pages, 0);
}

static uint64_t set_cpuid(const struct scene *s, uint64_t pages)
{
	const uint64_t in[] = {world_pages(pages), pages * 4096, 0};

	world_load(&s->pvm_vcpu);
	assert_list(world_callv(s->m, CPUID_CALL, in, 3, 3), NULL, 0);
	return in[0];
}

static void test_freeing_a_vcpu_returns_all_that_was_donated_for_it(void **state)
{
	const struct scene *s = *state;
	const uint64_t table = set_cpuid(s, 2);
	const struct range all[] = {
		{s->pvm_vcpu.area, 16}, {s->pvm_vcpu.fpstate, 4}, {table, 2}};

	world_put(&s->pvm_vcpu);
	assert_list(world_callv(s->m, FREE_CALL, &s->pvm_vcpu.handle, 1, 3), all, 3);
	for (size_t i = 0; i < 3; i++)
		assert_true(machine_host_free(all[i].address, all[i].pages));
	assert_int_equal(pkvm_page_state(machine_hyp(s->m), s->pvm_vcpu.page), PKVM_PAGE_HOST);
}

static void test_freeing_an_npvm_vcpu_returns_its_area(void **state)
{
	const struct scene *s = *state;
	const struct range all[] = {{s->npvm_vcpu.area, 16}};

	world_put(&s->npvm_vcpu);
	assert_list(world_callv(s->m, FREE_CALL, &s->npvm_vcpu.handle, 1, 3), all, 1);
}

static void test_a_new_cpuid_table_returns_the_one_before(void **state)
{
	const struct scene *s = *state;
	const struct range old[] = {{set_cpuid(s, 3), 3}};
	const uint64_t in[] = {world_pages(1), 4096, 0};

	assert_list(world_callv(s->m, CPUID_CALL, in, 3, 3), old, 1);
	assert_false(machine_host_sees(in[0]));
}

static void test_a_larger_fpstate_returns_the_smaller_one(void **state)
{
	const struct scene *s = *state;
	const struct range old[] = {{s->pvm_vcpu.fpstate, 4}};
	const uint64_t in[] = {world_pages(5), 5 * 4096};

	world_load(&s->pvm_vcpu);
	assert_list(world_callv(s->m, FPSTATE_CALL, in, 2, 3), old, 1);
	assert_false(machine_host_sees(in[0]));
}

static void test_an_fpstate_that_is_not_larger_is_handed_straight_back(void **state)
{
	const struct scene *s = *state;

	world_load(&s->pvm_vcpu);
	for (uint64_t pages = 1; pages <= 4; pages++) {
		const uint64_t in[] = {world_pages(pages), pages * 4096};
		const struct range back[] = {{in[0], pages}};

		assert_list(world_callv(s->m, FPSTATE_CALL, in, 2, 3), back, 1);
		assert_false(machine_host_sees(s->pvm_vcpu.fpstate));
	}
}

static void test_links_are_not_read_after_the_page_was_given_away(void **state)
{
	const struct scene *s = *state;
	struct pkvm_hyp *hyp = machine_hyp(s->m);
	const uint64_t lie[2] = {0xdead000, 77};
	struct pkvm_reclaim list = {0};
	uint64_t words[2];

	/* Two ranges; between them the host overwrites the links of the first. */
	pkvm_reclaim_add(hyp, &list, s->pvm_vcpu.fpstate, 2);
	assert_true(machine_host_write(s->pvm_vcpu.fpstate, lie, sizeof(lie)));
	pkvm_reclaim_add(hyp, &list, s->pvm_vcpu.fpstate + 2 * 4096, 2);
	assert_int_equal(list.address, s->pvm_vcpu.fpstate + 2 * 4096);
	assert_int_equal(list.pages, 2);
	assert_int_equal(list.ranges, 2);
	assert_true(machine_host_read(list.address, words, sizeof(words)));
	assert_int_equal(words[0], s->pvm_vcpu.fpstate);
	assert_int_equal(words[1], 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_freeing_a_vcpu_returns_all_that_was_donated_for_it),
		SCENE_TEST(test_freeing_an_npvm_vcpu_returns_its_area),
		SCENE_TEST(test_a_new_cpuid_table_returns_the_one_before),
		SCENE_TEST(test_a_larger_fpstate_returns_the_smaller_one),
		SCENE_TEST(test_an_fpstate_that_is_not_larger_is_handed_straight_back),
		SCENE_TEST(test_links_are_not_read_after_the_page_was_given_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
