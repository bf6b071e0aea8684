/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Whether a vCPU can take an interrupt or an NMI. */
#include "post.h"
#include "result.h"
#include "summary.h"
#include "x86_ops.h"

/* Behind most exits there is no shadow, and skipping the instruction clears it. */
static bool has_shadow(const struct pkvm_host_vcpu *vcpu, uint32_t mask)
{
	return pkvm_host_may_post(vcpu) && pkvm_host_has_summary(vcpu) &&
	       !pkvm_host_is_posted(vcpu, PKVM_POST_set_interrupt_shadow) &&
	       PKVM_HOST_SUMMARY(vcpu, interrupt_shadow) == mask;
}

void pkvm_host_set_interrupt_shadow(struct pkvm_host_vcpu *vcpu, uint32_t mask)
{
	const struct pkvm_interrupt_shadow in = { mask };

	if (!pkvm_host_may(vcpu, PKVM_HC_set_interrupt_shadow) || has_shadow(vcpu, mask))
		return;
	if (mask > PKVM_SHADOW_STI || !PKVM_HOST_POST(vcpu, set_interrupt_shadow, mask))
		pkvm_host_must(vcpu, PKVM_HC_set_interrupt_shadow, mask,
			       pkvm_hc_set_interrupt_shadow(&in));
}

uint32_t pkvm_host_get_interrupt_shadow(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_interrupt_shadow out;

	if (!pkvm_host_may(vcpu, PKVM_HC_get_interrupt_shadow))
		return 0;
	if (pkvm_host_is_posted(vcpu, PKVM_POST_set_interrupt_shadow))
		return (uint32_t)vcpu->page->item[PKVM_POST_set_interrupt_shadow].in[0];
	if (pkvm_host_has_summary(vcpu))
		return (uint32_t)PKVM_HOST_SUMMARY(vcpu, interrupt_shadow);
	pkvm_host_must(vcpu, PKVM_HC_get_interrupt_shadow, PKVM_HOST_ANY,
		       pkvm_hc_get_interrupt_shadow(&out));
	return (uint32_t)out.mask;
}

int pkvm_host_interrupt_allowed(struct pkvm_host_vcpu *vcpu, bool for_injection)
{
	const struct pkvm_flag in = { for_injection };
	struct pkvm_flag out;
	int error;

	if (pkvm_host_has_summary(vcpu))
		return pkvm_host_summary_interrupt_allowed(vcpu, for_injection);
	error = pkvm_host_result(vcpu, PKVM_HC_interrupt_allowed, for_injection,
				 pkvm_hc_interrupt_allowed(&in, &out));
	return error ? error : (int)out.value;
}

int pkvm_host_nmi_allowed(struct pkvm_host_vcpu *vcpu, bool for_injection)
{
	const struct pkvm_flag in = { for_injection };
	struct pkvm_flag out;
	int error;

	if (pkvm_host_has_summary(vcpu))
		return pkvm_host_summary_nmi_allowed(vcpu, for_injection);
	error = pkvm_host_result(vcpu, PKVM_HC_nmi_allowed, for_injection,
				 pkvm_hc_nmi_allowed(&in, &out));
	return error ? error : (int)out.value;
}

void pkvm_host_enable_irq_window(struct pkvm_host_vcpu *vcpu)
{
	if (!PKVM_HOST_POST(vcpu, enable_irq_window, 0))
		pkvm_host_must(vcpu, PKVM_HC_enable_irq_window, PKVM_HOST_ANY,
			       pkvm_hc_enable_irq_window());
}

void pkvm_host_enable_nmi_window(struct pkvm_host_vcpu *vcpu)
{
	if (!PKVM_HOST_POST(vcpu, enable_nmi_window, 0))
		pkvm_host_must(vcpu, PKVM_HC_enable_nmi_window, PKVM_HOST_ANY,
			       pkvm_hc_enable_nmi_window());
}

bool pkvm_host_get_nmi_mask(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_flag out;

	if (pkvm_host_has_summary(vcpu))
		return PKVM_HOST_SUMMARY(vcpu, nmi_mask);
	pkvm_host_must(vcpu, PKVM_HC_get_nmi_mask, PKVM_HOST_ANY, pkvm_hc_get_nmi_mask(&out));
	return out.value;
}

void pkvm_host_set_nmi_mask(struct pkvm_host_vcpu *vcpu, bool masked)
{
	const struct pkvm_flag in = { masked };

	if (pkvm_host_may(vcpu, PKVM_HC_set_nmi_mask))
		pkvm_host_must(vcpu, PKVM_HC_set_nmi_mask, masked, pkvm_hc_set_nmi_mask(&in));
}
