/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Completing an instruction that the hypervisor or the host carried out. */
#include "event.h"
#include "exit.h"
#include "vmcs/access.h"
#include "vmcs/controls.h"

#include <pkvm/control_register.h>
#include <pkvm/rflags.h>
#include <pkvm/segment.h>

#define DEBUGCTL_BTF   PKVM_BIT(1)
#define DB_SINGLE_STEP PKVM_BIT(14) /* DR6.BS, as a payload */

unsigned int pkvm_guest_cpl(void)
{
	return (unsigned int)(pkvm_vmread(PKVM_VMCS_GUEST_SS_AR_BYTES) & PKVM_AR_DPL) >> 5;
}

bool pkvm_guest_in_64bit(void)
{
	return (pkvm_vmread(PKVM_VMCS_GUEST_IA32_EFER) & PKVM_EFER_LMA) &&
	       (pkvm_vmread(PKVM_VMCS_GUEST_CS_AR_BYTES) & PKVM_AR_L);
}

static void advance_rip(void)
{
	uint64_t rip = pkvm_vmread(PKVM_VMCS_GUEST_RIP) +
		       pkvm_vmread(PKVM_VMCS_VM_EXIT_INSTRUCTION_LEN);

	if (!pkvm_guest_in_64bit())
		rip &= PKVM_BITS(31, 0);
	pkvm_vmwrite(PKVM_VMCS_GUEST_RIP, rip);
}

/*
 * The traps that the processor would have taken behind the instruction: the
 * single step, and data breakpoints that MOV SS held back. They are queued as an
 * exception, because VM entry drops pending ones when it injects something else.
 */
static void take_traps(struct pkvm_vcpu *vcpu)
{
	uint64_t pending = pkvm_vmread(PKVM_VMCS_GUEST_PENDING_DBG_EXCEPTIONS);

	if ((pkvm_vmread(PKVM_VMCS_GUEST_RFLAGS) & PKVM_RFLAGS_TF) &&
	    !(pkvm_vmread(PKVM_VMCS_GUEST_IA32_DEBUGCTL) & DEBUGCTL_BTF))
		pending |= DB_SINGLE_STEP;
	if (!pending)
		return;
	pkvm_vmwrite(PKVM_VMCS_GUEST_PENDING_DBG_EXCEPTIONS, 0);
	pkvm_raise_debug(vcpu, pending);
}

void pkvm_skip_instruction(struct pkvm_vcpu *vcpu)
{
	advance_rip();
	pkvm_vmwrite_bits(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO,
			  PKVM_VMX_BLOCKING_BY_STI | PKVM_VMX_BLOCKING_BY_MOV_SS, false);
	pkvm_vmwrite_bits(PKVM_VMCS_GUEST_RFLAGS, PKVM_RFLAGS_RF, false);
	take_traps(vcpu);
}
