/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A judgement in words: the outcome, and for a rule the sentence with the values
 * that it reads.
 */
#include <inttypes.h>
#include <string.h>

#include "vmcs.h"

const char *vmcs_outcome_name(int outcome)
{
	switch (outcome) {
	case PKVM_VMCS_ENTRY_OK:
		return "ok";
	case PKVM_VMCS_VMFAIL_CONTROL:
		return "vmfail:7";
	case PKVM_VMCS_VMFAIL_HOST:
		return "vmfail:8";
	case PKVM_VMCS_ENTRY_FAIL_GUEST:
		return "entry-fail:33";
	case PKVM_VMCS_ENTRY_FAIL_MSR:
		return "entry-fail:34";
	default:
		return "unknown";
	}
}

/* Of the first broken rule, or -1. A rule that cannot be decided does not count. */
int vmcs_outcome(int rule)
{
	return rule < 0 ? PKVM_VMCS_ENTRY_OK : (int)vmcs_rule((unsigned int)rule)->outcome;
}

/* For MSR loading it is the number of the entry, from 1. */
uint64_t vmcs_qualification(const struct vmcs_case *c, int rule)
{
	if (rule < 0)
		return 0;
	if (vmcs_rule((unsigned int)rule)->outcome == PKVM_VMCS_ENTRY_FAIL_MSR)
		return vmcs_msr_refused(c);
	return vmcs_rule((unsigned int)rule)->qualification;
}

/* "The host TR selector must not be 0000H: HOST_TR_SELECTOR = 0x0." */
void vmcs_message(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule, char *text,
		  size_t size)
{
	const int sentence = (int)strlen(rule->sentence) - 1;
	size_t used = (size_t)snprintf(text, size, "%.*s", sentence, rule->sentence);

	for (uint32_t i = 0; i < rule->nr_reads && used < size; i++) {
		const char *name = pkvm_vmcs_name((enum pkvm_vmcs_index)rule->reads[i]);
		const char *before = i ? ", " : ": ";

		if (vmcs_missing(c, rule->reads[i]))
			used += (size_t)snprintf(text + used, size - used, "%s%s unknown",
						 before, name);
		else
			used += (size_t)snprintf(text + used, size - used,
						 "%s%s = 0x%" PRIx64, before, name,
						 c->value[rule->reads[i]]);
	}
	if (used < size)
		snprintf(text + used, size - used, ".");
}
