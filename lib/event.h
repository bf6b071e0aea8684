/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Interrupts, NMIs and exceptions on their way into the guest of the loaded
 * vCPU: two places, one for an exception and one for an interrupt or NMI.
 *
 * An event stays in its place until a VM entry has taken it. When its delivery
 * is cut short by a VM exit it comes back through the IDT-vectoring information
 * and is injected again (SDM "Information for VM Exits During Event Delivery").
 */
#ifndef PKVM_LIB_EVENT_H
#define PKVM_LIB_EVENT_H

#include <pkvm/event.h>
#include "vcpu.h"
#include "vmcs/controls.h"

/* Vectors that the hypervisor itself has to name (SDM "Exceptions and Interrupts"). */
#define PKVM_VECTOR_DB  1u
#define PKVM_VECTOR_NMI 2u
#define PKVM_VECTOR_BP  3u
#define PKVM_VECTOR_OF  4u
#define PKVM_VECTOR_UD  6u
#define PKVM_VECTOR_GP  13u
#define PKVM_VECTOR_PF  14u
#define PKVM_VECTOR_AC  17u
#define PKVM_VECTOR_MC  18u
#define PKVM_VECTOR_CP  21u

/* The controls by which an event asks for an exit when it can go. */
#define PKVM_EVENT_WINDOWS \
	(PKVM_VMX_CPU_INTERRUPT_WINDOW_EXITING | PKVM_VMX_CPU_NMI_WINDOW_EXITING)

/* What one entry injects, and the windows that it opens for the hypervisor. */
struct pkvm_injection {
	struct pkvm_event *event;       /* NULL: none                             */
	uint32_t windows;               /* controls set for an event that waits   */
};

/* The answers of interrupt_allowed(0) and nmi_allowed(0). */
bool pkvm_irq_allowed(const struct pkvm_vcpu *vcpu);
bool pkvm_nmi_allowed(const struct pkvm_vcpu *vcpu);
/* With for_injection both are -EBUSY. */
bool pkvm_injection_busy(const struct pkvm_vcpu *vcpu);
/* Blocking by NMI; PKVM_SHADOW_* of blocking by STI or MOV SS. */
bool pkvm_nmi_masked(void);
uint32_t pkvm_interrupt_shadow(void);

/* Queues an exception of the hypervisor's own making; a later one wins. */
void pkvm_raise(struct pkvm_vcpu *vcpu, uint32_t vector);
void pkvm_raise_code(struct pkvm_vcpu *vcpu, uint32_t vector, uint32_t error_code);
void pkvm_raise_debug(struct pkvm_vcpu *vcpu, uint64_t payload);

/* Whether an event waits that an entry at this moment would inject. */
bool pkvm_event_can_go(const struct pkvm_vcpu *vcpu);

/*
 * Chooses the event that the entry right after this call injects, and writes
 * the VM-entry interruption information: the only place that does.
 */
void pkvm_event_enter(struct pkvm_vcpu *vcpu, struct pkvm_injection *injection);

/* Closes the windows again; `entered` unless VM entry failed. */
void pkvm_event_leave(struct pkvm_vcpu *vcpu, const struct pkvm_injection *injection,
		      bool entered);

/* The exception bitmap by vcpu->guest_debug. */
void pkvm_exception_bitmap_write(const struct pkvm_vcpu *vcpu);

#endif
