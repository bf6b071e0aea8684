/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of how a scenario's text is read: lines, words, blocks, includes, values
 * and fields; and that docs/scenarios.md names whatever the language has.
 *
 * The files under test are compiled into this one: they are the command's own,
 * and no library. What they ask of the rest of the command is faked below.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "guest/assemble.h"
#include "tools/scenario.h"
#include "tools/text.c"
#include "tools/scenario_value.c"
#include "tools/scenario_field.c"

static const struct text_line line = {.file = "file", .number = 3};

void *scenario_keep(struct scenario *s, size_t size)
{
	return text_keep(&s->text, size);
}

char *scenario_keep_text(struct scenario *s, const char *string)
{
	return text_keep_string(&s->text, string, strlen(string));
}

void scenario_bad(struct scenario *s, const struct text_line *where, const char *format, ...)
{
	va_list arguments;

	(void)where;
	va_start(arguments, format);
	vsnprintf(s->failure, sizeof(s->failure), format, arguments);
	va_end(arguments);
	longjmp(s->stop, 1);
}

/* One constant, with the prefix FAMILY. */
bool scenario_constant(const char *name, const char *prefix, uint64_t *value)
{
	*value = 0x40;
	return !strcmp(name, "FAMILY_ONE") ||
	       (prefix && !strcmp(prefix, "FAMILY") && !strcmp(name, "ONE"));
}

static uint64_t value_of(const char *text, const char *prefix)
{
	struct scenario s = {.status = 0};
	uint64_t value = 0;

	scenario_set(&s, "x", 7);
	scenario_set(&s, "x.size", 0x1000);
	if (setjmp(s.stop))
		fail_msg("%s: %s", text, s.failure);
	value = scenario_value(&s, &line, text, prefix);
	text_free(&s.text);
	return value;
}

/* The first words of the error that a text must raise. */
static void assert_refused(const char *text, const char *error)
{
	struct scenario s = {.status = 0};

	if (!setjmp(s.stop)) {
		scenario_value(&s, &line, text, NULL);
		fail_msg("%s was accepted", text);
	}
	assert_non_null(strstr(s.failure, error));
	text_free(&s.text);
}

static void test_numbers_are_decimal_hexadecimal_or_scaled(void **state)
{
	(void)state;
	assert_true(value_of("0", NULL) == 0);
	assert_true(value_of("010", NULL) == 10);
	assert_true(value_of("4096", NULL) == 4096);
	assert_true(value_of("0xffffffffffffffff", NULL) == 0xffffffffffffffffull);
	assert_true(value_of("4K", NULL) == 0x1000);
	assert_true(value_of("0x10K", NULL) == 0x4000);
	assert_true(value_of("64M", NULL) == 0x4000000);
	assert_true(value_of("3G", NULL) == 0xc0000000ull);
	assert_true(value_of("-1", NULL) == 0xffffffffffffffffull);
}

static void test_terms_are_joined_from_left_to_right(void **state)
{
	(void)state;
	assert_true(value_of("$x+1", NULL) == 8);
	assert_true(value_of("$x.size-$x", NULL) == 0xff9);
	assert_true(value_of("1+2*3", NULL) == 9);
	assert_true(value_of("0x10|3", NULL) == 0x13);
	assert_true(value_of("-2+3", NULL) == 1);
}

static void test_a_family_of_constants_may_lack_its_prefix(void **state)
{
	(void)state;
	assert_true(value_of("FAMILY_ONE", NULL) == 0x40);
	assert_true(value_of("ONE", "FAMILY") == 0x40);
	assert_true(value_of("ONE|FAMILY_ONE|1", "FAMILY") == 0x41);
	assert_refused("ONE", "unknown name ONE; expected");
}

static void test_values_that_are_none_are_refused(void **state)
{
	(void)state;
	assert_refused("", "a value is missing; expected");
	assert_refused("1+", "a value is missing; expected");
	assert_refused("12z", "12z is no number; expected");
	assert_refused("0x", "0x is no number; expected");
	assert_refused("4KK", "4KK is no number; expected");
	assert_refused("18446744073709551616", "does not fit into 64 bits");
	assert_refused("17179869184G", "does not fit into 64 bits");
	assert_refused("$y", "nothing has set $y; expected");
}

static void test_fields_have_a_name_an_operator_and_a_value(void **state)
{
	struct scenario_field field;

	(void)state;
	assert_true(scenario_split("index=CS", &field));
	assert_string_equal(field.name, "index");
	assert_string_equal(field.op, "=");
	assert_string_equal(field.value, "CS");
	assert_true(scenario_split("regs.gpr.3!=$a", &field));
	assert_string_equal(field.name, "regs.gpr.3");
	assert_string_equal(field.op, "!=");
	assert_string_equal(field.value, "$a");
	assert_true(scenario_split("$n>=-1", &field));
	assert_string_equal(field.name, "$n");
	assert_string_equal(field.op, ">=");
	assert_false(scenario_split("word", &field));
	assert_false(scenario_split("=1", &field));
}

