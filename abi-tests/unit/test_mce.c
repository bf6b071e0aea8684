/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests setup_mce: what is accepted, what the banks then hold, that none of it comes back. */
#include "register_fixture.h"
#include "../../lib/hyp.h"

#define GET_MSR   0x0410u
#define SETUP_MCE 0x0704u

static const struct pkvm_vcpu *current(const struct loaded *l)
{
	return machine_hyp(l->m)->cpu[0].current;
}

/* A count of 1 to 32, MCG_CTL_P 8, MCG_SER_P 24, MCG_LMCE_P 27 (SDM "IA32_MCG_CAP MSR"). */
static void test_a_count_of_1_to_32_and_three_bits_are_accepted(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (uint64_t banks = 0; banks < 256; banks++) {
		if (banks >= 1 && banks <= 32) {
			assert_done(call1(&l, SETUP_MCE, banks));
			assert_int_equal(current(&l)->mcg_cap, banks);
		} else {
			assert_refused(call1(&l, SETUP_MCE, banks), -22, 1);
		}
	}
	for (unsigned int bit = 8; bit < 64; bit++) {
		const uint64_t value = (uint64_t)1 << bit | 10;

		if (bit == 8 || bit == 24 || bit == 27)
			assert_done(call1(&l, SETUP_MCE, value));
		else
			assert_refused(call1(&l, SETUP_MCE, value), -22, 1);
	}
	loaded_end(&l);
}

static void test_the_banks_begin_as_after_reset(void **state)
{
	const struct loaded l = loaded_up(PVM);

	(void)state;
	assert_done(call1(&l, SETUP_MCE, 0x10a));
	assert_int_equal(current(&l)->mcg_status, 0);
	assert_int_equal(current(&l)->mcg_ctl, ~(uint64_t)0);
	for (unsigned int bank = 0; bank < 32; bank++)
		assert_int_equal(current(&l)->mc_ctl[bank], bank < 10 ? ~(uint64_t)0 : 0);
	assert_done(call1(&l, SETUP_MCE, 0x2));
	assert_int_equal(current(&l)->mcg_ctl, 0);
	for (unsigned int bank = 0; bank < 32; bank++)
		assert_int_equal(current(&l)->mc_ctl[bank], bank < 2 ? ~(uint64_t)0 : 0);
	loaded_end(&l);
}

static void test_machine_check_state_is_never_the_hosts_to_read(void **state)
{
	static const uint64_t index[6] = {0x179, 0x17a, 0x17b, 0x400, 0x401, 0x47f};
	struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(call1(&l, SETUP_MCE, 0x10a));
	for (unsigned int i = 0; i < 6; i++)
		assert_refused(world_call(l.m, GET_MSR, 1, 1, index[i]), -22, 1);
	unload(&l);
	load_new(&l, PVM);
	assert_done(call1(&l, SETUP_MCE, 0x10a));
	for (unsigned int i = 0; i < 6; i++)
		assert_refused(world_call(l.m, GET_MSR, 1, 1, index[i]), -1, 1);
	loaded_end(&l);
}

static void test_after_a_pvms_first_run_only_the_same_value_is_accepted(void **state)
{
	const struct loaded l = loaded_up(PVM);

	(void)state;
	assert_done(call1(&l, SETUP_MCE, 0x10a));
	run_once(&l);
	assert_done(call1(&l, SETUP_MCE, 0x10a));
	assert_refused(call1(&l, SETUP_MCE, 0x10b), -1, 1);
	assert_int_equal(current(&l)->mcg_cap, 0x10a);
	loaded_end(&l);
}

static void test_the_same_value_after_a_pvms_first_run_resets_nothing(void **state)
{
	const struct loaded l = loaded_up(PVM);

	(void)state;
	assert_done(call1(&l, SETUP_MCE, 0x10a));
	run_once(&l);
	machine_hyp(l.m)->cpu[0].current->mcg_status = 0x5;
	assert_done(call1(&l, SETUP_MCE, 0x10a));
	assert_int_equal(current(&l)->mcg_status, 0x5);
	loaded_end(&l);
}

static void test_an_npvms_host_may_change_it_after_the_first_run(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(call1(&l, SETUP_MCE, 0x10a));
	run_once(&l);
	assert_done(call1(&l, SETUP_MCE, 0x5));
	assert_int_equal(current(&l)->mcg_cap, 0x5);
	loaded_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_count_of_1_to_32_and_three_bits_are_accepted),
		cmocka_unit_test(test_the_banks_begin_as_after_reset),
		cmocka_unit_test(test_machine_check_state_is_never_the_hosts_to_read),
		cmocka_unit_test(test_after_a_pvms_first_run_only_the_same_value_is_accepted),
		cmocka_unit_test(test_the_same_value_after_a_pvms_first_run_resets_nothing),
		cmocka_unit_test(test_an_npvms_host_may_change_it_after_the_first_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
