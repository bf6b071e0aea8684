/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The host's calls that ask or change what the guest is blocked for. */
#include "call.h"
#include "event.h"
#include "summary.h"
#include "vmcs/access.h"
#include "vmcs/controls.h"

/* Changes blocking by STI and by MOV SS in the interruptibility state. */
int64_t pkvm_hyp_set_interrupt_shadow(struct pkvm_call *call,
				      const struct pkvm_interrupt_shadow *in)
{
	const uint32_t shadow = PKVM_VMX_BLOCKING_BY_STI | PKVM_VMX_BLOCKING_BY_MOV_SS;
	uint64_t blocking =
		pkvm_vmread(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO) & ~(uint64_t)shadow;

	if (in->mask == PKVM_SHADOW_MOV_SS)
		blocking |= PKVM_VMX_BLOCKING_BY_MOV_SS;
	if (in->mask == PKVM_SHADOW_STI)
		blocking |= PKVM_VMX_BLOCKING_BY_STI;
	pkvm_vmwrite(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO, blocking);
	pkvm_summary_publish(call->vcpu);
	return 0;
}

/* Reads blocking by STI and by MOV SS from the interruptibility state. */
int64_t pkvm_hyp_get_interrupt_shadow(struct pkvm_call *call, struct pkvm_interrupt_shadow *out)
{
	(void)call;
	out->mask = pkvm_interrupt_shadow();
	return 0;
}

/* Reads RFLAGS.IF, the interruptibility state and the queued events. */
int64_t pkvm_hyp_interrupt_allowed(struct pkvm_call *call, const struct pkvm_flag *in,
				   struct pkvm_flag *out)
{
	if (in->value && pkvm_injection_busy(call->vcpu))
		return pkvm_refuse(call, 0, PKVM_EBUSY);
	out->value = pkvm_irq_allowed(call->vcpu);
	return 0;
}

/* Reads the interruptibility state and the queued events. */
int64_t pkvm_hyp_nmi_allowed(struct pkvm_call *call, const struct pkvm_flag *in,
			     struct pkvm_flag *out)
{
	if (in->value && pkvm_injection_busy(call->vcpu))
		return pkvm_refuse(call, 0, PKVM_EBUSY);
	out->value = pkvm_nmi_allowed(call->vcpu);
	return 0;
}

/* Sets interrupt-window exiting; the exit clears it. */
int64_t pkvm_hyp_enable_irq_window(struct pkvm_call *call)
{
	(void)call;
	pkvm_vmwrite_bits(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL,
			  PKVM_VMX_CPU_INTERRUPT_WINDOW_EXITING, true);
	return 0;
}

/*
 * Sets NMI-window exiting; the exit clears it. In an STI shadow that exit would
 * come before the shadow ends, so that an interrupt window stands in for it.
 */
int64_t pkvm_hyp_enable_nmi_window(struct pkvm_call *call)
{
	if (pkvm_interrupt_shadow() == PKVM_SHADOW_STI)
		return pkvm_hyp_enable_irq_window(call);
	pkvm_vmwrite_bits(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL, PKVM_VMX_CPU_NMI_WINDOW_EXITING,
			  true);
	return 0;
}

/* Reads blocking by NMI from the interruptibility state. */
int64_t pkvm_hyp_get_nmi_mask(struct pkvm_call *call, struct pkvm_flag *out)
{
	(void)call;
	out->value = pkvm_nmi_masked();
	return 0;
}

/* Changes blocking by NMI in the interruptibility state. */
int64_t pkvm_hyp_set_nmi_mask(struct pkvm_call *call, const struct pkvm_flag *in)
{
	pkvm_vmwrite_bits(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO, PKVM_VMX_BLOCKING_BY_NMI,
			  in->value);
	pkvm_summary_publish(call->vcpu);
	return 0;
}

/*
 * #DB and #AC always exit: a guest that raises one while it delivers the same
 * would hold the CPU for ever. #MC is the host's. #BP exits only for a debugger.
 */
void pkvm_exception_bitmap_write(const struct pkvm_vcpu *vcpu)
{
	const uint32_t breakpoints = PKVM_GUESTDBG_ENABLE | PKVM_GUESTDBG_USE_SW_BP;
	uint64_t bitmap =
		PKVM_BIT(PKVM_VECTOR_DB) | PKVM_BIT(PKVM_VECTOR_AC) | PKVM_BIT(PKVM_VECTOR_MC);

	if ((vcpu->guest_debug & breakpoints) == breakpoints)
		bitmap |= PKVM_BIT(PKVM_VECTOR_BP);
	pkvm_vmwrite(PKVM_VMCS_EXCEPTION_BITMAP, bitmap);
}

/* Changes the exception bitmap, and whether #DB is forwarded or reflected. */
int64_t pkvm_hyp_update_exception_bitmap(struct pkvm_call *call,
					 const struct pkvm_guest_debug *in)
{
	call->vcpu->guest_debug = (uint32_t)in->flags;
	pkvm_exception_bitmap_write(call->vcpu);
	return 0;
}
