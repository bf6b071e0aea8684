/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Which VMCS fields a processor has: those whose row the SDM appendix "Field
 * Encoding in VMCS" ties to the 1-setting of a control exist only where the
 * capability MSRs allow that setting.
 */
#include "field.h"

/* Bits 63:32 of a capability MSR are the allowed 1-settings of the controls. */
static bool can(uint64_t capability, unsigned int control)
{
	return ((capability >> 32) >> control & 1) != 0;
}

static bool can2(const struct pkvm_vmx_caps *caps, unsigned int control)
{
	return can(caps->procbased_ctls, 31) && can(caps->procbased_ctls2, control);
}

/* Fields of the interrupt controls and of the APIC's virtualization. */
static int apic_field(enum pkvm_vmcs_index index, const struct pkvm_vmx_caps *caps)
{
	switch (index) {
	case PKVM_VMCS_INDEX_POSTED_INTR_NV:
	case PKVM_VMCS_INDEX_POSTED_INTR_DESC_ADDR:
		return can(caps->pinbased_ctls, 7);     /* process posted interrupts */
	case PKVM_VMCS_INDEX_VMX_PREEMPTION_TIMER_VALUE:
		return can(caps->pinbased_ctls, 6);
	case PKVM_VMCS_INDEX_VIRTUAL_APIC_PAGE_ADDR:
	case PKVM_VMCS_INDEX_TPR_THRESHOLD:
		return can(caps->procbased_ctls, 21);   /* use TPR shadow */
	case PKVM_VMCS_INDEX_APIC_ACCESS_ADDR:
		return can2(caps, 0);
	case PKVM_VMCS_INDEX_GUEST_INTR_STATUS:
	case PKVM_VMCS_INDEX_EOI_EXIT_BITMAP0:
	case PKVM_VMCS_INDEX_EOI_EXIT_BITMAP1:
	case PKVM_VMCS_INDEX_EOI_EXIT_BITMAP2:
	case PKVM_VMCS_INDEX_EOI_EXIT_BITMAP3:
		return can2(caps, 9);                   /* virtual-interrupt delivery */
	default:
		return -1;
	}
}

/* Fields of EPT and of what works on top of it. */
static int ept_field(enum pkvm_vmcs_index index, const struct pkvm_vmx_caps *caps)
{
	switch (index) {
	case PKVM_VMCS_INDEX_EPT_POINTER:
	case PKVM_VMCS_INDEX_GUEST_PHYSICAL_ADDRESS:
	case PKVM_VMCS_INDEX_GUEST_PDPTR0:
	case PKVM_VMCS_INDEX_GUEST_PDPTR1:
	case PKVM_VMCS_INDEX_GUEST_PDPTR2:
	case PKVM_VMCS_INDEX_GUEST_PDPTR3:
		return can2(caps, 1);                   /* enable EPT */
	case PKVM_VMCS_INDEX_VIRTUAL_PROCESSOR_ID:
		return can2(caps, 5);
	case PKVM_VMCS_INDEX_VM_FUNCTION_CONTROL:
		return can2(caps, 13);
	case PKVM_VMCS_INDEX_EPTP_LIST_ADDRESS:
		return can2(caps, 13) && (caps->vmfunc & 1);
	case PKVM_VMCS_INDEX_GUEST_PML_INDEX:
	case PKVM_VMCS_INDEX_PML_ADDRESS:
		return can2(caps, 17);
	case PKVM_VMCS_INDEX_EPTP_INDEX:
	case PKVM_VMCS_INDEX_VE_INFORMATION_ADDRESS:
		return can2(caps, 18);                  /* EPT-violation #VE */
	case PKVM_VMCS_INDEX_SPP_TABLE_POINTER:
		return can2(caps, 23);
	default:
		return -1;
	}
}

/* Fields of the processor-based controls that neither group above has. */
static int processor_field(enum pkvm_vmcs_index index, const struct pkvm_vmx_caps *caps)
{
	switch (index) {
	case PKVM_VMCS_INDEX_MSR_BITMAP:
		return can(caps->procbased_ctls, 28);
	case PKVM_VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL:
		return can(caps->procbased_ctls, 31);
	case PKVM_VMCS_INDEX_PLE_GAP:
	case PKVM_VMCS_INDEX_PLE_WINDOW:
		return can2(caps, 10);
	case PKVM_VMCS_INDEX_VMREAD_BITMAP:
	case PKVM_VMCS_INDEX_VMWRITE_BITMAP:
		return can2(caps, 14);
	case PKVM_VMCS_INDEX_ENCLS_EXITING_BITMAP:
		return can2(caps, 15);
	case PKVM_VMCS_INDEX_XSS_EXIT_BITMAP:
		return can2(caps, 20);
	case PKVM_VMCS_INDEX_LOW_PASID_DIRECTORY_ADDR:
	case PKVM_VMCS_INDEX_HIGH_PASID_DIRECTORY_ADDR:
		return can2(caps, 21);
	case PKVM_VMCS_INDEX_TSC_MULTIPLIER:
		return can2(caps, 25);
	case PKVM_VMCS_INDEX_PCONFIG_EXITING_BITMAP:
		return can2(caps, 27);
	case PKVM_VMCS_INDEX_ENCLV_EXITING_BITMAP:
		return can2(caps, 28);
	case PKVM_VMCS_INDEX_NOTIFY_WINDOW:
		return can2(caps, 31);
	default:
		return -1;
	}
}

