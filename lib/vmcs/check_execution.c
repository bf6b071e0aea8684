/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Predicates of the VM-entry rules on the VM-execution control fields, in the
 * order of rules_execution.inc; the two files are read side by side.
 *
 * SDM section "VM-Execution Control Fields" of "Checks on VMX Controls".
 */
#include "allowed.h"
#include "check_rule.h"

#define PAGE_OFFSET    0xfffull
#define EPTP_SWITCHING (1ull << 0)      /* VM function 0 */

RULE(control, pin_based, reserved_bits)
{
	return pkvm_vmcs_controls_allowed(VALUE(s, PIN_BASED_VM_EXEC_CONTROL),
					  pkvm_vmx_pin_ctls(s->caps));
}

RULE(control, primary, reserved_bits)
{
	return pkvm_vmcs_controls_allowed(VALUE(s, CPU_BASED_VM_EXEC_CONTROL),
					  pkvm_vmx_cpu_ctls(s->caps));
}

RULE(control, secondary, reserved_bits)
{
	return !CPU(s, SECONDARY_CONTROLS) ||
	       pkvm_vmcs_controls_allowed(VALUE(s, SECONDARY_VM_EXEC_CONTROL),
					  s->caps->procbased_ctls2);
}

RULE(control, tertiary, reserved_bits)
{
	return !CPU(s, TERTIARY_CONTROLS) ||
	       !(VALUE(s, TERTIARY_VM_EXEC_CONTROL) & ~s->caps->procbased_ctls3);
}

RULE(control, cr3_target, count)
{
	return VALUE(s, CR3_TARGET_COUNT) <= bits(s->caps->misc, 24, 16);
}

/* An address of a 4-KByte structure that a control brings into use. */
#define PAGE_RULES(SUBJECT, IN_USE, FIELD)                                                \
	RULE(control, SUBJECT, aligned)                                                   \
	{                                                                                 \
		return !(IN_USE) || !(VALUE(s, FIELD) & PAGE_OFFSET);                     \
	}                                                                                 \
	RULE(control, SUBJECT, width)                                                     \
	{                                                                                 \
		return !(IN_USE) || pkvm_vmcs_physical(s, VALUE(s, FIELD));               \
	}

PAGE_RULES(io_bitmap_a, CPU(s, USE_IO_BITMAPS), IO_BITMAP_A)
PAGE_RULES(io_bitmap_b, CPU(s, USE_IO_BITMAPS), IO_BITMAP_B)
PAGE_RULES(msr_bitmap, CPU(s, USE_MSR_BITMAPS), MSR_BITMAP)
PAGE_RULES(virtual_apic, CPU(s, USE_TPR_SHADOW), VIRTUAL_APIC_PAGE_ADDR)

RULE(control, tpr_threshold, reserved_bits)
{
	return !CPU(s, USE_TPR_SHADOW) || CPU2(s, VIRTUAL_INTERRUPTS) ||
	       !bits(VALUE(s, TPR_THRESHOLD), 31, 4);
}

RULE(control, tpr_threshold, above_vtpr)
{
	return !CPU(s, USE_TPR_SHADOW) ||
	       CPU2(s, VIRTUALIZE_APIC_ACCESSES) || CPU2(s, VIRTUAL_INTERRUPTS) ||
	       bits(VALUE(s, TPR_THRESHOLD), 3, 0) <= bits(s->vtpr, 7, 4);
}

RULE(control, pin_based, virtual_nmis_without_nmi_exiting)
{
	return !PIN(s, VIRTUAL_NMIS) || PIN(s, NMI_EXITING);
}

RULE(control, primary, nmi_window_without_virtual_nmis)
{
	return !CPU(s, NMI_WINDOW_EXITING) || PIN(s, VIRTUAL_NMIS);
}

PAGE_RULES(apic_access, CPU2(s, VIRTUALIZE_APIC_ACCESSES), APIC_ACCESS_ADDR)

RULE(control, secondary, x2apic_without_tpr_shadow)
{
	return !CPU2(s, VIRTUALIZE_X2APIC_MODE) || CPU(s, USE_TPR_SHADOW);
}

RULE(control, secondary, apic_register_without_tpr_shadow)
{
	return !CPU2(s, APIC_REGISTER_VIRT) || CPU(s, USE_TPR_SHADOW);
}

RULE(control, secondary, vid_without_tpr_shadow)
{
	return !CPU2(s, VIRTUAL_INTERRUPTS) || CPU(s, USE_TPR_SHADOW);
}

RULE(control, secondary, x2apic_with_apic_accesses)
{
	return !CPU2(s, VIRTUALIZE_X2APIC_MODE) || !CPU2(s, VIRTUALIZE_APIC_ACCESSES);
}

RULE(control, secondary, vid_without_interrupt_exiting)
{
	return !CPU2(s, VIRTUAL_INTERRUPTS) ||
	       PIN(s, EXTERNAL_INTERRUPT_EXITING);
}

RULE(control, posted_interrupts, without_vid)
{
	return !PIN(s, POSTED_INTERRUPTS) || CPU2(s, VIRTUAL_INTERRUPTS);
}

RULE(control, posted_interrupts, without_acknowledge)
{
	return !PIN(s, POSTED_INTERRUPTS) || ON_EXIT(s, ACK_INTERRUPT);
}

