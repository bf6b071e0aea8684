/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Injection of interrupts, NMIs and exceptions, and skipping an instruction. */
#include "exception_vcpu.h"
#include "result.h"
#include "x86_ops.h"

#define VECTOR_DB 1u
#define DR6_BS    PKVM_BIT(14)          /* SDM "Debug Status Register" */

void pkvm_host_inject_irq(struct pkvm_host_vcpu *vcpu, const struct pkvm_irq *irq)
{
	pkvm_host_must(vcpu, PKVM_HC_inject_irq, irq->vector, pkvm_hc_inject_irq(irq));
}

int pkvm_host_inject_irq_if_allowed(struct pkvm_host_vcpu *vcpu, uint32_t vector)
{
	const struct pkvm_vector in = { vector };
	struct pkvm_flag out;
	const int error = pkvm_host_result(vcpu, PKVM_HC_inject_irq_if_allowed, vector,
					   pkvm_hc_inject_irq_if_allowed(&in, &out));

	return error ? error : (int)out.value;
}

void pkvm_host_inject_nmi(struct pkvm_host_vcpu *vcpu)
{
	pkvm_host_must(vcpu, PKVM_HC_inject_nmi, PKVM_HOST_ANY, pkvm_hc_inject_nmi());
}

void pkvm_host_inject_exception(struct pkvm_host_vcpu *vcpu,
				const struct pkvm_exception *exception)
{
	if (pkvm_host_may(vcpu, PKVM_HC_inject_exception))
		pkvm_host_must(vcpu, PKVM_HC_inject_exception, exception->vector,
			       pkvm_hc_inject_exception(exception));
}

/* An empty answer leaves in place what an earlier one took back. */
void pkvm_host_cancel_injection(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_cancelled out;

	if (pkvm_host_must(vcpu, PKVM_HC_cancel_injection, PKVM_HOST_ANY,
			   pkvm_hc_cancel_injection(&out)) &&
	    out.kind != PKVM_EVENT_NONE)
		vcpu->requeued = out;
}

void pkvm_host_update_exception_bitmap(struct pkvm_host_vcpu *vcpu)
{
	const struct pkvm_guest_debug in = { vcpu->guest_debug |
					     pkvm_host_nested_guest_debug(vcpu) };

	if (pkvm_host_may(vcpu, PKVM_HC_update_exception_bitmap))
		pkvm_host_must(vcpu, PKVM_HC_update_exception_bitmap, in.flags,
			       pkvm_hc_update_exception_bitmap(&in));
}

void pkvm_host_deliver_sipi(struct pkvm_host_vcpu *vcpu, uint32_t vector)
{
	const struct pkvm_vector in = { vector };

	if (!pkvm_host_may(vcpu, PKVM_HC_deliver_sipi))
		return;
	vcpu->segment_cache.valid = 0;
	vcpu->segment_cache.base_valid = 0;
	pkvm_host_must(vcpu, PKVM_HC_deliver_sipi, vector, pkvm_hc_deliver_sipi(&in));
}

/*
 * Outside IA-32e mode RIP is EIP. An instruction that was stepped over traps as
 * one that was executed does.
 */
void pkvm_host_skip_emulated_instruction(struct pkvm_host_vcpu *vcpu, uint64_t length)
{
	static const struct pkvm_exception step = {
		.vector = VECTOR_DB,
		.has_payload = 1,
		.payload = DR6_BS,
	};
	struct pkvm_page_regs *regs = &vcpu->page->regs;

	if (pkvm_host_is_protected(vcpu))
		return;
	regs->rip += length;
	if (!(regs->efer & PKVM_EFER_LMA))
		regs->rip &= PKVM_BITS(31, 0);
	pkvm_host_set_interrupt_shadow(vcpu, PKVM_SHADOW_NONE);
	if (regs->rflags & PKVM_RFLAGS_TF)
		pkvm_host_raise_exception(vcpu, &step);
	if (vcpu->exceptions)
		pkvm_host_nested_step(vcpu->exceptions);
}
