/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief Version and bump rule of the ABI, and the word lists that its shapes
 *        are made of.
 *
 * **The bump rule.** Adding a call, a feature, a capability, or a meaning for
 * reserved space raises the minor version, and so does a call that refuses less
 * than its text said. Any other change of numbers, rows or layouts, and a call
 * that refuses more, raises the major one. Text, speed, and a handler mended to
 * do what its text says raise neither: @ref versioning has the table. A number
 * once given out is never given out again.
 *
 * **Shapes.** What a call takes or returns is a struct of `uint64_t`, one field
 * a word, in the order of the registers; beside it stands its word list:
 *
 *     struct pkvm_flag { uint64_t value; };
 *     #define PKVM_WORDS_flag(W) W(flag, value, MAX, 1)
 *     PKVM_SHAPE(flag)
 *
 * From the list come the index names (PKVM_WORD_flag_value), the size and
 * offset checks, pkvm_pack_flag(), pkvm_unpack_flag() and pkvm_bad_word_flag().
 */
#ifndef PKVM_ABI_H
#define PKVM_ABI_H

#include "env.h"
#include "regs.h"

#define PKVM_ABI_MAJOR 1 /**< another major: only abi_query works      */
#define PKVM_ABI_MINOR 0 /**< the lower one of the two sides is in force */

#define PKVM_PAGE_SHIFT 12     /**< log2 of the page size                */
#define PKVM_PAGE_SIZE  4096u  /**< the unit of sharing and donation     */

/** Most pages in one vm_mmu_*, vm_topup, share_mem or unshare_mem call. */
#define PKVM_MAX_RANGE_PAGES 512u
#define PKVM_MAX_RECLAIM_RANGES 64u  /**< most ranges that one vm_destroy returns       */
#define PKVM_MAX_RECLAIM_PAGES  512u /**< most pages that one vm_destroy scrubs or unmaps */

/** A 64-bit constant in C, C++ and the preprocessor's arithmetic. */
#define PKVM_U64(LITERAL) ((uint64_t)(LITERAL##ull))
/** A single bit of a 64-bit word, as the SDM numbers them. */
#define PKVM_BIT(N) ((uint64_t)1 << (N))
/** The bits [HI:LO] of a 64-bit word, as the SDM spells them. */
#define PKVM_BITS(HI, LO) \
	((~(uint64_t)0 >> (63 - (HI))) & (~(uint64_t)0 << (LO)))

/** -1 as a word: "none" where a word is otherwise a small number. */
#define PKVM_NONE (~(uint64_t)0)

/**
 * @name Rules of a word
 * What a word may hold; anything else is -EINVAL with the word's number in RBX.
 *
 * | rule   | the word may be                    |
 * | ------ | ---------------------------------- |
 * | `BITS` | any value within the mask `LIMIT`  |
 * | `MAX`  | 0 up to and including `LIMIT`      |
 * | `OPT`  | 0 up to `LIMIT`, or #PKVM_NONE     |
 * @{
 */
#define PKVM_BAD_BITS(VALUE, LIMIT) (((VALUE) & ~(uint64_t)(LIMIT)) != 0)
#define PKVM_BAD_MAX(VALUE, LIMIT)  ((VALUE) > (uint64_t)(LIMIT))
#define PKVM_BAD_OPT(VALUE, LIMIT)  (PKVM_BAD_MAX(VALUE, LIMIT) && (VALUE) != PKVM_NONE)
/** The limit of a word of which every bit has a meaning: W(x, base, BITS, PKVM_ANY). */
#define PKVM_ANY PKVM_U64(0xffffffffffffffff)
/** @} */

/* What PKVM_SHAPE makes of one word. */
#define PKVM_WORD_INDEX_(SHAPE, FIELD, RULE, LIMIT) PKVM_WORD_##SHAPE##_##FIELD,
#define PKVM_WORD_ASSERT_(SHAPE, FIELD, RULE, LIMIT)            \
	PKVM_ASSERT(offsetof(struct pkvm_##SHAPE, FIELD) ==     \
		    8 * (size_t)PKVM_WORD_##SHAPE##_##FIELD)
#define PKVM_WORD_PACK_(SHAPE, FIELD, RULE, LIMIT) \
	regs->word[PKVM_WORD_##SHAPE##_##FIELD] = from->FIELD;
#define PKVM_WORD_UNPACK_(SHAPE, FIELD, RULE, LIMIT) \
	to->FIELD = regs->word[PKVM_WORD_##SHAPE##_##FIELD];
#define PKVM_WORD_JUDGE_(SHAPE, FIELD, RULE, LIMIT)                            \
	if (PKVM_BAD_##RULE(regs->word[PKVM_WORD_##SHAPE##_##FIELD], LIMIT))   \
		return PKVM_WORD_##SHAPE##_##FIELD + 1u;

/**
 * Makes everything that a shape needs from its struct and its word list:
 *
 *  - `PKVM_WORD_<shape>_<field>`, 0-based, and `PKVM_NR_WORDS_<shape>`;
 *  - `void pkvm_pack_<shape>(const struct pkvm_<shape> *from, struct pkvm_regs *regs)`;
 *  - `void pkvm_unpack_<shape>(const struct pkvm_regs *regs, struct pkvm_<shape> *to)`;
 *  - `unsigned int pkvm_bad_word_<shape>(const struct pkvm_regs *regs)`: the
 *    number, 1 to 10, of the first word that breaks its rule, or 0.
 */
#define PKVM_SHAPE(SHAPE)                                                      \
	enum {                                                                 \
		PKVM_WORDS_##SHAPE(PKVM_WORD_INDEX_) PKVM_NR_WORDS_##SHAPE     \
	};                                                                     \
	PKVM_WORDS_##SHAPE(PKVM_WORD_ASSERT_)                                  \
	PKVM_ASSERT(sizeof(struct pkvm_##SHAPE) ==                             \
		    8 * (size_t)PKVM_NR_WORDS_##SHAPE)                         \
	PKVM_ASSERT((int)PKVM_NR_WORDS_##SHAPE <= PKVM_MAX_WORDS)              \
	static inline void pkvm_pack_##SHAPE(const struct pkvm_##SHAPE *from,  \
					     struct pkvm_regs *regs)           \
	{                                                                      \
		PKVM_WORDS_##SHAPE(PKVM_WORD_PACK_)                            \
	}                                                                      \
	static inline void pkvm_unpack_##SHAPE(const struct pkvm_regs *regs,   \
					       struct pkvm_##SHAPE *to)        \
	{                                                                      \
		PKVM_WORDS_##SHAPE(PKVM_WORD_UNPACK_)                          \
	}                                                                      \
	static inline unsigned int pkvm_bad_word_##SHAPE(                      \
		const struct pkvm_regs *regs)                                  \
	{                                                                      \
		PKVM_WORDS_##SHAPE(PKVM_WORD_JUDGE_)                           \
		return 0;                                                      \
	}

/** The shape without words: a call's `none`. It has no struct. */
#define PKVM_WORDS_none(W)
enum { PKVM_NR_WORDS_none = 0 };

#endif
