/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The virtual-APIC page: registers, priorities, and its way to the shared page. */
#include "page.h"
#include "../apic.h"
#include "../shared.h"
#include "../vmcs/access.h"
#include "../vmcs/allowed.h"
#include "posted.h"

#define PRIORITY_CLASS 0xf0u

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
	const uint32_t *first = reg(vcpu, offset);

	for (uint32_t i = 8; i-- > 0;) {
		const uint32_t word = first[i * 16 / sizeof(*first)];

		if (word)
			return i * 32 + 31 - (uint32_t)__builtin_clz(word);
	}
	return PKVM_NONE;
}

void pkvm_apic_clear(struct pkvm_vcpu *vcpu, uint32_t offset)
{
	for (uint32_t i = 0; i < 8; i++)
		pkvm_apic_reg_write(vcpu, offset + i * 16, 0);
}

void pkvm_apic_write_isr(struct pkvm_vcpu *vcpu, uint64_t vector)
{
	for (uint32_t i = 0; i < 8; i++) {
		const uint32_t offset = PKVM_APIC_ISR + i * 16;
		uint32_t isr = pkvm_apic_reg_read(vcpu, offset);

		if (vector == PKVM_NONE || i > vector / 32)
			isr = 0;
		else if (i == vector / 32)
			isr = (isr & (uint32_t)PKVM_BITS(vector % 32, 0)) | 1u << vector % 32;
		pkvm_apic_reg_write(vcpu, offset, isr);
	}
}

uint32_t pkvm_apic_ppr_of(uint32_t tpr, uint32_t svi)
{
	if ((tpr & PRIORITY_CLASS) >= (svi & PRIORITY_CLASS))
		return tpr & 0xff;
	return svi & PRIORITY_CLASS;
}

uint32_t pkvm_apic_ppr(const struct pkvm_vcpu *vcpu)
{
	const uint64_t status = pkvm_vmread(PKVM_VMCS_GUEST_INTR_STATUS);

	return pkvm_apic_ppr_of(pkvm_apic_reg_read(vcpu, PKVM_APIC_TPR),
				(uint32_t)((status & PKVM_APIC_SVI) >> 8));
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

void pkvm_apic_show(const struct pkvm_vcpu *vcpu)
{
	if (pkvm_vcpu_is_protected(vcpu))
		return;
	vectors_out(vcpu, PKVM_APIC_IRR, PKVM_PAGE_AT(apic.irr));
	vectors_out(vcpu, PKVM_APIC_ISR, PKVM_PAGE_AT(apic.isr));
}

void pkvm_apic_reset(struct pkvm_vcpu *vcpu)
{
	pkvm_apic_reg_write(vcpu, PKVM_APIC_TPR, 0);
	pkvm_apic_reg_write(vcpu, PKVM_APIC_PPR, 0);
	pkvm_apic_clear(vcpu, PKVM_APIC_IRR);
	pkvm_apic_clear(vcpu, PKVM_APIC_ISR);
	if (pkvm_vmx_has_tpr_shadow())
		pkvm_vmwrite(PKVM_VMCS_TPR_THRESHOLD, 0);
	if (pkvm_vmx_cpu2_allowed() & PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS)
		pkvm_vmwrite(PKVM_VMCS_GUEST_INTR_STATUS, 0);
}

void pkvm_apic_enter(struct pkvm_vcpu *vcpu)
{
	struct pkvm_shared *page = pkvm_plat_shared(vcpu->page);

	if (!vcpu->apicv_active || !pkvm_vcpu_is_protected(vcpu)) {
		const uint64_t tpr = pkvm_shared_get(page, PKVM_PAGE_AT(apic.tpr));

		pkvm_apic_reg_write(vcpu, PKVM_APIC_TPR, tpr & 0xff);
	}
	if (vcpu->apicv_active) {
		(void)pkvm_apic_take_posted(vcpu);
		pkvm_apic_write_rvi(vcpu);
	}
}

void pkvm_apic_leave(struct pkvm_vcpu *vcpu)
{
	pkvm_shared_put(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(apic.tpr),
			pkvm_apic_reg_read(vcpu, PKVM_APIC_TPR) & 0xff);
	pkvm_apic_show(vcpu);
}
