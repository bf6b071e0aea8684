/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Queues exceptions, and delivers their payloads to CR2 and DR6. */
#include "exception.h"

/* SDM "Interrupt 8—Double Fault Exception (#DF)", the classes */
#define CONTRIBUTORY (PKVM_BIT(0) | PKVM_BITS(13, 10) | PKVM_BIT(21))
#define PAGE_FAULTS  (PKVM_BIT(14) | PKVM_BIT(20))

/* SDM "Debug Status Register (DR6)" */
#define DR6_BREAKPOINTS PKVM_BITS(3, 0)
#define DR6_ACTIVE_LOW  PKVM_U64(0xffff0ff0)
#define DR6_BIT_12      PKVM_BIT(12)    /* enabled breakpoint, of a payload only */

static const struct pkvm_host_queued_exception double_fault = {
	.vector = PKVM_HOST_VECTOR_DF,
	.has_error_code = true,
};

bool pkvm_host_exception_is_soft(uint32_t vector)
{
	return vector == PKVM_HOST_VECTOR_BP || vector == PKVM_HOST_VECTOR_OF;
}

static uint64_t debug_status(uint64_t dr6, uint64_t payload)
{
	dr6 = (dr6 & ~DR6_BREAKPOINTS) | DR6_ACTIVE_LOW | payload;
	return (dr6 ^ (payload & DR6_ACTIVE_LOW)) & ~DR6_BIT_12;
}

void pkvm_host_deliver_exception_payload(struct pkvm_host_exceptions *state,
					 struct pkvm_host_queued_exception *exception)
{
	if (!exception->has_payload)
		return;
	if (exception->vector == PKVM_HOST_VECTOR_PF)
		state->regs->cr2 = exception->payload;
	if (exception->vector == PKVM_HOST_VECTOR_DB)
		state->regs->dr6 = debug_status(state->regs->dr6, exception->payload);
	exception->has_payload = false;
	exception->payload = 0;
}

static bool is_in(uint64_t vectors, uint32_t vector)
{
	return vectors & PKVM_BIT(vector);
}

static bool makes_double_fault(uint32_t first, uint32_t second)
{
	if (is_in(PAGE_FAULTS, first))
		return is_in(CONTRIBUTORY | PAGE_FAULTS, second);
	return is_in(CONTRIBUTORY, first) && is_in(CONTRIBUTORY, second);
}

static bool makes_shutdown(uint32_t first, uint32_t second)
{
	return first == PKVM_HOST_VECTOR_DF &&
	       is_in(CONTRIBUTORY | PAGE_FAULTS | PKVM_BIT(PKVM_HOST_VECTOR_DF), second);
}

static bool delivers_at_queue(const struct pkvm_host_exceptions *state)
{
	switch (state->delivery) {
	case PKVM_HOST_DELIVER_AT_QUEUE:
		return !state->exception_payload || !state->nested.guest_mode;
	case PKVM_HOST_DELIVER_AT_EVENT_SAVE:
		return !state->nested.guest_mode;
	default:
		return false;
	}
}

/* One that L1 intercepts never waits for L2, and changes nothing of it. */
static bool becomes_vmexit(struct pkvm_host_exceptions *state,
			   const struct pkvm_host_queued_exception *exception)
{
	if (state->intercept == PKVM_HOST_INTERCEPT_AT_ENTRY ||
	    !pkvm_host_nested_intercepts(state, exception))
		return false;
	state->exception_vmexit = *exception;
	return true;
}

static void accept(struct pkvm_host_exceptions *state,
		   const struct pkvm_host_queued_exception *exception)
{
	state->exception = *exception;
	if (delivers_at_queue(state))
		pkvm_host_deliver_exception_payload(state, &state->exception);
}

/*
 * A page fault has written CR2 even if #DF comes of it (SDM "Interrupt
 * 14—Page-Fault Exception (#PF)").
 */
static void queue_double_fault(struct pkvm_host_exceptions *state,
			       struct pkvm_host_queued_exception *second)
{
	struct pkvm_host_queued_exception exception = double_fault;

	pkvm_host_deliver_exception_payload(state, &state->exception);
	pkvm_host_deliver_exception_payload(state, second);
	state->exception = (struct pkvm_host_queued_exception){ 0 };
	exception.pending = true;
	if (!becomes_vmexit(state, &exception))
		accept(state, &exception);
}

/*
 * Whether L1 intercepts it is judged first: the second exception by itself, and
 * #DF only when neither made an exit. Of two that do not make #DF the first
 * comes again by itself, when its instruction is executed again.
 */
void pkvm_host_queue_exception(struct pkvm_host_exceptions *state,
			       const struct pkvm_host_queued_exception *exception)
{
	const struct pkvm_host_queued_exception *first = &state->exception;
	struct pkvm_host_queued_exception second = *exception;
	const bool is_second = first->pending || first->injected;

	second.pending = true;
	second.injected = false;
	second.restored = false;
	if (becomes_vmexit(state, &second))
		return;
	if (is_second && makes_shutdown(first->vector, second.vector)) {
		state->exception = (struct pkvm_host_queued_exception){ 0 };
		state->triple_fault = true;
	} else if (is_second && makes_double_fault(first->vector, second.vector)) {
		queue_double_fault(state, &second);
	} else {
		accept(state, &second);
	}
}
