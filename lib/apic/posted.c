/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Posted vectors, from the shared page to the virtual IRR. */
#include "posted.h"
#include "../apic.h"
#include "../shared.h"
#include "../vmcs/access.h"
#include "page.h"

/* Vectors below this are exceptions; nobody posts them to a pVM. */
#define FIRST_INTERRUPT 32u

static uint64_t highest_posted(const struct pkvm_vcpu *vcpu)
{
	for (uint32_t i = 4; i-- > 0;) {
		const uint64_t word = vcpu->posted_irr[i];

		if (word)
			return i * 64 + 63 - (uint32_t)__builtin_clzll(word);
	}
	return PKVM_NONE;
}

uint64_t pkvm_apic_pending_vector(const struct pkvm_vcpu *vcpu)
{
	uint64_t posted, requested;

	if (!vcpu->apicv_active)
		return PKVM_NONE;
	posted = highest_posted(vcpu);
	requested = pkvm_apic_highest(vcpu, PKVM_APIC_IRR);
	if (posted == PKVM_NONE)
		return requested;
	return requested == PKVM_NONE || posted > requested ? posted : requested;
}

void pkvm_apic_take_posted(struct pkvm_vcpu *vcpu)
{
	struct pkvm_shared *page = pkvm_plat_shared(vcpu->page);
	const uint64_t exceptions = PKVM_BITS(FIRST_INTERRUPT - 1, 0);

	for (uint32_t i = 0; i < 4; i++) {
		uint64_t posted = pkvm_shared_take(page, PKVM_PAGE_AT(apic.posted) + i * 8);

		if (i == 0 && pkvm_vcpu_is_protected(vcpu)) {
			for (uint64_t left = posted & exceptions; left; left &= left - 1)
				vcpu->dropped_posts++;
			posted &= ~exceptions;
		}
		vcpu->posted_irr[i] |= posted;
	}
}

void pkvm_apic_request_posted(struct pkvm_vcpu *vcpu)
{
	uint64_t status = pkvm_vmread(PKVM_VMCS_GUEST_INTR_STATUS) & ~PKVM_APIC_RVI;
	uint64_t highest;

	for (uint32_t i = 0; i < 8; i++) {
		const uint32_t posted = (uint32_t)(vcpu->posted_irr[i / 2] >> i % 2 * 32);
		const uint32_t offset = PKVM_APIC_IRR + i * 16;

		pkvm_apic_reg_write(vcpu, offset, pkvm_apic_reg_read(vcpu, offset) | posted);
	}
	for (uint32_t i = 0; i < 4; i++)
		vcpu->posted_irr[i] = 0;
	highest = pkvm_apic_highest(vcpu, PKVM_APIC_IRR);
	if (highest != PKVM_NONE)
		status |= highest;
	pkvm_vmwrite(PKVM_VMCS_GUEST_INTR_STATUS, status);
}

/* RVI and PPR follow at the next entry. */
void pkvm_apic_request_again(struct pkvm_vcpu *vcpu, uint32_t vector)
{
	const uint32_t bit = 1u << vector % 32, offset = vector / 32 * 16;
	const uint32_t irr = PKVM_APIC_IRR + offset, isr = PKVM_APIC_ISR + offset;
	uint64_t status = pkvm_vmread(PKVM_VMCS_GUEST_INTR_STATUS) & ~PKVM_APIC_SVI;
	uint64_t highest;

	pkvm_apic_reg_write(vcpu, irr, pkvm_apic_reg_read(vcpu, irr) | bit);
	pkvm_apic_reg_write(vcpu, isr, pkvm_apic_reg_read(vcpu, isr) & ~bit);
	highest = pkvm_apic_highest(vcpu, PKVM_APIC_ISR);
	if (highest != PKVM_NONE)
		status |= highest << 8;
	pkvm_vmwrite(PKVM_VMCS_GUEST_INTR_STATUS, status);
	pkvm_apic_leave(vcpu);
}
