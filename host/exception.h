/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's reference of exceptions on their way into a guest: what waits, when
 * CR2 and DR6 change, and what of it the host saves and restores.
 *
 * A state machine above the stubs, with one call: what is injected goes in by the
 * stub, without its payload. CR2 and DR6 are those of the vCPU's register block,
 * so that the entry after a change takes it along.
 * A payload is the linear address of a #PF, or what a #DB adds to DR6, in the
 * polarity of the pending debug exceptions (SDM "Pending Debug Exceptions").
 */
#ifndef PKVM_HOST_EXCEPTION_H
#define PKVM_HOST_EXCEPTION_H

#include "nested.h"
#include "sregs.h"

/* SDM "Exceptions and Interrupts" */
#define PKVM_HOST_VECTOR_DB  1u
#define PKVM_HOST_VECTOR_NMI 2u
#define PKVM_HOST_VECTOR_BP  3u
#define PKVM_HOST_VECTOR_OF  4u
#define PKVM_HOST_VECTOR_DF  8u
#define PKVM_HOST_VECTOR_PF  14u
#define PKVM_HOST_VECTORS    32u

/* SDM "Debug Status Register": the single step. */
#define PKVM_HOST_DR6_BS     PKVM_BIT(14)

struct pkvm_host_queued_exception {
	bool pending;           /* waits for its injection                       */
	bool injected;          /* its injection was begun and is not over       */
	bool restored;          /* whether L1 intercepts it is not yet judged    */
	bool has_error_code;
	bool has_payload;       /* CR2 or DR6 have not changed yet               */
	uint32_t vector;
	uint32_t error_code;
	uint32_t length;        /* of the instruction, #BP and #OF               */
	uint64_t payload;
};

/* When CR2 and DR6 change. */
enum pkvm_host_delivery {
	PKVM_HOST_DELIVER_AT_INJECTION,         /* right                         */
	PKVM_HOST_DELIVER_AT_QUEUE,             /* wrong: when it is queued, but
						 * for L2 with the capability on */
	PKVM_HOST_DELIVER_AT_EVENT_SAVE         /* wrong: when it is queued; for
						 * L2 with the capability off
						 * when event state is saved     */
};

/* When an exception of L2 becomes a VM exit to L1. */
enum pkvm_host_intercept {
	PKVM_HOST_INTERCEPT_AT_QUEUE,           /* right                         */
	PKVM_HOST_INTERCEPT_AT_ENTRY            /* wrong: when it is injected    */
};

struct pkvm_host_exceptions {
	struct pkvm_page_regs *regs;
	enum pkvm_host_delivery delivery;
	enum pkvm_host_intercept intercept;
	bool exception_payload;         /* the capability                        */
	bool guest_state_protected;
	bool triple_fault;
	struct pkvm_host_queued_exception exception;
	struct pkvm_host_queued_exception exception_vmexit;     /* L1 intercepts */
	struct pkvm_host_nested nested;
};

/* exception.c: queues one; a second one may become #DF or shutdown. */
void pkvm_host_queue_exception(struct pkvm_host_exceptions *state,
			       const struct pkvm_host_queued_exception *exception);
/* Changes CR2 or DR6, once. */
void pkvm_host_deliver_exception_payload(struct pkvm_host_exceptions *state,
					 struct pkvm_host_queued_exception *exception);
bool pkvm_host_exception_is_soft(uint32_t vector);

/* What comes of the next VM entry. */
enum pkvm_host_entry {
	PKVM_HOST_ENTER,                /* no exception                          */
	PKVM_HOST_ENTER_INJECT,         /* state->exception, injected            */
	PKVM_HOST_ENTER_L1,             /* L1, after the exit in state->nested   */
	PKVM_HOST_ENTER_SHUTDOWN        /* none: triple fault                    */
};

/* exception_enter.c: right before an entry. */
enum pkvm_host_entry pkvm_host_enter_exceptions(struct pkvm_host_exceptions *state);
/* After it; an exception whose delivery was cut short is injected again. */
void pkvm_host_leave_exceptions(struct pkvm_host_exceptions *state, bool cut_short);
/*
 * Both the decision and the call that injects. The hypervisor has no exception
 * of this vCPU: what was cut short has been taken back by cancel_injection.
 */
enum pkvm_host_entry pkvm_host_inject_exceptions(struct pkvm_host_vcpu *vcpu,
						 struct pkvm_host_exceptions *state);

/* As KVM_GET_VCPU_EVENTS has it, the part about exceptions. */
struct pkvm_host_vcpu_events {
	bool injected;
	bool has_error_code;
	uint32_t vector;
	uint32_t error_code;
	bool valid_payload;             /* says that the next three are valid    */
	bool pending;
	bool has_payload;
	uint64_t payload;
};

struct pkvm_host_debugregs {
	uint64_t db[4];
	uint64_t dr6;
	uint64_t dr7;
};

/* What an exit to the VMM takes along unasked. */
struct pkvm_host_copy_out {
	uint64_t cr2;
	uint64_t dr6;
	struct pkvm_host_vcpu_events events;
};

/*
 * exception_save.c: saving and restoring, in any order. Of the special registers
 * only CR2 is read or written. DR7 has to be restored by set_dr7 as well.
 */
void pkvm_host_get_vcpu_events(struct pkvm_host_exceptions *state,
			       struct pkvm_host_vcpu_events *events);
void pkvm_host_get_exception_sregs(struct pkvm_host_exceptions *state,
				   struct pkvm_host_sregs *sregs);
PKVM_MUST_CHECK int pkvm_host_get_debugregs(struct pkvm_host_exceptions *state,
					    struct pkvm_host_debugregs *debugregs);
void pkvm_host_store_regs(struct pkvm_host_exceptions *state, struct pkvm_host_copy_out *out);

PKVM_MUST_CHECK int pkvm_host_set_vcpu_events(struct pkvm_host_exceptions *state,
					      const struct pkvm_host_vcpu_events *events);
void pkvm_host_set_exception_sregs(struct pkvm_host_exceptions *state,
				   const struct pkvm_host_sregs *sregs);
PKVM_MUST_CHECK int pkvm_host_set_debugregs(struct pkvm_host_exceptions *state,
					    const struct pkvm_host_debugregs *debugregs);

#endif
