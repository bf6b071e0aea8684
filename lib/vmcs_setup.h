/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a fresh VMCS starts with, and the state of a vCPU at RESET and INIT.
 */
#ifndef PKVM_LIB_VMCS_SETUP_H
#define PKVM_LIB_VMCS_SETUP_H

#include "vcpu.h"

/* Cycles of the TSC after which a run ends: about a millisecond. */
#define PKVM_RUN_QUANTUM PKVM_BIT(21)

/* Whether the calling CPU has every control that the core relies on. */
bool pkvm_vmcs_supported(void);

/*
 * Writes every control of the current, freshly cleared VMCS, its addresses, the
 * host state and the masks of CR0 and CR4; guest state is pkvm_vcpu_reset_state's.
 */
void pkvm_vmcs_setup(struct pkvm_vcpu *vcpu);

/*
 * Host state of the current VMCS: the least that VM entry accepts of a 64-bit
 * host. Where the host state is real, the VMX engine writes it over at entry.
 */
void pkvm_vmcs_host_state(void);

/*
 * The vCPU's registers as the SDM's table "IA-32 and Intel 64 Processor States
 * Following Power-up, Reset, or INIT" has them. INIT keeps CR0.CD and NW, XCR0
 * and the MSRs; extended state is untouched by either (a pVM's fpstate is in
 * its initial state until the first run, an npVM's is the host's).
 */
void pkvm_vcpu_reset_state(struct pkvm_vcpu *vcpu, bool init);

/* Where a SIPI starts a vCPU: CS is the vector's page, RIP 0. */
void pkvm_vcpu_start_at(uint64_t address);

#endif
