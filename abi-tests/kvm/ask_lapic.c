/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Asks about the Local APIC Version Register and SPIV [12] in each mode of EOI
 * broadcast suppression, with each irqchip.
 */
#include "ask.h"

#include <string.h>

#define SPIV     0xf0u
#define SPIV_MSR 0x80fu

static const struct mode {
	const char *name;
	unsigned int flag;      /* of KVM_CAP_X2APIC_API                      */
} modes[] = {
	{"quirked",  0},
	{"enabled",  X2APIC_ENABLE_SEOIB},
	{"disabled", X2APIC_DISABLE_SEOIB},
};

static const char *const apic_names[] = {"no-x2apic", "xapic", "x2apic"};

/* Enabled; and suppressing; and with the focus-processor bit; and all of it. */
static const uint32_t spiv_values[] = {0x1ff, 0x11ff, 0x3ff, 0xffffffff};

/* What the APIC is asked for: the VM is new for each. */
struct subject {
	enum chip chip;
	const struct mode *mode;
	enum apic_mode apic;
};

/* False: this VM cannot be. */
static bool set_up(const struct opinion *who, const struct subject *subject)
{
	who->new_vm();
	if (who->set_chip(subject->chip) || who->set_flags(subject->mode->flag))
		return false;
	who->new_vcpu(subject->apic);
	return !who->trouble();
}

static void name(char id[SHEET_ID], const char *what, const struct subject *subject)
{
	snprintf(id, SHEET_ID, "lapic.%s.%s.%s.%s", what, chip_names[subject->chip],
		 subject->mode->name, apic_names[subject->apic]);
}

static uint32_t read_register(const struct opinion *who, uint32_t offset)
{
	struct lapic_image image;

	return who->get_lapic(&image) ? 0 : image.reg[offset / 4];
}

static void ask_version(const struct opinion *who, struct sheet *sheet,
			const struct subject *subject)
{
	char id[SHEET_ID];

	if (!set_up(who, subject))
		return;
	name(id, "version", subject);
	sheet_add(sheet, id, "0x%08x", read_register(who, 0x30));
}

/* Whether it comes back with APIC-state restore: the version is the VM's own. */
static void ask_restored_version(const struct opinion *who, struct sheet *sheet,
				 const struct subject *subject)
{
	struct lapic_image image;
	char id[SHEET_ID];
	int status;

	if (!set_up(who, subject))
		return;
	status = who->get_lapic(&image);
	image.reg[0x30 / 4] ^= 0x01000000;
	if (!status)
		status = who->set_lapic(&image);
	name(id, "restored-version", subject);
	sheet_add(sheet, id, "%s, 0x%08x", status_name(status), read_register(who, 0x30));
}

static void ask_guest_write(const struct opinion *who, struct sheet *sheet,
			    const struct subject *subject, uint32_t value)
{
	struct ran ran = {.port = PORT_END, .eoi = -1};
	char id[SHEET_ID];
	int status = 0;

	if (!set_up(who, subject))
		return;
	if (subject->apic == APIC_X2APIC) {
		guest_write_msr(who, SPIV_MSR, value);
		ran = who->run();
	} else {
		status = who->write_xapic(SPIV, value);
	}
	name(id, "guest-spiv", subject);
	snprintf(id + strlen(id), SHEET_ID - strlen(id), ".%x", value);
	if (status || ran.port != PORT_END)
		sheet_add(sheet, id, "exception %d, 0x%x", ran.port - PORT_EXCEPTION,
			  read_register(who, SPIV));
	else
		sheet_add(sheet, id, "0x%x", read_register(who, SPIV));
}

static void ask_restore_spiv(const struct opinion *who, struct sheet *sheet,
			     const struct subject *subject, uint32_t value)
{
	struct lapic_image image;
	char id[SHEET_ID];
	int status;

	if (!set_up(who, subject))
		return;
	status = who->get_lapic(&image);
	image.reg[SPIV / 4] = value;
	if (!status)
		status = who->set_lapic(&image);
	name(id, "restored-spiv", subject);
	snprintf(id + strlen(id), SHEET_ID - strlen(id), ".%x", value);
	sheet_add(sheet, id, "%s, 0x%x", status_name(status), read_register(who, SPIV));
}

static void ask_subject(const struct opinion *who, struct sheet *sheet,
			const struct subject *subject)
{
	ask_version(who, sheet, subject);
	ask_restored_version(who, sheet, subject);
	for (size_t i = 0; i < sizeof(spiv_values) / sizeof(spiv_values[0]); i++) {
		ask_guest_write(who, sheet, subject, spiv_values[i]);
		ask_restore_spiv(who, sheet, subject, spiv_values[i]);
	}
}

static void ask_without_irqchip(const struct opinion *who, struct sheet *sheet)
{
	struct lapic_image image;

	who->new_vm();
	who->new_vcpu(APIC_XAPIC);
	sheet_add(sheet, "lapic.get.none", "%s", status_name(who->get_lapic(&image)));
	sheet_add(sheet, "lapic.set.none", "%s", status_name(who->set_lapic(&image)));
}

void ask_lapic(const struct opinion *who, unsigned int lacks, struct sheet *sheet)
{
	if (!can_ask(who, lacks, LACKS_SPLIT))
		return;
	ask_without_irqchip(who, sheet);
	for (unsigned int i = 0; i < 2 * 3 * 3 && !who->trouble(); i++) {
		const struct subject subject = {
			.chip = i % 2 ? CHIP_SPLIT : CHIP_KERNEL,
			.mode = &modes[i / 2 % 3],
			.apic = (enum apic_mode)(i / 6),
		};

		if (!subject.mode->flag || !(lacks & LACKS_SUPPRESS_EOI))
			ask_subject(who, sheet, &subject);
	}
}
