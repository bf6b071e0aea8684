/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a fresh VMCS starts with: controls, addresses, host state. */
#include "vmcs_setup.h"
#include "control_register.h"
#include "event.h"
#include "handle.h"
#include "vmcs/access.h"
#include "vmcs/allowed.h"

#include <pkvm/control_register.h>
#include <pkvm/tsc.h>

#define HOST_PAT PKVM_U64(0x0007040600070406)
#define HOST_CS  0x08u
#define HOST_TR  0x18u

/*
 * HLT, I/O, RDPMC and MONITOR exit because a guest has no such device or counter
 * of its own, external interrupts and NMIs because they are the host's. CR3 and
 * RDTSC do not: EPT and the TSC offset serve them.
 */
#define PIN                                                                   \
	(PKVM_VMX_PIN_EXTERNAL_INTERRUPT_EXITING | PKVM_VMX_PIN_NMI_EXITING | \
	 PKVM_VMX_PIN_VIRTUAL_NMIS | PKVM_VMX_PIN_PREEMPTION_TIMER)
#define CPU                                                                    \
	(PKVM_VMX_CPU_USE_TSC_OFFSETTING | PKVM_VMX_CPU_HLT_EXITING |          \
	 PKVM_VMX_CPU_MWAIT_EXITING | PKVM_VMX_CPU_RDPMC_EXITING |             \
	 PKVM_VMX_CPU_USE_TPR_SHADOW | PKVM_VMX_CPU_UNCONDITIONAL_IO_EXITING | \
	 PKVM_VMX_CPU_USE_MSR_BITMAPS | PKVM_VMX_CPU_MONITOR_EXITING |         \
	 PKVM_VMX_CPU_SECONDARY_CONTROLS)
/*
 * LGDT, LIDT, LLDT and LTR do not exit: a guest loads its own tables, and
 * CR4.UMIP works without help.
 */
#define CPU2                                                                                  \
	(PKVM_VMX_CPU2_ENABLE_EPT | PKVM_VMX_CPU2_ENABLE_RDTSCP | PKVM_VMX_CPU2_ENABLE_VPID | \
	 PKVM_VMX_CPU2_WBINVD_EXITING | PKVM_VMX_CPU2_UNRESTRICTED_GUEST |                    \
	 PKVM_VMX_CPU2_ENABLE_INVPCID | PKVM_VMX_CPU2_ENABLE_XSAVES |                         \
	 PKVM_VMX_CPU2_USE_TSC_SCALING)
/* Interrupts are not acknowledged on exit: the host takes them itself. */
#define EXIT                                                                         \
	(PKVM_VMX_EXIT_SAVE_DEBUG_CONTROLS | PKVM_VMX_EXIT_HOST_ADDRESS_SPACE_SIZE | \
	 PKVM_VMX_EXIT_SAVE_PAT | PKVM_VMX_EXIT_LOAD_PAT | PKVM_VMX_EXIT_SAVE_EFER | \
	 PKVM_VMX_EXIT_LOAD_EFER | PKVM_VMX_EXIT_SAVE_PREEMPTION_TIMER)
#define ENTRY                                                           \
	(PKVM_VMX_ENTRY_LOAD_DEBUG_CONTROLS | PKVM_VMX_ENTRY_LOAD_PAT | \
	 PKVM_VMX_ENTRY_LOAD_EFER)

/*
 * Of these the core cannot do without any: they keep a guest from the machine, or
 * have a VMCS field that it writes. A guest's CR3 must not exit: nobody handles it.
 */
#define NEEDED_PIN                                                            \
	(PKVM_VMX_PIN_EXTERNAL_INTERRUPT_EXITING | PKVM_VMX_PIN_NMI_EXITING | \
	 PKVM_VMX_PIN_VIRTUAL_NMIS)
#define NEEDED_CPU                                                             \
	(PKVM_VMX_CPU_INTERRUPT_WINDOW_EXITING | PKVM_VMX_CPU_USE_TSC_OFFSETTING | \
	 PKVM_VMX_CPU_HLT_EXITING | PKVM_VMX_CPU_MWAIT_EXITING |               \
	 PKVM_VMX_CPU_RDPMC_EXITING | PKVM_VMX_CPU_NMI_WINDOW_EXITING |        \
	 PKVM_VMX_CPU_UNCONDITIONAL_IO_EXITING | PKVM_VMX_CPU_USE_MSR_BITMAPS | \
	 PKVM_VMX_CPU_MONITOR_EXITING)
