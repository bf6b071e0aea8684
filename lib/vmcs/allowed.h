/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a processor lets the control fields be (SDM appendix "VMX Capability
 * Reporting Facility"): in each capability MSR the bits that must be 1 are the
 * lower half, those that may be 1 the upper one.
 */
#ifndef PKVM_LIB_VMCS_ALLOWED_H
#define PKVM_LIB_VMCS_ALLOWED_H

#include "controls.h"
#include "vmcs.h"

/* With IA32_VMX_BASIC[55] the TRUE MSRs say more than the others. */
static inline bool pkvm_vmx_has_true(const struct pkvm_vmx_caps *caps)
{
	return caps->basic >> 55 & 1;
}

static inline uint64_t pkvm_vmx_pin_ctls(const struct pkvm_vmx_caps *caps)
{
	return pkvm_vmx_has_true(caps) ? caps->true_pinbased_ctls : caps->pinbased_ctls;
}

static inline uint64_t pkvm_vmx_cpu_ctls(const struct pkvm_vmx_caps *caps)
{
	return pkvm_vmx_has_true(caps) ? caps->true_procbased_ctls : caps->procbased_ctls;
}

static inline uint64_t pkvm_vmx_exit_ctls(const struct pkvm_vmx_caps *caps)
{
	return pkvm_vmx_has_true(caps) ? caps->true_exit_ctls : caps->exit_ctls;
}

static inline uint64_t pkvm_vmx_entry_ctls(const struct pkvm_vmx_caps *caps)
{
	return pkvm_vmx_has_true(caps) ? caps->true_entry_ctls : caps->entry_ctls;
}

/* The wanted controls that the processor has, and those that it insists on. */
static inline uint32_t pkvm_vmx_adjust(uint64_t capability, uint32_t wanted)
{
	return (uint32_t)capability | (wanted & (uint32_t)(capability >> 32));
}

/* Of the calling CPU, all that may be 1. */
static inline uint32_t pkvm_vmx_pin_allowed(void)
{
	return (uint32_t)(pkvm_vmcs_caps()->pinbased_ctls >> 32);
}

static inline uint32_t pkvm_vmx_cpu_allowed(void)
{
	return (uint32_t)(pkvm_vmcs_caps()->procbased_ctls >> 32);
}

/* TPR_THRESHOLD, and all that APIC virtualization needs. */
static inline bool pkvm_vmx_has_tpr_shadow(void)
{
	return pkvm_vmx_cpu_allowed() & PKVM_VMX_CPU_USE_TPR_SHADOW;
}

/* None where the primary controls cannot activate them. */
static inline uint32_t pkvm_vmx_cpu2_allowed(void)
{
	if (!(pkvm_vmx_cpu_allowed() & PKVM_VMX_CPU_SECONDARY_CONTROLS))
		return 0;
	return (uint32_t)(pkvm_vmcs_caps()->procbased_ctls2 >> 32);
}

#endif
