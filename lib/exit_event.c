/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Exits by exceptions and NMIs, and what exits tell about blocking by NMI. */
#include "event.h"
#include "exit.h"
#include "vmcs/access.h"
#include "vmcs/controls.h"

#include <pkvm/rflags.h>

#define VECTOR_DF 8u

/* Pending debug exceptions; the second is not in an exit qualification. */
#define PENDING_BS         PKVM_BIT(14)
#define PENDING_ENABLED_BP PKVM_BIT(12)

/*
 * IRET unblocks NMIs before it faults; the guest executes it again, and NMIs
 * stay blocked until then (SDM "Information for VM Exits Due to Vectored Events",
 * the bit is at the same place in the exit qualification of an EPT violation).
 */
void pkvm_exit_nmi_unblocking(uint64_t information)
{
	const uint64_t vectoring = pkvm_vmread(PKVM_VMCS_IDT_VECTORING_INFO_FIELD);

	if ((information & PKVM_VMX_INTR_INFO_NMI_UNBLOCKING) &&
	    !(vectoring & PKVM_VMX_INTR_INFO_VALID))
		pkvm_vmwrite_bits(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO,
				  PKVM_VMX_BLOCKING_BY_NMI, true);
}

/* VM entry wants BS pending in a shadow with RFLAGS.TF set; the exit dropped it. */
static void restore_pending_bs(void)
{
	const uint64_t tf = pkvm_vmread(PKVM_VMCS_GUEST_RFLAGS) & PKVM_RFLAGS_TF;
	const uint64_t btf = pkvm_vmread(PKVM_VMCS_GUEST_IA32_DEBUGCTL) & PKVM_BIT(1);

	if (tf && !btf && pkvm_interrupt_shadow())
		pkvm_vmwrite(PKVM_VMCS_GUEST_PENDING_DBG_EXCEPTIONS, PENDING_BS);
}

/* Gives the guest its own exception: #DB by a breakpoint or INT1, or #AC. */
static void reflect(struct pkvm_vcpu *vcpu, uint32_t info)
{
	const uint32_t vector = info & PKVM_VMX_INTR_INFO_VECTOR;

	if (vector == PKVM_VECTOR_AC) {
		pkvm_raise_code(vcpu, vector,
				(uint32_t)pkvm_vmread(PKVM_VMCS_VM_EXIT_INTR_ERROR_CODE));
	} else if ((info & PKVM_VMX_INTR_INFO_TYPE) == PKVM_VMX_INTR_TYPE_PRIV_SOFT_EXCEPTION) {
		pkvm_raise(vcpu, vector);
		vcpu->exception.soft = 1;
		vcpu->exception.length =
			(uint32_t)pkvm_vmread(PKVM_VMCS_VM_EXIT_INSTRUCTION_LEN);
	} else {
		pkvm_raise_debug(vcpu, pkvm_vmread(PKVM_VMCS_EXIT_QUALIFICATION));
		restore_pending_bs();
	}
}

/* A debugger in the host takes an npVM's #DB. */
static bool is_debugged(const struct pkvm_vcpu *vcpu)
{
	const uint32_t hardware = PKVM_GUESTDBG_SINGLESTEP | PKVM_GUESTDBG_USE_HW_BP;

	return (vcpu->guest_debug & PKVM_GUESTDBG_ENABLE) && (vcpu->guest_debug & hardware);
}

/* DR6 and DR7 stay, as with an exit by #DB that the processor takes. */
bool pkvm_exit_trap(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out)
{
	const uint64_t traps = vcpu->exception.payload & ~PENDING_ENABLED_BP;

	if (!vcpu->exception.kind || !is_debugged(vcpu))
		return false;
	vcpu->exception = (struct pkvm_event){0};
	return pkvm_exit_forward_debug(vcpu, traps, out);
}

bool pkvm_exit_exception(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out)
{
	const uint32_t info = (uint32_t)pkvm_vmread(PKVM_VMCS_VM_EXIT_INTR_INFO);
	const uint32_t vector = info & PKVM_VMX_INTR_INFO_VECTOR;
	const bool is_nmi = (info & PKVM_VMX_INTR_INFO_TYPE) == PKVM_VMX_INTR_TYPE_NMI;

	if (!is_nmi && vector != VECTOR_DF)
		pkvm_exit_nmi_unblocking(info);
	if (!is_nmi &&
	    (vector == PKVM_VECTOR_AC || (vector == PKVM_VECTOR_DB && !is_debugged(vcpu)))) {
		reflect(vcpu, info);
		return false;
	}
	/* The machine's, not the guest's; of the guest's own there is #BP of an npVM. */
	if ((is_nmi || vector == PKVM_VECTOR_MC) && !pkvm_plat_take_event(vector))
		return false;
	if (!pkvm_vcpu_is_protected(vcpu))
		return pkvm_exit_forward(vcpu, PKVM_VMX_REASON_EXCEPTION_OR_NMI, out);
	return pkvm_leave(out, PKVM_EXIT_EXTERNAL_INTERRUPT, 0, 0, 0);
}
