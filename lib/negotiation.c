/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Version and features: what abi_query settles for the host and for each pVM. */
#include "negotiation.h"
#include "run_fpu.h"
#include "vmcs/allowed.h"

#include <pkvm/fpstate.h>

struct pkvm_negotiation pkvm_negotiate(const struct pkvm_query *query, uint64_t known)
{
	struct pkvm_negotiation agreed = {0};

	if (query->major != PKVM_ABI_MAJOR)
		return agreed;
	agreed.agreed = 1;
	agreed.minor = query->minor > PKVM_ABI_MINOR ? PKVM_ABI_MINOR : (uint32_t)query->minor;
	agreed.features = query->features & known;
	return agreed;
}

/* Capabilities by the VMX capability MSRs and CPUID leaf 0xd. */
static uint64_t capabilities(void)
{
	const uint32_t apicv =
		PKVM_VMX_CPU2_APIC_REGISTER_VIRT | PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS |
		PKVM_VMX_CPU2_VIRTUALIZE_X2APIC_MODE;
	const uint32_t pin = pkvm_vmx_pin_allowed();
	const uint32_t cpu2 = pkvm_vmx_cpu2_allowed();
	const uint32_t xsave = pkvm_xsave_features();
	uint64_t found = 0;

	if (pkvm_vmx_has_tpr_shadow() && (cpu2 & apicv) == apicv)
		found |= PKVM_CAP_apicv | PKVM_CAP_protected_apic;
	if (cpu2 & PKVM_VMX_CPU2_USE_TSC_SCALING)
		found |= PKVM_CAP_tsc_scaling;
	if (pin & PKVM_VMX_PIN_POSTED_INTERRUPTS)
		found |= PKVM_CAP_posted_interrupts;
	if (xsave & PKVM_XSAVE_HAS_XSAVES)
		found |= PKVM_CAP_xsaves;
	if (xsave & PKVM_BIT(4))
		found |= PKVM_CAP_dynamic_xsave;
	if (pin & PKVM_VMX_PIN_PREEMPTION_TIMER)
		found |= PKVM_CAP_preemption_timer;
	if (cpu2 & PKVM_VMX_CPU2_WBINVD_EXITING)
		found |= PKVM_CAP_wbinvd_exiting;
	return found;
}

void pkvm_answer_fill(const struct pkvm_hyp *hyp, const struct pkvm_negotiation *negotiation,
		      struct pkvm_answer *answer)
{
	answer->major = PKVM_ABI_MAJOR;
	answer->minor = negotiation->agreed ? negotiation->minor : PKVM_ABI_MINOR;
	answer->features = negotiation->features;
	answer->capabilities = capabilities();
	answer->fingerprint = hyp->fingerprint[answer->minor];
	answer->vm_area_size = PKVM_VM_AREA_SIZE;
	answer->vcpu_area_size = sizeof(struct pkvm_vcpu_area);
	answer->fpstate_size = PKVM_FPSTATE_SIZE;
	answer->max_vms = PKVM_MAX_VMS;
	answer->max_vcpus = PKVM_MAX_VCPUS;
}
