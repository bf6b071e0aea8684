/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests write_tsc_offset and write_tsc_multiplier, with and without TSC scaling. */
#include "register_fixture.h"

#define WRITE_TSC_OFFSET     0x0702u
#define WRITE_TSC_MULTIPLIER 0x0703u

/* SDM "Field Encoding in VMCS". */
#define TSC_OFFSET     0x2010u
#define TSC_MULTIPLIER 0x2032u

/* Allowed 1-setting of "use TSC scaling", bit 25, in IA32_VMX_PROCBASED_CTLS2. */
#define TSC_SCALING ((uint64_t)1 << (32 + 25))

static void test_every_word_is_an_offset(void **state)
{
	const struct loaded l = loaded_up(NPVM);
	uint64_t random = random_seed();

	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		assert_done(call1(&l, WRITE_TSC_OFFSET, (uint64_t)1 << bit));
		assert_int_equal(field(TSC_OFFSET), (uint64_t)1 << bit);
	}
	for (unsigned int i = 0; i < 500; i++) {
		const uint64_t offset = random_word(&random);

		assert_done(call1(&l, WRITE_TSC_OFFSET, offset));
		assert_int_equal(field(TSC_OFFSET), offset);
	}
	assert_done(call1(&l, WRITE_TSC_OFFSET, 0));
	assert_int_equal(field(TSC_OFFSET), 0);
	loaded_end(&l);
}

static void test_every_word_but_zero_is_a_multiplier(void **state)
{
	const struct loaded l = loaded_up(NPVM);
	uint64_t random = random_seed();

	(void)state;
	assert_int_equal(field(TSC_MULTIPLIER), 0x1000000000000);
	for (unsigned int bit = 0; bit < 64; bit++) {
		assert_done(call1(&l, WRITE_TSC_MULTIPLIER, (uint64_t)1 << bit));
		assert_int_equal(field(TSC_MULTIPLIER), (uint64_t)1 << bit);
	}
	for (unsigned int i = 0; i < 500; i++) {
		const uint64_t multiplier = random_word(&random) | 1;

		assert_done(call1(&l, WRITE_TSC_MULTIPLIER, multiplier));
		assert_int_equal(field(TSC_MULTIPLIER), multiplier);
	}
	loaded_end(&l);
}

static void test_a_multiplier_of_zero_is_refused(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(call1(&l, WRITE_TSC_MULTIPLIER, 0x2000000000000));
	assert_refused(call1(&l, WRITE_TSC_MULTIPLIER, 0), -22, 1);
	assert_int_equal(field(TSC_MULTIPLIER), 0x2000000000000);
	loaded_end(&l);
}

static void test_a_processor_without_tsc_scaling_has_an_offset_only(void **state)
{
	struct pkvm_vmx_caps caps = machine_default_caps();
	const struct pkvm_query query = {1, 0, 1};
	struct pkvm_answer answer;
	struct loaded l;

	(void)state;
	caps.procbased_ctls2 &= ~TSC_SCALING;
	l = loaded_with(&caps, NPVM);
	assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
	assert_int_equal(answer.capabilities & 0x2, 0);
	assert_refused(call1(&l, WRITE_TSC_MULTIPLIER, 0x1000000000000), -95, 0);
	assert_refused(call1(&l, WRITE_TSC_MULTIPLIER, 0), -22, 1);
	assert_done(call1(&l, WRITE_TSC_OFFSET, 0x1234));
	assert_int_equal(field(TSC_OFFSET), 0x1234);
	loaded_end(&l);
}

static void test_a_pvms_tsc_stays_the_hosts_after_its_first_run(void **state)
{
	const struct loaded l = loaded_up(PVM);

	(void)state;
	run_once(&l);
	assert_done(call1(&l, WRITE_TSC_OFFSET, 0xfffffffffffff000));
	assert_done(call1(&l, WRITE_TSC_MULTIPLIER, 0x1800000000000));
	assert_int_equal(field(TSC_OFFSET), 0xfffffffffffff000);
	assert_int_equal(field(TSC_MULTIPLIER), 0x1800000000000);
	loaded_end(&l);
}

static void test_both_survive_put_and_load(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(call1(&l, WRITE_TSC_OFFSET, 0x5555));
	assert_done(call1(&l, WRITE_TSC_MULTIPLIER, 0x3000000000000));
	world_put(&l.vcpu);
	world_load(&l.vcpu);
	assert_int_equal(field(TSC_OFFSET), 0x5555);
	assert_int_equal(field(TSC_MULTIPLIER), 0x3000000000000);
	loaded_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_word_is_an_offset),
		cmocka_unit_test(test_every_word_but_zero_is_a_multiplier),
		cmocka_unit_test(test_a_multiplier_of_zero_is_refused),
		cmocka_unit_test(test_a_processor_without_tsc_scaling_has_an_offset_only),
		cmocka_unit_test(test_a_pvms_tsc_stays_the_hosts_after_its_first_run),
		cmocka_unit_test(test_both_survive_put_and_load),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
