/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The I/O APIC: pins, redirection entries, end of interrupt. */
#include "irqchip.h"

/* Of an entry, software cannot write delivery status and remote IRR. */
#define ENTRY_READ_ONLY (PKVM_BIT(12) | PKVM_HOST_IOAPIC_REMOTE_IRR)
#define ENTRY_RESERVED  PKVM_BITS(55, 17)
#define DELIVERY_MODE(ENTRY) ((uint32_t)((ENTRY) >> 8 & 7))
#define DESTINATION(ENTRY)   ((uint32_t)((ENTRY) >> 56))

#define LAST_PIN_SHIFT 16
#define ID_SHIFT       24
#define ID_BITS        0x0f000000u

int pkvm_host_ioapic_init(struct pkvm_host_ioapic *ioapic, struct pkvm_host_irqchip *chip,
			  uint32_t version)
{
	if (version != PKVM_HOST_IOAPIC_82093AA && version != PKVM_HOST_IOAPIC_DIRECTED_EOI)
		return -PKVM_EINVAL;
	*ioapic = (struct pkvm_host_ioapic){ .chip = chip, .version = version };
	for (uint32_t pin = 0; pin < PKVM_HOST_IOAPIC_PINS; pin++)
		ioapic->entry[pin] = PKVM_HOST_IOAPIC_MASKED;
	return 0;
}

static bool send(struct pkvm_host_ioapic *ioapic, uint64_t entry)
{
	const struct pkvm_host_msi msi = {
		.dest = DESTINATION(entry),
		.mode = DELIVERY_MODE(entry),
		.vector = (uint32_t)(entry & PKVM_HOST_IOAPIC_VECTOR),
		.logical = entry & PKVM_HOST_IOAPIC_LOGICAL,
		.level = entry & PKVM_HOST_IOAPIC_LEVEL,
	};

	if (!pkvm_host_irqchip_deliver(ioapic->chip, &msi))
		return false;
	ioapic->sent++;
	return true;
}

/* An asserted level is sent once; remote IRR holds it back until its EOI. */
static void send_level(struct pkvm_host_ioapic *ioapic, uint32_t pin)
{
	const uint64_t entry = ioapic->entry[pin];
	const uint64_t held = PKVM_HOST_IOAPIC_MASKED | PKVM_HOST_IOAPIC_REMOTE_IRR;

	if (!(entry & PKVM_HOST_IOAPIC_LEVEL) || entry & held || !(ioapic->line >> pin & 1))
		return;
	if (send(ioapic, entry))
		ioapic->entry[pin] |= PKVM_HOST_IOAPIC_REMOTE_IRR;
}

/* An edge on a masked pin is lost. */
int pkvm_host_ioapic_set_line(struct pkvm_host_ioapic *ioapic, uint32_t pin, bool asserted)
{
	uint64_t entry;
	bool rises;

	if (pin >= PKVM_HOST_IOAPIC_PINS)
		return -PKVM_EINVAL;
	entry = ioapic->entry[pin];
	rises = asserted && !(ioapic->line >> pin & 1);
	ioapic->line = (ioapic->line & ~(1u << pin)) | (uint32_t)asserted << pin;
	if (entry & PKVM_HOST_IOAPIC_LEVEL)
		send_level(ioapic, pin);
	else if (rises && !(entry & PKVM_HOST_IOAPIC_MASKED))
		(void)send(ioapic, entry);
	return 0;
}

/* A line that is still asserted interrupts again at once. */
static void clear_remote_irr(struct pkvm_host_ioapic *ioapic, uint32_t pin)
{
	if (!(ioapic->entry[pin] & PKVM_HOST_IOAPIC_LEVEL))
		return;
	ioapic->entry[pin] &= ~PKVM_HOST_IOAPIC_REMOTE_IRR;
	send_level(ioapic, pin);
}

static bool has_vector(const struct pkvm_host_ioapic *ioapic, uint32_t pin, uint32_t vector)
{
	return (ioapic->entry[pin] & PKVM_HOST_IOAPIC_VECTOR) == vector;
}

/* The notifier comes first: it may lower the line. */
void pkvm_host_ioapic_eoi(struct pkvm_host_ioapic *ioapic, uint32_t vector, bool suppressed)
{
	for (uint32_t pin = 0; pin < PKVM_HOST_IOAPIC_PINS; pin++) {
		if (!has_vector(ioapic, pin, vector))
			continue;
		if (ioapic->ack && ioapic->notified >> pin & 1)
			ioapic->ack(ioapic->opaque, ioapic, pin);
		if (!suppressed)
			clear_remote_irr(ioapic, pin);
	}
}

