/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Expands the rows and the word lists of the host's and the guest's calls into
 * tables.
 */
#include <stdio.h>
#include <string.h>

#include <pkvm/pkvm.h>
#include "abi_table.h"

#define WORD(SHAPE, FIELD, RULE, LIMIT) {#SHAPE, #FIELD, #RULE, LIMIT},
#define WORDS(SHAPE)                                    \
	(const struct abi_word[])                       \
	{                                               \
		PKVM_WORDS_##SHAPE(WORD) { .name = NULL } \
	}

#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	{                                                                            \
		.number = NUMBER, .name = #NAME, .since = SINCE,                     \
		.in = WORDS(IN), .out = WORDS(OUT),                                  \
		.in_shape = #IN, .out_shape = #OUT, .feature = #FEATURE,             \
		.context = #CONTEXT, .policy = #POLICY, .life = #LIFE,               \
	},
#define PKVM_HOST_CALL_RETIRED(NUMBER, NAME, SINCE, UNTIL) \
	{.number = NUMBER, .name = #NAME, .since = SINCE, .retired = true},
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED) \
	{                                                                 \
		.number = NUMBER, .name = #NAME, .since = SINCE,          \
		.guest = true, .in = WORDS(IN), .out = WORDS(OUT),        \
		.in_shape = #IN, .out_shape = #OUT, .feature = #FEATURE,  \
		.forwarded = #FORWARDED,                                  \
	},

const struct abi_call abi_calls[] = {
#include <pkvm/hypercalls.inc>
#include <pkvm/guest_calls.inc>
	{.name = NULL},
};

const char *const abi_registers[PKVM_MAX_WORDS] = {
	"RBX", "RCX", "RDX", "RSI", "RDI", "R8", "R9", "R10", "R11", "R12",
};

const struct abi_call *abi_call_by_name(const char *name, bool guest)
{
	for (const struct abi_call *call = abi_calls; call->name; call++) {
		if (call->guest == guest && !strcmp(call->name, name))
			return call;
	}
	return NULL;
}

const struct abi_call *abi_call_by_number(uint64_t number, bool guest)
{
	for (const struct abi_call *call = abi_calls; call->name; call++) {
		if (call->guest == guest && call->number == number)
			return call;
	}
	return NULL;
}

unsigned int abi_words(const struct abi_word *list)
{
	unsigned int n = 0;

	while (list[n].name)
		n++;
	return n;
}

const struct abi_text *abi_text_of(const struct abi_call *call)
{
	char function[64];

	snprintf(function, sizeof(function), "pkvm_%s_%s", call->guest ? "guest" : "hc",
		 call->name);
	for (const struct abi_text *text = abi_texts; text->topic; text++) {
		if (!strcmp(text->function, function))
			return text;
	}
	return NULL;
}
