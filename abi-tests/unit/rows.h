/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The host's rows as data, for tests that go through all of them. */
#ifndef PKVM_TEST_ROWS_H
#define PKVM_TEST_ROWS_H

#include <pkvm/pkvm.h>

enum rule { BITS, MAX, OPT };

struct word {
	const char *name;
	enum rule rule;
	uint64_t limit;
};

struct row {
	const char *name;
	uint64_t number;
	uint64_t feature;
	const char *context;
	const char *policy;
	const char *life;
	unsigned int n_in;
	unsigned int n_out;
	struct word word[PKVM_MAX_WORDS + 1];
};

#define TEST_WORD_(SHAPE, FIELD, RULE, LIMIT) {#SHAPE "." #FIELD, RULE, LIMIT},
static const struct row rows[] = {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE)   \
	{#NAME,  NUMBER,  PKVM_FEAT_##FEATURE, #CONTEXT,                               \
	 #POLICY, #LIFE,  PKVM_NR_WORDS_##IN,  PKVM_NR_WORDS_##OUT,                    \
	 {PKVM_WORDS_##IN(TEST_WORD_){NULL, BITS, 0}}},
#include <pkvm/hypercalls.inc>
};
#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

#endif
