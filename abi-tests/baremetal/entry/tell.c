/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Lines about one case: a failed entry, a disagreement. */
#include "../../../baremetal/common/console.h"
#include "entry.h"

static void outcome_and_rules(const struct entry *e, const struct verdict *verdict,
			      const struct outcome *outcome)
{
	const char *separator = " ", *id;
	bool refuses;

	console_text(" ");
	console_decimal(outcome->number);
	console_text(" ");
	console_decimal(outcome->qualification);
	for (uint32_t i = 0; pkvm_vmcs_rule(i); i++) {
		if (!verdict->broken[i])
			continue;
		console_text(separator);
		console_text(pkvm_vmcs_rule(i)->id);
		separator = ",";
	}
	for (uint32_t i = 0; (id = list_strict(i, e, &refuses)); i++) {
		if (!refuses)
			continue;
		console_text(separator);
		console_text(id);
		separator = ",";
	}
	if (*separator == ' ')
		console_text(" none");
}

/* failed <case> <TSC> <outcome> <qualification> <rules that are broken> */
void tell_failed(uint64_t number, const struct entry *e, const struct verdict *verdict,
		 const struct outcome *outcome)
{
	console_text("failed ");
	console_decimal(number);
	console_text(" ");
	console_decimal(outcome->tsc);
	outcome_and_rules(e, verdict, outcome);
	console_text("\n");
}

static void field(const struct entry *e, uint16_t index)
{
	console_text(" ");
	console_text(pkvm_vmcs_name((enum pkvm_vmcs_index)index));
	console_text("=");
	console_hex(e->value[index]);
}

static void fields_of(const struct entry *e, const struct pkvm_vmcs_rule *rule)
{
	for (uint32_t i = 0; i < rule->nr_reads; i++)
		field(e, rule->reads[i]);
}

/* What the processor refuses for a reason that no rule knows. */
static void all_fields(const struct entry *e)
{
	struct entry good;

	machine_baseline(&good, 0);
	for (uint16_t i = 0; i < PKVM_VMCS_NR_FIELDS; i++) {
		if (e->value[i] != good.value[i])
			field(e, i);
	}
}

/* LISTED or DISAGREED <case> <outcome> <qualification> <rules> | <field>=<value>... */
void tell_difference(uint64_t number, enum agreement agreement, const struct entry *e,
		     const struct verdict *verdict, const struct outcome *outcome)
{
	console_text(agreement == LISTED ? "LISTED " : "DISAGREED ");
	console_decimal(number);
	outcome_and_rules(e, verdict, outcome);
	console_text(" |");
	for (uint32_t i = 0; pkvm_vmcs_rule(i); i++) {
		if (verdict->broken[i])
			fields_of(e, pkvm_vmcs_rule(i));
	}
	if (!verdict->nr_broken)
		all_fields(e);
	for (unsigned int i = 0; i < 2; i++) {
		console_text(" msr ");
		console_hex(e->msr[i].index);
		console_text("=");
		console_hex(e->msr[i].value);
	}
	console_text("\n");
}
