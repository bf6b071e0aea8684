/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The local APIC of the CPU that the program is on, in xAPIC mode. */
#include "host.h"

/* SDM "Local APIC Register Address Map" */
#define APIC          UINT64_C(0xfee00000)
#define APIC_ID       0x020u
#define APIC_SPIV     0x0f0u
#define APIC_ICR      0x300u
#define APIC_ICR_HIGH 0x310u

#define SPIV_ENABLED  0x1ffu
#define ICR_SELF      0x40000u
#define ICR_ASSERT    0x4000u

static volatile uint32_t *apic(uint32_t offset)
{
	return (volatile uint32_t *)(uintptr_t)(APIC + offset);
}

uint32_t host_apic_id(void)
{
	return *apic(APIC_ID);
}

void host_send_irq(uint8_t vector)
{
	*apic(APIC_SPIV) = SPIV_ENABLED;
	*apic(APIC_ICR_HIGH) = 0;
	*apic(APIC_ICR) = ICR_ASSERT | ICR_SELF | vector;
}
