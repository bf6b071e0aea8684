/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The local APIC, as far as the hypervisor uses it: to start the CPUs, and to
 * send NMIs. Everything else of it is the host's.
 */
#ifndef PKVM_BAREMETAL_HYP_APIC_H
#define PKVM_BAREMETAL_HYP_APIC_H

#include <stdbool.h>
#include <stdint.h>

/* INIT and SIPI to all other CPUs; returns when no more of them come. */
void apic_start_others(void);

void apic_send_nmi(uint32_t apic_id);

/* Whether the host may write this to IA32_APIC_BASE: NMIs must still go out. */
bool apic_base_is_valid(uint64_t value);

#endif
