/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Whether each word of the call tables that is a number has been swept. */
#include "sweep.h"

#define MAX_MARKS 64u

enum kind { LAST, NUMBER, PLACE, OBJECT, CONTENT, ROW, MIXED };

enum {
#define WORD(SHAPE, FIELD, KIND) KIND_##SHAPE##_##FIELD = KIND,
#include "words.inc"
};

struct word {
	const char *name;
	enum kind kind;
};

#define WORD_OF(SHAPE, FIELD, RULE, LIMIT) \
	{#SHAPE "." #FIELD, (enum kind)KIND_##SHAPE##_##FIELD},

/* Each call's words in their order, and an end. */
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	static const struct word host_##NAME[] = {PKVM_WORDS_##IN(WORD_OF){"", LAST}};
#include <pkvm/hypercalls.inc>
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED) \
	static const struct word guest_##NAME[] = {PKVM_WORDS_##IN(WORD_OF){"", LAST}};
#include <pkvm/guest_calls.inc>

static const struct call {
	uint64_t number;
	const char *name;
	const struct word *words;
} calls[] = {
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	{NUMBER, #NAME, host_##NAME},
#include <pkvm/hypercalls.inc>
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED) \
	{NUMBER, #NAME, guest_##NAME},
#include <pkvm/guest_calls.inc>
};

static struct mark {
	uint64_t call;
	unsigned int word;
} marks[MAX_MARKS];
static unsigned int nr_marks;

void sweep_mark(uint64_t call, unsigned int word)
{
	EXPECT(nr_marks < MAX_MARKS);
	marks[nr_marks++] = (struct mark){call, word};
}

static bool is_marked(uint64_t call, unsigned int word)
{
	for (unsigned int i = 0; i < nr_marks; i++) {
		if (marks[i].call == call && marks[i].word == word)
			return true;
	}
	return false;
}

/* Whether a word of a mixed shape is no number, by the list. */
static bool is_content(uint64_t call)
{
	switch (call) {
#define WORD(SHAPE, FIELD, KIND)
#define CONTENT_OF(CALL, WHY) case PKVM_HC_##CALL:
#include "words.inc"
		return true;
	default:
		return false;
	}
}

static bool is_complete(const struct call *call)
{
	bool complete = true;

	for (unsigned int i = 0; call->words[i].kind != LAST; i++) {
		const enum kind kind = call->words[i].kind;

		if (kind != NUMBER && (kind != MIXED || is_content(call->number)))
			continue;
		if (is_marked(call->number, i))
			continue;
		host_print(call->name, " was never swept: ", call->words[i].name);
		complete = false;
	}
	return complete;
}

bool sweep_is_complete(void)
{
	bool complete = true;

	for (unsigned int i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		complete &= is_complete(&calls[i]);
	return complete;
}