/* Guest-state fields that entry loads or exit saves or clears. */
static int guest_field(enum pkvm_vmcs_index index, const struct pkvm_vmx_caps *caps)
{
	switch (index) {
	case PKVM_VMCS_INDEX_GUEST_IA32_PERF_GLOBAL_CTRL:
		return can(caps->entry_ctls, 13);
	case PKVM_VMCS_INDEX_GUEST_IA32_PAT:
		return can(caps->entry_ctls, 14) || can(caps->exit_ctls, 18);
	case PKVM_VMCS_INDEX_GUEST_IA32_EFER:
		return can(caps->entry_ctls, 15) || can(caps->exit_ctls, 20);
	case PKVM_VMCS_INDEX_GUEST_BNDCFGS:
		return can(caps->entry_ctls, 16) || can(caps->exit_ctls, 23);
	case PKVM_VMCS_INDEX_GUEST_IA32_RTIT_CTL:
		return can(caps->entry_ctls, 18) || can(caps->exit_ctls, 25);
	case PKVM_VMCS_INDEX_GUEST_UINV:
		return can(caps->entry_ctls, 19) || can(caps->exit_ctls, 27);
	case PKVM_VMCS_INDEX_GUEST_S_CET:
	case PKVM_VMCS_INDEX_GUEST_SSP:
	case PKVM_VMCS_INDEX_GUEST_INTR_SSP_TABLE:
		return can(caps->entry_ctls, 20);
	case PKVM_VMCS_INDEX_GUEST_IA32_LBR_CTL:
		return can(caps->entry_ctls, 21) || can(caps->exit_ctls, 26);
	case PKVM_VMCS_INDEX_GUEST_IA32_PKRS:
		return can(caps->entry_ctls, 22);
	default:
		return -1;
	}
}

/* Host-state fields that exit loads. */
static int host_field(enum pkvm_vmcs_index index, const struct pkvm_vmx_caps *caps)
{
	switch (index) {
	case PKVM_VMCS_INDEX_HOST_IA32_PERF_GLOBAL_CTRL:
		return can(caps->exit_ctls, 12);
	case PKVM_VMCS_INDEX_HOST_IA32_PAT:
		return can(caps->exit_ctls, 19);
	case PKVM_VMCS_INDEX_HOST_IA32_EFER:
		return can(caps->exit_ctls, 21);
	case PKVM_VMCS_INDEX_HOST_S_CET:
	case PKVM_VMCS_INDEX_HOST_SSP:
	case PKVM_VMCS_INDEX_HOST_INTR_SSP_TABLE:
		return can(caps->exit_ctls, 28);
	case PKVM_VMCS_INDEX_HOST_IA32_PKRS:
		return can(caps->exit_ctls, 29);
	default:
		return -1;
	}
}

/*
 * Fields of the tertiary processor-based controls, of the secondary VM-exit
 * controls, of FRED and of trust domains: the capabilities cannot express any
 * of them, so that no processor described by them has the fields.
 */
static bool beyond_caps(enum pkvm_vmcs_index index)
{
	switch (index) {
	case PKVM_VMCS_INDEX_HLAT_PREFIX_SIZE:
	case PKVM_VMCS_INDEX_HLAT_POINTER:
	case PKVM_VMCS_INDEX_LAST_PID_POINTER_INDEX:
	case PKVM_VMCS_INDEX_PID_POINTER_TABLE:
	case PKVM_VMCS_INDEX_TERTIARY_VM_EXEC_CONTROL:
	case PKVM_VMCS_INDEX_SHARED_EPT_POINTER:
	case PKVM_VMCS_INDEX_SECONDARY_VM_EXIT_CONTROLS:
	case PKVM_VMCS_INDEX_SPEC_CTRL_MASK:
	case PKVM_VMCS_INDEX_SPEC_CTRL_SHADOW:
	case PKVM_VMCS_INDEX_INJECTED_EVENT_DATA:
	case PKVM_VMCS_INDEX_ORIGINAL_EVENT_DATA:
		return true;
	default:
		return (index >= PKVM_VMCS_INDEX_GUEST_IA32_FRED_CONFIG &&
			index <= PKVM_VMCS_INDEX_GUEST_IA32_FRED_SSP3) ||
		       (index >= PKVM_VMCS_INDEX_HOST_IA32_FRED_CONFIG &&
			index <= PKVM_VMCS_INDEX_HOST_IA32_FRED_SSP3);
	}
}

bool pkvm_vmcs_field_exists(enum pkvm_vmcs_index index, const struct pkvm_vmx_caps *caps)
{
	int exists;

	if (beyond_caps(index))
		return false;
	exists = apic_field(index, caps);
	if (exists < 0)
		exists = ept_field(index, caps);
	if (exists < 0)
		exists = processor_field(index, caps);
	if (exists < 0)
		exists = guest_field(index, caps);
	if (exists < 0)
		exists = host_field(index, caps);
	return exists != 0;
}
