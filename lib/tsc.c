/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* TSC offset and multiplier of the loaded vCPU. */
#include "call.h"
#include "vmcs/access.h"
#include "vmcs/allowed.h"

#define VALUE_WORD PKVM_WORD_NUMBER(value, value)

/* Writes TSC_OFFSET. */
int64_t pkvm_hyp_write_tsc_offset(struct pkvm_call *call, const struct pkvm_value *in)
{
	call->vcpu->tsc_offset = in->value;
	pkvm_vmwrite(PKVM_VMCS_TSC_OFFSET, in->value);
	return 0;
}

/* Writes TSC_MULTIPLIER. */
int64_t pkvm_hyp_write_tsc_multiplier(struct pkvm_call *call, const struct pkvm_value *in)
{
	if (!in->value)
		return pkvm_refuse(call, VALUE_WORD, PKVM_EINVAL);
	if (!(pkvm_vmx_cpu2_allowed() & PKVM_VMX_CPU2_USE_TSC_SCALING))
		return pkvm_refuse(call, 0, PKVM_EOPNOTSUPP);
	call->vcpu->tsc_multiplier = in->value;
	pkvm_vmwrite(PKVM_VMCS_TSC_MULTIPLIER, in->value);
	return 0;
}
