/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests that a dump of the trace never shows a count without its cycles while CPUs count on. */
#include "world.h"
#include "../../lib/hyp.h"

#include <pthread.h>

#define REASON 55u
#define CYCLES 7u
#define ROUNDS 400u

static struct machine *m;
static uint32_t stop;

/* A CPU on which exits of one reason are counted, and calls are made. */
static void *count_on(void *argument)
{
	const unsigned int cpu = *(const unsigned int *)argument;
	struct pkvm_hyp *hyp = machine_hyp(m);
	struct pkvm_regs regs = {0};

	if (!machine_enter_cpu(m, cpu))
		return NULL;
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		pkvm_trace_exit(&pkvm_hyp_host_trace(hyp, cpu)->exits,
				pkvm_trace_epoch(hyp), REASON, CYCLES);
		regs.rax = 0x0006;
		pkvm_host_transport(&regs);
	}
	machine_leave_cpu();
	return NULL;
}

/* Each exit has 7 cycles, each call at least one. */
static void check(const struct pkvm_trace_entry *entry)
{
	if (entry->kind == 0 && entry->number == REASON)
		assert_int_equal(entry->cycles, CYCLES * entry->count);
	else
		assert_true(entry->cycles >= entry->count);
}

static void dump_and_check(uint64_t page)
{
	const struct pkvm_trace_page in = {page, 4096, 0, 0};
	struct pkvm_trace_entry entry[128];
	struct pkvm_trace_count out;

	assert_int_equal(pkvm_hc_dump_vmexit_trace(&in, &out).error, 0);
	assert_true(machine_host_read(page, entry, sizeof(entry)));
	for (uint64_t i = 0; i < out.entries; i++)
		check(&entry[i]);
}

static void test_count_and_cycles_of_an_entry_belong_together(void **state)
{
	const struct pkvm_flag on = {1};
	unsigned int cpu[2] = {1, 2};
	pthread_t thread[2];
	uint64_t page;

	(void)state;
	m = world_up(3);
	page = world_pages(1);
	assert_int_equal(pkvm_hc_enable_vmexit_trace(&on).error, 0);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&thread[i], NULL, count_on, &cpu[i]), 0);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		dump_and_check(page);
		/* A reset between is no tear either. */
		if (i % 50 == 49)
			assert_int_equal(pkvm_hc_enable_vmexit_trace(&on).error, 0);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	assert_true(machine_host_free(page, 1));
	world_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_count_and_cycles_of_an_entry_belong_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
