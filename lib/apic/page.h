/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Registers of the virtual-APIC page, which only the hypervisor and the processor
 * touch (SDM "Virtual APIC State"). IRR and ISR are 8 registers of 32 vectors, 16
 * bytes apart.
 */
#ifndef PKVM_LIB_APIC_PAGE_H
#define PKVM_LIB_APIC_PAGE_H

#include "../vcpu.h"

#define PKVM_APIC_TPR 0x080u
#define PKVM_APIC_PPR 0x0a0u
#define PKVM_APIC_ISR 0x100u
#define PKVM_APIC_IRR 0x200u

/* Guest interrupt status: RVI [7:0], SVI [15:8]. */
#define PKVM_APIC_RVI PKVM_BITS(7, 0)
#define PKVM_APIC_SVI PKVM_BITS(15, 8)

uint32_t pkvm_apic_reg_read(const struct pkvm_vcpu *vcpu, uint32_t offset);
void pkvm_apic_reg_write(struct pkvm_vcpu *vcpu, uint32_t offset, uint32_t value);

/* The highest vector in IRR or ISR, or PKVM_NONE. */
uint64_t pkvm_apic_highest(const struct pkvm_vcpu *vcpu, uint32_t offset);

/* No vector is in IRR or ISR. */
void pkvm_apic_clear(struct pkvm_vcpu *vcpu, uint32_t offset);

/* Nothing above the vector is in service; the vector is, unless it is PKVM_NONE. */
void pkvm_apic_write_isr(struct pkvm_vcpu *vcpu, uint64_t vector);

/* IRR and ISR go to the shared page, if it is an npVM's. */
void pkvm_apic_show(const struct pkvm_vcpu *vcpu);

/*
 * PPR as SDM "PPR Virtualization" gives it: of TPR and the vector in service (0:
 * none) the one of the higher class. The page's own is that of the last entry.
 */
uint32_t pkvm_apic_ppr_of(uint32_t tpr, uint32_t svi);
uint32_t pkvm_apic_ppr(const struct pkvm_vcpu *vcpu);

#endif