/* A file of its own for a text; `name` receives its path. */
static void write_text(char name[64], const char *text)
{
	FILE *file;

	strcpy(name, "/tmp/pkvm-scenario-XXXXXX");
	file = fdopen(mkstemp(name), "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void test_lines_are_cut_into_words_and_comments_dropped(void **state)
{
	struct text text = {.lines = 0};
	char name[64];

	(void)state;
	write_text(name, "# nothing\n\n  call\tinit  page=1 # rest\n\nsay a#b\nlast");
	assert_true(text_read(&text, name));
	assert_int_equal(text.lines, 3);
	assert_int_equal(text.line[0].number, 3);
	assert_int_equal(text.line[0].words, 3);
	assert_string_equal(text.line[0].word[0], "call");
	assert_string_equal(text.line[0].word[2], "page=1");
	assert_string_equal(text.line[1].word[1], "a#b");
	assert_int_equal(text.line[2].number, 6);
	text_free(&text);
	unlink(name);
}

static void test_included_lines_keep_their_own_file_and_number(void **state)
{
	char inner[64], outer[64], content[160];
	struct text text = {.lines = 0};

	(void)state;
	write_text(inner, "\nsay inner\n");
	snprintf(content, sizeof(content), "say before\ninclude %s\nsay after\n",
		 inner + strlen("/tmp/"));
	write_text(outer, content);
	assert_true(text_read(&text, outer));
	assert_int_equal(text.lines, 3);
	assert_string_equal(text.line[1].file, inner);
	assert_int_equal(text.line[1].number, 2);
	assert_string_equal(text.line[2].file, outer);
	assert_int_equal(text.line[2].number, 3);
	text_free(&text);
	unlink(inner);
	unlink(outer);
}

static void test_a_file_that_includes_itself_is_refused(void **state)
{
	struct text text = {.lines = 0};
	char name[64];
	FILE *file;

	(void)state;
	write_text(name, "");
	file = fopen(name, "w");
	assert_non_null(file);
	fprintf(file, "include %s\n", name);
	fclose(file);
	assert_false(text_read(&text, name));
	assert_non_null(strstr(text.error, ":1: more than 8 includes within each other"));
	text_free(&text);
	unlink(name);
}

static void test_blocks_know_their_ends(void **state)
{
	struct text text = {.lines = 0};
	char name[64];

	(void)state;
	write_text(name, "repeat 2\nguest p\nnop\nend\nrepeat 3\nend\nend\n");
	assert_true(text_read(&text, name));
	assert_int_equal(text.line[0].end, 6);
	assert_int_equal(text.line[1].end, 3);
	assert_int_equal(text.line[4].end, 5);
	text_free(&text);
	unlink(name);
}

static char *page_of_the_language(void)
{
	const char *slash = strrchr(__FILE__, '/');
	char path[512], *page = calloc(1, 1 << 16);
	FILE *file;

	assert_non_null(page);
	snprintf(path, sizeof(path), "%.*s/../../docs/scenarios.md",
		 (int)(slash - __FILE__), __FILE__);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_true(fread(page, 1, (1 << 16) - 1, file) > 0);
	fclose(file);
	return page;
}

static bool has_word(const char *page, const char *word)
{
	const size_t length = strlen(word);

	for (const char *at = page; (at = strstr(at, word)); at += length) {
		if (strchr(" `|\n", at[-1]) && strchr(" `|\n", at[length]))
			return true;
	}
	return false;
}

static void test_the_page_names_every_directive_and_operation(void **state)
{
	static const char *const directives[] = {
#define SCENARIO_DIRECTIVE(NAME, MIN, MAX, FIELDS, USAGE) #NAME,
#include "tools/directives.inc"
	};
	static const char *const operations[] = {
#define HOST_OP(NAME, ABOUT, FIELDS, PREFIX, CODE) #NAME,
#include "tools/host_ops.inc"
	};
	char *page = page_of_the_language();
	const char *name;

	(void)state;
	for (size_t i = 0; i < sizeof(directives) / sizeof(directives[0]); i++) {
		if (!has_word(page, directives[i]))
			fail_msg("docs/scenarios.md does not name %s", directives[i]);
	}
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++) {
		if (!has_word(page, operations[i]))
			fail_msg("docs/scenarios.md does not name %s", operations[i]);
	}
	for (unsigned int n = 0; (name = pkvm_asm_name(n)); n++) {
		if (!has_word(page, name))
			fail_msg("docs/scenarios.md does not name %s", name);
	}
	free(page);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_numbers_are_decimal_hexadecimal_or_scaled),
		cmocka_unit_test(test_terms_are_joined_from_left_to_right),
		cmocka_unit_test(test_a_family_of_constants_may_lack_its_prefix),
		cmocka_unit_test(test_values_that_are_none_are_refused),
		cmocka_unit_test(test_fields_have_a_name_an_operator_and_a_value),
		cmocka_unit_test(test_lines_are_cut_into_words_and_comments_dropped),
		cmocka_unit_test(test_included_lines_keep_their_own_file_and_number),
		cmocka_unit_test(test_a_file_that_includes_itself_is_refused),
		cmocka_unit_test(test_blocks_know_their_ends),
		cmocka_unit_test(test_the_page_names_every_directive_and_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