/* The EOI register, which only version 0x20 has. */
static void directed_eoi(struct pkvm_host_ioapic *ioapic, uint32_t vector)
{
	if (ioapic->version != PKVM_HOST_IOAPIC_DIRECTED_EOI)
		return;
	for (uint32_t pin = 0; pin < PKVM_HOST_IOAPIC_PINS; pin++) {
		if (has_vector(ioapic, pin, vector))
			clear_remote_irr(ioapic, pin);
	}
}

static uint32_t read_window(const struct pkvm_host_ioapic *ioapic)
{
	const uint32_t reg = ioapic->select - PKVM_HOST_IOAPIC_REG_ENTRY;

	if (ioapic->select == PKVM_HOST_IOAPIC_REG_ID ||
	    ioapic->select == PKVM_HOST_IOAPIC_REG_ARB)
		return ioapic->id << ID_SHIFT;
	if (ioapic->select == PKVM_HOST_IOAPIC_REG_VERSION)
		return (PKVM_HOST_IOAPIC_PINS - 1) << LAST_PIN_SHIFT | ioapic->version;
	if (ioapic->select < PKVM_HOST_IOAPIC_REG_ENTRY || reg / 2 >= PKVM_HOST_IOAPIC_PINS)
		return 0;
	return (uint32_t)(ioapic->entry[reg / 2] >> reg % 2 * 32);
}

/* Remote IRR belongs to levels: making an entry edge-triggered clears it. */
static void write_entry(struct pkvm_host_ioapic *ioapic, uint32_t reg, uint32_t value)
{
	const uint32_t pin = reg / 2;
	const uint64_t half = PKVM_BITS(31, 0) << reg % 2 * 32;
	const uint64_t writable = half & ~(ENTRY_READ_ONLY | ENTRY_RESERVED);
	uint64_t entry = ioapic->entry[pin] & ~writable;

	entry |= (uint64_t)value << reg % 2 * 32 & writable;
	if (!(entry & PKVM_HOST_IOAPIC_LEVEL))
		entry &= ~PKVM_HOST_IOAPIC_REMOTE_IRR;
	ioapic->entry[pin] = entry;
	pkvm_host_irqchip_scan_ioapic(ioapic->chip);
	send_level(ioapic, pin);
}

static void write_window(struct pkvm_host_ioapic *ioapic, uint32_t value)
{
	const uint32_t reg = ioapic->select - PKVM_HOST_IOAPIC_REG_ENTRY;

	if (ioapic->select == PKVM_HOST_IOAPIC_REG_ID)
		ioapic->id = (value & ID_BITS) >> ID_SHIFT;
	else if (ioapic->select >= PKVM_HOST_IOAPIC_REG_ENTRY &&
		 reg / 2 < PKVM_HOST_IOAPIC_PINS)
		write_entry(ioapic, reg, value);
}

static bool is_access(uint64_t offset, uint32_t size)
{
	return size == sizeof(uint32_t) &&
	       (offset == PKVM_HOST_IOAPIC_SELECT || offset == PKVM_HOST_IOAPIC_WINDOW ||
		offset == PKVM_HOST_IOAPIC_EOI);
}

int pkvm_host_ioapic_read(struct pkvm_host_ioapic *ioapic, uint64_t offset, uint32_t size,
			  uint64_t *value)
{
	*value = 0;
	if (!is_access(offset, size))
		return -PKVM_EINVAL;
	if (offset == PKVM_HOST_IOAPIC_SELECT)
		*value = ioapic->select;
	else if (offset == PKVM_HOST_IOAPIC_WINDOW)
		*value = read_window(ioapic);
	return 0;
}

int pkvm_host_ioapic_write(struct pkvm_host_ioapic *ioapic, uint64_t offset, uint32_t size,
			   uint64_t value)
{
	if (!is_access(offset, size))
		return -PKVM_EINVAL;
	if (offset == PKVM_HOST_IOAPIC_SELECT)
		ioapic->select = value & 0xff;
	else if (offset == PKVM_HOST_IOAPIC_WINDOW)
		write_window(ioapic, (uint32_t)value);
	else
		directed_eoi(ioapic, value & 0xff);
	return 0;
}

void pkvm_host_ioapic_eoi_exitmap(const struct pkvm_host_ioapic *ioapic, uint64_t bitmap[4])
{
	for (uint32_t i = 0; i < 4; i++)
		bitmap[i] = 0;
	for (uint32_t pin = 0; pin < PKVM_HOST_IOAPIC_PINS; pin++) {
		const uint64_t entry = ioapic->entry[pin];
		const uint32_t vector = (uint32_t)(entry & PKVM_HOST_IOAPIC_VECTOR);

		if (entry & PKVM_HOST_IOAPIC_LEVEL || ioapic->notified >> pin & 1)
			bitmap[vector / 64] |= PKVM_BIT(vector % 64);
	}
}
