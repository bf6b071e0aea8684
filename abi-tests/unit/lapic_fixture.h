/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Local APICs without a processor, with or without an I/O APIC, and the guest's
 * accesses to both. A program includes it once.
 */
#ifndef PKVM_TEST_LAPIC_FIXTURE_H
#define PKVM_TEST_LAPIC_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "host/irqchip.h"

#define X2APIC_BASE 0xfee00c00u

static struct {
	struct pkvm_host_irqchip chip;
	struct pkvm_host_ioapic ioapic;
	struct pkvm_host_lapic apic[3];
	unsigned int acks;
} chips;

static inline void count_ack(void *opaque, struct pkvm_host_ioapic *ioapic, uint32_t pin)
{
	(void)opaque;
	(void)ioapic;
	(void)pin;
	chips.acks++;
}

/* The guest enables the APIC as it comes out of RESET. */
static inline void apic_enable(struct pkvm_host_lapic *apic)
{
	assert_int_equal(pkvm_host_lapic_mmio_write(apic, 0xf0, 4, 0x1ff), 0);
}

/* So many enabled APICs in xAPIC mode, with ids from 0. */
static inline void chips_up(uint32_t mode, uint32_t flags, uint32_t version, uint32_t lapics)
{
	memset(&chips, 0, sizeof(chips));
	assert_int_equal(pkvm_host_irqchip_init(&chips.chip, mode, flags), 0);
	assert_int_equal(pkvm_host_ioapic_init(&chips.ioapic, &chips.chip, version), 0);
	if (mode == 1)
		chips.chip.ioapic = &chips.ioapic;
	for (uint32_t i = 0; i < lapics; i++) {
		assert_int_equal(pkvm_host_irqchip_add_lapic(&chips.chip, &chips.apic[i],
							     NULL, i), 0);
		apic_enable(&chips.apic[i]);
	}
}

static inline uint32_t mmio(struct pkvm_host_lapic *apic, uint64_t offset)
{
	uint64_t value = 0xabcd;

	assert_int_equal(pkvm_host_lapic_mmio_read(apic, offset, 4, &value), 0);
	return (uint32_t)value;
}

static inline void mmio_write(struct pkvm_host_lapic *apic, uint64_t offset, uint32_t value)
{
	assert_int_equal(pkvm_host_lapic_mmio_write(apic, offset, 4, value), 0);
}

/* An indirect register of the I/O APIC. */
static inline void ioapic_write(uint32_t reg, uint32_t value)
{
	assert_int_equal(pkvm_host_ioapic_write(&chips.ioapic, 0x00, 4, reg), 0);
	assert_int_equal(pkvm_host_ioapic_write(&chips.ioapic, 0x10, 4, value), 0);
}

static inline uint32_t ioapic_read(uint32_t reg)
{
	uint64_t value = 0xabcd;

	assert_int_equal(pkvm_host_ioapic_write(&chips.ioapic, 0x00, 4, reg), 0);
	assert_int_equal(pkvm_host_ioapic_read(&chips.ioapic, 0x10, 4, &value), 0);
	return (uint32_t)value;
}

static inline void line(uint32_t pin, bool asserted)
{
	assert_int_equal(pkvm_host_ioapic_set_line(&chips.ioapic, pin, asserted), 0);
}

/* What a VMM does about an EOI that it is told of. */
static inline void user_space(struct pkvm_host_lapic *apic)
{
	if (apic->user_eoi < 0)
		return;
	pkvm_host_ioapic_eoi(&chips.ioapic, (uint32_t)apic->user_eoi, false);
	apic->user_eoi = -1;
}

#endif
