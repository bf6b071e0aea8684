/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests that a call of another CPU's meets all of the memory that init tells of, or none. */
#include "world.h"
#include "../../lib/hyp.h"

#include <pthread.h>

#define ROUNDS 20u

static struct machine *m;
static uint64_t page;

/* A CPU that has the host's page used, as soon as there is one. */
static void *dump_until_there_is_memory(void *argument)
{
	const struct pkvm_trace_page in = {page, 4096, 0, 0};
	struct pkvm_trace_count out;
	int64_t *status = argument;

	if (!machine_enter_cpu(m, 1))
		return NULL;
	do
		*status = pkvm_hc_dump_vmexit_trace(&in, &out).error;
	while (*status == -14);
	machine_leave_cpu();
	return NULL;
}

static void test_a_call_beside_init_finds_no_memory_or_all_of_it(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < ROUNDS; i++) {
		int64_t status = 1;
		pthread_t thread;

		m = world_negotiated(2);
		page = world_pages(1);
		assert_int_equal(pthread_create(&thread, NULL, dump_until_there_is_memory,
						&status), 0);
		assert_int_equal(world_init(m), 0);
		assert_int_equal(pthread_join(thread, NULL), 0);
		assert_int_equal(status, 0);
		assert_int_equal(pkvm_page_state(machine_hyp(m), page), PKVM_PAGE_HOST);
		assert_true(machine_host_free(page, 1));
		world_end(m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_call_beside_init_finds_no_memory_or_all_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
