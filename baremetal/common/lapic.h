/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The registers of the calling CPU's local APIC in xAPIC mode, where reset puts them.
 *
 * SDM: tables "Local APIC Register Address Map", "Local APIC ID Register" and
 * figure "Interrupt Command Register (ICR)".
 */
#ifndef PKVM_BAREMETAL_LAPIC_H
#define PKVM_BAREMETAL_LAPIC_H

#include <stdint.h>

#define LAPIC_BASE_MSR     0x1bu
#define LAPIC_BASE_X2APIC  (UINT64_C(1) << 10)
#define LAPIC_ADDRESS      0xfee00000u

#define LAPIC_ID           0x020u
#define LAPIC_SVR          0x0f0u
#define LAPIC_ICR_LOW      0x300u
#define LAPIC_ICR_HIGH     0x310u
#define LAPIC_LVT_TIMER    0x320u
#define LAPIC_TIMER        0x380u

#define LAPIC_SVR_ENABLE   0x000001ffu
#define LAPIC_NMI          0x00000400u
#define LAPIC_INIT         0x00000500u
#define LAPIC_SIPI         0x00000600u
#define LAPIC_PENDING      0x00001000u
#define LAPIC_ASSERT       0x00004000u
#define LAPIC_SELF         0x00040000u
#define LAPIC_ALL_OTHERS   0x000c0000u

static inline volatile uint32_t *lapic_reg(uint32_t offset)
{
	return (volatile uint32_t *)(uintptr_t)(LAPIC_ADDRESS + offset);
}

static inline uint32_t lapic_id(void)
{
	return *lapic_reg(LAPIC_ID) >> 24;
}

static inline void lapic_enable(void)
{
	*lapic_reg(LAPIC_SVR) = LAPIC_SVR_ENABLE;
}

static inline void lapic_send(uint32_t id, uint32_t command)
{
	*lapic_reg(LAPIC_ICR_HIGH) = id << 24;
	*lapic_reg(LAPIC_ICR_LOW) = LAPIC_ASSERT | command;
}

/* One interrupt, after so many ticks of the timer. */
static inline void lapic_start_timer(uint32_t vector, uint32_t ticks)
{
	lapic_enable();
	*lapic_reg(LAPIC_LVT_TIMER) = vector;
	*lapic_reg(LAPIC_TIMER) = ticks;
}

#endif
