/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What waits for a vCPU: injected before entry, or waited for by a window. */
#include "exception_vcpu.h"
#include "exit.h"
#include "lapic.h"
#include "result.h"
#include "x86_ops.h"

#define VECTOR_UD 6u
#define VECTOR_GP 13u

void pkvm_host_inject_ud(struct pkvm_host_vcpu *vcpu)
{
	static const struct pkvm_exception ud = { .vector = VECTOR_UD };

	pkvm_host_raise_exception(vcpu, &ud);
}

void pkvm_host_inject_gp(struct pkvm_host_vcpu *vcpu)
{
	static const struct pkvm_exception gp = { .vector = VECTOR_GP, .has_error_code = 1 };

	pkvm_host_raise_exception(vcpu, &gp);
}

static int device_irq(struct pkvm_host_loop *loop)
{
	if (!loop->devices->pending_irq)
		return PKVM_HOST_NO_IRQ;
	return loop->devices->pending_irq(loop->devices->opaque, loop->vcpu);
}

/* The VMM's controller comes before the local APIC, whose LINT0 it is wired to. */
static int pending_irq(struct pkvm_host_loop *loop)
{
	const int vector = device_irq(loop);

	if (vector != PKVM_HOST_NO_IRQ || !loop->vcpu->lapic)
		return vector;
	return pkvm_host_lapic_pending(loop->vcpu->lapic);
}

static uint32_t ack_irq(struct pkvm_host_loop *loop)
{
	if (device_irq(loop) != PKVM_HOST_NO_IRQ)
		return loop->devices->ack_irq(loop->devices->opaque, loop->vcpu);
	return (uint32_t)pkvm_host_lapic_ack(loop->vcpu->lapic);
}

/* With APICv active the processor takes it at the entry, and judges IF itself. */
static bool has_irq(struct pkvm_host_loop *loop)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;

	if (device_irq(loop) == PKVM_HOST_NO_IRQ && vcpu->lapic && vcpu->apicv_active)
		return pkvm_host_lapic_has_interrupt(vcpu->lapic);
	return pending_irq(loop) != PKVM_HOST_NO_IRQ;
}

/* No interrupt controller sends these; a pVM's guest can program one to. */
static bool is_refused_vector(struct pkvm_host_vcpu *vcpu, uint32_t vector)
{
	if (!pkvm_host_is_protected(vcpu) || vector >= PKVM_FIRST_INTERRUPT)
		return false;
	vcpu->stats.dropped++;
	return true;
}

/* What cancel_injection took back, in the form in which it goes in again. */
static void reinject(struct pkvm_host_vcpu *vcpu)
{
	const struct pkvm_cancelled event = vcpu->requeued;
	const struct pkvm_irq irq = { event.vector, event.soft, event.length };
	const struct pkvm_exception exception = {
		.vector = event.vector,
		.has_error_code = event.has_error_code,
		.error_code = event.error_code & PKVM_BITS(15, 0),
		.length = event.length,
	};

	switch (event.kind) {
	case PKVM_EVENT_EXCEPTION:
		if (vcpu->exceptions)
			pkvm_host_requeue_exception(vcpu->exceptions, &event);
		else
			pkvm_host_inject_exception(vcpu, &exception);
		break;
	case PKVM_EVENT_NMI:
		pkvm_host_queue_nmi(vcpu);
		break;
	case PKVM_EVENT_IRQ:
		if (!event.soft && pkvm_host_interrupt_allowed(vcpu, true) <= 0) {
			pkvm_host_enable_irq_window(vcpu);
			return;
		}
		pkvm_host_inject_irq(vcpu, &irq);
		break;
	default:
		return;
	}
	vcpu->requeued = (struct pkvm_cancelled){ 0 };
}

static void inject_nmi(struct pkvm_host_vcpu *vcpu)
{
	if (!__atomic_exchange_n(&vcpu->nmi_pending, false, __ATOMIC_ACQUIRE))
		return;
	if (pkvm_host_nmi_allowed(vcpu, true) > 0) {
		pkvm_host_inject_nmi(vcpu);
		return;
	}
	pkvm_host_queue_nmi(vcpu);
	pkvm_host_enable_nmi_window(vcpu);
}

/* One call; the controller is acknowledged only when the interrupt is in. */
static bool inject_fused(struct pkvm_host_loop *loop, uint32_t vector)
{
	int delivered;

	if (is_refused_vector(loop->vcpu, vector)) {
		(void)ack_irq(loop);
		return true;
	}
	delivered = pkvm_host_inject_irq_if_allowed(loop->vcpu, vector);
	if (delivered < 0)
		pkvm_host_vm_bugged(loop->vcpu->vm, PKVM_HC_inject_irq_if_allowed, delivered);
	if (delivered > 0)
		(void)ack_irq(loop);
	return delivered > 0;
}

/* Asking, acknowledging, injecting; the vector is known only after the second. */
static bool inject_by_steps(struct pkvm_host_loop *loop)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;
	struct pkvm_irq irq = { 0 };

	if (pkvm_host_interrupt_allowed(vcpu, true) <= 0) {
		pkvm_host_enable_irq_window(vcpu);
		return false;
	}
	irq.vector = ack_irq(loop);
	if (!is_refused_vector(vcpu, (uint32_t)irq.vector))
		pkvm_host_inject_irq(vcpu, &irq);
	return true;
}

static void inject_irq(struct pkvm_host_loop *loop)
{
	const bool fused = pkvm_host_has_feature(loop->vcpu->vm, PKVM_FEAT_fused_injection);
	const int vector = pending_irq(loop);
	bool delivered;

	if (vector == PKVM_HOST_NO_IRQ)
		return;
	if (fused && vector != PKVM_HOST_EXTINT)
		delivered = inject_fused(loop, (uint32_t)vector);
	else
		delivered = inject_by_steps(loop);
	loop->vcpu->stats.injected += delivered;
	if (delivered && pending_irq(loop) != PKVM_HOST_NO_IRQ)
		pkvm_host_enable_irq_window(loop->vcpu);
}

/*
 * An exception keeps out what comes after it. The threshold is last: it has to fit
 * what the injection left requested.
 */
enum pkvm_host_stop pkvm_host_inject_pending(struct pkvm_host_loop *loop)
{
	enum pkvm_host_stop stop;

	reinject(loop->vcpu);
	stop = pkvm_host_inject_queued(loop);
	if (stop != PKVM_HOST_GO)
		return stop;
	inject_nmi(loop->vcpu);
	inject_irq(loop);
	if (loop->vcpu->lapic)
		pkvm_host_lapic_sync(loop->vcpu->lapic);
	return PKVM_HOST_GO;
}

/*
 * An event that the hypervisor has already wakes too: a single-step trap, or an
 * interrupt that was injected, had to wait, and can go behind HLT.
 */
bool pkvm_host_can_wake(struct pkvm_host_loop *loop)
{
	struct pkvm_host_vcpu *vcpu = loop->vcpu;

	if (vcpu->requeued.kind != PKVM_EVENT_NONE ||
	    pkvm_host_interrupt_allowed(vcpu, true) == -PKVM_EBUSY ||
	    pkvm_host_exception_waits(vcpu))
		return true;
	if (__atomic_load_n(&vcpu->nmi_pending, __ATOMIC_RELAXED) &&
	    pkvm_host_nmi_allowed(vcpu, false) > 0)
		return true;
	return has_irq(loop) && pkvm_host_interrupt_allowed(vcpu, false) > 0;
}
