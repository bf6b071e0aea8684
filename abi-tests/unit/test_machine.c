/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of the model machine: how it is made, its memory and the host's view of
 * it, the host's pages, hashes.
 */
#include <string.h>

#include "lib/hyp.h"
#include "lib/platform.h"
#include "machine_fixture.h"

#define MIB (1024ull * 1024)

static void expect_refusal(const struct machine_config *config, const char *reason)
{
	const char *why = NULL;

	assert_null(machine_create(config, &why));
	assert_string_equal(why, reason);
}

static void test_impossible_machines_are_refused_with_a_reason(void **state)
{
	(void)state;
	expect_refusal(&(struct machine_config){.ram_size = 4097},
		       "RAM must be whole pages, at most 1 TiB");
	expect_refusal(&(struct machine_config){.hyp_size = 64 * MIB},
		       "the hypervisor's memory must be whole pages, fewer than RAM has");
	expect_refusal(&(struct machine_config){.cpus = 65}, "the machine has too many CPUs");
	expect_refusal(&(struct machine_config){.hyp_size = 4096},
		       "the hypervisor does not fit into its memory");
}

static void test_a_process_has_one_machine_at_a_time_and_many_in_turn(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		struct machine *m = machine_create(&(struct machine_config){0}, NULL);

		assert_non_null(m);
		expect_refusal(&(struct machine_config){0},
			       "the process has a machine already");
		machine_destroy(m);
	}
}

static void test_the_host_sees_all_ram_but_the_carve_out(void **state)
{
	const struct machine_page_counts counts = machine_page_counts(*state);

	assert_int_equal(machine_ram_size(*state), 67108864);
	assert_int_equal(machine_hyp_base(*state), 65011712);
	assert_int_equal(counts.ram, 16384);
	assert_int_equal(counts.host_view, 15872);
	assert_int_equal(counts.private, 512);
	assert_int_equal(counts.allocated, 0);
	assert_true(machine_host_sees(0));
	assert_true(machine_host_sees(62 * MIB - 1));
	assert_false(machine_host_sees(62 * MIB));
	assert_false(machine_host_sees(64 * MIB));
	assert_false(machine_host_sees(~0ull));
}

static void test_ram_is_what_lies_below_its_size(void **state)
{
	(void)state;
	assert_true(pkvm_plat_is_ram(0, 64 * MIB));
	assert_true(pkvm_plat_is_ram(64 * MIB - 4096, 4096));
	assert_false(pkvm_plat_is_ram(64 * MIB - 4096, 4097));
	assert_false(pkvm_plat_is_ram(64 * MIB, 1));
	assert_false(pkvm_plat_is_ram(4096, ~0ull));
	assert_false(pkvm_plat_is_ram(~0ull, 4096));
}

static void test_host_memory_is_the_core_s_memory(void **state)
{
	uint64_t word = 0x1122334455667788ull, back = 0;
	uint8_t byte = 0;

	(void)state;
	assert_true(machine_host_write(0x5ffd, &word, 8));
	assert_memory_equal((uint8_t *)pkvm_plat_private(0x5000) + 0xffd, &word, 8);
	assert_ptr_equal((uint8_t *)pkvm_plat_private(0x5000) + 4096, pkvm_plat_private(0x6000));
	assert_ptr_equal(pkvm_plat_shared(0x5000), pkvm_plat_private(0x5000));
	assert_ptr_equal(machine_host_ptr(0x5010), (uint8_t *)pkvm_plat_private(0x5000) + 16);
	assert_true(machine_host_read(0x5ffd, &back, 8));
	assert_int_equal(back, word);
	assert_true(machine_host_read(0x6000, &byte, 1));
	assert_int_equal(byte, 0x55);
}

static void test_a_page_out_of_view_is_neither_read_nor_written(void **state)
{
	const volatile size_t endless = SIZE_MAX;
	uint8_t bytes[4098];

	(void)state;
	memset(bytes, 0xa5, sizeof(bytes));
	memset(pkvm_plat_private(0x8000), 0x11, 3 * 4096);
	pkvm_plat_host_view(0x9000, 1, false);
	assert_false(machine_host_write(0x8fff, bytes, 2));
	assert_false(machine_host_write(0x8fff, bytes, 4098));
	assert_false(machine_host_write(0x9fff, bytes, 2));
	for (int i = 0; i < 3 * 4096; i++)
		assert_int_equal(((uint8_t *)pkvm_plat_private(0x8000))[i], 0x11);
	assert_false(machine_host_read(0x9000, bytes, 1));
	assert_false(machine_host_read(0x8fff, bytes, 4098));
	assert_int_equal(bytes[0], 0xa5);
	assert_false(machine_host_read(0x8000, bytes, endless));
	assert_null(machine_host_ptr(0x9000));
	assert_true(machine_host_write(0x8000, bytes, 4096));
	assert_true(machine_host_write(0xa000, bytes, 4096));
	pkvm_plat_host_view(0x9000, 1, true);
	assert_true(machine_host_write(0x8fff, bytes, 4098));
}

