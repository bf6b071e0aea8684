/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Plays a scenario: reads its text, then does line after line what directives.inc
 * and the function of each row say.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include <pkvm/pkvm.h>
#include "command.h"
#include "report.h"
#include "scenario.h"

#define MOST_ROUNDS 1000000u

struct directive {
	const char *name;
	unsigned int min;
	unsigned int max;
	const char *fields;
	const char *usage;
};

enum {
#define SCENARIO_DIRECTIVE(NAME, MIN, MAX, FIELDS, USAGE) DIRECTIVE_##NAME,
#include "directives.inc"
	NR_DIRECTIVES
};

static const struct directive directives[] = {
#define SCENARIO_DIRECTIVE(NAME, MIN, MAX, FIELDS, USAGE) {#NAME, MIN, MAX, FIELDS, USAGE},
#include "directives.inc"
};

void *scenario_keep(struct scenario *s, size_t size)
{
	return text_keep(&s->text, size);
}

char *scenario_keep_text(struct scenario *s, const char *text)
{
	return text_keep_string(&s->text, text, strlen(text));
}

char *scenario_beside(struct scenario *s, const struct text_line *line, const char *path)
{
	return text_beside(&s->text, line->file, path);
}

__attribute__((format(printf, 3, 0)))
static void describe(struct scenario *s, const struct text_line *line, const char *format,
		     va_list arguments)
{
	const int used = snprintf(s->failure, sizeof(s->failure), "%s:%u: ", line->file,
				  line->number);

	if (used > 0 && (size_t)used < sizeof(s->failure))
		vsnprintf(s->failure + used, sizeof(s->failure) - (size_t)used, format,
			  arguments);
}

void scenario_bad(struct scenario *s, const struct text_line *line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	describe(s, line, format, arguments);
	va_end(arguments);
	s->status = COMMAND_USAGE;
	longjmp(s->stop, 1);
}

void scenario_fail(struct scenario *s, const struct text_line *line, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	describe(s, line, format, arguments);
	va_end(arguments);
	s->status = COMMAND_PROBLEM;
	longjmp(s->stop, 1);
}

bool scenario_lists(const char *list, const char *name)
{
	const size_t length = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at += length) {
		if ((at == list || at[-1] == ' ') && (!at[length] || at[length] == ' '))
			return true;
	}
	return false;
}

static void check_words(struct scenario *s, const struct text_line *line,
			const struct directive *d)
{
	struct scenario_field field;
	unsigned int plain = 0;

	if (d->fields[0] == '*') {
		plain = line->words - 1;
		if (plain < d->min)
			scenario_bad(s, line, "a word is missing; expected: %s", d->usage);
		return;
	}
	for (unsigned int i = 1; i < line->words; i++) {
		if (!scenario_split(line->word[i], &field)) {
			plain++;
			continue;
		}
		if (strcmp(field.op, "=") || !scenario_lists(d->fields, field.name))
			scenario_bad(s, line, "%s has no field %s; expected: %s", d->name,
				     line->word[i], d->usage);
	}
	if (plain < d->min || plain > d->max)
		scenario_bad(s, line, "%s words without =; expected: %s",
			     plain < d->min ? "too few" : "too many", d->usage);
}

static void perform(struct scenario *s, const struct text_line *line, unsigned int directive)
{
	switch (directive) {
#define SCENARIO_DIRECTIVE(NAME, MIN, MAX, FIELDS, USAGE) \
	case DIRECTIVE_##NAME:                            \
		scenario_do_##NAME(s, line);              \
		return;
#include "directives.inc"
	}
}

/* What can stand before the machine is there. */
static bool needs_machine(unsigned int directive)
{
	switch (directive) {
	case DIRECTIVE_machine:
	case DIRECTIVE_option:
	case DIRECTIVE_say:
	case DIRECTIVE_let:
	case DIRECTIVE_default:
	case DIRECTIVE_repeat:
		return false;
	default:
		return true;
	}
}

/* Where a name may come again: each is another byte, judgement or variable. */
static bool repeats_fields(unsigned int directive)
{
	switch (directive) {
	case DIRECTIVE_poke:
	case DIRECTIVE_expect:
	case DIRECTIVE_say:
	case DIRECTIVE_let:
	case DIRECTIVE_default:
	case DIRECTIVE_save:
		return true;
	default:
		return false;
	}
}

