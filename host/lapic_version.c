/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a local APIC says of itself, and whether its EOIs are broadcast (SDM
 * "Local APIC Version Register", "Directed EOI with x2APIC Mode").
 */
#include "irqchip.h"

#define VERSION         0x14u   /* an APIC in the processor */
#define NR_LVTS         6u
#define LAST_LVT_SHIFT  16

/*
 * KVM's I/O APIC has no EOI register, and some guests suppress broadcasts
 * without a look at the I/O APIC's version. Of one in user space KVM cannot know;
 * without being asked it says what it always said, whatever the CPU's vendor.
 */
static bool is_offered(const struct pkvm_host_irqchip *chip)
{
	switch (chip->suppress_eoi) {
	case PKVM_HOST_SUPPRESS_EOI_ENABLED:
		return true;
	case PKVM_HOST_SUPPRESS_EOI_DISABLED:
		return false;
	default:
		return !pkvm_host_irqchip_has_ioapic(chip);
	}
}

void pkvm_host_lapic_set_version(struct pkvm_host_lapic *apic)
{
	uint32_t version = VERSION | (NR_LVTS - 1) << LAST_LVT_SHIFT;

	if (apic->has_x2apic && is_offered(apic->chip))
		version |= PKVM_HOST_APIC_LVR_SUPPRESS_EOI;
	PKVM_HOST_APIC(apic, LVR) = version;
}

/*
 * Quirked, a bit that the guest was offered has no effect, and one that it was
 * not, which a restored APIC has all the same, does.
 */
bool pkvm_host_lapic_suppresses_eoi(const struct pkvm_host_lapic *apic)
{
	if (!(PKVM_HOST_APIC(apic, SPIV) & PKVM_HOST_APIC_SPIV_SUPPRESS_EOI))
		return false;
	switch (apic->chip->suppress_eoi) {
	case PKVM_HOST_SUPPRESS_EOI_ENABLED:
		return true;
	case PKVM_HOST_SUPPRESS_EOI_DISABLED:
		return false;
	default:
		return pkvm_host_irqchip_has_ioapic(apic->chip);
	}
}
