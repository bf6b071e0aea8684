/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Numbers that no row has, features that are not in force, other versions, wrong callers. */
#include "world.h"
#include "rows.h"

static int64_t status_of(struct machine *m, uint64_t number)
{
	return world_call(m, number, 0, 0).error;
}

static bool is_a_row(uint64_t number)
{
	for (size_t r = 0; r < NR_ROWS; r++) {
		if (rows[r].number == number)
			return true;
	}
	return false;
}

static void test_every_number_without_a_row_is_enosys(void **state)
{
	struct machine *m = world_up(1);

	(void)state;
	for (uint64_t number = 0; number < 0x1000; number++) {
		if (!is_a_row(number))
			assert_int_equal(status_of(m, number), -38);
	}
	assert_int_equal(status_of(m, 0x0403), -38);  /* retired              */
	assert_int_equal(status_of(m, 0xf000), -38);  /* vendors, none here   */
	assert_int_equal(status_of(m, 0xffff), -38);
	assert_int_equal(status_of(m, 0x10000), -38); /* the guest's          */
	assert_int_equal(status_of(m, 0x10005), -38);
	assert_int_equal(status_of(m, 0x1f000), -38);
	assert_int_equal(status_of(m, ~(uint64_t)0), -38);
	world_end(m);
}

static void test_all_64_bits_of_rax_count(void **state)
{
	struct machine *m = world_up(1);

	(void)state;
	for (unsigned int bit = 16; bit < 64; bit++) {
		for (size_t r = 0; r < NR_ROWS; r++)
			assert_int_equal(status_of(m, rows[r].number | 1ull << bit), -38);
	}
	world_end(m);
}

static void test_calls_of_a_feature_not_in_force_are_enosys(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 4; bit++) {
		struct machine *m = world_fresh(1);
		const struct pkvm_query query = {1, 0, ~(1ull << bit)};
		struct pkvm_answer answer;

		assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
		assert_int_equal(answer.features & 1ull << bit, 0);
		for (size_t r = 1; r < NR_ROWS; r++) {
			const uint64_t in[PKVM_MAX_WORDS] = {0};

			if (rows[r].feature == 1ull << bit)
				assert_int_equal(world_callv(m, rows[r].number, in, rows[r].n_in,
							     rows[r].n_out).error, -38);
		}
		world_end(m);
	}
}

static void test_another_major_version_is_told_ours_and_gets_nothing_else(void **state)
{
	struct machine *m = world_fresh(1);
	const struct pkvm_query query = {2, 0, ~(uint64_t)0};
	struct pkvm_answer answer;

	(void)state;
	assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
	assert_int_equal(answer.major, 1);
	assert_int_equal(answer.minor, 0);
	assert_int_equal(answer.features, 0);
	for (size_t r = 1; r < NR_ROWS; r++) {
		const uint64_t in[PKVM_MAX_WORDS] = {0};

		assert_int_equal(world_callv(m, rows[r].number, in, rows[r].n_in,
					     rows[r].n_out).error, -71);
	}
	world_end(m);
}

static void test_the_lower_minor_is_in_force_and_unknown_features_fall_away(void **state)
{
	struct machine *m = world_fresh(1);
	const struct pkvm_query query = {1, 7, ~(uint64_t)0};
	struct pkvm_answer answer;

	(void)state;
	assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
	assert_int_equal(answer.minor, 0);
	assert_int_equal(answer.features, 0x3f);
	assert_int_equal(answer.max_vcpus, 64);
	world_end(m);
}

static void test_negotiation_locks_with_init(void **state)
{
	struct machine *m = world_negotiated(1);
	const struct pkvm_query less = {1, 0, 1};
	const struct pkvm_query other = {9, 9, 9};
	struct pkvm_answer answer;

	(void)state;
	assert_int_equal(pkvm_hc_abi_query(&less, &answer).error, 0);
	assert_int_equal(answer.features, 1);
	assert_int_equal(world_init(m), 0);
	assert_int_equal(pkvm_hc_abi_query(&other, &answer).error, 0);
	assert_int_equal(answer.major, 1);
	assert_int_equal(answer.features, 1);
	assert_int_equal(world_call(m, 0x0100, 1, 0, (uint64_t)1).error, -38);
	world_end(m);
}

static void test_a_caller_above_cpl_0_or_outside_64_bit_mode_gets_ud(void **state)
{
	struct machine *m = world_up(1);
	const uint64_t before = machine_hash_private(m);
	uint64_t uds = 0;

	(void)state;
	for (unsigned int cpl = 0; cpl < 4; cpl++) {
		for (int long_mode = 0; long_mode < 2; long_mode++) {
			struct pkvm_regs regs = {.rax = 6, .word = {0x1234}};

			if (!cpl && long_mode)
				continue;
			machine_host_mode(m, 0, cpl, long_mode);
			pkvm_host_transport(&regs);
			assert_int_equal(regs.rax, 6);
			assert_int_equal(regs.word[0], 0x1234);
			assert_int_equal(machine_host_ud(m, 0), ++uds);
		}
	}
	machine_host_mode(m, 0, 0, true);
	assert_int_equal(before, machine_hash_private(m));
	world_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_number_without_a_row_is_enosys),
		cmocka_unit_test(test_all_64_bits_of_rax_count),
		cmocka_unit_test(test_calls_of_a_feature_not_in_force_are_enosys),
		cmocka_unit_test(test_another_major_version_is_told_ours_and_gets_nothing_else),
		cmocka_unit_test(test_the_lower_minor_is_in_force_and_unknown_features_fall_away),
		cmocka_unit_test(test_negotiation_locks_with_init),
		cmocka_unit_test(test_a_caller_above_cpl_0_or_outside_64_bit_mode_gets_ud),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
