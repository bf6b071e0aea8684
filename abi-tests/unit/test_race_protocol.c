/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Random calls on two CPUs at once, about the same VMs and vCPUs. An argument is
 * the number of calls of each.
 */
#include <pthread.h>

#include "protocol_hammer.h"

static unsigned long calls = 20000;

static void *second_cpu(void *argument)
{
	struct hammer *h = argument;

	if (!machine_enter_cpu(h->m, h->cpu))
		abort();
	hammer(h, PER_SEED);
	machine_leave_cpu();
	return NULL;
}

static void test_two_cpus_at_random_neither_stop_the_hypervisor_nor_lose_a_page(void **state)
{
	struct hammer first, second;
	pthread_t thread;

	(void)state;
	for (unsigned long i = 0; i < calls / PER_SEED; i++) {
		hammer_begin(&first, 2, 20261121 + i);
		second = first;
		second.cpu = 1;
		second.seed = ~first.seed;
		assert_int_equal(pthread_create(&thread, NULL, second_cpu, &second), 0);
		hammer(&first, PER_SEED);
		assert_int_equal(pthread_join(thread, NULL), 0);
		print_message("seed %lu: %lu and %lu calls succeeded\n", 20261121 + i,
			      first.done, second.done);
		assert_accounted(first.m);
		machine_destroy(first.m);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_two_cpus_at_random_neither_stop_the_hypervisor_nor_lose_a_page),
	};

	if (argc > 1)
		calls = strtoul(argv[1], NULL, 0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
