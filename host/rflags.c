/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* RFLAGS. */
#include "result.h"
#include "summary.h"
#include "x86_ops.h"

void pkvm_host_set_rflags(struct pkvm_host_vcpu *vcpu, uint64_t rflags)
{
	const struct pkvm_value in = { rflags };

	if (pkvm_host_may(vcpu, PKVM_HC_set_rflags))
		pkvm_host_must(vcpu, PKVM_HC_set_rflags, rflags, pkvm_hc_set_rflags(&in));
}

int pkvm_host_write_rflags(struct pkvm_host_vcpu *vcpu, uint64_t rflags)
{
	const struct pkvm_value in = { rflags };

	if (!pkvm_host_may(vcpu, PKVM_HC_set_rflags))
		return 0;
	return pkvm_host_result(vcpu, PKVM_HC_set_rflags, rflags, pkvm_hc_set_rflags(&in));
}

uint64_t pkvm_host_get_rflags(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_value out;

	if (!pkvm_host_may(vcpu, PKVM_HC_get_rflags))
		return 0;
	if (!pkvm_host_is_protected(vcpu) && pkvm_host_has_summary(vcpu))
		return PKVM_HOST_SUMMARY(vcpu, rflags);
	pkvm_host_must(vcpu, PKVM_HC_get_rflags, PKVM_HOST_ANY, pkvm_hc_get_rflags(&out));
	return out.value;
}

/*
 * A VMM gates its interrupt controller by this, for a pVM too, whose RFLAGS
 * nobody may ask for.
 */
bool pkvm_host_get_if_flag(struct pkvm_host_vcpu *vcpu)
{
	if (pkvm_host_is_protected(vcpu))
		return pkvm_host_interrupt_allowed(vcpu, false) > 0;
	if (pkvm_host_has_summary(vcpu))
		return PKVM_HOST_SUMMARY(vcpu, if_flag);
	return pkvm_host_get_rflags(vcpu) & PKVM_RFLAGS_IF;
}
