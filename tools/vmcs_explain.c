/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * `pkvm vmcs explain`: says of each VMCS dump in a log which rule VM entry found
 * broken, with what surrounds it, as JSON or as text.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "vmcs_decode.h"
#include "vmcs_json.h"
#include "vmcs_report.h"
#include "vmcs_verdict.h"

static json_t *reported(const struct vmcs_dump *dump)
{
	if (!dump->reported)
		return json_null();
	return json_pack("{s:o, s:s, s:s, s:i}", "error", vmcs_hex(dump->error),
			 "meaning", vmcs_error_text(dump->error),
			 "outcome", vmcs_outcome_name(vmcs_verdict(dump).reported),
			 "line", (int)dump->error_line);
}

static json_t *violations(const struct vmcs_dump *dump)
{
	json_t *list = vmcs_violations(&dump->vmcs);
	json_t *rule;
	size_t i;

	json_array_foreach(list, i, rule) {
		const char *id = json_string_value(json_object_get(rule, "rule"));

		json_object_set_new(rule, "cause", json_string(vmcs_cause(id)));
	}
	return list;
}

static json_t *undecidable(const struct vmcs_dump *dump)
{
	const struct vmcs_verdict v = vmcs_verdict(dump);
	json_t *list = json_array();

	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		char sure[512];
		json_t *rule;

		if (vmcs_judge(&dump->vmcs, i) != PKVM_VMCS_UNDECIDABLE)
			continue;
		vmcs_to_be_sure(&dump->vmcs, pkvm_vmcs_rule(i), sure, sizeof(sure));
		rule = vmcs_rule_json(&dump->vmcs, pkvm_vmcs_rule(i));
		json_object_set_new(rule, "to_be_sure", json_string(sure));
		json_object_set_new(rule, "likely",
				    json_boolean(v.broken < 0 && v.printed &&
						 v.likely == (int)i));
		json_array_append_new(list, rule);
	}
	return list;
}

/* A guest-state rule is read beside the event and the mode, a control among its own. */
static bool shown_with(int outcome, unsigned int field)
{
	switch (field) {
	case PKVM_VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL:
	case PKVM_VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL:
	case PKVM_VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL:
	case PKVM_VMCS_INDEX_VM_EXIT_CONTROLS:
		return outcome == PKVM_VMCS_VMFAIL_CONTROL;
	case PKVM_VMCS_INDEX_VM_ENTRY_CONTROLS:
	case PKVM_VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD:
		return true;
	case PKVM_VMCS_INDEX_GUEST_CR0:
	case PKVM_VMCS_INDEX_GUEST_RFLAGS:
	case PKVM_VMCS_INDEX_GUEST_CS_AR_BYTES:
	case PKVM_VMCS_INDEX_GUEST_SS_AR_BYTES:
	case PKVM_VMCS_INDEX_GUEST_INTERRUPTIBILITY_INFO:
	case PKVM_VMCS_INDEX_GUEST_ACTIVITY_STATE:
		return outcome == PKVM_VMCS_ENTRY_FAIL_GUEST;
	default:
		return false;
	}
}

static bool read_by(const struct pkvm_vmcs_rule *rule, unsigned int field)
{
	for (uint32_t i = 0; i < rule->nr_reads; i++) {
		if (rule->reads[i] == field)
			return true;
	}
	return false;
}

static bool around(const struct vmcs_dump *dump, const struct vmcs_verdict *v,
		   unsigned int field)
{
	const int decisive = v->broken >= 0 ? v->broken : v->likely;
	int outcome = v->reported;

	if (outcome < 0 && decisive < 0)
		outcome = PKVM_VMCS_ENTRY_FAIL_GUEST;
	if (decisive >= 0 && read_by(pkvm_vmcs_rule((unsigned int)decisive), field))
		return true;
	if (outcome < 0 && decisive >= 0)
		outcome = (int)pkvm_vmcs_rule((unsigned int)decisive)->outcome;
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		if (read_by(pkvm_vmcs_rule(i), field) &&
		    vmcs_judge(&dump->vmcs, i) == PKVM_VMCS_BROKEN)
			return true;
	}
	return shown_with(outcome, field);
}

