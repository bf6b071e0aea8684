/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Saves and restores a local APIC, as KVM_GET_LAPIC and KVM_SET_LAPIC do. */
#include "irqchip.h"
#include "x86_ops.h"

#define XAPIC_ID_SHIFT 24
#define WORD(OFFSET)   ((OFFSET) / 4)

/* An id has 8 bits at the top, unless the VM's x2APICs were told to have 32. */
static uint32_t id_word(const struct pkvm_host_lapic *apic)
{
	if (pkvm_host_lapic_is_x2apic(apic) &&
	    apic->chip->x2apic_flags & PKVM_X2APIC_32BIT_IDS)
		return apic->id;
	return apic->id << XAPIC_ID_SHIFT;
}

static void read_apicv(const struct pkvm_host_lapic *apic, struct pkvm_host_lapic_state *state)
{
	uint32_t irr[8], isr[8];

	pkvm_host_lapic_settle(apic);
	pkvm_host_lapic_shown(apic, irr, isr);
	for (uint32_t i = 0; i < 8; i++) {
		state->reg[WORD(PKVM_HOST_APIC_IRR + i * 16)] = irr[i];
		state->reg[WORD(PKVM_HOST_APIC_ISR + i * 16)] = isr[i];
	}
}

void pkvm_host_lapic_get_state(const struct pkvm_host_lapic *apic,
			       struct pkvm_host_lapic_state *state)
{
	*state = (struct pkvm_host_lapic_state){ { 0 } };
	for (uint32_t offset = 0; offset < sizeof(*state); offset += 16)
		state->reg[WORD(offset)] = apic->reg[offset / 16];
	state->reg[WORD(PKVM_HOST_APIC_ID)] = id_word(apic);
	state->reg[WORD(PKVM_HOST_APIC_TPR)] = pkvm_host_lapic_tpr(apic);
	state->reg[WORD(PKVM_HOST_APIC_LDR)] = pkvm_host_lapic_ldr(apic);
	if (pkvm_host_lapic_is_virtual(apic))
		read_apicv(apic, state);
	state->reg[WORD(PKVM_HOST_APIC_PPR)] = pkvm_host_lapic_current_ppr(apic);
}

static void switch_apicv(struct pkvm_host_vcpu *vcpu, bool active)
{
	vcpu->apicv_active = active;
	pkvm_host_refresh_apicv_exec_ctrl(vcpu);
}

/*
 * As saved, SPIV [12] included; the version is this VM's own. APICv is off meanwhile:
 * the hypervisor forgets what it has when it ends, and gets what is restored when it
 * begins.
 */
int pkvm_host_lapic_set_state(struct pkvm_host_lapic *apic,
			      const struct pkvm_host_lapic_state *state)
{
	const bool virtual = pkvm_host_lapic_is_virtual(apic);

	if (pkvm_host_lapic_is_x2apic(apic) &&
	    state->reg[WORD(PKVM_HOST_APIC_ID)] != id_word(apic))
		return -PKVM_EINVAL;
	if (virtual)
		switch_apicv(apic->vcpu, false);
	for (uint32_t offset = 0; offset < sizeof(*state); offset += 16)
		apic->reg[offset / 16] = state->reg[WORD(offset)];
	pkvm_host_lapic_set_version(apic);
	if (virtual)
		switch_apicv(apic->vcpu, true);
	pkvm_host_lapic_set_tpr(apic, state->reg[WORD(PKVM_HOST_APIC_TPR)]);
	apic->evaluate = true;
	return 0;
}