RULE(control, posted_interrupts, vector)
{
	return !PIN(s, POSTED_INTERRUPTS) || VALUE(s, POSTED_INTR_NV) <= 255;
}

RULE(control, posted_interrupts, aligned)
{
	return !PIN(s, POSTED_INTERRUPTS) || !bits(VALUE(s, POSTED_INTR_DESC_ADDR), 5, 0);
}

RULE(control, posted_interrupts, width)
{
	return !PIN(s, POSTED_INTERRUPTS) ||
	       pkvm_vmcs_physical(s, VALUE(s, POSTED_INTR_DESC_ADDR));
}

RULE(control, vpid, zero)
{
	return !CPU2(s, ENABLE_VPID) || VALUE(s, VIRTUAL_PROCESSOR_ID);
}

/* SDM section "Extended-Page-Table Pointer (EPTP)"; UC is bit 8, WB bit 14. */
RULE(control, eptp, memory_type)
{
	uint64_t type = bits(VALUE(s, EPT_POINTER), 2, 0);

	return !CPU2(s, ENABLE_EPT) ||
	       (type == 0 && bits(s->caps->ept_vpid_cap, 8, 8)) ||
	       (type == 6 && bits(s->caps->ept_vpid_cap, 14, 14));
}

RULE(control, eptp, walk_length)
{
	uint64_t length = bits(VALUE(s, EPT_POINTER), 5, 3) + 1;

	return !CPU2(s, ENABLE_EPT) ||
	       (length == 4 && bits(s->caps->ept_vpid_cap, 6, 6)) ||
	       (length == 5 && bits(s->caps->ept_vpid_cap, 7, 7));
}

RULE(control, eptp, accessed_dirty)
{
	return !CPU2(s, ENABLE_EPT) || !bits(VALUE(s, EPT_POINTER), 6, 6) ||
	       bits(s->caps->ept_vpid_cap, 21, 21);
}

RULE(control, eptp, reserved_bits)
{
	unsigned int lowest = bits(s->caps->ept_vpid_cap, 23, 23) ? 8 : 7;

	return !CPU2(s, ENABLE_EPT) || !bits(VALUE(s, EPT_POINTER), 11, lowest);
}

RULE(control, eptp, width)
{
	return !CPU2(s, ENABLE_EPT) || pkvm_vmcs_physical(s, VALUE(s, EPT_POINTER));
}

RULE(control, pml, without_ept)
{
	return !CPU2(s, ENABLE_PML) || CPU2(s, ENABLE_EPT);
}

PAGE_RULES(pml, CPU2(s, ENABLE_PML), PML_ADDRESS)

RULE(control, secondary, unrestricted_guest_without_ept)
{
	return !CPU2(s, UNRESTRICTED_GUEST) || CPU2(s, ENABLE_EPT);
}

RULE(control, secondary, mode_based_execute_without_ept)
{
	return !CPU2(s, MODE_BASED_EXECUTE) || CPU2(s, ENABLE_EPT);
}

RULE(control, spp, without_ept)
{
	return !CPU2(s, SUB_PAGE_WRITE) || CPU2(s, ENABLE_EPT);
}

PAGE_RULES(spp, CPU2(s, SUB_PAGE_WRITE), SPP_TABLE_POINTER)

/* IA32_VMX_VMFUNC lists what may be 1, all 64 bits. */
RULE(control, vm_functions, reserved_bits)
{
	return !CPU2(s, VM_FUNCTIONS) ||
	       !(VALUE(s, VM_FUNCTION_CONTROL) & ~s->caps->vmfunc);
}

static bool switches_eptp(const struct pkvm_vmcs_state *s)
{
	return CPU2(s, VM_FUNCTIONS) &&
	       (VALUE(s, VM_FUNCTION_CONTROL) & EPTP_SWITCHING);
}

RULE(control, eptp_list, without_ept)
{
	return !switches_eptp(s) || CPU2(s, ENABLE_EPT);
}

PAGE_RULES(eptp_list, switches_eptp(s), EPTP_LIST_ADDRESS)
PAGE_RULES(vmread_bitmap, CPU2(s, VMCS_SHADOWING), VMREAD_BITMAP)
PAGE_RULES(vmwrite_bitmap, CPU2(s, VMCS_SHADOWING), VMWRITE_BITMAP)
PAGE_RULES(ve_information, CPU2(s, EPT_VIOLATION_VE), VE_INFORMATION_ADDRESS)

RULE(control, intel_pt, without_ept)
{
	return !CPU2(s, PT_GUEST_PHYSICAL) || CPU2(s, ENABLE_EPT);
}

RULE(control, intel_pt, without_load_rtit_ctl)
{
	return !CPU2(s, PT_GUEST_PHYSICAL) || ON_ENTRY(s, LOAD_RTIT_CTL);
}

RULE(control, intel_pt, without_clear_rtit_ctl)
{
	return !CPU2(s, PT_GUEST_PHYSICAL) || ON_EXIT(s, CLEAR_RTIT_CTL);
}

RULE(control, tsc_scaling, zero_multiplier)
{
	return !CPU2(s, USE_TSC_SCALING) || VALUE(s, TSC_MULTIPLIER);
}

PAGE_RULES(low_pasid_directory, CPU2(s, PASID_TRANSLATION), LOW_PASID_DIRECTORY_ADDR)
PAGE_RULES(high_pasid_directory, CPU2(s, PASID_TRANSLATION), HIGH_PASID_DIRECTORY_ADDR)