#define NEEDED_CPU2 (PKVM_VMX_CPU2_ENABLE_EPT | PKVM_VMX_CPU2_UNRESTRICTED_GUEST)
#define NEEDED_EXIT  (EXIT & ~PKVM_VMX_EXIT_SAVE_PREEMPTION_TIMER)
#define NEEDED_ENTRY (ENTRY | PKVM_VMX_ENTRY_IA32E_MODE_GUEST)
#define CR3_EXITING  (PKVM_VMX_CPU_CR3_LOAD_EXITING | PKVM_VMX_CPU_CR3_STORE_EXITING)
#define CR8_EXITING  (PKVM_VMX_CPU_CR8_LOAD_EXITING | PKVM_VMX_CPU_CR8_STORE_EXITING)

/* IA32_VMX_EPT_VPID_CAP: 4 levels, write-back tables, INVEPT, INVVPID and their types. */
#define EPT_NEEDED     (PKVM_BIT(6) | PKVM_BIT(14) | PKVM_BIT(20))
#define INVEPT_TYPES   PKVM_BITS(26, 25)
#define INVVPID_NEEDED PKVM_BIT(32)
#define INVVPID_TYPES  PKVM_BITS(42, 41)

/* Without a TPR shadow MOV to and from CR8 must exit. */
static uint32_t primary_controls(uint64_t capability)
{
	uint32_t wanted = CPU;

	if (!(capability >> 32 & PKVM_VMX_CPU_USE_TPR_SHADOW))
		wanted |= CR8_EXITING;
	return pkvm_vmx_adjust(capability, wanted);
}

static bool allows(uint64_t capability, uint32_t needed)
{
	return (capability >> 32 & needed) == needed;
}

static bool translations_suffice(uint64_t ept_vpid)
{
	if ((ept_vpid & EPT_NEEDED) != EPT_NEEDED || !(ept_vpid & INVEPT_TYPES))
		return false;
	if (!(pkvm_vmx_cpu2_allowed() & PKVM_VMX_CPU2_ENABLE_VPID))
		return true;
	return (ept_vpid & INVVPID_NEEDED) && (ept_vpid & INVVPID_TYPES);
}

bool pkvm_vmcs_supported(void)
{
	const struct pkvm_vmx_caps *caps = pkvm_vmcs_caps();
	const uint64_t cpu = pkvm_vmx_cpu_ctls(caps);

	if (!allows(caps->pinbased_ctls, NEEDED_PIN) || !allows(cpu, NEEDED_CPU) ||
	    (pkvm_vmx_cpu2_allowed() & NEEDED_CPU2) != NEEDED_CPU2)
		return false;
	if (!allows(cpu, PKVM_VMX_CPU_USE_TPR_SHADOW) && !allows(cpu, CR8_EXITING))
		return false;
	return !(cpu & CR3_EXITING) && allows(caps->exit_ctls, NEEDED_EXIT) &&
	       allows(caps->entry_ctls, NEEDED_ENTRY) &&
	       translations_suffice(caps->ept_vpid_cap);
}

static void write_controls(void)
{
	const struct pkvm_vmx_caps *caps = pkvm_vmcs_caps();

	pkvm_vmwrite(PKVM_VMCS_PIN_BASED_VM_EXEC_CONTROL,
		     pkvm_vmx_adjust(pkvm_vmx_pin_ctls(caps), PIN));
	pkvm_vmwrite(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL,
		     primary_controls(pkvm_vmx_cpu_ctls(caps)));
	pkvm_vmwrite(PKVM_VMCS_SECONDARY_VM_EXEC_CONTROL,
		     pkvm_vmx_adjust(caps->procbased_ctls2, CPU2));
	pkvm_vmwrite(PKVM_VMCS_VM_EXIT_CONTROLS,
		     pkvm_vmx_adjust(pkvm_vmx_exit_ctls(caps), EXIT));
	pkvm_vmwrite(PKVM_VMCS_VM_ENTRY_CONTROLS,
		     pkvm_vmx_adjust(pkvm_vmx_entry_ctls(caps), ENTRY));
}

