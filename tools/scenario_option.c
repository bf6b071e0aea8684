/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The directive `option`: policies of the machine and of the host, by name.
 */
#include <string.h>

#include "scenario.h"

static const struct {
	const char *name;
	const char *values;
} rows[] = {
#define SCENARIO_OPTION(NAME, VALUES) {#NAME, VALUES},
#include "options.inc"
};

/* The number of a value in its list; -1: it has no such value. */
static int find(const char *values, const char *value)
{
	int number = 0;

	if (!scenario_lists(values, value))
		return -1;
	for (const char *at = values; at < strstr(values, value); at++)
		number += *at == ' ';
	return number;
}

static void choose(struct scenario *s, const struct text_line *line, const char *word)
{
	struct scenario_field field;
	unsigned int i = 0;
	int value;

	if (!scenario_split(word, &field) || strcmp(field.op, "="))
		scenario_bad(s, line, "%s is no option; expected NAME=VALUE", word);
	while (i < SCENARIO_OPTIONS && strcmp(rows[i].name, field.name))
		i++;
	if (i == SCENARIO_OPTIONS)
		scenario_bad(s, line, "unknown option %s; expected one of docs/scenarios.md",
			     field.name);
	value = find(rows[i].values, field.value);
	if (value < 0)
		scenario_bad(s, line, "%s; expected one of: %s", word, rows[i].values);
	s->option[i] = (unsigned int)value;
}

void scenario_do_option(struct scenario *s, const struct text_line *line)
{
	for (unsigned int i = 1; i < line->words; i++)
		choose(s, line, line->word[i]);
}
