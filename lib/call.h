/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One call on its road from the gate to its handler, and the handlers'
 * prototypes, which the rows make: a row without a handler does not link, a
 * handler of another shape does not compile.
 */
#ifndef PKVM_LIB_CALL_H
#define PKVM_LIB_CALL_H

#include "hyp.h"

struct pkvm_call {
	struct pkvm_hyp *hyp;
	struct pkvm_cpu *cpu;
	struct pkvm_vm *vm;             /* by handle, or the vCPU's; or NULL  */
	struct pkvm_vcpu *vcpu;         /* by handle, or the loaded one; or NULL */
	uint64_t held;                  /* handle whose reference ends with the call, or 0 */
	unsigned int refused;           /* the input word at fault, or 0      */
};

/* Refuses a call, naming the input word at fault (0: none). */
static inline int64_t pkvm_refuse(struct pkvm_call *call, unsigned int word, int error)
{
	call->refused = word;
	return -(int64_t)error;
}

/* The 1-based number of a word: PKVM_WORD_NUMBER(segment, index) is 1. */
#define PKVM_WORD_NUMBER(SHAPE, FIELD) (PKVM_WORD_##SHAPE##_##FIELD + 1u)

#define PKVM_HANDLER_IN_(SHAPE)  PKVM_UNLESS_NONE(SHAPE)(, const struct pkvm_##SHAPE *in)
#define PKVM_HANDLER_OUT_(SHAPE) PKVM_UNLESS_NONE(SHAPE)(, struct pkvm_##SHAPE *out)

#define PKVM_HOST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, CONTEXT, POLICY, LIFE)  \
	PKVM_MUST_CHECK int64_t pkvm_hyp_##NAME(                                      \
		struct pkvm_call *call PKVM_HANDLER_IN_(IN) PKVM_HANDLER_OUT_(OUT));
#include <pkvm/hypercalls.inc>

/* A guest's call: call->vcpu made it. */
#define PKVM_GUEST_CALL(NUMBER, NAME, SINCE, IN, OUT, FEATURE, FORWARDED)             \
	PKVM_MUST_CHECK int64_t pkvm_hyp_guest_##NAME(                                \
		struct pkvm_call *call PKVM_HANDLER_IN_(IN) PKVM_HANDLER_OUT_(OUT));
#include <pkvm/guest_calls.inc>

#endif
