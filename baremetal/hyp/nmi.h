/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * NMIs: the hypervisor's own, by which CPUs make each other leave non-root
 * operation or drop translations, and the machine's, which are the host's.
 */
#ifndef PKVM_BAREMETAL_HYP_NMI_H
#define PKVM_BAREMETAL_HYP_NMI_H

#include <stdbool.h>
#include <stdint.h>

struct cpu;

/* One NMI arrived on this CPU; true: it is the host's, which will get it. */
bool nmi_arrived(void);

/*
 * The same, as a VM exit: NMIs stay blocked behind such an exit until an IRET,
 * which is executed here (SDM "Changes to Instruction Behavior in VMX Non-Root
 * Operation" and "Loading Host State": an exit by an NMI blocks NMIs).
 */
bool nmi_exited(void);

/* Sends one, unless one that this CPU has not yet seen is on its way. */
void nmi_send(struct cpu *to);

#endif
