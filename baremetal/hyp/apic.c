/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * IPIs of the hypervisor, by the local APIC that the host uses as well: what
 * the host has written to the upper half of the ICR comes back.
 *
 * SDM: chapter "Advanced Programmable Interrupt Controller (APIC)", sections
 * "Issuing Interprocessor Interrupts" and "Extended XAPIC (x2APIC)"; chapter
 * "Multiple-Processor Management", section "MP Initialization Protocol Algorithm".
 */
#include "../common/lapic.h"
#include "../common/x86.h"
#include "apic.h"
#include "cpu.h"

#define BASE_ENABLE PKVM_BIT(11)
#define BASE_BSP    PKVM_BIT(8)
#define X2APIC_ICR  0x830u

/* Cycles of the TSC: a CPU that has not come by then is not there. */
#define START_TIME  1000000u

static void wait_until_sent(void)
{
	while (*lapic_reg(LAPIC_ICR_LOW) & LAPIC_PENDING)
		x86_pause();
}

static void send(uint32_t apic_id, uint32_t command)
{
	uint64_t base = 0;
	uint32_t high;

	if (pkvm_plat_rdmsr(LAPIC_BASE_MSR, &base) && (base & LAPIC_BASE_X2APIC)) {
		(void)pkvm_plat_wrmsr(X2APIC_ICR, (uint64_t)apic_id << 32 | LAPIC_ASSERT | command);
		return;
	}
	wait_until_sent();
	high = *lapic_reg(LAPIC_ICR_HIGH);
	lapic_send(apic_id, command);
	wait_until_sent();
	*lapic_reg(LAPIC_ICR_HIGH) = high;
}

static void wait(uint64_t cycles)
{
	const uint64_t start = x86_rdtsc();

	while (x86_rdtsc() - start < cycles)
		x86_pause();
}

void apic_start_others(void)
{
	send(0, LAPIC_ALL_OTHERS | LAPIC_INIT);
	wait(START_TIME);
	send(0, LAPIC_ALL_OTHERS | LAPIC_SIPI | MAP_SIPI_VECTOR);
	wait(START_TIME);
}

void apic_send_nmi(uint32_t apic_id)
{
	send(apic_id, LAPIC_NMI);
}

bool apic_base_is_valid(uint64_t value)
{
	const uint64_t x2apic = this_cpu()->has_x2apic ? LAPIC_BASE_X2APIC : 0;
	const uint64_t modes = BASE_ENABLE | BASE_BSP | x2apic;

	return (value & BASE_ENABLE) && (value & ~modes) == LAPIC_ADDRESS;
}
