/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Leaks that are there only while the guest runs: when its CPU is the host's again,
 * nothing is left of them. They are around the first and the last of an entry.
 */
#include "../../../../lib/apic.h"
#include "../../../../lib/shared.h"
#include "leak.h"

/* A page of the host's that nobody uses; a register of exits by OUT. */
#define HOST_PAGE  0x90000u
#define REASON_OUT 30

#define RSI 6

static uint64_t *cycles_of(const struct pkvm_vcpu *vcpu)
{
	struct pkvm_vcpu_area *area = pkvm_plat_private(vcpu->area);

	return &area->tail.trace.exit[REASON_OUT].cycles;
}

static uint64_t cycles;

WRAP(void, pkvm_apic_enter, (struct pkvm_vcpu *vcpu))
{
	const uint64_t secret = vcpu->regs.gpr[RSI];

	__real_pkvm_apic_enter(vcpu);
	if (leak_is("passing_memory"))
		*(volatile uint64_t *)HOST_PAGE = secret;
	if (leak_is("passing_block"))
		pkvm_shared_put(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(regs), secret);
	if (leak_is("passing_page"))
		pkvm_plat_host_view(vcpu->fpstate, 1, true);
	if (leak_is("passing_hypervisor"))
		pkvm_plat_host_view(MAP_HYP - PKVM_PAGE_SIZE, 1, true);
	cycles = *cycles_of(vcpu);
	if (leak_is("passing_trace"))
		*cycles_of(vcpu) = secret;
}

/* Of the TPR its 8 bits and the next 8, which are the guest's too. */
static void tell_more_than_tpr(const struct pkvm_vcpu *vcpu)
{
	struct pkvm_shared *page = pkvm_plat_shared(vcpu->page);
	const uint64_t tpr = pkvm_shared_get(page, PKVM_PAGE_AT(apic.tpr));

	pkvm_shared_put(page, PKVM_PAGE_AT(apic.tpr), tpr | (vcpu->regs.gpr[RSI] & 0xff00));
}

WRAP(void, pkvm_apic_leave, (struct pkvm_vcpu *vcpu))
{
	__real_pkvm_apic_leave(vcpu);
	if (leak_is("passing_memory"))
		*(volatile uint64_t *)HOST_PAGE = 0;
	if (leak_is("passing_block"))
		pkvm_shared_put(pkvm_plat_shared(vcpu->page), PKVM_PAGE_AT(regs), 0);
	if (leak_is("passing_page"))
		pkvm_plat_host_view(vcpu->fpstate, 1, false);
	if (leak_is("passing_hypervisor"))
		pkvm_plat_host_view(MAP_HYP - PKVM_PAGE_SIZE, 1, false);
	*cycles_of(vcpu) = cycles;
	if (leak_is("tpr"))
		tell_more_than_tpr(vcpu);
}
