/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The virtual-APIC page: TPR and vectors between it and the shared page. */
#include "apic.h"
#include "apic_page.h"
#include "shared.h"
#include "vmcs/access.h"
#include "vmcs/allowed.h"

/* Vectors below this are exceptions; nobody posts them to a pVM. */
#define FIRST_INTERRUPT 32u

static uint32_t *reg(const struct pkvm_vcpu *vcpu, uint32_t offset)
{
	struct pkvm_vcpu_area *area = pkvm_plat_private(vcpu->area);

	return (uint32_t *)(void *)(area->virtual_apic + offset);
}

uint32_t pkvm_apic_reg_read(const struct pkvm_vcpu *vcpu, uint32_t offset)
{
	return *reg(vcpu, offset);
}

void pkvm_apic_reg_write(struct pkvm_vcpu *vcpu, uint32_t offset, uint32_t value)
{
	*reg(vcpu, offset) = value;
}

uint64_t pkvm_apic_highest(const struct pkvm_vcpu *vcpu, uint32_t offset)
{
	for (uint32_t vector = 256; vector-- > 0;) {
		if (pkvm_apic_reg_read(vcpu, offset + vector / 32 * 16) >> vector % 32 & 1)
			return vector;
	}
	return PKVM_NONE;
}

void pkvm_apic_reset(struct pkvm_vcpu *vcpu)
{
	pkvm_apic_reg_write(vcpu, PKVM_APIC_TPR, 0);
	pkvm_apic_reg_write(vcpu, PKVM_APIC_PPR, 0);
	for (uint32_t i = 0; i < 8; i++) {
		pkvm_apic_reg_write(vcpu, PKVM_APIC_IRR + i * 16, 0);
		pkvm_apic_reg_write(vcpu, PKVM_APIC_ISR + i * 16, 0);
	}
	for (uint32_t i = 0; i < 4; i++)
		vcpu->posted_irr[i] = 0;
	if (pkvm_vmx_cpu_allowed() & PKVM_VMX_CPU_USE_TPR_SHADOW)
		pkvm_vmwrite(PKVM_VMCS_TPR_THRESHOLD, 0);
	if (pkvm_vmx_cpu2_allowed() & PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS)
		pkvm_vmwrite(PKVM_VMCS_GUEST_INTR_STATUS, 0);
}

static uint64_t highest_posted(const struct pkvm_vcpu *vcpu)
{
	for (uint32_t vector = 256; vector-- > 0;) {
		if (vcpu->posted_irr[vector / 64] >> vector % 64 & 1)
			return vector;
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

/* What was posted becomes virtual IRR, and RVI its highest vector. */
static void request_posted(struct pkvm_vcpu *vcpu)
{
	uint64_t status = pkvm_vmread(PKVM_VMCS_GUEST_INTR_STATUS) & ~PKVM_APIC_RVI;
	uint64_t highest;

	for (uint32_t i = 0; i < 8; i++) {
		const uint32_t posted = (uint32_t)(vcpu->posted_irr[i / 2] >> i % 2 * 32);

		*reg(vcpu, PKVM_APIC_IRR + i * 16) |= posted;
	}
	for (uint32_t i = 0; i < 4; i++)
		vcpu->posted_irr[i] = 0;
	highest = pkvm_apic_highest(vcpu, PKVM_APIC_IRR);
	if (highest != PKVM_NONE)
		status |= highest;
	pkvm_vmwrite(PKVM_VMCS_GUEST_INTR_STATUS, status);
}

void pkvm_apic_enter(struct pkvm_vcpu *vcpu)
{
	struct pkvm_shared *page = pkvm_plat_shared(vcpu->page);

	if (!vcpu->apicv_active || !pkvm_vcpu_is_protected(vcpu)) {
		const uint64_t tpr = pkvm_shared_get(page, PKVM_PAGE_AT(apic.tpr));

		pkvm_apic_reg_write(vcpu, PKVM_APIC_TPR, tpr & 0xff);
	}
	if (vcpu->apicv_active) {
		pkvm_apic_take_posted(vcpu);
		request_posted(vcpu);
	}
}

static void vectors_out(const struct pkvm_vcpu *vcpu, uint32_t from, size_t to)
{
	struct pkvm_shared *page = pkvm_plat_shared(vcpu->page);

	for (uint32_t i = 0; i < 4; i++) {
		const uint64_t low = pkvm_apic_reg_read(vcpu, from + i * 32);
		const uint64_t high = pkvm_apic_reg_read(vcpu, from + i * 32 + 16);

		pkvm_shared_put(page, to + i * 8, high << 32 | low);
	}
}

void pkvm_apic_leave(struct pkvm_vcpu *vcpu)
{
	pkvm_shared_put(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(apic.tpr),
			pkvm_apic_reg_read(vcpu, PKVM_APIC_TPR) & 0xff);
	if (pkvm_vcpu_is_protected(vcpu))
		return;
	vectors_out(vcpu, PKVM_APIC_IRR, PKVM_PAGE_AT(apic.irr));
	vectors_out(vcpu, PKVM_APIC_ISR, PKVM_PAGE_AT(apic.isr));
}
