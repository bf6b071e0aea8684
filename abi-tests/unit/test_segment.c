/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests set_segment, get_segment and get_segment_base: fields, round trips, refusals. */
#include "register_fixture.h"

#define SET_SEGMENT      0x0400u
#define GET_SEGMENT      0x0401u
#define GET_SEGMENT_BASE 0x0402u

#define LDTR 7u

/* Fields of a register (SDM "Field Encoding in VMCS"), in KVM's order. */
static const struct {
	uint32_t selector;
	uint32_t limit;
	uint32_t access_rights;
	uint32_t base;
} encoding[8] = {
	{0x0800, 0x4800, 0x4814, 0x6806}, /* ES   */
	{0x0802, 0x4802, 0x4816, 0x6808}, /* CS   */
	{0x0804, 0x4804, 0x4818, 0x680a}, /* SS   */
	{0x0806, 0x4806, 0x481a, 0x680c}, /* DS   */
	{0x0808, 0x4808, 0x481c, 0x680e}, /* FS   */
	{0x080a, 0x480a, 0x481e, 0x6810}, /* GS   */
	{0x080e, 0x480e, 0x4822, 0x6814}, /* TR   */
	{0x080c, 0x480c, 0x4820, 0x6812}, /* LDTR */
};

static struct world_result set(const struct loaded *l, uint64_t index, uint64_t base,
			       uint64_t limit, uint64_t rights, uint64_t selector)
{
	return world_call(l->m, SET_SEGMENT, 5, 0, index, base, limit, rights, selector);
}

static void test_each_register_reaches_its_own_four_fields_and_no_other(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (uint32_t i = 0; i < 8; i++)
		assert_done(set(&l, i, 0x1000 + i, 0x20000 + i, 0xc093, 0x30 + i));
	for (uint32_t i = 0; i < 8; i++) {
		assert_int_equal(field(encoding[i].base), 0x1000 + i);
		assert_int_equal(field(encoding[i].limit), 0x20000 + i);
		assert_int_equal(field(encoding[i].access_rights), 0xc093);
		assert_int_equal(field(encoding[i].selector), 0x30 + i);
	}
	loaded_end(&l);
}

static void test_what_is_set_is_what_get_and_get_base_answer(void **state)
{
	const struct loaded l = loaded_up(PVM);
	uint64_t random = random_seed();

	(void)state;
	for (uint32_t i = 0; i < 2000; i++) {
		const uint64_t index = i % 8;
		const uint64_t base = random_word(&random) >> 17;
		const uint64_t limit = random_word(&random) >> 32;
		const uint64_t rights = (random_word(&random) & 0x1f0ff) | 0x81;
		const uint64_t selector = random_word(&random) >> 48;
		struct world_result got;

		assert_done(set(&l, index, base, limit, rights, selector));
		got = world_call(l.m, GET_SEGMENT, 1, 4, index);
		assert_done(got);
		assert_int_equal(got.out[0], base);
		assert_int_equal(got.out[1], limit);
		assert_int_equal(got.out[2], rights);
		assert_int_equal(got.out[3], selector);
		got = world_call(l.m, GET_SEGMENT_BASE, 1, 1, index);
		assert_done(got);
		assert_int_equal(got.out[0], base);
	}
	loaded_end(&l);
}

static void test_every_selector_round_trips_in_every_register(void **state)
{
	const struct loaded l = loaded_up(NPVM);
	struct pkvm_segment segment = {.access_rights = 0x10000};
	struct pkvm_segment_state got;

	(void)state;
	for (uint32_t i = 0; i < 0x10000; i++) {
		const struct pkvm_segment_index index = {i % 8};

		segment.index = index.index;
		segment.selector = i;
		assert_int_equal(pkvm_hc_set_segment(&segment).error, 0);
		assert_int_equal(pkvm_hc_get_segment(&index, &got).error, 0);
		assert_int_equal(got.selector, i);
	}
	loaded_end(&l);
}

static void test_segment_index_out_of_range_is_refused(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int bit = 3; bit < 64; bit++) {
		const uint64_t index = (uint64_t)1 << bit;

		assert_refused(set(&l, index, 0, 0, 0x93, 0), -22, 1);
		assert_refused(world_call(l.m, GET_SEGMENT, 1, 4, index), -22, 1);
		assert_refused(world_call(l.m, GET_SEGMENT_BASE, 1, 1, index), -22, 1);
	}
	assert_refused(set(&l, ~(uint64_t)0, 0, 0, 0x93, 0), -22, 1);
	assert_refused(world_call(l.m, GET_SEGMENT, 1, 4, ~(uint64_t)0), -22, 1);
	loaded_end(&l);
}

/* The VMCS field: not present is unusable, a usable register but LDTR is accessed. */
static uint64_t expected_rights(uint64_t index, uint64_t rights)
{
	if (!(rights & 0x80))
		return rights | 0x10000;
	if (rights & 0x10000 || index == LDTR)
		return rights;
	return rights | 0x1;
}

