/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Controls that the calling CPU allows to be 1 (SDM appendix "VMX Capability
 * Reporting Facility": the upper half of each capability MSR).
 */
#ifndef PKVM_LIB_VMCS_ALLOWED_H
#define PKVM_LIB_VMCS_ALLOWED_H

#include "controls.h"
#include "vmcs.h"

static inline uint32_t pkvm_vmx_pin_allowed(void)
{
	return (uint32_t)(pkvm_vmcs_caps()->pinbased_ctls >> 32);
}

static inline uint32_t pkvm_vmx_cpu_allowed(void)
{
	return (uint32_t)(pkvm_vmcs_caps()->procbased_ctls >> 32);
}

/* None where the primary controls cannot activate them. */
static inline uint32_t pkvm_vmx_cpu2_allowed(void)
{
	if (!(pkvm_vmx_cpu_allowed() & PKVM_VMX_CPU_SECONDARY_CONTROLS))
		return 0;
	return (uint32_t)(pkvm_vmcs_caps()->procbased_ctls2 >> 32);
}

#endif
