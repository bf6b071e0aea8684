/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * IPIs of the hypervisor, by the local APIC that the host uses as well: what
 * the host has written to the upper half of the ICR comes back.
 *
 * SDM: chapter "Advanced Programmable Interrupt Controller (APIC)", sections
 * "Issuing Interprocessor Interrupts" and "Extended XAPIC (x2APIC)"; chapter
 * "Multiple-Processor Management", section "MP Initialization Protocol Algorithm".
 */
#include "../common/x86.h"
#include "apic.h"
#include "cpu.h"

#define BASE_X2APIC     PKVM_BIT(10)
#define BASE_ENABLE     PKVM_BIT(11)
#define BASE_BSP        PKVM_BIT(8)
#define X2APIC_ICR      0x830u

#define ICR_LOW         0x300u
#define ICR_HIGH        0x310u
#define ICR_NMI         0x00000400u
#define ICR_INIT        0x00000500u
#define ICR_SIPI        0x00000600u
#define ICR_PENDING     0x00001000u
#define ICR_ASSERT      0x00004000u
#define ICR_ALL_OTHERS  0x000c0000u

/* Cycles of the TSC: a CPU that has not come by then is not there. */
#define START_TIME      1000000u

static volatile uint32_t *reg(uint32_t offset)
{
	return (volatile uint32_t *)(uintptr_t)(APIC_ADDRESS + offset);
}

static void wait_until_sent(void)
{
	while (*reg(ICR_LOW) & ICR_PENDING)
		x86_pause();
}

static void send(uint32_t apic_id, uint32_t command)
{
	uint64_t base = 0;
	uint32_t high;

	if (pkvm_plat_rdmsr(APIC_BASE_MSR, &base) && (base & BASE_X2APIC)) {
		(void)pkvm_plat_wrmsr(X2APIC_ICR, (uint64_t)apic_id << 32 | command);
		return;
	}
	wait_until_sent();
	high = *reg(ICR_HIGH);
	*reg(ICR_HIGH) = apic_id << 24;
	*reg(ICR_LOW) = command;
	wait_until_sent();
	*reg(ICR_HIGH) = high;
}

static void wait(uint64_t cycles)
{
	const uint64_t start = x86_rdtsc();

	while (x86_rdtsc() - start < cycles)
		x86_pause();
}

void apic_start_others(void)
{
	send(0, ICR_ALL_OTHERS | ICR_ASSERT | ICR_INIT);
	wait(START_TIME);
	send(0, ICR_ALL_OTHERS | ICR_ASSERT | ICR_SIPI | MAP_SIPI_VECTOR);
	wait(START_TIME);
}

void apic_send_nmi(uint32_t apic_id)
{
	send(apic_id, ICR_ASSERT | ICR_NMI);
}

bool apic_base_is_valid(uint64_t value)
{
	const uint64_t x2apic = this_cpu()->has_x2apic ? BASE_X2APIC : 0;
	const uint64_t modes = BASE_ENABLE | BASE_BSP | x2apic;

	return (value & BASE_ENABLE) && (value & ~modes) == APIC_ADDRESS;
}