static void check_all_rights(uint64_t index)
{
	struct pkvm_segment segment = {.index = index};

	for (uint64_t rights = 0; rights < 0x20000; rights++) {
		struct pkvm_status status;

		segment.access_rights = rights;
		status = pkvm_hc_set_segment(&segment);
		if (rights & 0xf00) {
			assert_int_equal(status.error, -22);
			assert_int_equal(status.refused, 4);
		} else {
			assert_int_equal(status.error, 0);
			if (field(encoding[index].access_rights) !=
			    expected_rights(index, rights))
				fail_msg("register %llu, access rights 0x%llx",
					 (unsigned long long)index,
					 (unsigned long long)rights);
		}
	}
}

static void test_every_access_rights_word_is_judged_and_completed_for_vm_entry(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (uint64_t index = 0; index < 8; index++)
		check_all_rights(index);
	loaded_end(&l);
}

static void test_access_rights_bits_above_unusable_are_refused(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int bit = 17; bit < 64; bit++)
		assert_refused(set(&l, 1, 0, 0, 0x93 | (uint64_t)1 << bit, 0), -22, 4);
	loaded_end(&l);
}

static void test_limit_and_selector_beyond_their_width_are_refused(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(set(&l, 3, 0, 0xffffffff, 0xc093, 0xffff));
	assert_refused(set(&l, 3, 0, 0x100000000, 0xc093, 0), -22, 3);
	assert_refused(set(&l, 3, 0, 0, 0xc093, 0x10000), -22, 5);
	assert_int_equal(field(0x4806), 0xffffffff);
	assert_int_equal(field(0x0806), 0xffff);
	loaded_end(&l);
}

/* The lowest and highest address of both halves, and their neighbours between. */
static void check_canonical(unsigned int bits)
{
	struct pkvm_vmx_caps caps = machine_default_caps();
	const uint64_t low_end = ((uint64_t)1 << (bits - 1)) - 1;
	struct loaded l;

	caps.linear_address_bits = bits;
	l = loaded_with(&caps, NPVM);
	for (uint32_t i = 0; i < 8; i++) {
		assert_done(set(&l, i, 0, 0, 0x93, 0));
		assert_done(set(&l, i, low_end, 0, 0x93, 0));
		assert_int_equal(field(encoding[i].base), low_end);
		assert_done(set(&l, i, ~low_end, 0, 0x93, 0));
		assert_int_equal(field(encoding[i].base), ~low_end);
		assert_done(set(&l, i, ~(uint64_t)0, 0, 0x93, 0));
		assert_refused(set(&l, i, low_end + 1, 0, 0x93, 0), -22, 2);
		assert_refused(set(&l, i, ~low_end - 1, 0, 0x93, 0), -22, 2);
		assert_refused(set(&l, i, (uint64_t)1 << 63, 0, 0x93, 0), -22, 2);
		assert_int_equal(field(encoding[i].base), ~(uint64_t)0);
	}
	loaded_end(&l);
}

static void test_a_base_that_is_not_canonical_is_refused(void **state)
{
	(void)state;
	check_canonical(48);
	check_canonical(57);
}

static void test_an_npvms_cs_and_ss_access_rights_are_in_the_event_summary(void **state)
{
	const struct loaded l = loaded_up(NPVM);
	const struct pkvm_shared_page *page = world_page(&l.vcpu);
	const uint64_t sequence = page->summary.sequence;

	(void)state;
	assert_done(set(&l, 1, 0, 0xffff, 0xa09a, 0x8));
	assert_done(set(&l, 2, 0, 0xffff, 0xc0f2, 0x10));
	assert_int_equal(page->summary.cs_access_rights, 0xa09b);
	assert_int_equal(page->summary.ss_access_rights, 0xc0f3);
	assert_true(page->summary.sequence > sequence);
	loaded_end(&l);
}

static void test_a_pvms_segments_are_the_hosts_until_its_first_run(void **state)
{
	const struct loaded l = loaded_up(PVM);
	const struct pkvm_shared_page *page = world_page(&l.vcpu);

	(void)state;
	assert_done(set(&l, 1, 0xffff0000, 0xffff, 0x9b, 0xf000));
	assert_int_equal(page->summary.cs_access_rights, 0);
	run_once(&l);
	assert_refused(set(&l, 1, 0, 0, 0x9b, 0), -1, 0);
	assert_refused(world_call(l.m, GET_SEGMENT, 1, 4, (uint64_t)1), -1, 0);
	assert_refused(world_call(l.m, GET_SEGMENT_BASE, 1, 1, (uint64_t)1), -1, 0);
	loaded_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_register_reaches_its_own_four_fields_and_no_other),
		cmocka_unit_test(test_what_is_set_is_what_get_and_get_base_answer),
		cmocka_unit_test(test_every_selector_round_trips_in_every_register),
		cmocka_unit_test(test_segment_index_out_of_range_is_refused),
		cmocka_unit_test(
			test_every_access_rights_word_is_judged_and_completed_for_vm_entry),
		cmocka_unit_test(test_access_rights_bits_above_unusable_are_refused),
		cmocka_unit_test(test_limit_and_selector_beyond_their_width_are_refused),
		cmocka_unit_test(test_a_base_that_is_not_canonical_is_refused),
		cmocka_unit_test(
			test_an_npvms_cs_and_ss_access_rights_are_in_the_event_summary),
		cmocka_unit_test(test_a_pvms_segments_are_the_hosts_until_its_first_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
