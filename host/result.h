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

/* A stub with a result: the status is its result. */
PKVM_MUST_CHECK int pkvm_host_result(struct pkvm_host_vcpu *vcpu, uint64_t call,
				     uint64_t argument, struct pkvm_status status);

/*
 * A stub without one: a refusal that no host expects is a bug, and marks the VM
 * dead. True: the call succeeded, and its outputs may be used and cached.
 */
bool pkvm_host_must(struct pkvm_host_vcpu *vcpu, uint64_t call, uint64_t argument,
		    struct pkvm_status status);

/* The VM does not run again; destroying it is all that is left. */
void pkvm_host_vm_bugged(struct pkvm_host_vm *vm, uint64_t call, int64_t status);

#endif
