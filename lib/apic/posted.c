/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Posted vectors, from the shared page to the virtual IRR. */
#include "posted.h"
#include "../apic.h"
#include "../shared.h"
#include "../vmcs/access.h"
#include "page.h"

#include <pkvm/event.h>

uint64_t pkvm_apic_pending_vector(const struct pkvm_vcpu *vcpu)
{
	return vcpu->apicv_active ? pkvm_apic_highest(vcpu, PKVM_APIC_IRR) : PKVM_NONE;
}

/* Word i of the bitmap, without what nobody posts to a pVM. */
static uint64_t take(struct pkvm_vcpu *vcpu, uint32_t i)
{
	const uint64_t exceptions = PKVM_BITS(PKVM_FIRST_INTERRUPT - 1, 0);
	const uint64_t posted = pkvm_shared_take(pkvm_plat_shared(vcpu->page),
						 PKVM_PAGE_AT(apic.posted) + i * 8);

	if (i || !pkvm_vcpu_is_protected(vcpu))
		return posted;
	for (uint64_t left = posted & exceptions; left; left &= left - 1)
		vcpu->dropped_posts++;
	return posted & ~exceptions;
}

static void request(struct pkvm_vcpu *vcpu, uint32_t offset, uint64_t vectors)
{
	const uint32_t irr = pkvm_apic_reg_read(vcpu, offset);

	pkvm_apic_reg_write(vcpu, offset, irr | (uint32_t)vectors);
}

bool pkvm_apic_take_posted(struct pkvm_vcpu *vcpu)
{
	bool any = false;

	for (uint32_t i = 0; i < 4; i++) {
		const uint64_t posted = take(vcpu, i);

		if (!posted)
			continue;
		any = true;
		request(vcpu, PKVM_APIC_IRR + i * 32, posted);
		request(vcpu, PKVM_APIC_IRR + i * 32 + 16, posted >> 32);
	}
	return any;
}

void pkvm_apic_write_rvi(const struct pkvm_vcpu *vcpu)
{
	uint64_t status = pkvm_vmread(PKVM_VMCS_GUEST_INTR_STATUS) & ~PKVM_APIC_RVI;
	const uint64_t highest = pkvm_apic_highest(vcpu, PKVM_APIC_IRR);

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
	pkvm_apic_show(vcpu);
}
