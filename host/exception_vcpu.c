/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Exceptions that the host's own code raises, and a VMM's saves and restores of a vCPU. */
#include "exception_vcpu.h"
#include "x86_ops.h"

void pkvm_host_add_exceptions(struct pkvm_host_vcpu *vcpu, struct pkvm_host_exceptions *state)
{
	*state = (struct pkvm_host_exceptions){ .regs = &vcpu->page->regs };
	vcpu->exceptions = state;
}

struct pkvm_host_exceptions *pkvm_host_exceptions_of(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_host_exceptions *state = vcpu->exceptions;

	state->exception_payload = vcpu->vm->exception_payload;
	state->guest_state_protected = pkvm_host_is_hidden(vcpu);
	return state;
}

void pkvm_host_forget_exceptions(struct pkvm_host_vcpu *vcpu)
{
	struct pkvm_host_exceptions *state = vcpu->exceptions;

	if (!state)
		return;
	state->exception = (struct pkvm_host_queued_exception){ 0 };
	state->exception_vmexit = (struct pkvm_host_queued_exception){ 0 };
	state->nested = (struct pkvm_host_nested){ 0 };
	state->triple_fault = false;
}

void pkvm_host_raise_exception(struct pkvm_host_vcpu *vcpu, const struct pkvm_exception *in)
{
	const struct pkvm_host_queued_exception exception = {
		.vector = (uint32_t)in->vector,
		.has_error_code = in->has_error_code,
		.error_code = (uint32_t)in->error_code,
		.has_payload = in->has_payload,
		.payload = in->payload,
		.length = (uint32_t)in->length,
	};

	if (pkvm_host_is_protected(vcpu))
		return;
	if (vcpu->exceptions)
		pkvm_host_queue_exception(pkvm_host_exceptions_of(vcpu), &exception);
	else
		pkvm_host_inject_exception(vcpu, in);
}

void pkvm_host_requeue_exception(struct pkvm_host_exceptions *state,
				 const struct pkvm_cancelled *event)
{
	state->exception = (struct pkvm_host_queued_exception){
		.injected = true,
		.vector = (uint32_t)event->vector,
		.has_error_code = event->has_error_code,
		.error_code = (uint32_t)(event->error_code & PKVM_BITS(15, 0)),
		.length = (uint32_t)event->length,
	};
}

bool pkvm_host_exception_waits(const struct pkvm_host_vcpu *vcpu)
{
	const struct pkvm_host_exceptions *state = vcpu->exceptions;

	return state && (state->exception.pending || state->exception.injected ||
			 state->exception_vmexit.pending || state->nested.mtf_pending ||
			 state->triple_fault);
}

void pkvm_host_save_events(struct pkvm_host_vcpu *vcpu, struct pkvm_host_vcpu_events *events)
{
	pkvm_host_get_vcpu_events(pkvm_host_exceptions_of(vcpu), events);
}

/* A pVM's are the hypervisor's: what is restored for one has no effect. */
int pkvm_host_restore_events(struct pkvm_host_vcpu *vcpu,
			     const struct pkvm_host_vcpu_events *events)
{
	struct pkvm_host_exceptions *state = pkvm_host_exceptions_of(vcpu);
	const int error = pkvm_host_set_vcpu_events(state, events);

	if (pkvm_host_is_protected(vcpu))
		state->exception = (struct pkvm_host_queued_exception){ 0 };
	return error;
}

int pkvm_host_save_debugregs(struct pkvm_host_vcpu *vcpu,
			     struct pkvm_host_debugregs *debugregs)
{
	return pkvm_host_get_debugregs(pkvm_host_exceptions_of(vcpu), debugregs);
}

/* DR7 of the register block is out only. */
int pkvm_host_restore_debugregs(struct pkvm_host_vcpu *vcpu,
				const struct pkvm_host_debugregs *debugregs)
{
	struct pkvm_page_regs *regs = &vcpu->page->regs;
	const struct pkvm_page_regs before = *regs;
	int error = pkvm_host_set_debugregs(pkvm_host_exceptions_of(vcpu), debugregs);

	if (!error)
		error = pkvm_host_write_dr7(vcpu, debugregs->dr7);
	if (error)
		*regs = before;
	return error;
}

void pkvm_host_copy_out(struct pkvm_host_vcpu *vcpu, struct pkvm_host_copy_out *out)
{
	pkvm_host_store_regs(pkvm_host_exceptions_of(vcpu), out);
}
