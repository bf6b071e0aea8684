/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Prints the explanation of a dump for a person: the verdict, the rules, what
 * surrounds them, and what the dump left open.
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "vmcs_report.h"

#define COLUMNS 92

static const char *string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

/* Words in lines, indented; the first line stands behind a lead. */
static void paragraph(const char *lead, const char *text)
{
	const size_t indent = strlen(lead);
	size_t column = indent;

	printf("%s", lead);
	while (*text) {
		const size_t length = strcspn(text, " ");

		if (column + length > COLUMNS && column > indent) {
			printf("\n%*s", (int)indent, "");
			column = indent;
		}
		printf("%s%.*s", column > indent ? " " : "", (int)length, text);
		column += length + (column > indent);
		text += length;
		text += strspn(text, " ");
	}
	printf("\n");
}

static void print_violations(const json_t *list)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(list, i, rule) {
		printf("\n  %s (%s; SDM: %s)\n", string(rule, "rule"), string(rule, "outcome"),
		       string(rule, "section"));
		paragraph("      ", string(rule, "message"));
		paragraph("      Usually: ", string(rule, "cause"));
	}
}

static void print_decoded(json_t *fields)
{
	const char *name;
	json_t *text;

	if (!json_object_size(fields))
		return;
	printf("\n  Around it:\n");
	json_object_foreach(fields, name, text) {
		char lead[64];

		snprintf(lead, sizeof(lead), "    %-29s ", name);
		paragraph(lead, json_string_value(text));
	}
}

/* Those of the reported class one by one, the likely one in full. */
static void print_left_open(const json_t *list, const char *outcome)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(list, i, rule) {
		const bool likely = json_is_true(json_object_get(rule, "likely"));

		if (strcmp(string(rule, "outcome"), outcome) != 0)
			continue;
		printf("    %s%s\n", string(rule, "rule"), likely ? " (likely)" : "");
		if (likely)
			paragraph("      ", string(rule, "message"));
		paragraph("      look at: ", string(rule, "to_be_sure"));
	}
}

/* The others by name. */
static void print_others(const json_t *list, const char *outcome)
{
	char names[8192] = "";
	size_t used = 0, i;
	const json_t *rule;

	json_array_foreach(list, i, rule) {
		if (!strcmp(string(rule, "outcome"), outcome) || used >= sizeof(names))
			continue;
		used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s",
					 used ? ", " : "", string(rule, "rule"));
	}
	if (used)
		paragraph(*outcome ? "    of other classes: " : "    ", names);
}

static void print_undecidable(const json_t *list, const char *outcome)
{
	if (!json_array_size(list))
		return;
	printf("\n  Undecidable from the dump, %zu rules:\n", json_array_size(list));
	print_left_open(list, outcome);
	print_others(list, outcome);
}

void vmcs_report(const json_t *dump, size_t number)
{
	const json_t *reported = json_object_get(dump, "reported");
	const json_t *damage = json_object_get(dump, "damage");
	const json_t *what;
	size_t i;

	printf("%sDump %zu, line %lld (%s)", number > 1 ? "\n" : "", number,
	       (long long)json_integer_value(json_object_get(dump, "line")),
	       strcmp(string(dump, "format"), "xen") ? "KVM" : "Xen");
	if (json_is_object(reported))
		printf(", reported %s: %s", string(reported, "error"),
		       string(reported, "meaning"));
	printf("\n\n");
	paragraph("  ", string(dump, "verdict"));
	print_violations(json_object_get(dump, "violations"));
	print_decoded(json_object_get(dump, "decoded"));
	print_undecidable(json_object_get(dump, "undecidable"), string(reported, "outcome"));
	if (json_array_size(damage))
		printf("\n  The dump is not whole:\n");
	json_array_foreach(damage, i, what)
		paragraph("    ", json_string_value(what));
}
