/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Binding a vCPU to the calling CPU, for vcpu_load and for vcpu_run. */
#ifndef PKVM_LIB_VCPU_LIFE_H
#define PKVM_LIB_VCPU_LIFE_H

#include "call.h"

/*
 * Makes call->vcpu the current one here and its VMCS the current VMCS; at its
 * first load the VMCS is made. -EPERM on a CPU without virtualization enabled,
 * -EBUSY when another CPU was faster.
 */
PKVM_MUST_CHECK int64_t pkvm_vcpu_load_here(struct pkvm_call *call);

#endif
