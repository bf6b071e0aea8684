/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests with random calls: nothing that a host sends stops the hypervisor or loses
 * a page, and what is refused changes nothing. An argument is the number of calls.
 */
#include "protocol_hammer.h"

static unsigned long calls = 40000;

static void test_random_calls_neither_stop_the_hypervisor_nor_lose_a_page(void **state)
{
	struct hammer h;

	(void)state;
	for (unsigned long i = 0; i < calls / PER_SEED; i++) {
		hammer_begin(&h, 1, 20261121 + i);
		hammer(&h, PER_SEED);
		print_message("seed %lu: %lu calls succeeded\n", 20261121 + i, h.done);
		assert_true(h.done > PER_SEED / 8);
		assert_accounted(h.m);
		machine_destroy(h.m);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_random_calls_neither_stop_the_hypervisor_nor_lose_a_page),
	};

	if (argc > 1)
		calls = strtoul(argv[1], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
