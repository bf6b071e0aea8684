/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Model-specific registers. */
#include "exception_vcpu.h"
#include "post.h"
#include "registers.h"
#include "result.h"
#include "tsc.h"
#include "x86_ops.h"

#define VECTOR_GP 13u

/* A write is never preceded by a read to compare: some MSRs are write-only. */
int pkvm_host_set_msr(struct pkvm_host_vcpu *vcpu, uint32_t index, uint64_t value)
{
	const struct pkvm_msr in = { index, value };

	switch (index) {
	case PKVM_HOST_IA32_TSC:
		pkvm_host_write_tsc(vcpu, value);
		return 0;
	case PKVM_HOST_IA32_TSC_ADJUST:
		vcpu->tsc.adjust = value;
		return 0;
	default:
		if (!pkvm_host_may(vcpu, PKVM_HC_set_msr))
			return 0;
		return pkvm_host_result(vcpu, PKVM_HC_set_msr, index, pkvm_hc_set_msr(&in));
	}
}

int pkvm_host_get_msr(struct pkvm_host_vcpu *vcpu, uint32_t index, uint64_t *value)
{
	const struct pkvm_msr_index in = { index };
	struct pkvm_value out = { 0 };
	int error = 0;

	switch (index) {
	case PKVM_HOST_IA32_TSC:
		out.value = pkvm_host_read_tsc(vcpu);
		break;
	case PKVM_HOST_IA32_TSC_ADJUST:
		out.value = vcpu->tsc.adjust;
		break;
	default:
		if (pkvm_host_may(vcpu, PKVM_HC_get_msr))
			error = pkvm_host_result(vcpu, PKVM_HC_get_msr, index,
						 pkvm_hc_get_msr(&in, &out));
		break;
	}
	*value = out.value;
	return error;
}

static void complete_here(struct pkvm_host_vcpu *vcpu, bool error, uint64_t value)
{
	static const struct pkvm_exception gp = { .vector = VECTOR_GP, .has_error_code = 1 };

	if (error) {
		pkvm_host_raise_exception(vcpu, &gp);
		return;
	}
	if (vcpu->read_msr) {
		vcpu->page->regs.gpr[PKVM_HOST_RAX] = value & PKVM_BITS(31, 0);
		vcpu->page->regs.gpr[PKVM_HOST_RDX] = value >> 32;
	}
	pkvm_host_skip_emulated_instruction(vcpu, vcpu->instruction_length);
}

void pkvm_host_complete_emulated_msr(struct pkvm_host_vcpu *vcpu, bool error, uint64_t value)
{
	const struct pkvm_msr_answer in = { error, value & PKVM_BITS(31, 0), value >> 32 };

	if (!pkvm_host_may(vcpu, PKVM_HC_complete_emulated_msr))
		complete_here(vcpu, error, value);
	else if (!PKVM_HOST_POST(vcpu, complete_emulated_msr, in.error, in.eax, in.edx))
		pkvm_host_must(vcpu, PKVM_HC_complete_emulated_msr, error,
			       pkvm_hc_complete_emulated_msr(&in));
}
