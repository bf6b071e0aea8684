/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * MSRs of a vCPU: where each lives, and who may touch it by the rows of
 * msr_policy.inc.
 */
#ifndef PKVM_LIB_MSR_H
#define PKVM_LIB_MSR_H

#include "vcpu.h"

/* What becomes of a guest's RDMSR or WRMSR that caused a VM exit. */
enum pkvm_msr_fate {
	PKVM_MSR_DONE,          /* answered inside          */
	PKVM_MSR_FORWARD,       /* the host answers         */
	PKVM_MSR_FAULT          /* #GP(0)                   */
};

enum pkvm_msr_fate pkvm_guest_rdmsr(struct pkvm_vcpu *vcpu, uint32_t index, uint64_t *value);
enum pkvm_msr_fate pkvm_guest_wrmsr(struct pkvm_vcpu *vcpu, uint32_t index, uint64_t value);

/* Values at RESET or INIT (SDM "Processor State Following Power-Up"). */
void pkvm_msr_reset(struct pkvm_vcpu *vcpu, bool init);
/* The same for those that have a field in the current VMCS; RESET only. */
void pkvm_msr_reset_vmcs(void);

/* The MSR bitmap of a vCPU: reads and writes that do not exit. */
void pkvm_msr_bitmap_init(void *bitmap);

/* The saved MSRs change places with the host's before entry, and back after exit. */
void pkvm_msr_enter(const struct pkvm_vcpu *vcpu, uint64_t host[PKVM_NR_SAVED_MSRS]);
void pkvm_msr_exit(struct pkvm_vcpu *vcpu, const uint64_t host[PKVM_NR_SAVED_MSRS]);

#endif
