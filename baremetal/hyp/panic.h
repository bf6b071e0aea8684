/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The end: what there is to read when the hypervisor stops the machine. */
#ifndef PKVM_BAREMETAL_HYP_PANIC_H
#define PKVM_BAREMETAL_HYP_PANIC_H

/* VM entry of the host failed: with what, and which rule its VMCS breaks. */
_Noreturn void panic_entry(int outcome);

/* The host cannot go on, for the reason given; with its registers. */
_Noreturn void panic_host(const char *why);

#endif
