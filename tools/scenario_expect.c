/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What an action gave back, judged: expect, save, and the rule that an action of
 * which nothing else is expected must succeed.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <pkvm/error.h>
#include "scenario.h"

#define OUTCOME 256             /* characters of what an action gave         */

void scenario_result_begin(struct scenario *s, const struct text_line *line)
{
	s->result = (struct scenario_result){.line = line};
}

void scenario_result_add(struct scenario *s, const char *name, uint64_t value)
{
	struct scenario_result *result = &s->result;

	if (result->count == SCENARIO_RESULTS)
		abort();
	result->out[result->count].name = name;
	result->out[result->count++].value = value;
}

static const char *status_name(const struct scenario_result *result)
{
	if (result->fault)
		return "fault";
	if (!result->error)
		return "success";
	return pkvm_error_name(result->error) ? pkvm_error_name(result->error) : "no status";
}

static const char *status_text(const struct scenario_result *result)
{
	if (result->fault)
		return "the host has no access";
	return pkvm_error_text(result->error) ? pkvm_error_text(result->error) : "unknown";
}

static bool is_of_host(const struct scenario_result *result)
{
	return !strcmp(result->line->word[0], "host");
}

static const char *action_name(const struct scenario_result *result)
{
	return result->call ? result->call->name : result->line->word[is_of_host(result)];
}

/* The name of an input word of a call by its number. */
static const char *word_name(const struct abi_call *call, uint64_t word)
{
	if (!word)
		return "none";
	if (!call || call->retired || word > abi_words(call->in))
		return "unknown";
	return call->in[word - 1].name;
}

/* "vm_init gave EINVAL (an argument is wrong; word: type)"; of `host` with the call. */
static const char *outcome(const struct scenario_result *result, char text[OUTCOME])
{
	const struct abi_call *call = result->failed;
	const char *of = result->error && call && is_of_host(result) ? call->name : "";

	snprintf(text, OUTCOME, "%s%s gave %s (%s", is_of_host(result) ? "host " : "",
		 action_name(result), status_name(result), status_text(result));
	if (result->error && (call || !is_of_host(result)))
		snprintf(text + strlen(text), OUTCOME - strlen(text), "; word%s%s: %s",
			 *of ? " of " : "", of, word_name(call, result->failed_word));
	strncat(text, ")", OUTCOME - strlen(text) - 1);
	return text;
}

static bool names_status(const struct text_line *line)
{
	return line->words > 1 && !strpbrk(line->word[1], "=<>!");
}

/* An `expect STATUS` among the expect and save lines that follow the action. */
static bool status_is_expected(const struct scenario *s)
{
	for (size_t i = s->at + 1; i < s->text.lines; i++) {
		const struct text_line *line = &s->text.line[i];

		if (!strcmp(line->word[0], "expect") && names_status(line))
			return true;
		if (strcmp(line->word[0], "expect") && strcmp(line->word[0], "save"))
			return false;
	}
	return false;
}

bool scenario_expects(const struct scenario *s, const char *name)
{
	struct scenario_field field;

	for (size_t i = s->at + 1; i < s->text.lines; i++) {
		const struct text_line *line = &s->text.line[i];

		if (strcmp(line->word[0], "expect") && strcmp(line->word[0], "save"))
			return false;
		for (unsigned int n = 1; line->word[0][0] == 'e' && n < line->words; n++) {
			if (scenario_split(line->word[n], &field) && !strcmp(field.name, name))
				return true;
		}
	}
	return false;
}

void scenario_result_judge(struct scenario *s)
{
	const struct scenario_result *result = &s->result;
	char text[OUTCOME];

	if ((result->error || result->fault) && !status_is_expected(s))
		scenario_fail(s, result->line, "%s, expected success", outcome(result, text));
}

static bool result_value(struct scenario *s, const struct text_line *line, const char *name,
			 uint64_t *value)
{
	const struct scenario_result *result = &s->result;
	size_t offset;

	for (unsigned int i = 0; i < result->count; i++) {
		if (!strcmp(result->out[i].name, name)) {
			*value = result->out[i].value;
			return true;
		}
	}
	if (!result->page || !scenario_page_offset(name, &offset))
		return false;
	if (!machine_host_read(result->page + offset, value, sizeof(*value)))
		scenario_fail(s, line, "the host has no access to the page");
	return true;
}

