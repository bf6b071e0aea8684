/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Publishes the event summary. */
#include "summary.h"
#include "apic.h"
#include "event.h"
#include "shared.h"
#include "vmcs/access.h"

#include <pkvm/rflags.h>

/* What interrupt_allowed, nmi_allowed, get_nmi_mask and sync_pir_to_irr answer. */
static void fill_events(const struct pkvm_vcpu *vcpu, struct pkvm_page_summary *summary)
{
	summary->interrupt_allowed = pkvm_irq_allowed(vcpu);
	summary->nmi_allowed = pkvm_nmi_allowed(vcpu);
	summary->if_flag = summary->interrupt_allowed;
	summary->injection_busy = pkvm_injection_busy(vcpu);
	summary->pending_vector = pkvm_apic_pending_vector(vcpu);
	summary->nmi_mask = pkvm_nmi_masked();
}

/* What only an npVM's host may know. */
static void fill_state(struct pkvm_page_summary *summary)
{
	summary->rflags = pkvm_vmread(PKVM_VMCS_GUEST_RFLAGS);
	summary->if_flag = (summary->rflags & PKVM_RFLAGS_IF) != 0;
	summary->interrupt_shadow = pkvm_interrupt_shadow();
	summary->cs_access_rights = pkvm_vmread(PKVM_VMCS_GUEST_CS_AR_BYTES);
	summary->ss_access_rights = pkvm_vmread(PKVM_VMCS_GUEST_SS_AR_BYTES);
}

static void hide_state(struct pkvm_page_summary *summary)
{
	summary->rflags = 0;
	summary->interrupt_shadow = 0;
	summary->cs_access_rights = 0;
	summary->ss_access_rights = 0;
}

/*
 * The sequence number is odd until every word is written, as a seqlock's. x86
 * makes stores visible in their order, and the calls keep the compiler's.
 */
void pkvm_summary_publish(struct pkvm_vcpu *vcpu)
{
	struct pkvm_shared *page = pkvm_plat_shared(vcpu->page);
	const size_t first = PKVM_PAGE_AT(summary.interrupt_allowed);
	struct pkvm_page_summary summary;

	if (vcpu->summary_held)
		return;
	fill_events(vcpu, &summary);
	if (pkvm_vcpu_is_protected(vcpu))
		hide_state(&summary);
	else
		fill_state(&summary);
	vcpu->summary_sequence += 2;
	pkvm_shared_put(page, PKVM_PAGE_AT(summary.sequence), vcpu->summary_sequence - 1);
	pkvm_shared_write(page, first, &summary.interrupt_allowed,
			  PKVM_PAGE_AT(summary.reserved) - first);
	pkvm_shared_put(page, PKVM_PAGE_AT(summary.sequence), vcpu->summary_sequence);
}
