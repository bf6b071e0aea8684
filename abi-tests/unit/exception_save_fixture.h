/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Every state of a vCPU's exceptions that can be saved, and every order of saving. */
#ifndef PKVM_TEST_EXCEPTION_SAVE_FIXTURE_H
#define PKVM_TEST_EXCEPTION_SAVE_FIXTURE_H

#include "exception_fixture.h"

enum { SAVE_SREGS, SAVE_DEBUGREGS, SAVE_EVENTS, SAVE_COPY_OUT, SAVES };

/* All that a VMM has got in the end. */
struct saved {
	struct pkvm_host_sregs sregs;
	struct pkvm_host_debugregs debugregs;
	struct pkvm_host_vcpu_events events;
	struct pkvm_host_copy_out copy_out;
	struct pkvm_host_nested nested;
	int debugregs_error;
};

static inline void save_one(struct subject *subject, struct saved *saved, unsigned int what)
{
	switch (what) {
	case SAVE_SREGS:
		pkvm_host_get_exception_sregs(&subject->state, &saved->sregs);
		break;
	case SAVE_DEBUGREGS:
		saved->debugregs_error =
			pkvm_host_get_debugregs(&subject->state, &saved->debugregs);
		break;
	case SAVE_EVENTS:
		pkvm_host_get_vcpu_events(&subject->state, &saved->events);
		break;
	default:
		pkvm_host_store_regs(&subject->state, &saved->copy_out);
		break;
	}
}

/* The n-th of the 24 orders of four things. */
static inline void order_of_four(unsigned int n, unsigned int order[4])
{
	unsigned int left[4] = {0, 1, 2, 3};

	for (unsigned int i = 0; i < 4; i++) {
		const unsigned int pick = n % (4 - i);

		n /= 4 - i;
		order[i] = left[pick];
		for (unsigned int k = pick; k < 3; k++)
			left[k] = left[k + 1];
	}
}

/* One state by its number. */
#define STATES (2u * 3 * 9 * 3 * 2)

struct shape {
	bool capability;
	bool guest_mode;
	bool mtf;               /* an exit for the monitor trap flag is pending */
	bool pending;
	bool injected;
	uint32_t vector;        /* of the ordinary exception, 0: none           */
	uint32_t vmexit;        /* of the exception VM exit, 0: none            */
	bool protected;
};

/* False: no such state; outside guest mode no exit is pending. */
static inline bool shape_of(unsigned int n, struct shape *shape)
{
	static const uint32_t vectors[] = {0, 14, 1, 13, 3, 14, 1, 13, 3};
	static const uint32_t vmexits[] = {0, 14, 1};
	const unsigned int exception = n / 6 % 9;

	shape->capability = n % 2;
	shape->guest_mode = n / 2 % 3;
	shape->mtf = n / 2 % 3 == 2;
	shape->vector = vectors[exception];
	shape->pending = exception >= 1 && exception <= 4;
	shape->injected = exception >= 5;
	shape->vmexit = vmexits[n / 54 % 3];
	shape->protected = n / 162;
	return shape->guest_mode || !shape->vmexit;
}

/* L1 intercepts what is an exit already, #DF and nothing else. */
static inline void build(struct subject *subject, const struct shape *shape)
{
	struct pkvm_host_exceptions *state = &subject->state;
	const uint32_t bitmap = shape->vmexit ? 1u << shape->vmexit : 0;

	subject_reset(subject);
	state->exception_payload = shape->capability;
	if (shape->guest_mode)
		subject_enter_l2(subject, bitmap | 1u << 8, shape->mtf);
	pkvm_host_nested_step(state);
	if (shape->vector)
		state->exception = an_exception(shape->vector);
	state->exception.pending = shape->pending;
	state->exception.injected = shape->injected;
	if (shape->injected) {
		state->exception.has_payload = false;
		state->exception.payload = 0;
	}
	if (shape->vmexit) {
		state->exception_vmexit = an_exception(shape->vmexit);
		state->exception_vmexit.pending = true;
	}
	state->guest_state_protected = shape->protected;
}

#endif
