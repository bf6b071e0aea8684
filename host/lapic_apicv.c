/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * IRR and ISR of a local APIC whose APICv is active: the hypervisor has them, shows an
 * npVM's in the shared page, and takes more by posting and by hwapic_isr_update.
 */
#include "irqchip.h"
#include "post.h"
#include "x86_ops.h"

#define FIRST_INTERRUPT 32u /* those below are exceptions */

/* The hypervisor takes the page's posting bitmap while the host adds to it. */
void pkvm_host_lapic_post(struct pkvm_host_lapic *apic, uint32_t vector)
{
	struct pkvm_host_vcpu *vcpu = apic->vcpu;

	if (pkvm_host_is_protected(vcpu) && vector < FIRST_INTERRUPT) {
		vcpu->stats.dropped++;
		return;
	}
	__atomic_fetch_or(&vcpu->page->apic.posted[vector / 64], PKVM_BIT(vector % 64),
			  __ATOMIC_RELEASE);
}

void pkvm_host_lapic_shown(const struct pkvm_host_lapic *apic, uint32_t irr[8],
			   uint32_t isr[8])
{
	struct pkvm_host_vcpu *vcpu = apic->vcpu;
	const struct pkvm_page_apic *page = &vcpu->page->apic;
	const bool told = !pkvm_host_is_protected(vcpu);

	if (pkvm_host_is_posted(vcpu, PKVM_POST_hwapic_isr_update))
		pkvm_host_settle(vcpu);
	for (uint32_t i = 0; i < 8; i++) {
		const uint64_t posted = __atomic_load_n(&page->posted[i / 2],
							__ATOMIC_ACQUIRE);
		const uint64_t requested = told ? page->irr[i / 2] : 0;
		const uint64_t served = told ? page->isr[i / 2] : 0;

		irr[i] = (uint32_t)((requested | posted) >> i % 2 * 32);
		isr[i] = (uint32_t)(served >> i % 2 * 32);
	}
}
