/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * VMCS fields by name: KVM's spelling, and the SDM-like ones that people use.
 */
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

/* Index of the field, or -1. */
int vmcs_field(const char *name)
{
	for (unsigned int i = 0; i < PKVM_VMCS_NR_FIELDS; i++) {
		if (!strcmp(name, pkvm_vmcs_name((enum pkvm_vmcs_index)i)))
			return (int)i;
	}
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
