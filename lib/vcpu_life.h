/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Binding a vCPU to the calling CPU, and the start of a secondary that is bound. */
#ifndef PKVM_LIB_VCPU_LIFE_H
#define PKVM_LIB_VCPU_LIFE_H

#include "call.h"

/*
 * Binds call->vcpu to the calling CPU: from here on no other CPU changes it.
 * -EPERM on a CPU without virtualization enabled, -EBUSY when another CPU was
 * faster. Whoever refuses the call after that unbinds what was not bound before.
 */
PKVM_MUST_CHECK int64_t pkvm_vcpu_bind_here(struct pkvm_call *call, bool *was_bound);
void pkvm_vcpu_unbind(struct pkvm_vcpu *vcpu);

/*
 * Makes call->vcpu, which is bound here, the current one and its VMCS the
 * current VMCS; at its first load the VMCS is made. It begins, if it was started.
 */
void pkvm_vcpu_make_current(struct pkvm_call *call);

/* Gives a secondary that was started its state, and publishes the event summary. */
void pkvm_vcpu_start(struct pkvm_vcpu *vcpu);

/*
 * What the loaded vCPU was until now. One that was started has its state afterwards:
 * start_cpu, on another CPU, could not write it.
 */
static inline uint32_t pkvm_vcpu_begin(struct pkvm_vcpu *vcpu)
{
	const uint32_t start = __atomic_load_n(&vcpu->start, __ATOMIC_RELAXED);

	if (__builtin_expect(start == PKVM_START_STARTED, 0))
		pkvm_vcpu_start(vcpu);
	return start;
}

#endif
