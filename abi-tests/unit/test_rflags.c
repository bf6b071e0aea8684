/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests set_rflags and get_rflags: every bit, the field, the event summary. */
#include "register_fixture.h"

#define SET_RFLAGS   0x040bu
#define GET_RFLAGS   0x040cu
#define GUEST_RFLAGS 0x6820u

/* CF PF AF ZF SF TF IF DF OF IOPL NT RF VM AC VIF VIP ID, and bit 1 (SDM "EFLAGS Register"). */
#define DEFINED 0x3f7fd7u

static void test_every_bit_is_accepted_or_refused_as_the_sdm_defines_it(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t value = (uint64_t)1 << bit | 0x2;

		if ((uint64_t)1 << bit & DEFINED) {
			assert_done(call1(&l, SET_RFLAGS, value));
			assert_int_equal(field(GUEST_RFLAGS), value);
			assert_int_equal(call0(&l, GET_RFLAGS).out[0], value);
		} else {
			assert_refused(call1(&l, SET_RFLAGS, value), -22, 1);
		}
	}
	loaded_end(&l);
}

static void test_bit_1_has_to_be_set(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_refused(call1(&l, SET_RFLAGS, 0), -22, 1);
	assert_refused(call1(&l, SET_RFLAGS, 0x202 & ~0x2u), -22, 1);
	assert_int_equal(field(GUEST_RFLAGS), 0x2);
	loaded_end(&l);
}

static void test_random_values_round_trip(void **state)
{
	const struct loaded l = loaded_up(PVM);
	uint64_t random = random_seed();

	(void)state;
	for (unsigned int i = 0; i < 1000; i++) {
		const uint64_t value = (random_word(&random) & DEFINED) | 0x2;

		assert_done(call1(&l, SET_RFLAGS, value));
		assert_int_equal(field(GUEST_RFLAGS), value);
		assert_int_equal(call0(&l, GET_RFLAGS).out[0], value);
	}
	loaded_end(&l);
}

static void test_an_npvms_rflags_are_in_the_event_summary(void **state)
{
	const struct loaded l = loaded_up(NPVM);
	const struct pkvm_shared_page *page = world_page(&l.vcpu);

	(void)state;
	assert_done(call1(&l, SET_RFLAGS, 0x246));
	assert_int_equal(page->summary.rflags, 0x246);
	assert_int_equal(page->summary.if_flag, 1);
	assert_int_equal(page->summary.interrupt_allowed, 1);
	assert_done(call1(&l, SET_RFLAGS, 0x46));
	assert_int_equal(page->summary.rflags, 0x46);
	assert_int_equal(page->summary.if_flag, 0);
	assert_int_equal(page->summary.interrupt_allowed, 0);
	loaded_end(&l);
}

static void test_a_pvms_summary_tells_only_whether_an_interrupt_is_allowed(void **state)
{
	const struct loaded l = loaded_up(PVM);
	const struct pkvm_shared_page *page = world_page(&l.vcpu);

	(void)state;
	assert_done(call1(&l, SET_RFLAGS, 0x246));
	assert_int_equal(page->summary.rflags, 0);
	assert_int_equal(page->summary.if_flag, 1);
	assert_int_equal(page->summary.interrupt_allowed, 1);
	loaded_end(&l);
}

static void test_a_pvms_rflags_are_the_hosts_until_its_first_run(void **state)
{
	const struct loaded l = loaded_up(PVM);

	(void)state;
	assert_done(call1(&l, SET_RFLAGS, 0x2));
	run_once(&l);
	assert_refused(call1(&l, SET_RFLAGS, 0x2), -1, 0);
	assert_refused(call0(&l, GET_RFLAGS), -1, 0);
	loaded_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_bit_is_accepted_or_refused_as_the_sdm_defines_it),
		cmocka_unit_test(test_bit_1_has_to_be_set),
		cmocka_unit_test(test_random_values_round_trip),
		cmocka_unit_test(test_an_npvms_rflags_are_in_the_event_summary),
		cmocka_unit_test(
			test_a_pvms_summary_tells_only_whether_an_interrupt_is_allowed),
		cmocka_unit_test(test_a_pvms_rflags_are_the_hosts_until_its_first_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
