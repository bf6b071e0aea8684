/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A search through every state that a test's steps lead to, breadth first: the
 * first violation that it meets is at the end of a shortest way.
 *
 * The test has one live state, in memory, which its steps change. The search
 * copies it out and back; it ends because the steps lead to finitely many states,
 * and fails the test if they are too many.
 */
#ifndef PKVM_TEST_SEARCH_H
#define PKVM_TEST_SEARCH_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#define SEARCH_MAX_STATES (1u << 20)
#define SEARCH_MAX_TRACE  32u

/* Whole 32-bit words of the live state. */
struct search_region {
	void *at;
	size_t size;
};

struct search_step {
	bool (*take)(uint32_t argument);        /* false: not possible here     */
	uint32_t argument;
	const char *sentence;
};

struct search {
	const struct search_region *regions;
	size_t nr_regions;
	const struct search_step *steps;
	size_t nr_steps;
	/*
	 * What is wrong with the live state, or with the step to it; NULL: nothing.
	 * It may put back what would count without end.
	 */
	const char *(*judge)(void);
};

struct search_result {
	size_t states;
	size_t transitions;
	const char *violation;                  /* the search ended there       */
	size_t length;
	const char *trace[SEARCH_MAX_TRACE];    /* the sentences that lead there */
};

/* Begins at the live state, and leaves it at the violation or anywhere. */
struct search_result search_run(const struct search *search);

/* Nothing was violated; otherwise the trace is told. */
void search_assert_clean(const struct search_result *result, const char *subject);

/* These are the sentences of the trace, and this is what they end with. */
void search_assert_trace(const struct search_result *result, const char *const *sentences,
			 size_t length, const char *violation);

#endif
