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
	return rule < 0 ? PKVM_VMCS_ENTRY_OK : (int)pkvm_vmcs_rule((unsigned int)rule)->outcome;
}

/* For MSR loading it is the number of the entry, from 1. */
uint64_t vmcs_qualification(const struct vmcs_case *c, int rule)
{
	const struct pkvm_vmcs_state state = vmcs_state(c, c->value, &c->least);

	if (rule < 0)
		return 0;
	if (pkvm_vmcs_rule((unsigned int)rule)->outcome == PKVM_VMCS_ENTRY_FAIL_MSR)
		return pkvm_vmcs_msr_refused(&state);
	return pkvm_vmcs_rule((unsigned int)rule)->qualification;
}

/* "; entry 2 is C0000100H = 0x0": the first that breaks a rule of MSR loading. */
static void name_entry(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule,
		       char *text, size_t size)
{
	const unsigned int number = (unsigned int)(rule - pkvm_vmcs_rule(0));
	struct pkvm_vmcs_state state = vmcs_state(c, c->value, &c->least);

	state.unknown = 0;
	state.nr_msr_load = 1;
	for (unsigned int i = 0; i < c->nr_msrs; i++) {
		state.msr_load = &c->msr[i];
		if (pkvm_vmcs_judge(number, &state) == PKVM_VMCS_BROKEN) {
			snprintf(text, size, "; entry %u is %XH = 0x%" PRIx64, i + 1,
				 c->msr[i].index, c->msr[i].value);
			return;
		}
	}
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
	if (rule->outcome == PKVM_VMCS_ENTRY_FAIL_MSR && used < size) {
		name_entry(c, rule, text + used, size - used);
		used += strlen(text + used);
	}
	if (used < size)
		snprintf(text + used, size - used, ".");
}
