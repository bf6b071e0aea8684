/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The virtual-APIC page of a vCPU, which only the hypervisor and the processor
 * touch, and its way to and from the APIC part of the shared page.
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
