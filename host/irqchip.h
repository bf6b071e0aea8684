/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A VM's interrupt controllers together: where they are, how they treat EOI
 * broadcasts and the TPR threshold, and how a message finds its local APICs.
 */
#ifndef PKVM_HOST_IRQCHIP_H
#define PKVM_HOST_IRQCHIP_H

#include "ioapic.h"
#include "lapic.h"

#define PKVM_HOST_MAX_LAPICS 16

/* What KVM_CAP_X2APIC_API made of EOI broadcast suppression. */
enum pkvm_host_suppress_eoi {
	PKVM_HOST_SUPPRESS_EOI_QUIRKED,         /* as KVM always did            */
	PKVM_HOST_SUPPRESS_EOI_ENABLED,
	PKVM_HOST_SUPPRESS_EOI_DISABLED
};

/*
 * When the TPR threshold is set anew. The first is a bug: after a
 * TPR-below-threshold exit that makes no interrupt deliverable it stays, too
 * high, and the next VM entry fails.
 */
enum pkvm_host_tpr_policy {
	PKVM_HOST_TPR_IF_DELIVERABLE,   /* when PPR fell far enough for an interrupt */
	PKVM_HOST_TPR_EVERY_EXIT,       /* and after every TPR-below-threshold exit  */
	PKVM_HOST_TPR_EVERY_PPR         /* whenever PPR is recomputed                */
};

struct pkvm_host_irqchip {
	uint32_t mode;                          /* PKVM_IRQCHIP_*               */
	uint32_t x2apic_flags;                  /* PKVM_X2APIC_*                */
	enum pkvm_host_suppress_eoi suppress_eoi;
	enum pkvm_host_tpr_policy tpr_policy;
	struct pkvm_host_ioapic *ioapic;        /* NULL: none, or not attached  */
	uint32_t nr_lapics;
	struct pkvm_host_lapic *lapic[PKVM_HOST_MAX_LAPICS];
};

/* SDM "Interrupt Command Register (ICR)": delivery modes. */
enum {
	PKVM_HOST_DELIVER_FIXED  = 0,
	PKVM_HOST_DELIVER_LOWEST = 1,
	PKVM_HOST_DELIVER_NMI    = 4
};

struct pkvm_host_msi {
	uint32_t dest;
	uint32_t mode;          /* PKVM_HOST_DELIVER_*, others reach nobody     */
	uint32_t vector;
	bool logical;
	bool level;
	bool from_x2apic;       /* 32-bit destination, no broadcast but all ones */
};

/*
 * -EINVAL: an unknown mode; flags that contradict each other; suppression
 * enabled, but the I/O APIC is not in user space.
 */
PKVM_MUST_CHECK int pkvm_host_irqchip_init(struct pkvm_host_irqchip *chip, uint32_t mode,
					   uint32_t x2apic_flags);

/* After pkvm_host_vm_x2apic_api(): flags that were judged. */
void pkvm_host_irqchip_set_flags(struct pkvm_host_irqchip *chip, uint32_t x2apic_flags);

/* Connects a vCPU's local APIC and resets it. -EINVAL: too many, or the id is taken. */
PKVM_MUST_CHECK int pkvm_host_irqchip_add_lapic(struct pkvm_host_irqchip *chip,
						struct pkvm_host_lapic *apic,
						struct pkvm_host_vcpu *vcpu, uint32_t id);

/* The vCPU goes, and its local APIC with it. */
void pkvm_host_irqchip_remove_lapic(struct pkvm_host_lapic *apic);

/* Redirection entries have changed: APICv is told anew which EOIs exit. */
void pkvm_host_irqchip_scan_ioapic(struct pkvm_host_irqchip *chip);

/* To how many local APICs the message went. */
uint32_t pkvm_host_irqchip_deliver(struct pkvm_host_irqchip *chip,
				   const struct pkvm_host_msi *msi);

static inline bool pkvm_host_irqchip_has_ioapic(const struct pkvm_host_irqchip *chip)
{
	return chip->mode == PKVM_IRQCHIP_KERNEL;
}

#endif