static void test_host_pages_are_contiguous_first_fit_and_accounted(void **state)
{
	const uint64_t a = machine_host_alloc(3), b = machine_host_alloc(1);

	assert_int_equal(a, 0x1000);
	assert_int_equal(b, 0x4000);
	assert_int_equal(machine_page_counts(*state).allocated, 4);
	assert_true(machine_host_free(a, 3));
	assert_int_equal(machine_page_counts(*state).allocated, 1);
	assert_int_equal(machine_host_alloc(4), 0x5000);
	assert_int_equal(machine_host_alloc(2), 0x1000);
	assert_int_equal(machine_host_alloc(1), 0x3000);
	assert_int_equal(machine_host_alloc(1), 0x9000);
	assert_int_equal(machine_page_counts(*state).allocated, 9);
}

static void test_host_pages_end_below_the_carve_out(void **state)
{
	(void)state;
	assert_int_equal(machine_host_alloc(15872), 0);
	assert_int_equal(machine_host_alloc(15871), 0x1000);
	assert_int_equal(machine_host_alloc(1), 0);
	assert_false(machine_host_free(0x1000, 15872));
	assert_true(machine_host_free(0x1000, 15871));
}

static void test_pages_that_are_not_the_host_s_cannot_be_freed(void **state)
{
	const uint64_t a = machine_host_alloc(2);

	assert_false(machine_host_free(a, 3));
	assert_false(machine_host_free(a + 1, 1));
	assert_false(machine_host_free(62 * MIB, 1));
	assert_false(machine_host_free(~0ull << 12, 1));
	pkvm_plat_host_view(a + 4096, 1, false);
	assert_false(machine_host_free(a, 2));
	assert_int_equal(machine_page_counts(*state).allocated, 2);
	pkvm_plat_host_view(a + 4096, 1, true);
	assert_true(machine_host_free(a, 2));
	assert_false(machine_host_free(a, 2));
}

static void test_fresh_host_pages_hold_noise(void **state)
{
	const uint64_t a = machine_host_alloc(2);
	const uint64_t *word = pkvm_plat_private(a);

	(void)state;
	assert_true(word[0] != 0 && word[511] != 0 && word[512] != 0);
	assert_int_not_equal(word[0], word[512]);
}

static void test_the_hash_sees_every_byte_of_a_private_page(void **state)
{
	uint8_t *page = pkvm_plat_private(0x7000);
	uint64_t all, one;

	pkvm_plat_host_view(0x7000, 1, false);
	all = machine_hash_private(*state);
	one = machine_hash_page(*state, 0x7000);
	for (int i = 0; i < 4096; i++) {
		page[i] ^= (uint8_t)(1 << (i % 8));
		assert_int_not_equal(machine_hash_page(*state, 0x7000), one);
		if (i % 512 == 511)
			assert_int_not_equal(machine_hash_private(*state), all);
		page[i] ^= (uint8_t)(1 << (i % 8));
	}
	assert_int_equal(machine_hash_page(*state, 0x7000), one);
	assert_int_equal(machine_hash_private(*state), all);
}

static void test_the_hash_is_of_private_pages_and_of_which_they_are(void **state)
{
	const uint64_t before = machine_hash_private(*state);
	const uint8_t byte = 0x77;

	assert_true(machine_host_write(0x7000, &byte, 1));
	assert_int_equal(machine_hash_private(*state), before);
	pkvm_plat_host_view(0x7000, 1, false);
	assert_int_not_equal(machine_hash_private(*state), before);
	*(uint8_t *)pkvm_plat_private(64 * MIB - 4096) ^= 1;
	pkvm_plat_host_view(0x7000, 1, true);
	assert_int_not_equal(machine_hash_private(*state), before);
	assert_int_not_equal(machine_hash_page(*state, 0xb000), machine_hash_page(*state, 0xc000));
}

static void test_the_hash_leaves_trace_pages_out(void **state)
{
	const uint64_t before = machine_hash_private(*state);
	uint64_t pa = machine_hyp_base(*state);

	while (!pkvm_hyp_is_trace_page(machine_hyp(*state), pa))
		pa += 4096;
	*(uint8_t *)pkvm_plat_private(pa) ^= 1;
	assert_int_equal(machine_hash_private(*state), before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_impossible_machines_are_refused_with_a_reason),
		cmocka_unit_test(test_a_process_has_one_machine_at_a_time_and_many_in_turn),
		WITH_MACHINE(test_the_host_sees_all_ram_but_the_carve_out),
		WITH_MACHINE(test_ram_is_what_lies_below_its_size),
		WITH_MACHINE(test_host_memory_is_the_core_s_memory),
		WITH_MACHINE(test_a_page_out_of_view_is_neither_read_nor_written),
		WITH_MACHINE(test_host_pages_are_contiguous_first_fit_and_accounted),
		WITH_MACHINE(test_host_pages_end_below_the_carve_out),
		WITH_MACHINE(test_pages_that_are_not_the_host_s_cannot_be_freed),
		WITH_MACHINE(test_fresh_host_pages_hold_noise),
		WITH_MACHINE(test_the_hash_sees_every_byte_of_a_private_page),
		WITH_MACHINE(test_the_hash_is_of_private_pages_and_of_which_they_are),
		WITH_MACHINE(test_the_hash_leaves_trace_pages_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
