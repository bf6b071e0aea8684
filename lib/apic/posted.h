/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Posted vectors: the host sets bits in the shared page's bitmap, the hypervisor
 * requests them before an entry, or when the host asks what is pending.
 */
#ifndef PKVM_LIB_APIC_POSTED_H
#define PKVM_LIB_APIC_POSTED_H

#include "../vcpu.h"

/*
 * Moves the page's bitmap into the virtual IRR, each word by one exchange; false: it
 * was empty. Of a pVM vectors below 32 are dropped and counted: they would be
 * exceptions.
 */
bool pkvm_apic_take_posted(struct pkvm_vcpu *vcpu);

/* RVI becomes the highest vector in the virtual IRR, as each entry needs it. */
void pkvm_apic_write_rvi(const struct pkvm_vcpu *vcpu);

/*
 * Undoes what the processor did before it delivered the vector (SDM "Virtual-Interrupt
 * Delivery"), in the shared page too: in the virtual IRR, no longer in service.
 */
void pkvm_apic_request_again(struct pkvm_vcpu *vcpu, uint32_t vector);

#endif
