/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* TPR, PPR, and the TPR threshold of the vCPU, which must never be above TPR. */
#include "irqchip.h"
#include "x86_ops.h"


/* Basic exit reasons of an npVM. */
#define REASON_TPR_BELOW       43
#define REASON_VIRTUALIZED_EOI 45

/* Of a vCPU the TPR is in the page, where guest and host find the same one. */
uint32_t pkvm_host_lapic_tpr(const struct pkvm_host_lapic *apic)
{
	return apic->vcpu ? (uint32_t)apic->vcpu->page->apic.tpr & 0xff :
			    PKVM_HOST_APIC(apic, TPR);
}

/*
 * The threshold is what TPR has to fall below to make the highest requested
 * vector deliverable. Without a local APIC here there is none, and with APICv
 * active the processor needs none.
 */
static void update_cr8_intercept(struct pkvm_host_lapic *apic)
{
	int class = pkvm_host_lapic_highest(apic, PKVM_HOST_APIC_IRR);

	if (!apic->vcpu || apic->chip->mode == PKVM_IRQCHIP_NONE ||
	    pkvm_host_lapic_is_virtual(apic))
		return;
	if (class >= 0)
		class = pkvm_host_lapic_is_enabled(apic) ? class >> PKVM_HOST_TPR_CLASS_SHIFT :
							   PKVM_HOST_NO_VECTOR;
	pkvm_host_update_cr8_intercept(apic->vcpu,
				       pkvm_host_lapic_tpr(apic) >> PKVM_HOST_TPR_CLASS_SHIFT,
				       class);
}

/* Two of the policies leave the threshold alone when nothing became deliverable. */
void pkvm_host_lapic_update_ppr(struct pkvm_host_lapic *apic)
{
	const uint32_t old = PKVM_HOST_APIC(apic, PPR);
	const uint32_t ppr = pkvm_host_lapic_current_ppr(apic);

	PKVM_HOST_APIC(apic, PPR) = ppr;
	if (ppr < old && pkvm_host_lapic_pending(apic) >= 0)
		apic->evaluate = true;
	else if (apic->chip->tpr_policy == PKVM_HOST_TPR_EVERY_PPR)
		update_cr8_intercept(apic);
}

void pkvm_host_lapic_set_tpr(struct pkvm_host_lapic *apic, uint32_t tpr)
{
	if (apic->vcpu)
		apic->vcpu->page->apic.tpr = tpr & 0xff;
	else
		PKVM_HOST_APIC(apic, TPR) = tpr & 0xff;
	pkvm_host_lapic_update_ppr(apic);
}

int pkvm_host_lapic_set_cr8(struct pkvm_host_lapic *apic, uint64_t cr8)
{
	if (cr8 > PKVM_HOST_CR8_MAX)
		return -PKVM_EINVAL;
	pkvm_host_lapic_set_tpr(apic, (uint32_t)cr8 << PKVM_HOST_TPR_CLASS_SHIFT);
	return 0;
}

/* KVM has always set the threshold at the end of KVM_SET_SREGS, whatever PPR did. */
int pkvm_host_lapic_restore_cr8(struct pkvm_host_lapic *apic, uint64_t cr8)
{
	const int error = pkvm_host_lapic_set_cr8(apic, cr8);

	if (!error && apic->chip->tpr_policy != PKVM_HOST_TPR_EVERY_PPR)
		update_cr8_intercept(apic);
	return error;
}

void pkvm_host_lapic_tpr_below_threshold(struct pkvm_host_lapic *apic)
{
	pkvm_host_lapic_update_ppr(apic);
	if (apic->chip->tpr_policy == PKVM_HOST_TPR_EVERY_EXIT)
		apic->evaluate = true;
}

/* Of an I/O APIC in user space the vectors are told by its routes, which are not here. */
static void load_eoi_exitmap(struct pkvm_host_lapic *apic)
{
	uint64_t bitmap[4];

	if (!apic->scan_ioapic || !pkvm_host_lapic_is_virtual(apic) || !apic->chip->ioapic)
		return;
	apic->scan_ioapic = false;
	pkvm_host_ioapic_eoi_exitmap(apic->chip->ioapic, bitmap);
	pkvm_host_load_eoi_exitmap(apic->vcpu, bitmap);
}

void pkvm_host_lapic_sync(struct pkvm_host_lapic *apic)
{
	load_eoi_exitmap(apic);
	if (!apic->evaluate)
		return;
	apic->evaluate = false;
	update_cr8_intercept(apic);
}

bool pkvm_host_lapic_handle_exit(struct pkvm_host_lapic *apic,
				 const struct pkvm_run_exit *exit)
{
	const bool vmx = exit->kind == PKVM_EXIT_VMX;

	if (exit->kind == PKVM_EXIT_TPR_BELOW_THRESHOLD ||
	    (vmx && exit->word0 == REASON_TPR_BELOW))
		pkvm_host_lapic_tpr_below_threshold(apic);
	else if (exit->kind == PKVM_EXIT_EOI)
		pkvm_host_lapic_eoi_exit(apic, (uint32_t)exit->word0);
	else if (vmx && exit->word0 == REASON_VIRTUALIZED_EOI)
		pkvm_host_lapic_eoi_exit(apic, (uint32_t)exit->word1);
	else
		return false;
	return true;
}
