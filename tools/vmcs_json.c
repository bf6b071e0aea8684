/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Makes the JSON that `check` and `explain` have in common.
 */
#include <inttypes.h>

#include "vmcs_json.h"

json_t *vmcs_hex(uint64_t value)
{
	return json_sprintf("0x%" PRIx64, value);
}

json_t *vmcs_rule_json(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule)
{
	json_t *fields = json_array();
	char message[1024];

	for (uint32_t i = 0; i < rule->nr_reads; i++)
		json_array_append_new(fields, json_string(pkvm_vmcs_name(
			(enum pkvm_vmcs_index)rule->reads[i])));
	vmcs_message(c, rule, message, sizeof(message));
	return json_pack("{s:s, s:s, s:o, s:s, s:s}", "rule", rule->id, "message", message,
			 "fields", fields, "section", rule->section,
			 "outcome", vmcs_outcome_name((int)rule->outcome));
}

json_t *vmcs_violations(const struct vmcs_case *c)
{
	json_t *list = json_array();

	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		if (vmcs_judge(c, i) == PKVM_VMCS_BROKEN)
			json_array_append_new(list, vmcs_rule_json(c, pkvm_vmcs_rule(i)));
	}
	return list;
}
