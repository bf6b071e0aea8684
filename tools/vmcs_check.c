/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * `pkvm vmcs check`: judges the cases of a JSON file, and prints all that each of
 * them violates.
 */
#include <stdlib.h>

#include "command.h"
#include "vmcs_input.h"
#include "vmcs_json.h"

/* Fields that VM entry could have looked at, had the case told them. */
static json_t *left_out(const struct vmcs_case *c)
{
	json_t *list = json_array();

	for (unsigned int i = 0; i < PKVM_VMCS_NR_FIELDS; i++) {
		const enum pkvm_vmcs_index field = (enum pkvm_vmcs_index)i;

		if (!c->given[i] &&
		    pkvm_vmcs_type(pkvm_vmcs_encoding(field)) != PKVM_VMCS_TYPE_READ_ONLY)
			json_array_append_new(list, json_string(pkvm_vmcs_name(field)));
	}
	return list;
}

/* Judges every rule once. */
static json_t *result_of(const char *id, const struct vmcs_case *c)
{
	json_t *violations = json_array(), *undecidable = json_array();
	int first = -1;

	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		switch (vmcs_judge(c, i)) {
		case PKVM_VMCS_BROKEN:
			first = first < 0 ? (int)i : first;
			json_array_append_new(violations, vmcs_rule_json(c, pkvm_vmcs_rule(i)));
			break;
		case PKVM_VMCS_UNDECIDABLE:
			json_array_append_new(undecidable, vmcs_rule_json(c, pkvm_vmcs_rule(i)));
			break;
		case PKVM_VMCS_HOLDS:
			break;
		}
	}
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o}", "id", id,
			 "outcome", vmcs_outcome_name(vmcs_outcome(first)),
			 "qualification", vmcs_hex(vmcs_qualification(c, first)),
			 "violations", violations, "undecidable", undecidable,
			 "left_out", left_out(c));
}

static void print_rules(const json_t *list, const char *what)
{
	const json_t *rule;
	size_t i;

	json_array_foreach(list, i, rule) {
		printf("  %s %s: %s\n", what, json_string_value(json_object_get(rule, "rule")),
		       json_string_value(json_object_get(rule, "message")));
	}
}

static void print_result(const json_t *result)
{
	const size_t left = json_array_size(json_object_get(result, "left_out"));

	printf("%s: %s, qualification %s\n",
	       json_string_value(json_object_get(result, "id")),
	       json_string_value(json_object_get(result, "outcome")),
	       json_string_value(json_object_get(result, "qualification")));
	print_rules(json_object_get(result, "violations"), "violates");
	print_rules(json_object_get(result, "undecidable"), "undecidable");
	if (left)
		printf("  %zu fields left out, taken as 0 (--json names them)\n", left);
}

/* One result a line: readable, and a third smaller than indented. */
static void print_json(const json_t *results)
{
	const json_t *result;
	size_t i;

	printf("{\"results\": [");
	json_array_foreach(results, i, result) {
		printf("%s\n", i ? "," : "");
		json_dumpf(result, stdout, 0);
	}
	printf("\n]}\n");
}

/* Exit status of the batch: whether a case violates a rule. */
static int print_results(const json_t *results, bool json)
{
	const json_t *result;
	int status = COMMAND_OK;
	size_t i;

	json_array_foreach(results, i, result) {
		if (json_array_size(json_object_get(result, "violations")))
			status = COMMAND_PROBLEM;
		if (!json)
			print_result(result);
	}
	if (json)
		print_json(results);
	return status;
}

int vmcs_check(const char *path, bool json)
{
	struct vmcs_input *input = vmcs_input_read(path);
	json_t *results = json_array();
	struct vmcs_case c;
	const char *id;
	int status = COMMAND_USAGE;

	while (input && (id = vmcs_input_next(input, &c)))
		json_array_append_new(results, result_of(id, &c));
	if (input && !vmcs_input_bad(input))
		status = print_results(results, json);
	vmcs_input_free(input);
	json_decref(results);
	return status;
}
