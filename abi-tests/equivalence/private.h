/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The hypervisor's own memory as one number, from its side: on the CPU of the vCPU. */
#ifndef PKVM_EQUIVALENCE_PRIVATE_H
#define PKVM_EQUIVALENCE_PRIVATE_H

#include "../../lib/hyp.h"

/*
 * Every page that the host does not see, and the current VMCS by its fields. Left
 * out is what may differ: counters of the trace, the features negotiated, how often
 * the summary was published.
 */
uint64_t private_digest(struct pkvm_hyp *hyp, struct pkvm_vcpu *vcpu);

#endif
