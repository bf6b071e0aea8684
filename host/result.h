/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The two rules of every stub: whether it may call at all, and what becomes of
 * the call's status. Both follow the row of the call.
 */
#ifndef PKVM_HOST_RESULT_H
#define PKVM_HOST_RESULT_H

#include "host.h"

/* The argument of a call that has none, or whose argument does not matter. */
#define PKVM_HOST_ANY PKVM_NONE

/*
 * False: the vCPU is one whose state the host may not touch by this call. The
 * stub makes none then: a setter does nothing, a getter gives a fixed zero.
 * That is no error; KVM does not tell the kinds of VM apart, and a guest may
 * provoke it.
 */
PKVM_MUST_CHECK bool pkvm_host_may(const struct pkvm_host_vcpu *vcpu, uint64_t call);

/*
 * Before a call on the loaded vCPU it is the current one, and nothing is posted:
 * called by the macros below, so that no stub can forget it.
 */
void pkvm_host_catch_up(struct pkvm_host_vcpu *vcpu, uint64_t call);

static inline void pkvm_host_before(struct pkvm_host_vcpu *vcpu, uint64_t call)
{
	if (vcpu->posted || vcpu->load_due)
		pkvm_host_catch_up(vcpu, call);
}

/*
 * STATUS is the call, which is made after what must be before it.
 *
 * pkvm_host_result(): a stub with a result: the status is its result.
 *
 * pkvm_host_must(): a stub without one: a refusal that no host expects is a bug,
 * and marks the VM dead. True: the call succeeded, and its outputs may be used
 * and cached.
 */
#define pkvm_host_result(VCPU, CALL, ARGUMENT, STATUS) \
	(pkvm_host_before(VCPU, CALL), pkvm_host_take_result(VCPU, CALL, ARGUMENT, STATUS))
#define pkvm_host_must(VCPU, CALL, ARGUMENT, STATUS) \
	(pkvm_host_before(VCPU, CALL), pkvm_host_take(VCPU, CALL, ARGUMENT, STATUS))

PKVM_MUST_CHECK int pkvm_host_take_result(struct pkvm_host_vcpu *vcpu, uint64_t call,
					  uint64_t argument, struct pkvm_status status);
bool pkvm_host_take(struct pkvm_host_vcpu *vcpu, uint64_t call, uint64_t argument,
		    struct pkvm_status status);
/* pkvm_host_take() for what was posted, which is no call. */
bool pkvm_host_judge(struct pkvm_host_vcpu *vcpu, uint64_t call, uint64_t argument,
		     struct pkvm_status status);

/* The VM does not run again; destroying it is all that is left. */
void pkvm_host_vm_bugged(struct pkvm_host_vm *vm, uint64_t call, int64_t status);

#endif
