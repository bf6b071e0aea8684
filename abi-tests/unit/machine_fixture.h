/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A model machine of two CPUs for a test, and what it means that one stops. */
#ifndef PKVM_TEST_MACHINE_FIXTURE_H
#define PKVM_TEST_MACHINE_FIXTURE_H

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "machine/machine.h"

static inline int machine_begin(void **state)
{
	const struct machine_config config = {.cpus = 2, .seed = 7, .deterministic_tsc = true};

	*state = machine_create(&config, NULL);
	return *state ? 0 : -1;
}

static inline int machine_end(void **state)
{
	machine_destroy(*state);
	return 0;
}

#define WITH_MACHINE(TEST) cmocka_unit_test_setup_teardown(TEST, machine_begin, machine_end)

/* A machine that stops ends its process by SIGABRT: the action has one of its own. */
static inline void assert_stops(void (*action)(void))
{
	const pid_t child = fork();
	int status = 0;

	assert_true(child >= 0);
	if (child == 0) {
		if (!freopen("/dev/null", "w", stderr))
			_exit(2);
		action();
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

#endif
