/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief Shapes that several topics share.
 */
#ifndef PKVM_SHAPE_H
#define PKVM_SHAPE_H

#include "abi.h"
#include "error.h"

/** One word of which every bit has a meaning. */
struct pkvm_value {
	uint64_t value; /**< the value */
};
#define PKVM_WORDS_value(W) \
	W(value, value, BITS, PKVM_ANY)
PKVM_SHAPE(value)

/** Yes or no. */
struct pkvm_flag {
	uint64_t value; /**< 1 yes, 0 no */
};
#define PKVM_WORDS_flag(W) \
	W(flag, value, MAX, 1)
PKVM_SHAPE(flag)

/** Four words. */
struct pkvm_words4 {
	uint64_t word0; /**< word 1 */
	uint64_t word1; /**< word 2 */
	uint64_t word2; /**< word 3 */
	uint64_t word3; /**< word 4 */
};
#define PKVM_WORDS_words4(W) \
	W(words4, word0, BITS, PKVM_ANY) \
	W(words4, word1, BITS, PKVM_ANY) \
	W(words4, word2, BITS, PKVM_ANY) \
	W(words4, word3, BITS, PKVM_ANY)
PKVM_SHAPE(words4)

/** An interrupt vector. */
struct pkvm_vector {
	uint64_t vector; /**< 0 to 255 */
};
#define PKVM_WORDS_vector(W) \
	W(vector, vector, MAX, 255)
PKVM_SHAPE(vector)

/** An interrupt vector, or none. */
struct pkvm_optional_vector {
	uint64_t vector; /**< 0 to 255, or #PKVM_NONE */
};
#define PKVM_WORDS_optional_vector(W) \
	W(optional_vector, vector, OPT, 255)
PKVM_SHAPE(optional_vector)

/** A physically contiguous range of whole pages. */
struct pkvm_range {
	uint64_t address; /**< physical address, page-aligned */
	uint64_t size;    /**< bytes, whole pages */
};
#define PKVM_WORDS_range(W) \
	W(range, address, BITS, PKVM_ANY) \
	W(range, size,    BITS, PKVM_ANY)
PKVM_SHAPE(range)

/**
 * Pages that come back to the host, as a list of ranges: the first two words of
 * each hold the next one's address and pages.
 */
struct pkvm_reclaim {
	uint64_t address; /**< physical address of the first range, 0 for an empty list */
	uint64_t pages;   /**< pages of the first range */
	uint64_t ranges;  /**< number of ranges */
};
#define PKVM_WORDS_reclaim(W) \
	W(reclaim, address, BITS, PKVM_ANY) \
	W(reclaim, pages,   BITS, PKVM_ANY) \
	W(reclaim, ranges,  BITS, PKVM_ANY)
PKVM_SHAPE(reclaim)

#endif
