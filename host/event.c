/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Injection of interrupts, NMIs and exceptions, and skipping an instruction. */
#include "exception_vcpu.h"
#include "post.h"
#include "result.h"
#include "x86_ops.h"

/* What can be known here; of what cannot, and of what is refused, a call tells. */
static bool may_post_irq(struct pkvm_host_vcpu *vcpu, uint64_t vector)
{
	return pkvm_host_may_post(vcpu) &&
	       pkvm_host_has_feature(vcpu->vm, PKVM_FEAT_fused_injection) &&
	       (vector >= PKVM_FIRST_INTERRUPT || !pkvm_host_is_protected(vcpu));
}

void pkvm_host_inject_irq(struct pkvm_host_vcpu *vcpu, const struct pkvm_irq *irq)
{
	if (irq->soft || !may_post_irq(vcpu, irq->vector) ||
	    pkvm_host_interrupt_allowed(vcpu, true) <= 0 ||
	    !PKVM_HOST_POST(vcpu, inject_irq_if_allowed, irq->vector))
		pkvm_host_must(vcpu, PKVM_HC_inject_irq, irq->vector, pkvm_hc_inject_irq(irq));
}

/* An interrupt that is allowed now is allowed when the run applies the item. */
int pkvm_host_inject_irq_if_allowed(struct pkvm_host_vcpu *vcpu, uint32_t vector)
{
	const struct pkvm_vector in = { vector };
	struct pkvm_flag out;
	int error;

	if (may_post_irq(vcpu, vector)) {
		if (pkvm_host_interrupt_allowed(vcpu, true) > 0 &&
		    PKVM_HOST_POST(vcpu, inject_irq_if_allowed, vector))
			return 1;
		pkvm_host_enable_irq_window(vcpu);
		return 0;
	}
	error = pkvm_host_result(vcpu, PKVM_HC_inject_irq_if_allowed, vector,
				 pkvm_hc_inject_irq_if_allowed(&in, &out));
	return error ? error : (int)out.value;
}

void pkvm_host_inject_nmi(struct pkvm_host_vcpu *vcpu)
{
	if (!PKVM_HOST_POST(vcpu, inject_nmi, 0))
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

/*
 * By a debugger of the host. The hypervisor forwards a #DB for L1 as well, which one that
 * is raised here reaches through the reference.
 */
static bool is_debugged(const struct pkvm_host_vcpu *vcpu)
{
	const uint32_t hardware = PKVM_GUESTDBG_SINGLESTEP | PKVM_GUESTDBG_USE_HW_BP;

	return (vcpu->guest_debug & PKVM_GUESTDBG_ENABLE) && (vcpu->guest_debug & hardware);
}

void pkvm_host_update_exception_bitmap(struct pkvm_host_vcpu *vcpu)
{
	const struct pkvm_guest_debug in = { vcpu->guest_debug |
					     pkvm_host_nested_guest_debug(vcpu) };

	vcpu->stepped &= is_debugged(vcpu);
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

/* A debugger is told of it by the run loop. */
static void trap(struct pkvm_host_vcpu *vcpu)
{
	static const struct pkvm_exception step = {
		.vector = PKVM_HOST_VECTOR_DB,
		.has_payload = 1,
		.payload = PKVM_HOST_DR6_BS,
	};

	if (is_debugged(vcpu))
		vcpu->stepped = true;
	else
		pkvm_host_raise_exception(vcpu, &step);
}

/*
 * Outside IA-32e mode RIP is EIP. An instruction that was stepped over traps as
 * one that was executed does.
 */
void pkvm_host_skip_emulated_instruction(struct pkvm_host_vcpu *vcpu, uint64_t length)
{
	struct pkvm_page_regs *regs = &vcpu->page->regs;
	bool stepping;

	if (pkvm_host_is_protected(vcpu))
		return;
	stepping = pkvm_host_get_rflags(vcpu) & PKVM_RFLAGS_TF;
	regs->rip += length;
	if (!(regs->efer & PKVM_EFER_LMA))
		regs->rip &= PKVM_BITS(31, 0);
	pkvm_host_set_interrupt_shadow(vcpu, PKVM_SHADOW_NONE);
	if (stepping)
		trap(vcpu);
	if (vcpu->exceptions)
		pkvm_host_nested_step(vcpu->exceptions);
}
