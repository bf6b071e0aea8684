/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The register image of a call: the convention's one picture.
 *
 *            in                          out
 *     RAX    call number                 status: 0 or a negative errno, 64 bits
 *     RBX    word 1                      word 1, or 0; refused word on failure
 *     RCX    word 2                      word 2
 *     RDX    word 3                      word 3
 *     RSI    word 4                      word 4
 *     RDI    word 5                      word 5
 *     R8     word 6                      word 6
 *     R9     word 7                      word 7
 *     R10    word 8                      word 8
 *     R11    word 9                      word 9
 *     R12    word 10                     word 10
 *
 * The instruction is VMCALL, at CPL 0 and in 64-bit mode; anything else is #UD.
 * RAX and RBX are written by every call. Of the other words only the declared
 * outputs are written, with zero when the call fails. No register beyond a
 * call's inputs is read. RSP, RBP, R13 to R15, RFLAGS, segment, control, debug
 * and extended registers keep their values.
 */
#ifndef PKVM_REGS_H
#define PKVM_REGS_H

#include "env.h"

/** Most words that a call takes or returns. */
#define PKVM_MAX_WORDS 10

/** RAX, and words 1 to 10 in the order of the picture. */
struct pkvm_regs {
	uint64_t rax;                   /**< number in, status out          */
	uint64_t word[PKVM_MAX_WORDS];  /**< word n of the picture at n - 1 */
};
PKVM_ASSERT(sizeof(struct pkvm_regs) == 88)
PKVM_ASSERT(offsetof(struct pkvm_regs, word) == 8)

#endif
