/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Saves and restores what exceptions and their payloads touch. */
#include "exception.h"

#define DR6_DR7_HIGH PKVM_BITS(63, 32)  /* reserved: zero */

/*
 * The saved state has room for one. Two can wait only when an exception that L1
 * does not intercept was injected, and its delivery raised one that L1 does.
 */
static struct pkvm_host_queued_exception *exception_to_save(struct pkvm_host_exceptions *state)
{
	if (state->exception_vmexit.pending && !state->exception.pending &&
	    !state->exception.injected)
		return &state->exception_vmexit;
	return &state->exception;
}

/*
 * Without the capability nobody carries the payload over to the restored vCPU.
 * It is delivered ahead of its time, by whatever is saved first, so that all
 * that is saved fits together.
 */
static void payload_quirk(struct pkvm_host_exceptions *state)
{
	struct pkvm_host_queued_exception *exception = exception_to_save(state);

	if (!state->exception_payload && exception->pending)
		pkvm_host_deliver_exception_payload(state, exception);
}

static void register_quirk(struct pkvm_host_exceptions *state)
{
	if (state->delivery == PKVM_HOST_DELIVER_AT_INJECTION)
		payload_quirk(state);
}

/*
 * Without the capability pending is told as injected. The length of a software
 * exception's instruction is not saved; the instruction raises it again.
 */
void pkvm_host_get_vcpu_events(struct pkvm_host_exceptions *state,
			       struct pkvm_host_vcpu_events *events)
{
	const struct pkvm_host_queued_exception *exception;

	payload_quirk(state);
	exception = exception_to_save(state);
	*events = (struct pkvm_host_vcpu_events){
		.vector = exception->vector,
		.has_error_code = exception->has_error_code,
		.error_code = exception->error_code,
		.valid_payload = state->exception_payload,
	};
	if (pkvm_host_exception_is_soft(exception->vector))
		return;
	events->injected = exception->injected;
	if (!state->exception_payload) {
		events->injected |= exception->pending;
		return;
	}
	events->pending = exception->pending;
	events->has_payload = exception->has_payload;
	events->payload = exception->payload;
}

void pkvm_host_get_exception_sregs(struct pkvm_host_exceptions *state,
				   struct pkvm_host_sregs *sregs)
{
	if (state->guest_state_protected)
		return;
	register_quirk(state);
	sregs->cr2 = state->regs->cr2;
}

int pkvm_host_get_debugregs(struct pkvm_host_exceptions *state,
			    struct pkvm_host_debugregs *debugregs)
{
	*debugregs = (struct pkvm_host_debugregs){ 0 };
	if (state->guest_state_protected)
		return -PKVM_EINVAL;
	register_quirk(state);
	for (unsigned int i = 0; i < 4; i++)
		debugregs->db[i] = state->regs->dr[i];
	debugregs->dr6 = state->regs->dr6;
	debugregs->dr7 = state->regs->dr7;
	return 0;
}

/*
 * Deliberately here too, even when nobody is about to save: a VMM may leave out
 * the special registers that it has got with the exit.
 */
void pkvm_host_store_regs(struct pkvm_host_exceptions *state, struct pkvm_host_copy_out *out)
{
	struct pkvm_host_sregs sregs = { .cr2 = 0 };

	*out = (struct pkvm_host_copy_out){ 0 };
	pkvm_host_get_exception_sregs(state, &sregs);
	out->cr2 = sregs.cr2;
	if (!state->guest_state_protected)
		out->dr6 = state->regs->dr6;
	pkvm_host_get_vcpu_events(state, &out->events);
}

int pkvm_host_set_vcpu_events(struct pkvm_host_exceptions *state,
			      const struct pkvm_host_vcpu_events *events)
{
	const bool pending = events->valid_payload && events->pending;
	const bool has_payload = pending && events->has_payload;

	if (events->valid_payload && !state->exception_payload)
		return -PKVM_EINVAL;
	if ((pending || events->injected) && (events->vector >= PKVM_HOST_VECTORS ||
					      events->vector == PKVM_HOST_VECTOR_NMI))
		return -PKVM_EINVAL;
	if (has_payload && events->vector == PKVM_HOST_VECTOR_DB &&
	    (events->payload & ~PKVM_DB_PAYLOAD))
		return -PKVM_EINVAL;
	state->exception_vmexit = (struct pkvm_host_queued_exception){ 0 };
	state->exception = (struct pkvm_host_queued_exception){
		.pending = pending,
		.injected = events->injected && !pending,
		.restored = pending,
		.vector = events->vector,
		.has_error_code = events->has_error_code,
		.error_code = events->error_code,
		.has_payload = has_payload,
		.payload = has_payload ? events->payload : 0,
	};
	return 0;
}

void pkvm_host_set_exception_sregs(struct pkvm_host_exceptions *state,
				   const struct pkvm_host_sregs *sregs)
{
	if (!state->guest_state_protected)
		state->regs->cr2 = sregs->cr2;
}

int pkvm_host_set_debugregs(struct pkvm_host_exceptions *state,
			    const struct pkvm_host_debugregs *debugregs)
{
	if (state->guest_state_protected)
		return -PKVM_EINVAL;
	if ((debugregs->dr6 | debugregs->dr7) & DR6_DR7_HIGH)
		return -PKVM_EINVAL;
	for (unsigned int i = 0; i < 4; i++)
		state->regs->dr[i] = debugregs->db[i];
	state->regs->dr6 = debugregs->dr6;
	state->regs->dr7 = debugregs->dr7;
	return 0;
}
