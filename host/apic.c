/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The virtual local APIC. */
#include "lapic.h"
#include "post.h"
#include "result.h"
#include "summary.h"
#include "x86_ops.h"

/* KVM's "no vector" is -1, the hypervisor's a word of ones. */
static uint64_t word_of(int vector)
{
	return vector < 0 ? PKVM_NONE : (uint64_t)vector;
}

void pkvm_host_update_cr8_intercept(struct pkvm_host_vcpu *vcpu, uint32_t tpr, int irr)
{
	const struct pkvm_cr8_intercept in = { tpr, word_of(irr) };

	if (!PKVM_HOST_POST(vcpu, update_cr8_intercept, in.tpr, in.irr))
		pkvm_host_must(vcpu, PKVM_HC_update_cr8_intercept, tpr,
			       pkvm_hc_update_cr8_intercept(&in));
}

void pkvm_host_set_virtual_apic_mode(struct pkvm_host_vcpu *vcpu)
{
	const struct pkvm_value in = { vcpu->apic_base };

	if (pkvm_host_may(vcpu, PKVM_HC_set_virtual_apic_mode))
		pkvm_host_must(vcpu, PKVM_HC_set_virtual_apic_mode, in.value,
			       pkvm_hc_set_virtual_apic_mode(&in));
}

void pkvm_host_refresh_apicv_exec_ctrl(struct pkvm_host_vcpu *vcpu)
{
	const struct pkvm_flag in = { vcpu->apicv_active };

	if (vcpu->lapic && !vcpu->apicv_active)
		pkvm_host_lapic_from_apicv(vcpu->lapic);
	if (!pkvm_host_must(vcpu, PKVM_HC_refresh_apicv_exec_ctrl, in.value,
			    pkvm_hc_refresh_apicv_exec_ctrl(&in)))
		vcpu->apicv_active = false;
	if (vcpu->lapic && vcpu->apicv_active)
		pkvm_host_lapic_to_apicv(vcpu->lapic);
}

void pkvm_host_load_eoi_exitmap(struct pkvm_host_vcpu *vcpu, const uint64_t bitmap[4])
{
	const struct pkvm_words4 in = { bitmap[0], bitmap[1], bitmap[2], bitmap[3] };

	if (!PKVM_HOST_POST(vcpu, load_eoi_exitmap, in.word0, in.word1, in.word2, in.word3))
		pkvm_host_must(vcpu, PKVM_HC_load_eoi_exitmap, PKVM_HOST_ANY,
			       pkvm_hc_load_eoi_exitmap(&in));
}

void pkvm_host_hwapic_isr_update(struct pkvm_host_vcpu *vcpu, int vector)
{
	const struct pkvm_optional_vector in = { word_of(vector) };

	if (!PKVM_HOST_POST(vcpu, hwapic_isr_update, in.vector))
		pkvm_host_must(vcpu, PKVM_HC_hwapic_isr_update, in.vector,
			       pkvm_hc_hwapic_isr_update(&in));
}

static int sync_by_call(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_optional_vector out;

	if (!pkvm_host_must(vcpu, PKVM_HC_sync_pir_to_irr, PKVM_HOST_ANY,
			    pkvm_hc_sync_pir_to_irr(&out)) ||
	    out.vector == PKVM_NONE)
		return -1;
	return (int)out.vector;
}

int pkvm_host_sync_pir_to_irr(struct pkvm_host_vcpu *vcpu)
{
	if (!pkvm_host_has_summary(vcpu))
		return sync_by_call(vcpu);
	return vcpu->apicv_active ? pkvm_host_summary_pending_vector(vcpu) : -1;
}

bool pkvm_host_protected_apic_has_interrupt(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_flag out;

	/* It judges what the hypervisor has: what still waits in the page goes first. */
	if (pkvm_host_has_summary(vcpu))
		(void)sync_by_call(vcpu);
	pkvm_host_must(vcpu, PKVM_HC_protected_apic_has_interrupt, PKVM_HOST_ANY,
		       pkvm_hc_protected_apic_has_interrupt(&out));
	return out.value;
}
