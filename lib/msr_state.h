/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Reading and writing an MSR of the loaded vCPU where it lives; judged before. */
#ifndef PKVM_LIB_MSR_STATE_H
#define PKVM_LIB_MSR_STATE_H

#include "msr.h"

uint64_t pkvm_msr_state_read(struct pkvm_vcpu *vcpu, uint32_t index);
void pkvm_msr_state_write(struct pkvm_vcpu *vcpu, uint32_t index, uint64_t value);

#endif
