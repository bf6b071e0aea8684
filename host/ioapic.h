/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * An I/O APIC: the host kernel's, or one that a VMM keeps in user space.
 *
 * Of version 0x11 (82093AA), or of version 0x20, which has an EOI register:
 * whoever suppresses EOI broadcasts needs it, for nothing else clears an
 * entry's remote IRR but making the entry edge-triggered.
 */
#ifndef PKVM_HOST_IOAPIC_H
#define PKVM_HOST_IOAPIC_H

#include "host.h"

#define PKVM_HOST_IOAPIC_PINS 24

#define PKVM_HOST_IOAPIC_82093AA      0x11u
#define PKVM_HOST_IOAPIC_DIRECTED_EOI 0x20u

/* The memory-mapped registers, and the indirect ones behind SELECT and WINDOW. */
enum {
	PKVM_HOST_IOAPIC_SELECT = 0x00,
	PKVM_HOST_IOAPIC_WINDOW = 0x10,
	PKVM_HOST_IOAPIC_EOI    = 0x40          /* version 0x20 */
};
enum {
	PKVM_HOST_IOAPIC_REG_ID      = 0x00,
	PKVM_HOST_IOAPIC_REG_VERSION = 0x01,
	PKVM_HOST_IOAPIC_REG_ARB     = 0x02,    /* reads as the id */
	PKVM_HOST_IOAPIC_REG_ENTRY   = 0x10     /* two a pin, low bits first */
};

/* A redirection entry. */
#define PKVM_HOST_IOAPIC_VECTOR     PKVM_BITS(7, 0)
#define PKVM_HOST_IOAPIC_LOGICAL    PKVM_BIT(11)
#define PKVM_HOST_IOAPIC_REMOTE_IRR PKVM_BIT(14)
#define PKVM_HOST_IOAPIC_LEVEL      PKVM_BIT(15)
#define PKVM_HOST_IOAPIC_MASKED     PKVM_BIT(16)

struct pkvm_host_irqchip;

struct pkvm_host_ioapic {
	struct pkvm_host_irqchip *chip;
	uint32_t version;
	uint32_t id;
	uint32_t select;
	uint32_t line;          /* asserted pins                                */
	uint64_t entry[PKVM_HOST_IOAPIC_PINS];
	uint64_t sent;          /* messages that reached a local APIC           */
	/*
	 * Acknowledge notifier: a local APIC was told EOI for one of the pins in
	 * `notified`. NULL: nobody asked.
	 */
	void (*ack)(void *opaque, struct pkvm_host_ioapic *ioapic, uint32_t pin);
	void *opaque;
	uint32_t notified;
};

/* Every pin masked, every line low. -EINVAL: no such version. */
PKVM_MUST_CHECK int pkvm_host_ioapic_init(struct pkvm_host_ioapic *ioapic,
					  struct pkvm_host_irqchip *chip, uint32_t version);

/* A device drives its line. -EINVAL: no such pin. */
PKVM_MUST_CHECK int pkvm_host_ioapic_set_line(struct pkvm_host_ioapic *ioapic, uint32_t pin,
					      bool asserted);

/*
 * A local APIC's EOI of that vector. Notifiers are told either way; suppressed,
 * it was no broadcast, and remote IRR stays.
 */
void pkvm_host_ioapic_eoi(struct pkvm_host_ioapic *ioapic, uint32_t vector, bool suppressed);

/* The guest's accesses. -EINVAL: neither 32 bits nor a register's address. */
PKVM_MUST_CHECK int pkvm_host_ioapic_read(struct pkvm_host_ioapic *ioapic, uint64_t offset,
					  uint32_t size, uint64_t *value);
PKVM_MUST_CHECK int pkvm_host_ioapic_write(struct pkvm_host_ioapic *ioapic, uint64_t offset,
					   uint32_t size, uint64_t value);

/* The vectors whose EOI it has to hear of: pkvm_host_load_eoi_exitmap(). */
void pkvm_host_ioapic_eoi_exitmap(const struct pkvm_host_ioapic *ioapic, uint64_t bitmap[4]);

#endif
