/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * VMCS fields by name: KVM's spelling, and the SDM-like ones that people use.
 */
#include <stdlib.h>
#include <string.h>

#include "vmcs.h"

static const struct {
	const char *name;
	enum pkvm_vmcs_index field;
} other_names[] = {
	{"VM_ENTRY_INTR_INFO",           PKVM_VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD},
	{"IDT_VECTORING_INFO",           PKVM_VMCS_INDEX_IDT_VECTORING_INFO_FIELD},
	{"GUEST_IA32_SYSENTER_CS",       PKVM_VMCS_INDEX_GUEST_SYSENTER_CS},
	{"GUEST_IA32_SYSENTER_ESP",      PKVM_VMCS_INDEX_GUEST_SYSENTER_ESP},
	{"GUEST_IA32_SYSENTER_EIP",      PKVM_VMCS_INDEX_GUEST_SYSENTER_EIP},
	{"GUEST_INTERRUPTIBILITY_STATE", PKVM_VMCS_INDEX_GUEST_INTERRUPTIBILITY_INFO},
	{"GUEST_PENDING_DBG_EXCEPTION",  PKVM_VMCS_INDEX_GUEST_PENDING_DBG_EXCEPTIONS},
	{"PLE_WINDOW_SIZE",              PKVM_VMCS_INDEX_PLE_WINDOW},
};

static int by_name(const void *a, const void *b)
{
	return strcmp(pkvm_vmcs_name(*(const enum pkvm_vmcs_index *)a),
		      pkvm_vmcs_name(*(const enum pkvm_vmcs_index *)b));
}

static int compare(const void *name, const void *field)
{
	return strcmp(name, pkvm_vmcs_name(*(const enum pkvm_vmcs_index *)field));
}

/* Index of the field, or -1. */
int vmcs_field(const char *name)
{
	static enum pkvm_vmcs_index sorted[PKVM_VMCS_NR_FIELDS];
	const enum pkvm_vmcs_index *found;

	if (sorted[0] == sorted[1]) {
		for (unsigned int i = 0; i < PKVM_VMCS_NR_FIELDS; i++)
			sorted[i] = (enum pkvm_vmcs_index)i;
		qsort(sorted, PKVM_VMCS_NR_FIELDS, sizeof(sorted[0]), by_name);
	}
	found = bsearch(name, sorted, PKVM_VMCS_NR_FIELDS, sizeof(sorted[0]), compare);
	if (found)
		return (int)*found;
	for (size_t i = 0; i < sizeof(other_names) / sizeof(other_names[0]); i++) {
		if (!strcmp(name, other_names[i].name))
			return (int)other_names[i].field;
	}
	return -1;
}

bool vmcs_fits(int field, uint64_t value)
{
	const uint32_t encoding = pkvm_vmcs_encoding((enum pkvm_vmcs_index)field);

	return pkvm_vmcs_field_set(encoding, 0, value) == value;
}
