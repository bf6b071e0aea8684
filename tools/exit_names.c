/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Looks up the names of exits in exits.inc and exit_reasons.inc.
 */
#include <pkvm/run.h>
#include <string.h>
#include "abi_table.h"
#include "exit_names.h"

struct kind {
	const char *name;
	const char *word[EXIT_WORDS];
};

static const struct kind kinds[] = {
#define EXIT_KIND(NAME, W0, W1, W2, W3) [PKVM_EXIT_##NAME] = {#NAME, {W0, W1, W2, W3}},
#include "exits.inc"
};
_Static_assert(sizeof(kinds) / sizeof(kinds[0]) == PKVM_NR_EXITS, "a kind has no row");

const char *exit_kind_name(uint64_t kind)
{
	return kind < PKVM_NR_EXITS ? kinds[kind].name : NULL;
}

/* Of a call that the host is merely told of it learns the first word. */
static unsigned int told_words(const struct abi_call *call)
{
	return strcmp(call->forwarded, "told") ? abi_words(call->in) : 1;
}

const char *exit_word_name(uint64_t kind, uint64_t word0, unsigned int i)
{
	const struct abi_call *call;

	if (kind >= PKVM_NR_EXITS || i >= EXIT_WORDS)
		return NULL;
	if (kinds[kind].word[i][0])
		return kinds[kind].word[i];
	if (kind != PKVM_EXIT_GUEST_CALL)
		return NULL;
	call = abi_call_by_number(word0, true);
	if (!call || i > told_words(call))
		return NULL;
	return call->in[i - 1].name;
}

const char *exit_reason_name(uint64_t reason)
{
	switch (reason) {
#define EXIT_REASON(NUMBER, NAME) \
	case NUMBER:              \
		return #NAME;
#include "exit_reasons.inc"
	default:
		return NULL;
	}
}
