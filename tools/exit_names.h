/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Names of exits: the kinds of vcpu_run and their words, basic exit reasons.
 */
#ifndef PKVM_TOOLS_EXIT_NAMES_H
#define PKVM_TOOLS_EXIT_NAMES_H

#include <stdint.h>

#define EXIT_WORDS 4

/* NULL for a kind that is none. */
const char *exit_kind_name(uint64_t kind);

/* Of exit word i of a kind, whose first word is word0; NULL: it has none. */
const char *exit_word_name(uint64_t kind, uint64_t word0, unsigned int i);

/* NULL for a reason that the SDM does not name. */
const char *exit_reason_name(uint64_t reason);

#endif
