/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests cache_reg: the six registers it reads, and every other number. */
#include "register_fixture.h"

#define SET_CR0      0x0408u
#define SET_CR4      0x0409u
#define CACHE_REG    0x040eu
#define LOAD_MMU_PGD 0x0411u

static struct world_result cache_reg(const struct loaded *l, uint64_t which)
{
	return world_call(l->m, CACHE_REG, 1, 4, which);
}

static void assert_words(const struct loaded *l, uint64_t which, uint64_t word0, uint64_t word1,
			 uint64_t word2, uint64_t word3)
{
	const struct world_result got = cache_reg(l, which);

	assert_done(got);
	assert_int_equal(got.out[0], word0);
	assert_int_equal(got.out[1], word1);
	assert_int_equal(got.out[2], word2);
	assert_int_equal(got.out[3], word3);
}

static void test_rsp_and_rip_are_the_guests(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_int_equal(pkvm_vmcs_write(0x681c, 0xffff800000001000), 0);
	assert_int_equal(pkvm_vmcs_write(0x681e, 0xffff800000002000), 0);
	assert_words(&l, 4, 0xffff800000001000, 0, 0, 0);
	assert_words(&l, 16, 0xffff800000002000, 0, 0, 0);
	loaded_end(&l);
}

static void test_cr3_and_the_pdptes_are_those_that_were_loaded(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(world_call(l.m, LOAD_MMU_PGD, 6, 0, (uint64_t)3, (uint64_t)0x5000,
			       (uint64_t)0x1001, (uint64_t)0x2001, (uint64_t)0x3001,
			       (uint64_t)0x4001));
	assert_words(&l, 17, 0x1001, 0x2001, 0x3001, 0x4001);
	assert_words(&l, 19, 0x5000, 0, 0, 0);
	loaded_end(&l);
}

static void test_cr0_and_cr4_are_what_the_guest_sees_not_what_vmx_holds(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(call1(&l, SET_CR0, 0x60000010));
	assert_done(call1(&l, SET_CR4, 0x30));
	assert_words(&l, 18, 0x60000010, 0, 0, 0);
	assert_words(&l, 20, 0x30, 0, 0, 0);
	/* Bits that the guest owns change without an exit. */
	assert_int_equal(pkvm_vmcs_write(0x6800, 0x60000032), 0);
	assert_int_equal(pkvm_vmcs_write(0x6804, 0x2090), 0);
	assert_words(&l, 18, 0x60000012, 0, 0, 0);
	assert_words(&l, 20, 0xb0, 0, 0, 0);
	loaded_end(&l);
}

static void test_kvms_other_numbers_are_not_supported(void **state)
{
	static const uint64_t known[6] = {4, 16, 17, 18, 19, 20};
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (uint64_t which = 0; which <= 24; which++) {
		bool is_known = false;

		for (unsigned int i = 0; i < 6; i++)
			is_known = is_known || known[i] == which;
		if (is_known)
			assert_done(cache_reg(&l, which));
		else
			assert_refused(cache_reg(&l, which), -95, 1);
	}
	loaded_end(&l);
}

static void test_a_number_beyond_kvms_is_refused(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (uint64_t which = 25; which < 1024; which++)
		assert_refused(cache_reg(&l, which), -22, 1);
	for (unsigned int bit = 10; bit < 64; bit++)
		assert_refused(cache_reg(&l, (uint64_t)1 << bit | 18), -22, 1);
	assert_refused(cache_reg(&l, ~(uint64_t)0), -22, 1);
	loaded_end(&l);
}

static void test_a_pvm_shows_none_even_before_its_first_run(void **state)
{
	const struct loaded l = loaded_up(PVM);

	(void)state;
	for (uint64_t which = 0; which <= 24; which++)
		assert_refused(cache_reg(&l, which), -1, 0);
	loaded_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rsp_and_rip_are_the_guests),
		cmocka_unit_test(test_cr3_and_the_pdptes_are_those_that_were_loaded),
		cmocka_unit_test(test_cr0_and_cr4_are_what_the_guest_sees_not_what_vmx_holds),
		cmocka_unit_test(test_kvms_other_numbers_are_not_supported),
		cmocka_unit_test(test_a_number_beyond_kvms_is_refused),
		cmocka_unit_test(test_a_pvm_shows_none_even_before_its_first_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
