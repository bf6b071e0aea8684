/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The virtual local APIC of a vCPU, as the rest of the core sees it. apic/ has its
 * parts: the virtual-APIC page, posted vectors, the APIC-access page.
 */
#ifndef PKVM_LIB_APIC_H
#define PKVM_LIB_APIC_H

#include "vcpu.h"

/* What sync_pir_to_irr would answer; PKVM_NONE without APICv. */
uint64_t pkvm_apic_pending_vector(const struct pkvm_vcpu *vcpu);

/*
 * RESET and INIT: nothing is requested or in service, TPR and its threshold are 0
 * (SDM "Local APIC State After Power-Up or Reset").
 */
void pkvm_apic_reset(struct pkvm_vcpu *vcpu);

/* The secondary controls and the MSR bitmap follow APICv and the APIC's mode. */
void pkvm_apic_write_mode(struct pkvm_vcpu *vcpu);

/*
 * Right before an entry: TPR in, and with APICv active the posted vectors.
 * Right after an exit: TPR out, and for an npVM IRR and ISR.
 */
void pkvm_apic_enter(struct pkvm_vcpu *vcpu);
void pkvm_apic_leave(struct pkvm_vcpu *vcpu);

#endif
