/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Values in a scenario: numbers, constants of the ABI, variables, and sums,
 * differences, products and unions of them, from left to right.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "scenario.h"

#define TERM_LENGTH 96          /* of a variable and a label of 40 characters each, and more */

void scenario_set(struct scenario *s, const char *name, uint64_t value)
{
	struct scenario_variable *variable;

	for (variable = s->variables; variable; variable = variable->next) {
		if (!strcmp(variable->name, name)) {
			variable->value = value;
			return;
		}
	}
	variable = scenario_keep(s, sizeof(*variable));
	variable->name = scenario_keep_text(s, name);
	variable->value = value;
	variable->next = s->variables;
	s->variables = variable;
}

bool scenario_get(const struct scenario *s, const char *name, uint64_t *value)
{
	for (const struct scenario_variable *v = s->variables; v; v = v->next) {
		if (!strcmp(v->name, name)) {
			*value = v->value;
			return true;
		}
	}
	return false;
}

/* Decimal or hexadecimal, with K, M or G for the powers of 1024. */
static uint64_t number(struct scenario *s, const struct text_line *line, const char *term)
{
	const bool hexadecimal = term[0] == '0' && (term[1] == 'x' || term[1] == 'X');
	unsigned int shift = 0;
	char *end;
	uint64_t value;

	errno = 0;
	value = strtoull(term, &end, hexadecimal ? 16 : 10);
	if (!hexadecimal || end > term + 2) {
		shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
		end += shift != 0;
	}
	if (*end || end == term)
		scenario_bad(s, line, "%s is no number; expected decimal or 0x hexadecimal, "
			     "and perhaps K, M or G after it", term);
	if (errno || value << shift >> shift != value)
		scenario_bad(s, line, "%s does not fit into 64 bits", term);
	return value << shift;
}

static uint64_t term_value(struct scenario *s, const struct text_line *line, const char *term,
			   const char *prefix)
{
	uint64_t value;

	if (!*term)
		scenario_bad(s, line, "a value is missing; expected a number, a constant or a "
			     "$variable");
	if (term[0] == '$') {
		if (!scenario_get(s, term + 1, &value))
			scenario_bad(s, line, "nothing has set %s; expected a variable of let, "
				     "save, alloc, cpuid, identity or guest above", term);
		return value;
	}
	if (isdigit((unsigned char)term[0]))
		return number(s, line, term);
	if (!scenario_constant(term, prefix, &value))
		scenario_bad(s, line, "unknown name %s; expected a number, a $variable or a "
			     "constant of the ABI", term);
	return value;
}

/* Copies the next term; its end is an operator or the end of the text. */
static const char *next_term(struct scenario *s, const struct text_line *line, const char *at,
			     char term[TERM_LENGTH])
{
	size_t length = 0;

	while (*at && !strchr("+-*|", *at)) {
		if (length == TERM_LENGTH - 1)
			scenario_bad(s, line, "a name or number is longer than %d characters",
				     TERM_LENGTH - 1);
		term[length++] = *at++;
	}
	term[length] = '\0';
	return at;
}

uint64_t scenario_value(struct scenario *s, const struct text_line *line, const char *text,
			const char *prefix)
{
	const bool negative = text[0] == '-';
	char term[TERM_LENGTH], sign = '+';
	const char *at = text + negative;
	uint64_t value = 0;

	for (bool first = true;; first = false) {
		uint64_t operand;

		at = next_term(s, line, at, term);
		operand = term_value(s, line, term, prefix);
		if (first && negative && operand > (uint64_t)1 << 63)
			scenario_bad(s, line, "-%s does not fit into 64 bits", term);
		if (first)
			value = negative ? -operand : operand;
		else if (sign == '+')
			value += operand;
		else if (sign == '-')
			value -= operand;
		else if (sign == '*')
			value *= operand;
		else
			value |= operand;
		if (!*at)
			return value;
		sign = *at++;
	}
}
