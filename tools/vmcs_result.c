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

/* The control words whose rule is one capability MSR, which has a TRUE twin or not. */
static const struct {
	const char *rule;
	unsigned int field;
	size_t plain;
	size_t exact;
} controls[] = {
#define CONTROL(RULE, FIELD, PLAIN, EXACT)                                                \
	{"control." RULE, PKVM_VMCS_INDEX_##FIELD, offsetof(struct pkvm_vmx_caps, PLAIN), \
	 offsetof(struct pkvm_vmx_caps, EXACT)},
	CONTROL("pin_based.reserved_bits", PIN_BASED_VM_EXEC_CONTROL, pinbased_ctls,
		true_pinbased_ctls)
	CONTROL("primary.reserved_bits", CPU_BASED_VM_EXEC_CONTROL, procbased_ctls,
		true_procbased_ctls)
	CONTROL("secondary.reserved_bits", SECONDARY_VM_EXEC_CONTROL, procbased_ctls2,
		procbased_ctls2)
	CONTROL("exit.reserved_bits", VM_EXIT_CONTROLS, exit_ctls, true_exit_ctls)
	CONTROL("entry.reserved_bits", VM_ENTRY_CONTROLS, entry_ctls, true_entry_ctls)
#undef CONTROL
};

/* "; the MSR is 0x7f00000016: 0x10 must be 1": on a processor that is known. */
static void name_bits(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule, char *text,
		      size_t size)
{
	const bool exact = c->least.basic >> 55 & 1;

	text[0] = '\0';
	for (size_t i = 0; c->zeroed && i < sizeof(controls) / sizeof(controls[0]); i++) {
		const uint64_t value = c->value[controls[i].field];
		uint64_t msr, missing;
		char sets[40] = "";

		if (strcmp(rule->id, controls[i].rule) != 0)
			continue;
		memcpy(&msr, (const char *)&c->least + (exact ? controls[i].exact :
							controls[i].plain), sizeof(msr));
		missing = msr & 0xffffffff & ~value;
		if (missing)
			snprintf(sets, sizeof(sets), ": 0x%" PRIx64 " must be 1", missing);
		snprintf(text, size, "; the MSR is 0x%" PRIx64 "%s", msr, sets);
		if (value & ~(msr >> 32) && strlen(text) + 40 < size)
			sprintf(text + strlen(text), "%s0x%" PRIx64 " must be 0",
				missing ? ", " : ": ", value & ~(msr >> 32));
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
	if (used < size) {
		name_bits(c, rule, text + used, size - used);
		used += strlen(text + used);
	}
	if (rule->outcome == PKVM_VMCS_ENTRY_FAIL_MSR && used < size) {
		name_entry(c, rule, text + used, size - used);
		used += strlen(text + used);
	}
	if (used < size)
		snprintf(text + used, size - used, ".");
}