/* Lists that stay empty, and page faults, which never exit by their error code. */
static void write_counts(void)
{
	pkvm_vmwrite(PKVM_VMCS_PAGE_FAULT_ERROR_CODE_MASK, 0);
	pkvm_vmwrite(PKVM_VMCS_PAGE_FAULT_ERROR_CODE_MATCH, 0);
	pkvm_vmwrite(PKVM_VMCS_CR3_TARGET_COUNT, 0);
	pkvm_vmwrite(PKVM_VMCS_VM_EXIT_MSR_STORE_COUNT, 0);
	pkvm_vmwrite(PKVM_VMCS_VM_EXIT_MSR_LOAD_COUNT, 0);
	pkvm_vmwrite(PKVM_VMCS_VM_ENTRY_MSR_LOAD_COUNT, 0);
}

/* Fields that exist only where their control can be 1. */
static void write_optional(const struct pkvm_vcpu *vcpu)
{
	const uint32_t allowed = pkvm_vmx_cpu2_allowed();

	if (pkvm_vmx_has_tpr_shadow()) {
		pkvm_vmwrite(PKVM_VMCS_VIRTUAL_APIC_PAGE_ADDR,
			     vcpu->area + offsetof(struct pkvm_vcpu_area, virtual_apic));
		pkvm_vmwrite(PKVM_VMCS_TPR_THRESHOLD, 0);
	}
	if (allowed & PKVM_VMX_CPU2_ENABLE_VPID)
		pkvm_vmwrite(PKVM_VMCS_VIRTUAL_PROCESSOR_ID,
			     pkvm_slot_number(vcpu->handle) + 1);
	if (allowed & PKVM_VMX_CPU2_ENABLE_XSAVES)
		pkvm_vmwrite(PKVM_VMCS_XSS_EXIT_BITMAP, 0);
	if (allowed & PKVM_VMX_CPU2_USE_TSC_SCALING)
		pkvm_vmwrite(PKVM_VMCS_TSC_MULTIPLIER, vcpu->tsc_multiplier);
	if (allowed & PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS)
		pkvm_vmwrite(PKVM_VMCS_GUEST_INTR_STATUS, 0);
}

void pkvm_vmcs_host_state(void)
{
	const struct pkvm_vmx_caps *caps = pkvm_vmcs_caps();

	pkvm_vmwrite(PKVM_VMCS_HOST_CR0, caps->cr0_fixed0 | PKVM_CR0_ET | PKVM_CR0_WP);
	pkvm_vmwrite(PKVM_VMCS_HOST_CR3, 0);
	pkvm_vmwrite(PKVM_VMCS_HOST_CR4, caps->cr4_fixed0 | PKVM_CR4_PAE);
	pkvm_vmwrite(PKVM_VMCS_HOST_CS_SELECTOR, HOST_CS);
	pkvm_vmwrite(PKVM_VMCS_HOST_TR_SELECTOR, HOST_TR);
	if (caps->exit_ctls >> 32 & PKVM_VMX_EXIT_LOAD_PAT)
		pkvm_vmwrite(PKVM_VMCS_HOST_IA32_PAT, HOST_PAT);
	if (caps->exit_ctls >> 32 & PKVM_VMX_EXIT_LOAD_EFER)
		pkvm_vmwrite(PKVM_VMCS_HOST_IA32_EFER,
			     PKVM_EFER_LME | PKVM_EFER_LMA | PKVM_EFER_NXE);
}

void pkvm_vmcs_setup(struct pkvm_vcpu *vcpu)
{
	write_controls();
	write_counts();
	write_optional(vcpu);
	pkvm_exception_bitmap_write(vcpu);
	pkvm_vmwrite(PKVM_VMCS_MSR_BITMAP,
		     vcpu->area + offsetof(struct pkvm_vcpu_area, msr_bitmap));
	pkvm_vmwrite(PKVM_VMCS_TSC_OFFSET, vcpu->tsc_offset);
	pkvm_vmwrite(PKVM_VMCS_VMCS_LINK_POINTER, ~(uint64_t)0);
	pkvm_vmwrite(PKVM_VMCS_CR0_GUEST_HOST_MASK, pkvm_cr0_mask());
	pkvm_vmwrite(PKVM_VMCS_CR4_GUEST_HOST_MASK, pkvm_cr4_mask());
	pkvm_vmcs_host_state();
}
