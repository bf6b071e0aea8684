/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's rows as dense numbers and as constants for the gate. Retired rows
 * have no place here: their numbers are unknown.
 */
#ifndef PKVM_LIB_ROW_H
#define PKVM_LIB_ROW_H

#include <pkvm/pkvm.h>

enum pkvm_row_index {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	PKVM_ROW_##NAME,
#include <pkvm/hypercalls.inc>
	PKVM_NR_ROWS
};

/* Input words of a row. */
enum {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	PKVM_ROW_WORDS_##NAME = PKVM_NR_WORDS_##IN,
#include <pkvm/hypercalls.inc>
};

/* What the gate needs of a row. */
struct pkvm_row {
	uint32_t index;         /* enum pkvm_row_index */
	uint32_t since;
	uint64_t feature;       /* PKVM_FEAT_*         */
	uint32_t context;       /* PKVM_CONTEXT_*      */
	uint32_t policy;        /* PKVM_POLICY_*       */
	uint32_t life;          /* PKVM_LIFE_*         */
};

/* The row of a call number, PKVM_NR_ROWS if there is none. */
static inline uint32_t pkvm_row_index(uint64_t number)
{
	switch (number) {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	case NUMBER:                                                                 \
		return PKVM_ROW_##NAME;
#include <pkvm/hypercalls.inc>
	default:
		return PKVM_NR_ROWS;
	}
}

/* The call number of a row. */
static inline uint64_t pkvm_row_number(uint32_t index)
{
	switch (index) {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	case PKVM_ROW_##NAME:                                                        \
		return NUMBER;
#include <pkvm/hypercalls.inc>
	default:
		return ~(uint64_t)0;
	}
}

#endif
