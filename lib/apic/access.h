/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The APIC-access page of an npVM's vCPUs in xAPIC mode (SDM "Virtualizing
 * Memory-Mapped APIC Accesses"): a page of the VM's pool that nobody reads or
 * writes, mapped where the local APIC is. A pVM is always in x2APIC mode.
 */
#ifndef PKVM_LIB_APIC_ACCESS_H
#define PKVM_LIB_APIC_ACCESS_H

#include "../vcpu.h"

/* Whether this vCPU's accesses are virtualized follows its mode; from pkvm_apic_write_mode(). */
void pkvm_apic_access_write_mode(struct pkvm_vcpu *vcpu);

/*
 * Before a run: makes the page and its mapping if the vCPU wants them. The VM is
 * locked. Returns the number of pages that its pool lacks for that; with 0 the
 * control is on, unless the host has mapped a page of its own there.
 */
uint64_t pkvm_apic_access_prepare(struct pkvm_vcpu *vcpu);

#endif
