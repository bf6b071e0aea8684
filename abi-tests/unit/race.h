/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Two CPUs at once: the test's thread is CPU 0, a second thread is CPU 1. Checks
 * in the second thread are counted; the test's thread looks at the count.
 */
#ifndef PKVM_TEST_RACE_H
#define PKVM_TEST_RACE_H

#include <pthread.h>
#include <sched.h>

#include "ownership.h"

struct race {
	struct machine *m;
	void *argument;                 /* the test's own                       */
	void (*body)(struct race *);    /* what CPU 1 does                      */
	pthread_t thread;
	bool running;
	uint64_t round;                 /* rounds that CPU 0 has opened         */
	uint64_t seen;                  /* rounds that CPU 1 has begun          */
	uint64_t done;                  /* rounds that CPU 1 has ended          */
	uint64_t stop;
	uint64_t wrong;                 /* failed checks                        */
};

static inline void race_check(struct race *race, bool good)
{
	if (!good)
		__atomic_add_fetch(&race->wrong, 1, __ATOMIC_RELAXED);
}

static inline bool race_stopped(const struct race *race)
{
	return __atomic_load_n(&race->stop, __ATOMIC_ACQUIRE);
}

static inline void *race_thread(void *argument)
{
	struct race *race = argument;

	if (machine_enter_cpu(race->m, 1))
		race->body(race);
	else
		race_check(race, false);
	machine_leave_cpu();
	return NULL;
}

static inline void race_begin(struct race *race, void (*body)(struct race *), void *argument)
{
	race->body = body;
	race->argument = argument;
	assert_int_equal(pthread_create(&race->thread, NULL, race_thread, race), 0);
	race->running = true;
}

static inline void race_join(struct race *race)
{
	__atomic_store_n(&race->stop, 1, __ATOMIC_RELEASE);
	pthread_join(race->thread, NULL);
	race->running = false;
}

static inline void race_end(struct race *race)
{
	race_join(race);
	race->stop = race->round = race->seen = race->done = 0;
	assert_int_equal(race->wrong, 0);
}

/* Waiting without sleep at first, since sleep would order the two CPUs. */
static inline void race_pause(unsigned int *spins)
{
	if (++*spins > 2000)
		sched_yield();
}

/* Delays that differ from round to round, so that either CPU may be the first. */
static inline void race_delay(struct race *race, uint64_t loops)
{
	for (uint64_t i = 0; i < loops; i++)
		(void)__atomic_load_n(&race->stop, __ATOMIC_RELAXED);
}

/* CPU 0 opens a round, and later waits for CPU 1 to end it. */
static inline void race_open(struct race *race)
{
	const uint64_t round = __atomic_add_fetch(&race->round, 1, __ATOMIC_RELEASE);
	unsigned int spins = 0;

	while (__atomic_load_n(&race->seen, __ATOMIC_ACQUIRE) != round)
		race_pause(&spins);
	race_delay(race, round * 37 % 64);
}

static inline void race_close(struct race *race)
{
	unsigned int spins = 0;

	while (__atomic_load_n(&race->done, __ATOMIC_ACQUIRE) != race->round)
		race_pause(&spins);
}

/* CPU 1 waits for the next round; false: there is none. */
static inline bool race_wait(struct race *race)
{
	unsigned int spins = 0;

	while (__atomic_load_n(&race->round, __ATOMIC_ACQUIRE) == race->done) {
		if (race_stopped(race))
			return false;
		race_pause(&spins);
	}
	__atomic_store_n(&race->seen, race->done + 1, __ATOMIC_RELEASE);
	race_delay(race, (race->done + 1) * 53 % 1024);
	return true;
}

static inline void race_done(struct race *race)
{
	__atomic_store_n(&race->done, race->done + 1, __ATOMIC_RELEASE);
}

static inline int race_setup(void **state)
{
	static struct race race;

	race = (struct race){.m = world_up(2)};
	*state = &race;
	return 0;
}

static inline int race_teardown(void **state)
{
	struct race *race = *state;

	/* After a failed test CPU 1 may still be at work. */
	if (race->running)
		race_join(race);
	assert_accounted(race->m);
	world_end(race->m);
	return 0;
}

#endif
