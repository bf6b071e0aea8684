/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * IRR and ISR of a local APIC whose APICv is active: the hypervisor has them, shows an
 * npVM's in the shared page, and takes more by posting and by hwapic_isr_update.
 */
#include "irqchip.h"
#include "post.h"
#include "x86_ops.h"

/* The hypervisor takes the page's posting bitmap while the host adds to it. */
void pkvm_host_lapic_post(struct pkvm_host_lapic *apic, uint32_t vector)
{
	struct pkvm_host_vcpu *vcpu = apic->vcpu;

	if (pkvm_host_is_protected(vcpu) && vector < PKVM_FIRST_INTERRUPT) {
		vcpu->stats.dropped++;
		return;
	}
	__atomic_fetch_or(&vcpu->page->apic.posted[vector / 64], PKVM_BIT(vector % 64),
			  __ATOMIC_RELEASE);
}

/* 64 of the vectors that are posted and that the hypervisor has not taken. */
static uint64_t take_posted(struct pkvm_host_lapic *apic, uint32_t i)
{
	return __atomic_exchange_n(&apic->vcpu->page->apic.posted[i], 0, __ATOMIC_ACQ_REL);
}

void pkvm_host_lapic_forget_posted(struct pkvm_host_lapic *apic)
{
	for (uint32_t i = 0; i < 4; i++)
		(void)take_posted(apic, i);
}

void pkvm_host_lapic_settle(const struct pkvm_host_lapic *apic)
{
	if (pkvm_host_is_posted(apic->vcpu, PKVM_POST_hwapic_isr_update))
		pkvm_host_settle(apic->vcpu);
}

static uint64_t load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_ACQUIRE);
}

void pkvm_host_lapic_shown(const struct pkvm_host_lapic *apic, uint32_t irr[8],
			   uint32_t isr[8])
{
	const struct pkvm_page_apic *page = &apic->vcpu->page->apic;
	const bool told = !pkvm_host_is_protected(apic->vcpu);

	for (uint32_t i = 0; i < 8; i++) {
		const uint64_t posted = load(&page->posted[i / 2]);
		const uint64_t requested = told ? load(&page->irr[i / 2]) : 0;
		const uint64_t served = told ? load(&page->isr[i / 2]) : 0;

		irr[i] = (uint32_t)((requested | posted) >> i % 2 * 32);
		isr[i] = (uint32_t)(served >> i % 2 * 32);
	}
}

static uint32_t *reg(struct pkvm_host_lapic *apic, uint32_t offset, uint32_t i)
{
	return &apic->reg[offset / 16 + i];
}

/* From the lowest vector on, each call tells of one more that is in service. */
void pkvm_host_lapic_to_apicv(struct pkvm_host_lapic *apic)
{
	const uint32_t first = pkvm_host_is_protected(apic->vcpu) ? PKVM_FIRST_INTERRUPT : 0;

	for (uint32_t vector = 0; vector < 256; vector++) {
		if (*reg(apic, PKVM_HOST_APIC_IRR, vector / 32) >> vector % 32 & 1)
			pkvm_host_lapic_post(apic, vector);
		if (vector >= first &&
		    *reg(apic, PKVM_HOST_APIC_ISR, vector / 32) >> vector % 32 & 1)
			pkvm_host_hwapic_isr_update(apic->vcpu, (int)vector);
	}
	for (uint32_t i = 0; i < 8; i++) {
		*reg(apic, PKVM_HOST_APIC_IRR, i) = 0;
		*reg(apic, PKVM_HOST_APIC_ISR, i) = 0;
	}
}

/* Last what is posted: taken, it is not shown again. */
void pkvm_host_lapic_from_apicv(struct pkvm_host_lapic *apic)
{
	uint32_t irr[8], isr[8];

	pkvm_host_lapic_settle(apic);
	pkvm_host_lapic_shown(apic, irr, isr);
	for (uint32_t i = 0; i < 8; i++) {
		*reg(apic, PKVM_HOST_APIC_IRR, i) |= irr[i];
		*reg(apic, PKVM_HOST_APIC_ISR, i) |= isr[i];
	}
	for (uint32_t i = 0; i < 4; i++) {
		const uint64_t posted = take_posted(apic, i);

		*reg(apic, PKVM_HOST_APIC_IRR, i * 2) |= (uint32_t)posted;
		*reg(apic, PKVM_HOST_APIC_IRR, i * 2 + 1) |= (uint32_t)(posted >> 32);
	}
	apic->evaluate = true;
}