static json_t *decoded(const struct vmcs_dump *dump)
{
	const struct vmcs_verdict v = vmcs_verdict(dump);
	json_t *fields = json_object();

	for (unsigned int i = 0; i < PKVM_VMCS_NR_FIELDS; i++) {
		const uint64_t value = dump->vmcs.value[i];
		char text[1024], words[900];

		if (!dump->vmcs.given[i] || !around(dump, &v, i))
			continue;
		if (vmcs_decode(i, value, words, sizeof(words)))
			snprintf(text, sizeof(text), "0x%" PRIx64 ": %s", value, words);
		else
			snprintf(text, sizeof(text), "0x%" PRIx64, value);
		json_object_set_new(fields, pkvm_vmcs_name((enum pkvm_vmcs_index)i),
				    json_string(text));
	}
	return fields;
}

static json_t *damage(const struct vmcs_dump *dump)
{
	static const char *const parts[] = {"guest state", "host state", "control state"};
	json_t *list = json_array();

	for (unsigned int i = 0; i < 3; i++) {
		if (!(dump->parts >> i & 1))
			json_array_append_new(list, json_sprintf("the %s is missing",
								 parts[i]));
	}
	if (dump->mixed)
		json_array_append_new(list, json_sprintf(
			"%u dumps are printed into each other here, and nothing tells them "
			"apart; what differs between them is taken as unknown", dump->mixed));
	for (unsigned int i = 0; i < dump->nr_garbled && i < VMCS_GARBLED; i++)
		json_array_append_new(list, json_sprintf(
			"line %u: \"%s\" is cut off or garbled",
			dump->garbled[i].line, dump->garbled[i].label));
	if (dump->nr_garbled > VMCS_GARBLED)
		json_array_append_new(list, json_sprintf("%u more places are garbled",
			dump->nr_garbled - VMCS_GARBLED));
	return list;
}

static json_t *explain(const struct vmcs_dump *dump)
{
	const int first = vmcs_first_broken(&dump->vmcs);
	char verdict[2048];

	vmcs_verdict_text(dump, verdict, sizeof(verdict));
	return json_pack("{s:i, s:s, s:o, s:s, s:o, s:s, s:o, s:o, s:o, s:o}",
			 "line", (int)dump->line, "format", dump->xen ? "xen" : "kvm",
			 "reported", reported(dump),
			 "outcome", vmcs_outcome_name(vmcs_outcome(first)),
			 "qualification", vmcs_hex(vmcs_qualification(&dump->vmcs, first)),
			 "verdict", verdict, "violations", violations(dump),
			 "decoded", decoded(dump), "undecidable", undecidable(dump),
			 "damage", damage(dump));
}

static int explain_all(const struct vmcs_log *log, bool json)
{
	json_t *dumps = json_array();
	int status = COMMAND_OK;

	for (size_t i = 0; i < log->dumps; i++) {
		json_t *dump = explain(&log->dump[i]);

		if (json_array_size(json_object_get(dump, "violations")) ||
		    vmcs_verdict(&log->dump[i]).reported == PKVM_VMCS_ENTRY_FAIL_MSR)
			status = COMMAND_PROBLEM;
		if (!json)
			vmcs_report(dump, i + 1);
		json_array_append_new(dumps, dump);
	}
	if (json) {
		json_t *whole = json_pack("{s:O}", "dumps", dumps);

		json_dumpf(whole, stdout, JSON_INDENT(1));
		printf("\n");
		json_decref(whole);
	}
	json_decref(dumps);
	return status;
}

int vmcs_explain(const char *path, bool json)
{
	struct vmcs_log log;
	size_t length;
	char *text = vmcs_read(path, &length);
	int status = COMMAND_USAGE;

	if (!text)
		return COMMAND_USAGE;
	vmcs_text_clean(text, length);
	if (!vmcs_log_read(&log, text))
		fprintf(stderr, "pkvm vmcs: %s: out of memory\n", path);
	else if (!log.dumps)
		fprintf(stderr, "pkvm vmcs: %s: no VMCS dump in it; expected \"*** Guest State "
			"***\" and what follows it (KVM prints it when kvm_intel's parameter "
			"dump_invalid_vmcs is 1)\n", path);
	else
		status = explain_all(&log, json);
	vmcs_log_free(&log);
	free(text);
	return status;
}
