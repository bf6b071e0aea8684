/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Registers of the virtual-APIC page (SDM "Virtual APIC State"), for the APIC
 * group's handlers. IRR and ISR are 8 registers of 32 vectors, 16 bytes apart.
 */
#ifndef PKVM_LIB_APIC_PAGE_H
#define PKVM_LIB_APIC_PAGE_H

#include "vcpu.h"

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

/* Moves the page's posting bitmap into vcpu->posted_irr. */
void pkvm_apic_take_posted(struct pkvm_vcpu *vcpu);

#endif
