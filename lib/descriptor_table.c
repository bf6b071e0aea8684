/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* GDTR and IDTR of the loaded vCPU: four calls, four functions. */
#include "call.h"
#include "canonical.h"
#include "vmcs/access.h"

#define BASE_WORD PKVM_WORD_NUMBER(descriptor_table, base)

/* Writes GUEST_GDTR_BASE and GUEST_GDTR_LIMIT. */
int64_t pkvm_hyp_set_gdt(struct pkvm_call *call, const struct pkvm_descriptor_table *in)
{
	if (!pkvm_is_canonical(in->base))
		return pkvm_refuse(call, BASE_WORD, PKVM_EINVAL);
	pkvm_vmwrite(PKVM_VMCS_GUEST_GDTR_BASE, in->base);
	pkvm_vmwrite(PKVM_VMCS_GUEST_GDTR_LIMIT, in->limit);
	return 0;
}

/* Reads GUEST_GDTR_BASE and GUEST_GDTR_LIMIT. */
int64_t pkvm_hyp_get_gdt(struct pkvm_call *call, struct pkvm_descriptor_table *out)
{
	(void)call;
	out->base = pkvm_vmread(PKVM_VMCS_GUEST_GDTR_BASE);
	out->limit = pkvm_vmread(PKVM_VMCS_GUEST_GDTR_LIMIT);
	return 0;
}

/* Writes GUEST_IDTR_BASE and GUEST_IDTR_LIMIT. */
int64_t pkvm_hyp_set_idt(struct pkvm_call *call, const struct pkvm_descriptor_table *in)
{
	if (!pkvm_is_canonical(in->base))
		return pkvm_refuse(call, BASE_WORD, PKVM_EINVAL);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IDTR_BASE, in->base);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IDTR_LIMIT, in->limit);
	return 0;
}

/* Reads GUEST_IDTR_BASE and GUEST_IDTR_LIMIT. */
int64_t pkvm_hyp_get_idt(struct pkvm_call *call, struct pkvm_descriptor_table *out)
{
	(void)call;
	out->base = pkvm_vmread(PKVM_VMCS_GUEST_IDTR_BASE);
	out->limit = pkvm_vmread(PKVM_VMCS_GUEST_IDTR_LIMIT);
	return 0;
}
