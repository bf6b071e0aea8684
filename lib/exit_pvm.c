/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A pVM's exits: answered here, or told to the host as far as it must know. */
#include "event.h"
#include "exit.h"
#include "guest_dispatch.h"
#include "vmcs/access.h"
#include "vmcs/controls.h"

/* Exit qualification of an EPT violation: read, write, fetch, as the exit word. */
#define EPT_ACCESS PKVM_BITS(2, 0)

/* What exit_rules.inc can say. */
enum rule { RULE_none, RULE_ud, RULE_gp, RULE_skip };

static enum rule find_rule(uint32_t reason)
{
	switch (reason) {
#define PKVM_EXIT_RULE(NUMBER, NAME, WHAT, WHY) \
	case NUMBER:                            \
		return RULE_##WHAT;
#include "exit_rules.inc"
#undef PKVM_EXIT_RULE
	default:
		return RULE_none;
	}
}

/* No rule: an exit that no control of ours asks for, behind which nothing is sure. */
static bool apply_rule(struct pkvm_vcpu *vcpu, uint32_t reason, struct pkvm_run_exit *out)
{
	switch (find_rule(reason)) {
	case RULE_ud:
		pkvm_raise(vcpu, PKVM_VECTOR_UD);
		return false;
	case RULE_gp:
		pkvm_raise_code(vcpu, PKVM_VECTOR_GP, 0);
		return false;
	case RULE_skip:
		pkvm_skip_instruction(vcpu);
		return false;
	default:
		return pkvm_leave(out, PKVM_EXIT_SHUTDOWN, 0, 0, 0);
	}
}

/* Below CPL 0 and outside 64-bit mode nothing is read: #UD. */
static bool vmcall(struct pkvm_call *call, struct pkvm_run_exit *out)
{
	if (!pkvm_guest_cpl() && pkvm_guest_in_64bit())
		return pkvm_guest_vmcall(call, out);
	pkvm_raise(call->vcpu, PKVM_VECTOR_UD);
	return false;
}

static bool ept_violation(struct pkvm_run_exit *out)
{
	const uint64_t qualification = pkvm_vmread(PKVM_VMCS_EXIT_QUALIFICATION);
	const uint64_t gpa = pkvm_vmread(PKVM_VMCS_GUEST_PHYSICAL_ADDRESS);

	pkvm_exit_nmi_unblocking(qualification);
	return pkvm_leave(out, PKVM_EXIT_EPT_VIOLATION, gpa & ~(uint64_t)(PKVM_PAGE_SIZE - 1),
			  qualification & EPT_ACCESS, 0);
}

/* An event that waits here and can go behind HLT ends it at once. */
static bool hlt(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out)
{
	pkvm_skip_instruction(vcpu);
	return !pkvm_event_can_go(vcpu) && pkvm_leave(out, PKVM_EXIT_HLT, 0, 0, 0);
}

/* Instructions that the hypervisor carries out, alone or with the host. */
static bool instruction(struct pkvm_call *call, uint32_t reason, struct pkvm_run_exit *out)
{
	struct pkvm_vcpu *vcpu = call->vcpu;

	switch (reason) {
	case PKVM_VMX_REASON_HLT:
		return hlt(vcpu, out);
	case PKVM_VMX_REASON_VMCALL:
		return vmcall(call, out);
	case PKVM_VMX_REASON_CR_ACCESS:
		return pkvm_exit_cr(vcpu, out);
	case PKVM_VMX_REASON_IO_INSTRUCTION:
		return pkvm_exit_io(vcpu, out);
	case PKVM_VMX_REASON_RDMSR:
		return pkvm_exit_rdmsr(vcpu, out);
	case PKVM_VMX_REASON_WRMSR:
		return pkvm_exit_wrmsr(vcpu, out);
	case PKVM_VMX_REASON_XSETBV:
		pkvm_exit_xsetbv(vcpu);
		return false;
	default:
		return apply_rule(vcpu, reason, out);
	}
}

bool pkvm_exit_pvm(struct pkvm_call *call, uint32_t reason, struct pkvm_run_exit *out)
{
	switch (reason) {
	case PKVM_VMX_REASON_EXTERNAL_INTERRUPT:
	case PKVM_VMX_REASON_INIT:
		return pkvm_leave(out, PKVM_EXIT_EXTERNAL_INTERRUPT, 0, 0, 0);
	case PKVM_VMX_REASON_TRIPLE_FAULT:
		return pkvm_leave(out, PKVM_EXIT_SHUTDOWN, 0, 0, 0);
	case PKVM_VMX_REASON_INTERRUPT_WINDOW:
		return pkvm_leave(out, PKVM_EXIT_IRQ_WINDOW, 0, 0, 0);
	case PKVM_VMX_REASON_NMI_WINDOW:
		return pkvm_leave(out, PKVM_EXIT_NMI_WINDOW, 0, 0, 0);
	case PKVM_VMX_REASON_TPR_BELOW:
		return pkvm_leave(out, PKVM_EXIT_TPR_BELOW_THRESHOLD, 0, 0, 0);
	case PKVM_VMX_REASON_VIRTUALIZED_EOI:
		return pkvm_leave(out, PKVM_EXIT_EOI,
				  pkvm_vmread(PKVM_VMCS_EXIT_QUALIFICATION) & 0xff, 0, 0);
	case PKVM_VMX_REASON_APIC_WRITE:
		return pkvm_leave(out, PKVM_EXIT_APIC_WRITE,
				  pkvm_vmread(PKVM_VMCS_EXIT_QUALIFICATION) & 0xfff, 0, 0);
	case PKVM_VMX_REASON_PREEMPTION_TIMER:
		return pkvm_leave(out, PKVM_EXIT_PREEMPTION, 0, 0, 0);
	case PKVM_VMX_REASON_EPT_VIOLATION:
		return ept_violation(out);
	default:
		return instruction(call, reason, out);
	}
}
