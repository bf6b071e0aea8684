/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* IA32_TSC and IA32_TSC_ADJUST, which the host emulates for both kinds of VM. */
#ifndef PKVM_HOST_TSC_H
#define PKVM_HOST_TSC_H

#include "host.h"

#define PKVM_HOST_IA32_TSC        0x10u
#define PKVM_HOST_IA32_TSC_ADJUST 0x3bu

/* A VMM's reads and writes: IA32_TSC_ADJUST stays when IA32_TSC is written. */
uint64_t pkvm_host_read_tsc(const struct pkvm_host_vcpu *vcpu);
void pkvm_host_write_tsc(struct pkvm_host_vcpu *vcpu, uint64_t value);

/* The guest's: writing either register moves the other by as much. */
void pkvm_host_guest_write_tsc(struct pkvm_host_vcpu *vcpu, uint64_t value);
void pkvm_host_guest_write_tsc_adjust(struct pkvm_host_vcpu *vcpu, uint64_t value);

#endif
