/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* RDMSR and WRMSR of a pVM, and the host's answer to those that are forwarded. */
#include "event.h"
#include "exit.h"
#include "msr.h"
#include "summary.h"

static void write_edx_eax(struct pkvm_vcpu *vcpu, uint64_t edx, uint64_t eax)
{
	pkvm_gpr_write32(vcpu, PKVM_GPR_RAX, eax);
	pkvm_gpr_write32(vcpu, PKVM_GPR_RDX, edx);
}

bool pkvm_exit_rdmsr(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out)
{
	const uint32_t index = pkvm_gpr_read32(vcpu, PKVM_GPR_RCX);
	uint64_t value = 0;

	switch (pkvm_guest_rdmsr(vcpu, index, &value)) {
	case PKVM_MSR_DONE:
		write_edx_eax(vcpu, value >> 32, value);
		pkvm_skip_instruction(vcpu);
		return false;
	case PKVM_MSR_FORWARD:
		vcpu->answer = PKVM_ANSWER_RDMSR;
		return pkvm_leave(out, PKVM_EXIT_RDMSR, index, 0, 0);
	default:
		pkvm_raise_code(vcpu, PKVM_VECTOR_GP, 0);
		return false;
	}
}

bool pkvm_exit_wrmsr(struct pkvm_vcpu *vcpu, struct pkvm_run_exit *out)
{
	const uint32_t index = pkvm_gpr_read32(vcpu, PKVM_GPR_RCX);
	const uint32_t eax = pkvm_gpr_read32(vcpu, PKVM_GPR_RAX);
	const uint32_t edx = pkvm_gpr_read32(vcpu, PKVM_GPR_RDX);

	switch (pkvm_guest_wrmsr(vcpu, index, (uint64_t)edx << 32 | eax)) {
	case PKVM_MSR_DONE:
		pkvm_skip_instruction(vcpu);
		return false;
	case PKVM_MSR_FORWARD:
		vcpu->answer = PKVM_ANSWER_WRMSR;
		return pkvm_leave(out, PKVM_EXIT_WRMSR, index, eax, edx);
	default:
		pkvm_raise_code(vcpu, PKVM_VECTOR_GP, 0);
		return false;
	}
}

/* Changes RAX, RDX, RIP and the interruptibility state, or queues #GP(0). */
int64_t pkvm_hyp_complete_emulated_msr(struct pkvm_call *call, const struct pkvm_msr_answer *in)
{
	struct pkvm_vcpu *vcpu = call->vcpu;
	const bool is_read = vcpu->answer == PKVM_ANSWER_RDMSR;

	if (!is_read && vcpu->answer != PKVM_ANSWER_WRMSR)
		return pkvm_refuse(call, 0, PKVM_EINVAL);
	vcpu->answer = PKVM_ANSWER_NONE;
	if (in->error) {
		pkvm_raise_code(vcpu, PKVM_VECTOR_GP, 0);
	} else {
		if (is_read)
			write_edx_eax(vcpu, in->edx, in->eax);
		pkvm_skip_instruction(vcpu);
	}
	pkvm_summary_publish(vcpu);
	return 0;
}
