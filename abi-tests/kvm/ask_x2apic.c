/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Asks about KVM_CAP_X2APIC_API: which flags are told of, which are taken in
 * which order, and what becomes of the APICs by them.
 */
#include "ask.h"

#include <string.h>

#define SPIV_RESTORED 0x11ffu /* enabled, EOI broadcasts suppressed         */

/* Sets of flags that are asked: all of 0xf, or of 0x3. */
#define ALL_FLAGS 16u
#define OLD_FLAGS 4u

/* The irqchip is there before the flags are set, or comes after them. */
static const struct route {
	const char *name;
	enum chip chip;
	bool late;
} routes[] = {
	{"kernel",      CHIP_KERNEL, false},
	{"split",       CHIP_SPLIT,  false},
	{"late-kernel", CHIP_KERNEL, true},
	{"late-split",  CHIP_SPLIT,  true},
};

static bool has_vector(const struct lapic_image *image, uint32_t vector)
{
	return image->reg[(0x200 + vector / 32 * 0x10) / 4] >> vector % 32 & 1;
}

/*
 * What the flags made of the VM, by what its APIC does: bits of its id, who is
 * meant by the destination 0xff, version [24], and whether an EOI leaves an APIC
 * whose SPIV [12] a restore has set.
 */
static void observe(const struct opinion *who, char *text, size_t size)
{
	const char *eoi = "EOI stays";
	struct lapic_image first, image;
	struct ran ran;
	bool broadcast;
	int error;

	who->new_vcpu(APIC_X2APIC);
	error = who->get_lapic(&first);
	image = first;
	image.reg[0xf0 / 4] = SPIV_RESTORED;
	if (!error)
		error = who->set_lapic(&image);
	if (!error)
		error = who->send_edge(0xff);
	if (!error)
		error = who->get_lapic(&image);
	broadcast = has_vector(&image, EDGE_VECTOR);
	image = first;
	image.reg[0xf0 / 4] = SPIV_RESTORED;
	if (!error)
		error = who->set_lapic(&image);
	if (error) {
		snprintf(text, size, "no APIC: %s", status_name(error));
		return;
	}
	guest_take_interrupt(who);
	who->send_level();
	ran = who->run();
	if (ran.port != PORT_INTERRUPT)
		eoi = "no interrupt";
	else if (who->eoi_arrived(&ran))
		eoi = "EOI arrives";
	snprintf(text, size, "id 0x%x, 0xff %s, version 0x%08x, %s", first.reg[0x20 / 4],
		 broadcast ? "reaches all" : "reaches none", first.reg[0x30 / 4], eoi);
}

static void ask_pair(const struct opinion *who, struct sheet *sheet, const struct route *route,
		     unsigned int first, unsigned int second)
{
	char id[SHEET_ID], text[SHEET_ANSWER / 2];
	int error = 0, status[2];

	who->new_vm();
	if (!route->late)
		error = who->set_chip(route->chip);
	status[0] = who->set_flags(first);
	status[1] = who->set_flags(second);
	if (route->late)
		error = who->set_chip(route->chip);
	if (error)
		snprintf(text, sizeof(text), "no irqchip: %s", status_name(error));
	else
		observe(who, text, sizeof(text));
	snprintf(id, sizeof(id), "x2apic.pair.%s.%x.%x", route->name, first, second);
	sheet_add(sheet, id, "%s, %s: %s", status_name(status[0]), status_name(status[1]),
		  text);
}

static void with_chip(const struct opinion *who, enum chip chip)
{
	who->new_vm();
	if (chip != CHIP_NONE)
		(void)who->set_chip(chip);
}

static void ask_flags(const struct opinion *who, struct sheet *sheet, enum chip chip)
{
	char id[SHEET_ID];

	with_chip(who, chip);
	if (chip == CHIP_NONE)
		sheet_add(sheet, "x2apic.flags.system", "0x%x", who->flags(false));
	snprintf(id, sizeof(id), "x2apic.flags.%s", chip_names[chip]);
	sheet_add(sheet, id, "0x%x", who->flags(true));
}

/* The flag that breaks the call is alone, and beside a good one that is to stay off. */
static void ask_unknown(const struct opinion *who, struct sheet *sheet, enum chip chip)
{
	static const unsigned int bits[] = {4, 5, 31, 32, 63};
	char id[SHEET_ID];

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		const uint64_t bit = (uint64_t)1 << bits[i];
		int status[2];

		with_chip(who, chip);
		status[0] = who->set_flags(bit);
		status[1] = who->set_flags(bit | X2APIC_NO_BROADCAST);
		snprintf(id, sizeof(id), "x2apic.unknown.%s.bit-%u", chip_names[chip], bits[i]);
		sheet_add(sheet, id, "%s, %s", status_name(status[0]), status_name(status[1]));
	}
}

static void ask_after_vcpu(const struct opinion *who, struct sheet *sheet, enum chip chip,
			   unsigned int count)
{
	char id[SHEET_ID];

	with_chip(who, chip);
	who->new_vcpu(APIC_XAPIC);
	for (unsigned int flags = 0; flags < count; flags++) {
		snprintf(id, sizeof(id), "x2apic.after-vcpu.%s.%x", chip_names[chip], flags);
		sheet_add(sheet, id, "%s", status_name(who->set_flags(flags)));
	}
}

/* A second irqchip, after each mode; and a first one after a vCPU. */
static void ask_irqchip(const struct opinion *who, struct sheet *sheet, unsigned int count)
{
	static const unsigned int modes[] = {0, X2APIC_ENABLE_SEOIB, X2APIC_DISABLE_SEOIB};
	char id[SHEET_ID];

	for (unsigned int i = 0; i < 12; i++) {
		const enum chip first = i & 1 ? CHIP_SPLIT : CHIP_KERNEL;
		const enum chip second = i & 2 ? CHIP_SPLIT : CHIP_KERNEL;
		const unsigned int mode = modes[i / 4];

		if (mode >= count || (mode == X2APIC_ENABLE_SEOIB && first == CHIP_KERNEL))
			continue;
		with_chip(who, first);
		(void)who->set_flags(mode);
		snprintf(id, sizeof(id), "x2apic.irqchip.%s.%x.%s", chip_names[first], mode,
			 chip_names[second]);
		sheet_add(sheet, id, "%s", status_name(who->set_chip(second)));
	}
	for (enum chip chip = CHIP_KERNEL; chip < CHIPS; chip++) {
		who->new_vm();
		who->new_vcpu(APIC_XAPIC);
		snprintf(id, sizeof(id), "x2apic.irqchip.after-vcpu.%s", chip_names[chip]);
		sheet_add(sheet, id, "%s", status_name(who->set_chip(chip)));
	}
}

/* A kernel without the flags of suppression has but one mode. */
void ask_x2apic(const struct opinion *who, unsigned int lacks, struct sheet *sheet)
{
	const bool old = lacks & LACKS_SUPPRESS_EOI;
	const unsigned int count = old ? OLD_FLAGS : ALL_FLAGS;

	if (!can_ask(who, lacks, LACKS_SPLIT))
		return;
	for (enum chip chip = CHIP_NONE; chip < CHIPS; chip++) {
		if (!old)
			ask_flags(who, sheet, chip);
		ask_unknown(who, sheet, chip);
		ask_after_vcpu(who, sheet, chip, count);
	}
	ask_irqchip(who, sheet, count);
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		for (unsigned int n = 0; n < count * count && !who->trouble(); n++)
			ask_pair(who, sheet, &routes[i], n / count, n % count);
	}
}
