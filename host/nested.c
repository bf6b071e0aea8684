/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Entries of L1 into L2, intercepts of exceptions, and exits from L2 to L1. */
#include "exception.h"

/* SDM "Interruption Information" of entries and exits */
#define INFO_VECTOR        0x000000ffu  /* [7:0]  */
#define INFO_TYPE          0x00000700u  /* [10:8] */
#define INFO_HARDWARE      0x00000300u
#define INFO_SOFTWARE      0x00000600u  /* #BP, #OF */
#define INFO_ERROR_CODE    0x00000800u  /* [11]   */
#define INFO_VALID         0x80000000u  /* [31]   */

/* SDM "Exit Qualification for Debug Exceptions", DR6 has the same places. */
#define DEBUG_BITS   (PKVM_BITS(3, 0) | PKVM_BIT(11) | PKVM_BITS(14, 13) | PKVM_BIT(16))
#define DEBUG_LOW    (PKVM_BIT(11) | PKVM_BIT(16))      /* active low in DR6 */
/* Without one of them nothing of the field is delivered after VM entry. */
#define DELIVERED    (PKVM_BITS(12, 11) | PKVM_BIT(14))

bool pkvm_host_nested_intercepts(const struct pkvm_host_exceptions *state,
				 const struct pkvm_host_queued_exception *exception)
{
	const struct pkvm_host_nested_controls *controls = &state->nested.controls;
	const bool bit = controls->exception_bitmap & PKVM_BIT(exception->vector);

	if (!state->nested.guest_mode)
		return false;
	if (exception->vector != PKVM_HOST_VECTOR_PF)
		return bit;
	return ((exception->error_code & controls->page_fault_mask) ==
		controls->page_fault_match) == bit;
}

/* Only exceptions are modelled; L1 injects no other event. */
static bool is_exception(uint32_t info)
{
	const uint32_t vector = info & INFO_VECTOR;

	if (vector >= PKVM_HOST_VECTORS || vector == PKVM_HOST_VECTOR_NMI)
		return false;
	return (info & INFO_TYPE) ==
	       (pkvm_host_exception_is_soft(vector) ? INFO_SOFTWARE : INFO_HARDWARE);
}

/*
 * An injected event is never intercepted, and no debug exception is pending
 * after it (SDM "Delivery of Pending Debug Exceptions after VM Entry").
 */
static void take_events(struct pkvm_host_exceptions *state,
			const struct pkvm_host_nested_controls *controls)
{
	const struct pkvm_host_queued_exception injected = {
		.injected = true,
		.vector = controls->entry_info & INFO_VECTOR,
		.has_error_code = controls->entry_info & INFO_ERROR_CODE,
		.error_code = controls->entry_error_code,
		.length = controls->entry_length,
	};
	const struct pkvm_host_queued_exception debug = {
		.vector = PKVM_HOST_VECTOR_DB,
		.has_payload = true,
		.payload = state->nested.pending_debug,
	};

	if (controls->entry_info & INFO_VALID)
		state->exception = injected;
	else if (debug.payload & DELIVERED)
		pkvm_host_queue_exception(state, &debug);
}

int pkvm_host_set_nested_vmcs(struct pkvm_host_exceptions *state,
			      const struct pkvm_host_nested *vmcs)
{
	const struct pkvm_host_nested_controls *controls = &vmcs->controls;

	if (state->nested.guest_mode ||
	    (controls->entry_info & INFO_VALID && !is_exception(controls->entry_info)))
		return -PKVM_EINVAL;
	state->nested.has_vmcs = true;
	state->nested.controls = *controls;
	state->nested.pending_debug = vmcs->pending_debug;
	state->nested.guest = vmcs->guest;
	state->nested.host = vmcs->host;
	return 0;
}

int pkvm_host_nested_enter(struct pkvm_host_exceptions *state,
			   const struct pkvm_host_nested_controls *controls)
{
	if (state->nested.guest_mode ||
	    (controls->entry_info & INFO_VALID && !is_exception(controls->entry_info)))
		return -PKVM_EINVAL;
	state->nested.guest_mode = true;
	state->nested.mtf_pending = false;
	state->nested.controls = *controls;
	take_events(state, controls);
	return 0;
}

