/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A VM exit of either kind of VM, before their ways part. */
#include "exit.h"
#include "cpuid.h"
#include "event.h"
#include "vmcs/access.h"
#include "vmcs/controls.h"

/*
 * Both kinds: the answer comes from the vCPU's table, by the CPUID policy. A trap
 * behind it may be an npVM's debugger's.
 */
static bool cpuid(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out)
{
	struct pkvm_cpuid_regs regs;

	pkvm_vcpu_cpuid(vcpu, pkvm_gpr_read32(vcpu, PKVM_GPR_RAX),
			pkvm_gpr_read32(vcpu, PKVM_GPR_RCX), &regs);
	pkvm_gpr_write32(vcpu, PKVM_GPR_RAX, regs.eax);
	pkvm_gpr_write32(vcpu, PKVM_GPR_RBX, regs.ebx);
	pkvm_gpr_write32(vcpu, PKVM_GPR_RCX, regs.ecx);
	pkvm_gpr_write32(vcpu, PKVM_GPR_RDX, regs.edx);
	pkvm_skip_instruction(vcpu);
	return pkvm_exit_trap(vcpu, out);
}

/*
 * A window opened. An event that waits here and can go now goes first; the host's
 * window stays open behind it. One that cannot must not hold it up: the guest
 * would exit again without having executed anything. Windows of the hypervisor's
 * own are closed already, the host's was asked for once.
 */
static bool window(const struct pkvm_vcpu *vcpu, uint32_t control)
{
	if (pkvm_event_can_go(vcpu) ||
	    !(pkvm_vmread(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL) & control))
		return false;
	pkvm_vmwrite_bits(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL, control, false);
	return true;
}

static bool forward(struct pkvm_call *call, uint32_t reason, struct pkvm_run_exit *out)
{
	if (pkvm_vcpu_is_protected(call->vcpu))
		return pkvm_exit_pvm(call, reason, out);
	if (reason == PKVM_VMX_REASON_EPT_VIOLATION)
		pkvm_exit_nmi_unblocking(pkvm_vmread(PKVM_VMCS_EXIT_QUALIFICATION));
	return pkvm_exit_forward(call->vcpu, reason, out);
}

bool pkvm_exit_handle(struct pkvm_call *call, uint32_t reason, struct pkvm_run_exit *out)
{
	struct pkvm_vcpu *vcpu = call->vcpu;

	switch (reason) {
	case PKVM_VMX_REASON_EXCEPTION_OR_NMI:
		return pkvm_exit_exception(vcpu, out);
	case PKVM_VMX_REASON_CPUID:
		return cpuid(vcpu, out);
	case PKVM_VMX_REASON_INTERRUPT_WINDOW:
		return window(vcpu, PKVM_VMX_CPU_INTERRUPT_WINDOW_EXITING) &&
		       forward(call, reason, out);
	case PKVM_VMX_REASON_NMI_WINDOW:
		return window(vcpu, PKVM_VMX_CPU_NMI_WINDOW_EXITING) &&
		       forward(call, reason, out);
	default:
		return forward(call, reason, out);
	}
}
