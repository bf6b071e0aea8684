/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A VM's interrupt controllers together: their modes, and who a message is for. */
#include "irqchip.h"
#include "run.h"

#define XAPIC_BROADCAST  0xffu
#define X2APIC_BROADCAST 0xffffffffu

/* SDM "Logical Destination Mode in xAPIC Mode" */
#define LDR_SHIFT 24
#define DFR_FLAT  0xf0000000u

int pkvm_host_irqchip_init(struct pkvm_host_irqchip *chip, uint32_t mode,
			   uint32_t x2apic_flags)
{
	const bool enable = x2apic_flags & PKVM_X2APIC_ENABLE_SUPPRESS_EOI;
	const bool disable = x2apic_flags & PKVM_X2APIC_DISABLE_SUPPRESS_EOI;

	if (mode > PKVM_IRQCHIP_SPLIT || x2apic_flags & ~(uint32_t)PKVM_X2APIC_FLAGS ||
	    (enable && (disable || mode != PKVM_IRQCHIP_SPLIT)))
		return -PKVM_EINVAL;
	*chip = (struct pkvm_host_irqchip){ .mode = mode };
	chip->tpr_policy = PKVM_HOST_TPR_EVERY_PPR;
	pkvm_host_irqchip_set_flags(chip, x2apic_flags);
	return 0;
}

void pkvm_host_irqchip_set_flags(struct pkvm_host_irqchip *chip, uint32_t x2apic_flags)
{
	chip->x2apic_flags = x2apic_flags;
	if (x2apic_flags & PKVM_X2APIC_ENABLE_SUPPRESS_EOI)
		chip->suppress_eoi = PKVM_HOST_SUPPRESS_EOI_ENABLED;
	else if (x2apic_flags & PKVM_X2APIC_DISABLE_SUPPRESS_EOI)
		chip->suppress_eoi = PKVM_HOST_SUPPRESS_EOI_DISABLED;
}

int pkvm_host_irqchip_add_lapic(struct pkvm_host_irqchip *chip, struct pkvm_host_lapic *apic,
				struct pkvm_host_vcpu *vcpu, uint32_t id)
{
	if (chip->nr_lapics == PKVM_HOST_MAX_LAPICS)
		return -PKVM_EINVAL;
	for (uint32_t i = 0; i < chip->nr_lapics; i++) {
		if (chip->lapic[i]->id == id)
			return -PKVM_EINVAL;
	}
	*apic = (struct pkvm_host_lapic){ .chip = chip, .vcpu = vcpu, .id = id };
	apic->has_x2apic = true;
	pkvm_host_lapic_reset(apic);
	chip->lapic[chip->nr_lapics++] = apic;
	if (vcpu)
		vcpu->lapic = apic;
	return 0;
}

void pkvm_host_irqchip_remove_lapic(struct pkvm_host_lapic *apic)
{
	struct pkvm_host_irqchip *chip = apic->chip;
	uint32_t at = 0;

	while (chip->lapic[at] != apic)
		at++;
	chip->nr_lapics--;
	for (; at < chip->nr_lapics; at++)
		chip->lapic[at] = chip->lapic[at + 1];
	if (apic->vcpu)
		apic->vcpu->lapic = NULL;
}

void pkvm_host_irqchip_scan_ioapic(struct pkvm_host_irqchip *chip)
{
	for (uint32_t i = 0; i < chip->nr_lapics; i++)
		chip->lapic[i]->scan_ioapic = true;
}

/* In x2APIC mode 0xff is a broadcast by a quirk, and only from who cannot say more. */
static bool is_broadcast(const struct pkvm_host_lapic *apic, const struct pkvm_host_msi *msi)
{
	if (msi->from_x2apic)
		return msi->dest == X2APIC_BROADCAST;
	if (msi->dest != XAPIC_BROADCAST)
		return false;
	return !pkvm_host_lapic_is_x2apic(apic) ||
	       !(apic->chip->x2apic_flags & PKVM_X2APIC_NO_BROADCAST_QUIRK);
}

/* SDM "Logical x2APIC ID": cluster [31:16], one bit of [15:0] a member. */
static bool matches_logical(const struct pkvm_host_lapic *apic, uint32_t dest)
{
	const uint32_t ldr = pkvm_host_lapic_ldr(apic);
	const uint32_t member = ldr >> LDR_SHIFT;

	if (pkvm_host_lapic_is_x2apic(apic))
		return dest >> 16 == ldr >> 16 && dest & ldr & 0xffff;
	if (dest > XAPIC_BROADCAST)
		return false;
	if ((PKVM_HOST_APIC(apic, DFR) & DFR_FLAT) == DFR_FLAT)
		return dest & member;
	return dest >> 4 == member >> 4 && dest & member & 0xf;
}

static bool is_for(const struct pkvm_host_lapic *apic, const struct pkvm_host_msi *msi)
{
	if (is_broadcast(apic, msi))
		return true;
	if (msi->logical)
		return matches_logical(apic, msi->dest);
	return apic->id == msi->dest;
}

/* SDM "Lowest Priority Delivery Mode"; among equals the one connected first. */
static struct pkvm_host_lapic *lowest(struct pkvm_host_irqchip *chip,
				      const struct pkvm_host_msi *msi)
{
	struct pkvm_host_lapic *found = NULL;

	for (uint32_t i = 0; i < chip->nr_lapics; i++) {
		struct pkvm_host_lapic *apic = chip->lapic[i];

		if (!is_for(apic, msi) || !pkvm_host_lapic_is_enabled(apic) ||
		    !(PKVM_HOST_APIC(apic, SPIV) & PKVM_HOST_APIC_SPIV_ENABLE))
			continue;
		if (!found || pkvm_host_lapic_current_ppr(apic) <
				      pkvm_host_lapic_current_ppr(found))
			found = apic;
	}
	return found;
}

static bool deliver_to(struct pkvm_host_lapic *apic, const struct pkvm_host_msi *msi)
{
	switch (msi->mode) {
	case PKVM_HOST_DELIVER_FIXED:
	case PKVM_HOST_DELIVER_LOWEST:
		return pkvm_host_lapic_accept(apic, msi->vector, msi->level);
	case PKVM_HOST_DELIVER_NMI:
		if (apic->vcpu)
			pkvm_host_queue_nmi(apic->vcpu);
		return apic->vcpu != NULL;
	default:
		return false;
	}
}

uint32_t pkvm_host_irqchip_deliver(struct pkvm_host_irqchip *chip,
				   const struct pkvm_host_msi *msi)
{
	uint32_t reached = 0;

	if (msi->mode == PKVM_HOST_DELIVER_LOWEST) {
		struct pkvm_host_lapic *apic = lowest(chip, msi);

		return apic && deliver_to(apic, msi);
	}
	for (uint32_t i = 0; i < chip->nr_lapics; i++)
		reached += is_for(chip->lapic[i], msi) && deliver_to(chip->lapic[i], msi);
	return reached;
}
