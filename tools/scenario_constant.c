/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Names of constants in a scenario: those of the ABI without PKVM_, features,
 * capabilities, call numbers and MSRs; in a field that has a family of constants
 * without the family's prefix too (index=CS for PKVM_SEG_CS).
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <pkvm/pkvm.h>
#include "host/run.h"
#include "scenario.h"

struct row {
	const char *name;
	uint64_t value;
};

static const struct row rows[] = {
#define PKVM_HOST_FEATURE(NAME, BIT, SINCE, TEXT)  {"FEAT_" #NAME, 1u << (BIT)},
#define PKVM_GUEST_FEATURE(NAME, BIT, SINCE, TEXT) {"FEAT_" #NAME, 1u << (BIT)},
#define PKVM_CAPABILITY(NAME, BIT, SINCE, TEXT)    {"CAP_" #NAME, 1u << (BIT)},
#include <pkvm/features.inc>
#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE) \
	{"HC_" #NAME, NUMBER},
#include <pkvm/hypercalls.inc>
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED) \
	{"GC_" #NAME, NUMBER},
#include <pkvm/guest_calls.inc>
#define PKVM_MSR(NAME, FIRST, LAST, HOST, MASK, FORCED, RULE, GUEST) {"MSR_" #NAME, FIRST},
#include <pkvm/msr_policy.inc>
#define PKVM_ERROR(NAME, NUMBER, TEXT) {#NAME, NUMBER},
#include <pkvm/errors.inc>
#define STOP(NAME) {"STOP_" #NAME, PKVM_HOST_STOP_##NAME}
	STOP(EXITS), STOP(HALTED), STOP(WAITING), STOP(SHUTDOWN), STOP(ENTRY_FAILED),
	STOP(NO_MEMORY), STOP(UNHANDLED), STOP(FAILED),
#define EXIT_REASON(NUMBER, NAME) {"REASON_" #NAME, NUMBER},
#include "exit_reasons.inc"
};

/* Upper and lower case are the same, so that type=pvm reads as it should. */
static bool find(const char *name, uint64_t *value)
{
	for (const struct abi_constant *c = abi_constants; c->topic; c++) {
		if (!strcasecmp(c->name + strlen("PKVM_"), name)) {
			*value = c->value;
			return true;
		}
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!strcasecmp(rows[i].name, name)) {
			*value = rows[i].value;
			return true;
		}
	}
	return false;
}

bool scenario_constant(const char *name, const char *prefix, uint64_t *value)
{
	char whole[96];

	if (prefix) {
		snprintf(whole, sizeof(whole), "%s_%s", prefix, name);
		if (find(whole, value))
			return true;
	}
	return find(name, value);
}

/* An enumeration's name of a value: the first of the family that has it. */
const char *scenario_constant_name(const char *prefix, uint64_t value)
{
	const size_t length = strlen(prefix);

	for (const struct abi_constant *c = abi_constants; c->topic; c++) {
		const char *name = c->name + strlen("PKVM_");

		if (c->value == value && !strncmp(name, prefix, length) && name[length] == '_')
			return name + length + 1;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].value == value && !strncmp(rows[i].name, prefix, length) &&
		    rows[i].name[length] == '_')
			return rows[i].name + length + 1;
	}
	return NULL;
}

/* The family of constants of a word, by its shape or, for `value`, by its call. */
static const struct {
	const char *where;
	const char *word;
	const char *prefix;
} families[] = {
	{"segment",          "index",         "SEG"},
	{"segment_index",    "index",         "SEG"},
	{"segment",          "access_rights", "AR"},
	{"segment_state",    "access_rights", "AR"},
	{"vm_config",        "type",          "VM"},
	{"vm_cap",           "cap",           "VM_CAP"},
	{"vm_flags",         "flags",         "X2APIC"},
	{"query",            "features",      "FEAT"},
	{"answer",           "features",      "FEAT"},
	{"answer",           "capabilities",  "CAP"},
	{"run",              "flags",         "RUN"},
	{"run_exit",         "kind",          "EXIT"},
	{"cancelled",        "kind",          "EVENT"},
	{"cached_reg",       "which",         "REG"},
	{"interrupt_shadow", "mask",          "SHADOW"},
	{"guest_debug",      "flags",         "GUESTDBG"},
	{"mmu_pgd",          "valid",         "PGD"},
	{"msr",              "index",         "MSR"},
	{"msr_index",        "index",         "MSR"},
	{"set_cr0",          "value",         "CR0"},
	{"set_cr4",          "value",         "CR4"},
	{"set_efer",         "value",         "EFER"},
	{"set_rflags",       "value",         "RFLAGS"},
	{"get_rflags",       "value",         "RFLAGS"},
	{"setup_mce",        "value",         "MCG"},
};

/* The same for an output that is no word of a call's row. */
const char *scenario_family(const char *name)
{
	if (!strcmp(name, "kind"))
		return "EXIT";
	if (!strcmp(name, "reason"))
		return "REASON";
	return strcmp(name, "stop") ? NULL : "STOP";
}

const char *scenario_prefix(const struct abi_call *call, const struct abi_word *word)
{
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (!strcmp(families[i].word, word->name) &&
		    (!strcmp(families[i].where, word->shape) ||
		     !strcmp(families[i].where, call->name)))
			return families[i].prefix;
	}
	return NULL;
}
