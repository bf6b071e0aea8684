/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Binding a vCPU to the calling CPU, for vcpu_load and for vcpu_run. */
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
 * current VMCS; at its first load the VMCS is made.
 */
void pkvm_vcpu_make_current(struct pkvm_call *call);

#endif
