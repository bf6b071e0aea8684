/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Fields of a line, `name=value`: cut apart, found by name, read as numbers.
 */
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "scenario.h"

#define MOST_NAME 40            /* characters of a variable's name           */

static bool is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '.' || c == '$';
}

/* Cuts "name<op>value", a name that is too long as well; false: the word is no field. */
bool scenario_split(const char *word, struct scenario_field *field)
{
	size_t name = 0, op = 0;

	while (is_name(word[name]))
		name++;
	while (op < 2 && word[name + op] && strchr("=!<>", word[name + op]))
		op++;
	if (!name || !op)
		return false;
	snprintf(field->name, sizeof(field->name), "%.*s", (int)name, word);
	memcpy(field->op, word + name, op);
	field->op[op] = '\0';
	field->value = word + name + op;
	return true;
}

void scenario_check_name(struct scenario *s, const struct text_line *line, const char *name)
{
	size_t length = 0;

	while (is_name(name[length]) && name[length] != '$')
		length++;
	if (name[length] || length > MOST_NAME || !isalpha((unsigned char)name[0]))
		scenario_bad(s, line, "%s is no name; expected a letter, then letters, digits, "
			     "_ and ., at most %d in all", name, MOST_NAME);
}

const char *scenario_text_field(const struct text_line *line, const char *name)
{
	struct scenario_field field;

	for (unsigned int i = 1; i < line->words; i++) {
		if (scenario_split(line->word[i], &field) && !strcmp(field.name, name))
			return field.value;
	}
	return NULL;
}

void scenario_check_once(struct scenario *s, const struct text_line *line)
{
	struct scenario_field field, other;

	for (unsigned int i = 1; i < line->words; i++) {
		if (!scenario_split(line->word[i], &field))
			continue;
		for (unsigned int n = i + 1; n < line->words; n++) {
			if (scenario_split(line->word[n], &other) &&
			    !strcmp(field.name, other.name))
				scenario_bad(s, line, "%s is there twice; expected each field "
					     "once", field.name);
		}
	}
}

uint64_t scenario_number(struct scenario *s, const struct text_line *line, const char *name,
			 uint64_t fallback, uint64_t limit)
{
	const char *text = scenario_text_field(line, name);
	const uint64_t value = text ? scenario_value(s, line, text, NULL) : fallback;

	if (value > limit)
		scenario_bad(s, line, "%s=%s is out of range; expected at most 0x%" PRIx64,
			     name, text ? text : "", limit);
	return value;
}