void pkvm_host_nested_step(struct pkvm_host_exceptions *state)
{
	if (state->nested.guest_mode)
		state->nested.mtf_pending = state->nested.controls.monitor_trap_flag;
}

static uint32_t information(const struct pkvm_host_queued_exception *exception)
{
	return INFO_VALID | exception->vector |
	       (exception->has_error_code ? INFO_ERROR_CODE : 0) |
	       (pkvm_host_exception_is_soft(exception->vector) ? INFO_SOFTWARE : INFO_HARDWARE);
}

/* A payload that was delivered ahead of its time is taken from where it went. */
static uint64_t qualification(const struct pkvm_host_exceptions *state,
			      const struct pkvm_host_queued_exception *exception)
{
	const struct pkvm_page_regs *regs = state->regs;

	if (exception->vector == PKVM_HOST_VECTOR_PF)
		return exception->has_payload ? exception->payload : regs->cr2;
	if (exception->vector != PKVM_HOST_VECTOR_DB)
		return 0;
	return (exception->has_payload ? exception->payload : regs->dr6 ^ DEBUG_LOW) & DEBUG_BITS;
}

/* Every exit but the monitor trap flag's leaves no debug exception pending. */
static void leave_l2(struct pkvm_host_exceptions *state,
		     const struct pkvm_host_nested_exit *exit, uint64_t pending_debug)
{
	const struct pkvm_host_queued_exception *vectoring = &state->exception;

	state->nested.exit = *exit;
	if (vectoring->injected) {
		state->nested.exit.vectoring_info = information(vectoring);
		state->nested.exit.vectoring_error_code = vectoring->error_code;
		if (pkvm_host_exception_is_soft(vectoring->vector))
			state->nested.exit.length = vectoring->length;
	}
	state->nested.guest_mode = false;
	state->nested.mtf_pending = false;
	state->nested.controls.entry_info &= ~INFO_VALID;
	state->nested.pending_debug = pending_debug;
	state->exception = (struct pkvm_host_queued_exception){ 0 };
	state->exception_vmexit = (struct pkvm_host_queued_exception){ 0 };
	state->triple_fault = false;
}

/* It does not change CR2 or DR6 (SDM "Architectural State Before a VM Exit"). */
void pkvm_host_nested_exception(struct pkvm_host_exceptions *state)
{
	const struct pkvm_host_queued_exception *exception = &state->exception_vmexit;
	const struct pkvm_host_nested_exit exit = {
		.reason = PKVM_HOST_NESTED_EXCEPTION,
		.info = information(exception),
		.error_code = exception->error_code,
		.length = exception->length,
		.qualification = qualification(state, exception),
	};

	leave_l2(state, &exit, 0);
}

static uint64_t payload_of_debug(const struct pkvm_host_queued_exception *exception)
{
	if (!exception->pending || exception->vector != PKVM_HOST_VECTOR_DB)
		return 0;
	return exception->has_payload ? exception->payload : 0;
}

/* The #DB that waits goes along as a pending debug exception, for L1 to keep. */
void pkvm_host_nested_monitor_trap(struct pkvm_host_exceptions *state)
{
	const struct pkvm_host_nested_exit exit = {
		.reason = PKVM_HOST_NESTED_MONITOR_TRAP_FLAG,
	};

	leave_l2(state, &exit,
		 payload_of_debug(&state->exception) |
		 payload_of_debug(&state->exception_vmexit));
}

void pkvm_host_nested_triple_fault(struct pkvm_host_exceptions *state)
{
	const struct pkvm_host_nested_exit exit = {
		.reason = PKVM_HOST_NESTED_TRIPLE_FAULT,
	};

	leave_l2(state, &exit, 0);
}

void pkvm_host_get_nested_state(const struct pkvm_host_exceptions *state,
				struct pkvm_host_nested *nested)
{
	*nested = state->nested;
}

/* What waits is left as it is: it may have been restored before. */
int pkvm_host_set_nested_state(struct pkvm_host_exceptions *state,
			       const struct pkvm_host_nested *nested)
{
	if (nested->mtf_pending && !nested->guest_mode)
		return -PKVM_EINVAL;
	state->nested = *nested;
	return 0;
}
