/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Decides what the next VM entry injects, or which VM exit to L1 comes first. */
#include "exception.h"
#include "x86_ops.h"

/* Of a payload: general detect is a fault, a task switch's trap has a high priority. */
#define PAYLOAD_BD PKVM_BIT(13)
#define PAYLOAD_BT PKVM_BIT(15)

/*
 * A debug trap on the previous instruction: below a monitor-trap-flag exit, where
 * a fault is above it (SDM "Monitor Trap Flag").
 */
static bool is_debug_trap(const struct pkvm_host_queued_exception *exception)
{
	return exception->vector == PKVM_HOST_VECTOR_DB &&
	       !(exception->payload & (PAYLOAD_BD | PAYLOAD_BT));
}

static bool monitor_trap_waits(const struct pkvm_host_exceptions *state)
{
	const struct pkvm_host_queued_exception *exception = &state->exception;

	return exception->injected || (exception->pending && !is_debug_trap(exception));
}

/*
 * A restored exception is judged here and not before: guest mode may have been
 * restored after it. The old order judged all of them here, and changed CR2 or
 * DR6 of L2 before that, unless a monitor-trap-flag exit was ahead.
 */
static void judge_intercept(struct pkvm_host_exceptions *state)
{
	struct pkvm_host_queued_exception *exception = &state->exception;
	const bool late = state->intercept == PKVM_HOST_INTERCEPT_AT_ENTRY;

	if (!exception->pending || !(late || exception->restored))
		return;
	exception->restored = false;
	if (late && !(state->nested.mtf_pending && is_debug_trap(exception)))
		pkvm_host_deliver_exception_payload(state, exception);
	if (!pkvm_host_nested_intercepts(state, exception))
		return;
	state->exception_vmexit = *exception;
	*exception = (struct pkvm_host_queued_exception){ 0 };
}

static bool exit_to_l1(struct pkvm_host_exceptions *state)
{
	const struct pkvm_host_queued_exception *vmexit = &state->exception_vmexit;

	if (!state->nested.guest_mode)
		return false;
	if (state->triple_fault)
		pkvm_host_nested_triple_fault(state);
	else if (vmexit->pending && !is_debug_trap(vmexit))
		pkvm_host_nested_exception(state);
	else if (state->nested.mtf_pending && !monitor_trap_waits(state))
		pkvm_host_nested_monitor_trap(state);
	else if (vmexit->pending)
		pkvm_host_nested_exception(state);
	else
		return false;
	return true;
}

enum pkvm_host_entry pkvm_host_enter_exceptions(struct pkvm_host_exceptions *state)
{
	struct pkvm_host_queued_exception *exception = &state->exception;

	judge_intercept(state);
	if (exit_to_l1(state))
		return PKVM_HOST_ENTER_L1;
	if (state->triple_fault)
		return PKVM_HOST_ENTER_SHUTDOWN;
	if (!exception->pending && !exception->injected)
		return PKVM_HOST_ENTER;
	if (exception->pending)
		pkvm_host_deliver_exception_payload(state, exception);
	exception->pending = false;
	exception->injected = true;
	return PKVM_HOST_ENTER_INJECT;
}

void pkvm_host_leave_exceptions(struct pkvm_host_exceptions *state, bool cut_short)
{
	if (!cut_short && state->exception.injected)
		state->exception = (struct pkvm_host_queued_exception){ 0 };
}

/* The payload is in the register block by now: the hypervisor gets none. */
enum pkvm_host_entry pkvm_host_inject_exceptions(struct pkvm_host_vcpu *vcpu,
						 struct pkvm_host_exceptions *state)
{
	const enum pkvm_host_entry entry = pkvm_host_enter_exceptions(state);
	const struct pkvm_exception in = {
		.vector = state->exception.vector,
		.has_error_code = state->exception.has_error_code,
		.error_code = state->exception.error_code,
		.length = state->exception.length,
	};

	if (entry == PKVM_HOST_ENTER_INJECT)
		pkvm_host_inject_exception(vcpu, &in);
	return entry;
}
