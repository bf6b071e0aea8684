/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The guests that both opinions run. Each ends with an OUT, whose port says how
 * far it came, another to PORT_LAST, and a HLT. Two, because a KVM that emulates
 * real-address mode tells of an EOI only at the entry after the first.
 */
#ifndef PKVM_KVM_GUEST_H
#define PKVM_KVM_GUEST_H

#include "opinion.h"

#define PORT_END       0x10     /* the program's own end                      */
#define PORT_INTERRUPT 0x11     /* the handler of LEVEL_VECTOR, behind its EOI */
#define PORT_LAST      0x12
#define PORT_EXCEPTION 0x20     /* the handler of exception 0, and so on      */
#define EXCEPTIONS     32

/* Handlers of every exception; the program does nothing. */
void guest_idle(const struct opinion *who);
/* The same handlers; the program writes an MSR. */
void guest_write_msr(const struct opinion *who, uint32_t index, uint64_t value);
/* The program waits for LEVEL_VECTOR, whose handler writes the x2APIC's EOI. */
void guest_take_interrupt(const struct opinion *who);

#endif