static void finish_repeat(struct scenario *s);

/* The number of a line's directive. */
static unsigned int directive_of(struct scenario *s, const struct text_line *line)
{
	unsigned int i = 0;

	while (i < NR_DIRECTIVES && strcmp(line->word[0], directives[i].name))
		i++;
	if (i == NR_DIRECTIVES)
		scenario_bad(s, line, "unknown directive %s; expected one of docs/scenarios.md",
			     line->word[0]);
	return i;
}

/* Judges all lines before any is played, those too that never will be. */
static void check_all(struct scenario *s)
{
	for (size_t at = 0; at < s->text.lines; at++) {
		const struct text_line *line = &s->text.line[at];
		unsigned int directive;

		if (!strcmp(line->word[0], "end"))
			continue;
		directive = directive_of(s, line);
		check_words(s, line, &directives[directive]);
		if (!repeats_fields(directive))
			scenario_check_once(s, line);
		if (directive == DIRECTIVE_guest)
			at = line->end;
	}
}

static void play_line(struct scenario *s, const struct text_line *line)
{
	unsigned int i;

	if (!strcmp(line->word[0], "end")) {
		finish_repeat(s);
		return;
	}
	i = directive_of(s, line);
	if (needs_machine(i) && !s->machine)
		scenario_machine_start(s, NULL);
	perform(s, line, i);
}

void scenario_do_repeat(struct scenario *s, const struct text_line *line)
{
	const uint64_t times = scenario_value(s, line, line->word[1], NULL);

	if (line->words != 2 && (line->words != 4 || strcmp(line->word[2], "until")))
		scenario_bad(s, line, "expected: repeat N [until $NAME=VALUE]");
	if (times > MOST_ROUNDS)
		scenario_bad(s, line, "repeat %s is out of range; expected at most %u",
			     line->word[1], MOST_ROUNDS);
	if (!times) {
		s->at = line->end;
		return;
	}
	if (s->repeats == SCENARIO_DEPTH)
		scenario_bad(s, line, "more than %d repeats within each other",
			     SCENARIO_DEPTH);
	s->repeat[s->repeats].line = s->at;
	s->repeat[s->repeats++].left = times;
}

/* Whether the condition of `repeat N until $NAME=VALUE` holds now. */
static bool is_over(struct scenario *s, const struct text_line *line)
{
	struct scenario_field field;

	if (!scenario_split(line->word[3], &field) || strcmp(field.op, "="))
		scenario_bad(s, line, "%s is no condition; expected $NAME=VALUE",
			     line->word[3]);
	return scenario_value(s, line, field.name, NULL) ==
	       scenario_value(s, line, field.value, NULL);
}

static void finish_repeat(struct scenario *s)
{
	const struct text_line *line = &s->text.line[s->repeat[s->repeats - 1].line];
	const bool conditional = line->words == 4;

	if (conditional && is_over(s, line)) {
		s->repeats--;
		return;
	}
	if (--s->repeat[s->repeats - 1].left) {
		s->at = s->repeat[s->repeats - 1].line;
		return;
	}
	s->repeats--;
	if (conditional)
		scenario_fail(s, line, "%s does not hold after %s times", line->word[3],
			      line->word[1]);
}

static void play_all(struct scenario *s)
{
	check_all(s);
	for (s->at = 0; s->at < s->text.lines; s->at++)
		play_line(s, &s->text.line[s->at]);
	if (s->machine)
		report_pages(s);
}

void scenario_play(struct scenario *s, const char *path)
{
	if (!text_read(&s->text, path)) {
		snprintf(s->failure, sizeof(s->failure), "%s", s->text.error);
		s->status = COMMAND_USAGE;
		return;
	}
	if (!s->text.lines) {
		snprintf(s->failure, sizeof(s->failure), "%s: nothing to play; expected "
			 "directives of docs/scenarios.md", path);
		s->status = COMMAND_USAGE;
		return;
	}
	if (!setjmp(s->stop))
		play_all(s);
}