static uint64_t field_value(struct scenario *s, const struct text_line *line, const char *name)
{
	uint64_t value;

	if (name[0] == '$')
		return scenario_value(s, line, name, NULL);
	if (!s->result.line)
		scenario_bad(s, line, "no action came before it");
	if (!result_value(s, line, name, &value))
		scenario_bad(s, line, "%s gave no %s; expected one of its outputs, or a "
			     "$variable", action_name(&s->result), name);
	return value;
}

/* The family of constants that an output's value may be named by. */
static const char *prefix_of(const struct scenario *s, const char *name)
{
	const struct abi_call *call = s->result.call;

	for (unsigned int i = 0; call && !call->retired && call->out[i].name; i++) {
		if (!strcmp(call->out[i].name, name))
			return scenario_prefix(call, &call->out[i]);
	}
	return scenario_family(name);
}

static bool holds(uint64_t left, const char *op, uint64_t right)
{
	if (!strcmp(op, "="))
		return left == right;
	if (!strcmp(op, "!="))
		return left != right;
	if (!strcmp(op, "<="))
		return left <= right;
	if (!strcmp(op, ">="))
		return left >= right;
	return op[0] == '<' ? left < right : left > right;
}

static void expect_status(struct scenario *s, const struct text_line *line, const char *name)
{
	const struct scenario_result *result = &s->result;
	char text[OUTCOME];
	uint64_t number;

	if (!result->line)
		scenario_bad(s, line, "no action came before it");
	if (strcasecmp(name, "success") && strcasecmp(name, "fault") &&
	    (!scenario_constant(name, NULL, &number) || !pkvm_error_name(-(int64_t)number) ||
	     strcasecmp(pkvm_error_name(-(int64_t)number), name)))
		scenario_bad(s, line, "unknown status %s; expected success, fault or a status "
			     "of the ABI such as EPERM", name);
	if (strcasecmp(status_name(result), name))
		scenario_fail(s, line, "%s, expected %s", outcome(result, text), name);
}

static void expect_refused(struct scenario *s, const struct text_line *line, const char *name)
{
	const struct abi_call *call = s->result.call;
	const char *refused = word_name(call, s->result.refused);
	unsigned int i = 0;

	while (call && !call->retired && call->in[i].name && strcmp(call->in[i].name, name))
		i++;
	if (call && !call->retired && !call->in[i].name && strcmp(name, "none"))
		scenario_bad(s, line, "%s has no word %s; expected refused=WORD or none",
			     call->name, name);
	if (strcmp(refused, name))
		scenario_fail(s, line, "the refused word is %s, expected %s", refused, name);
}

static void expect_field(struct scenario *s, const struct text_line *line,
			 const struct scenario_field *field)
{
	const uint64_t left = field_value(s, line, field->name);
	const uint64_t right = scenario_value(s, line, field->value,
					      prefix_of(s, field->name));

	if (!holds(left, field->op, right))
		scenario_fail(s, line, "%s is 0x%" PRIx64 ", expected %s%s0x%" PRIx64,
			      field->name, left, strcmp(field->op, "=") ? field->op : "",
			      strcmp(field->op, "=") ? " " : "", right);
}

void scenario_do_expect(struct scenario *s, const struct text_line *line)
{
	struct scenario_field field;
	unsigned int i = 1;

	if (names_status(line))
		expect_status(s, line, line->word[i++]);
	for (; i < line->words; i++) {
		if (!scenario_split(line->word[i], &field))
			scenario_bad(s, line, "%s is no field; expected FIELD=VALUE, or != < "
				     "<= > >= in place of =", line->word[i]);
		if (!strcmp(field.name, "refused") && !strcmp(field.op, "="))
			expect_refused(s, line, field.value);
		else
			expect_field(s, line, &field);
	}
}

void scenario_do_save(struct scenario *s, const struct text_line *line)
{
	struct scenario_field field;

	for (unsigned int i = 1; i < line->words; i++) {
		if (!scenario_split(line->word[i], &field) || strcmp(field.op, "="))
			scenario_bad(s, line, "%s is no field; expected NAME=FIELD",
				     line->word[i]);
		scenario_check_name(s, line, field.name);
		scenario_set(s, field.name, field_value(s, line, field.value));
	}
}
