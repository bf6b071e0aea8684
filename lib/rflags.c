/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* RFLAGS of the loaded vCPU. */
#include "call.h"
#include "summary.h"
#include "vmcs/access.h"

/* Writes GUEST_RFLAGS. */
int64_t pkvm_hyp_set_rflags(struct pkvm_call *call, const struct pkvm_value *in)
{
	if (!(in->value & PKVM_RFLAGS_FIXED) || in->value & ~PKVM_RFLAGS_ALL)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(value, value), PKVM_EINVAL);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RFLAGS, in->value);
	pkvm_summary_publish(call->vcpu);
	return 0;
}

/* Reads GUEST_RFLAGS. */
int64_t pkvm_hyp_get_rflags(struct pkvm_call *call, struct pkvm_value *out)
{
	(void)call;
	out->value = pkvm_vmread(PKVM_VMCS_GUEST_RFLAGS);
	return 0;
}
