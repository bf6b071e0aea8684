/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of the model machine with several CPUs at once: locks exclude, a page
 * that left the host's view is out of every CPU's reach, pages have one owner.
 */
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/platform.h"
#include "lib/vmcs/model.h"
#include "machine/machine.h"

#define ROUNDS 2000

struct shared {
	struct machine *machine;
	struct pkvm_lock lock;
	uint64_t counter;
	bool stop;
	bool entered;
};

static int create(void **state)
{
	static struct shared shared;

	shared = (struct shared){0};
	shared.machine = machine_create(&(struct machine_config){.cpus = 2}, NULL);
	*state = &shared;
	return shared.machine ? 0 : -1;
}

static int destroy(void **state)
{
	machine_destroy(((struct shared *)*state)->machine);
	return 0;
}

static void start(pthread_t *thread, void *(*body)(void *), struct shared *shared)
{
	assert_int_equal(pthread_create(thread, NULL, body, shared), 0);
}

static void count_under_lock(struct shared *shared)
{
	for (int i = 0; i < ROUNDS; i++) {
		pkvm_plat_lock(&shared->lock);
		shared->counter++;
		pkvm_plat_unlock(&shared->lock);
	}
}

static void *second_counter(void *arg)
{
	struct shared *shared = arg;

	shared->entered = machine_enter_cpu(shared->machine, 1);
	if (shared->entered)
		count_under_lock(shared);
	machine_leave_cpu();
	return NULL;
}

static void test_a_lock_excludes_the_other_cpu(void **state)
{
	struct shared *shared = *state;
	pthread_t thread;

	start(&thread, second_counter, shared);
	count_under_lock(shared);
	pthread_join(thread, NULL);
	assert_true(shared->entered);
	assert_int_equal(shared->counter, 4000);
	assert_int_equal(shared->lock.taken, 0);
}

static void *enter_cpu_0(void *arg)
{
	struct shared *shared = arg;

	shared->entered = machine_enter_cpu(shared->machine, 0);
	return NULL;
}

static void test_a_cpu_is_one_thread_s_at_a_time(void **state)
{
	struct shared *shared = *state;
	pthread_t thread;

	start(&thread, enter_cpu_0, shared);
	pthread_join(thread, NULL);
	assert_false(shared->entered);
}

static void *write_as_host(void *arg)
{
	struct shared *shared = arg;
	uint64_t words[512];

	memset(words, 0xff, sizeof(words));
	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		if (machine_host_write(0x9000, words, sizeof(words)))
			__atomic_add_fetch(&shared->counter, 1, __ATOMIC_RELAXED);
		sched_yield();
	}
	return NULL;
}

static void test_no_write_reaches_a_page_that_left_the_view(void **state)
{
	struct shared *shared = *state;
	uint64_t *page = pkvm_plat_private(0x9000);
	unsigned int torn = 0;
	pthread_t thread;

	start(&thread, write_as_host, shared);
	for (int i = 0; i < ROUNDS; i++) {
		pkvm_plat_host_view(0x9000, 1, false);
		memset(page, 0, 4096);
		sched_yield();
		for (int j = 0; j < 512; j++)
			torn += page[j] != 0;
		pkvm_plat_host_view(0x9000, 1, true);
		sched_yield();
	}
	/* On a busy machine it may not have come to write at all yet. */
	while (!__atomic_load_n(&shared->counter, __ATOMIC_RELAXED))
		sched_yield();
	__atomic_store_n(&shared->stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	assert_int_equal(torn, 0);
}

static void take_and_give_back(void)
{
	for (int i = 0; i < ROUNDS / 10; i++) {
		const uint64_t a = machine_host_alloc(2), b = machine_host_alloc(1);

		if (a && b && a != b && machine_host_free(a, 2))
			(void)!machine_host_free(b, 1);
	}
}

static void *allocate(void *arg)
{
	(void)arg;
	take_and_give_back();
	return NULL;
}

static void test_pages_are_given_to_one_thread_each(void **state)
{
	struct shared *shared = *state;
	pthread_t thread;

	start(&thread, allocate, shared);
	take_and_give_back();
	pthread_join(thread, NULL);
	assert_int_equal(machine_page_counts(shared->machine).allocated, 0);
}

static void *raise_and_kick(void *arg)
{
	struct shared *shared = arg;

	for (int i = 0; i < ROUNDS; i++) {
		while (!machine_raise_irq(shared->machine, 0, 0x40, 0))
			sched_yield();
		pkvm_plat_kick(0);
	}
	return NULL;
}

static void test_no_interrupt_from_another_thread_is_lost(void **state)
{
	struct shared *shared = *state;
	unsigned int taken = 0;
	pthread_t thread;

	start(&thread, raise_and_kick, shared);
	while (taken < ROUNDS) {
		const int vector = machine_take_irq();

		if (vector >= 0) {
			assert_int_equal(vector, 0x40);
			taken++;
		} else {
			sched_yield();
		}
	}
	pthread_join(thread, NULL);
	assert_int_equal(machine_take_irq(), -1);
	assert_int_equal(pkvm_model_cpu()->kicked, 1);
}

#define WITH_MACHINE(TEST) cmocka_unit_test_setup_teardown(TEST, create, destroy)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MACHINE(test_a_lock_excludes_the_other_cpu),
		WITH_MACHINE(test_a_cpu_is_one_thread_s_at_a_time),
		WITH_MACHINE(test_no_write_reaches_a_page_that_left_the_view),
		WITH_MACHINE(test_pages_are_given_to_one_thread_each),
		WITH_MACHINE(test_no_interrupt_from_another_thread_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
