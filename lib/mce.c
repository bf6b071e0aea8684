/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Machine-check state of the loaded vCPU: the host gives its size, never sees its content. */
#include "call.h"

#define VALUE_WORD PKVM_WORD_NUMBER(value, value)

/* IA32_MCG_CTL and every IA32_MCi_CTL start as all ones, the status MSRs as zero. */
static void reset_banks(struct pkvm_vcpu *vcpu, uint64_t mcg_cap)
{
	const uint64_t banks = mcg_cap & PKVM_MCG_COUNT;

	vcpu->mcg_cap = mcg_cap;
	vcpu->mcg_status = 0;
	vcpu->mcg_ctl = mcg_cap & PKVM_MCG_CTL_P ? ~(uint64_t)0 : 0;
	for (uint64_t bank = 0; bank < PKVM_MCG_MAX_BANKS; bank++)
		vcpu->mc_ctl[bank] = bank < banks ? ~(uint64_t)0 : 0;
}

/* Changes the vCPU's machine-check capability and initialises its banks. */
int64_t pkvm_hyp_setup_mce(struct pkvm_call *call, const struct pkvm_value *in)
{
	struct pkvm_vcpu *vcpu = call->vcpu;
	const uint64_t banks = in->value & PKVM_MCG_COUNT;

	if (pkvm_vcpu_is_protected(vcpu) && vcpu->has_run) {
		if (in->value != vcpu->mcg_cap)
			return pkvm_refuse(call, VALUE_WORD, PKVM_EPERM);
		return 0;
	}
	if (in->value & ~PKVM_MCG_SUPPORTED || !banks || banks > PKVM_MCG_MAX_BANKS)
		return pkvm_refuse(call, VALUE_WORD, PKVM_EINVAL);
	reset_banks(vcpu, in->value);
	return 0;
}
