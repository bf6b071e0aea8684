/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Says which fields of a VMCS that was entered no rule has judged: what VM entry
 * makes of them on a real processor is not known.
 */
#include "internal.h"
#include "../lib/vmcs/check.h"
#include "../lib/vmcs/field.h"

/* All facts that depend on more than the VMCS: no matter which fields are judged. */
#define ALL_UNKNOWN (PKVM_VMCS_NEEDS_VTPR | PKVM_VMCS_NEEDS_CURRENT_VMCS |      \
		     PKVM_VMCS_NEEDS_LINKED_VMCS | PKVM_VMCS_NEEDS_PDPTES)

void pkvm_model_unchecked(struct model_cpu *cpu)
{
	struct machine *m = machine_this_cpu()->machine;
	struct pkvm_vmcs_state state = {.caps = &cpu->caps, .unknown = ALL_UNKNOWN};
	uint16_t fields[PKVM_VMCS_NR_FIELDS];
	unsigned int count;

	state.value = cpu->vmcs->value;
	count = pkvm_vmcs_unchecked(&state, fields, PKVM_VMCS_NR_FIELDS);
	pthread_mutex_lock(&m->report_lock);
	for (unsigned int i = 0; i < count; i++) {
		if (m->reported[fields[i]])
			continue;
		m->reported[fields[i]] = true;
		m->nr_reported++;
		fprintf(m->report, "unchecked: %s\n",
			pkvm_vmcs_name((enum pkvm_vmcs_index)fields[i]));
	}
	pthread_mutex_unlock(&m->report_lock);
}

uint64_t machine_unchecked_count(struct machine *m)
{
	uint64_t count;

	pthread_mutex_lock(&m->report_lock);
	count = m->nr_reported;
	pthread_mutex_unlock(&m->report_lock);
	return count;
}
