/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a device, a guest with two vCPUs and a VMM can do about one line: the steps
 * of a search. A program includes it once.
 *
 * The pin sends 0x51 to the vCPU of lowest priority; 0x61 are edges from
 * elsewhere, which interrupt its service on vCPU 0. A vCPU writes the I/O APIC's
 * EOI register once for each EOI of a level that was suppressed, or that it must
 * think was: it was offered SPIV [12] and has set it.
 */
#ifndef PKVM_TEST_SEARCH_EOI_FIXTURE_H
#define PKVM_TEST_SEARCH_EOI_FIXTURE_H

#include "lapic_fixture.h"
#include "search.h"

enum { QUIRKED, ENABLED, DISABLED };
enum { KERNEL = 1, SPLIT = 2 };
enum { EDGE, LEVEL };

#define PIN_LOW  0x1a
#define PIN_HIGH 0x1b

/* x2apic_api's flag for each mode. */
static const uint32_t flag_of[] = {0, 4, 8};

/* What is searched, and what the judge believes it to be: the same, but for a mutation. */
static struct config {
	int mode;
	int chip;
	uint32_t version;
	int trigger;
} config;

/* What the registers do not tell, and yet belongs to the state. */
static struct {
	uint32_t owed;          /* vCPUs that have still to write the I/O APIC's EOI */
	uint32_t risen;         /* an edge of the pin that no vCPU has taken    */
	uint32_t stuck;         /* remote IRR is set, and nothing will clear it */
} ghost;

/* What the last step did, and what any step has done. */
static const char *wrong;
static struct {
	bool storm;             /* an interrupt before the last one's EOI       */
	bool twice;             /* a level in flight more than once             */
	bool stuck;
} reached;

static bool is_set(uint32_t vcpu, uint32_t offset, uint32_t vector)
{
	return chips.apic[vcpu].reg[(offset + vector / 32 * 16) / 16] >> vector % 32 & 1;
}

static bool spiv_suppresses(uint32_t vcpu)
{
	return chips.apic[vcpu].reg[0xf0 / 16] & 0x1000;
}

static bool is_offered(void)
{
	return config.mode == ENABLED || (config.mode == QUIRKED && config.chip == SPLIT);
}

static bool is_in_force(void)
{
	return config.mode == ENABLED || (config.mode == QUIRKED && config.chip == KERNEL);
}

/* Suppression is offered, and is not in force. */
static bool is_quirk(void)
{
	return is_offered() && !is_in_force();
}

/* A vCPU with an EOI for user space does nothing before user space has heard it. */
static bool is_out(uint32_t vcpu)
{
	return chips.apic[vcpu].user_eoi >= 0;
}

static bool set_line(uint32_t asserted)
{
	if ((chips.ioapic.line >> 5 & 1) == asserted)
		return false;
	if (asserted && config.trigger == EDGE && !(chips.ioapic.entry[5] & 0x10000))
		ghost.risen = 1;
	line(5, asserted);
	return true;
}

/* Logical destination, lowest priority. */
static bool set_mask(uint32_t masked)
{
	if ((chips.ioapic.entry[5] >> 16 & 1) == masked)
		return false;
	ioapic_write(PIN_LOW, (config.trigger == LEVEL ? 0x8951u : 0x0951u) | masked << 16);
	return true;
}

static bool request_edge(uint32_t vcpu)
{
	return !is_set(vcpu, 0x200, 0x61) &&
	       pkvm_host_lapic_accept(&chips.apic[vcpu], 0x61, false);
}

static bool take_interrupt(uint32_t vcpu)
{
	const int vector = is_out(vcpu) ? -1 : pkvm_host_lapic_ack(&chips.apic[vcpu]);

	if (vector == 0x51) {
		ghost.risen = 0;
		reached.storm |= ghost.owed != 0;
		if (ghost.owed && !is_quirk())
			wrong = "an interrupt comes before the I/O APIC's EOI of the last one";
	}
	return vector >= 0;
}

static bool local_eoi(uint32_t vcpu)
{
	const int vector = pkvm_host_lapic_highest(&chips.apic[vcpu], 0x100);

	if (is_out(vcpu) || vector < 0)
		return false;
	mmio_write(&chips.apic[vcpu], 0xb0, 0);
	if (vector == 0x51 && config.trigger == LEVEL && spiv_suppresses(vcpu) &&
	    (is_offered() || is_in_force()))
		ghost.owed |= 1u << vcpu;
	return true;
}

static bool hear_eoi(uint32_t vcpu)
{
	if (!is_out(vcpu))
		return false;
	user_space(&chips.apic[vcpu]);
	return true;
}

/* Version 0x11 has no such register, and ignores it. */
static bool directed_eoi(uint32_t vcpu)
{
	if (is_out(vcpu) || !(ghost.owed >> vcpu & 1))
		return false;
	ghost.owed &= ~(1u << vcpu);
	assert_int_equal(pkvm_host_ioapic_write(&chips.ioapic, 0x40, 4, 0x51), 0);
	return true;
}

static bool set_tpr(uint32_t vcpu, uint32_t tpr)
{
	if (is_out(vcpu) || chips.apic[vcpu].reg[0x80 / 16] == tpr)
		return false;
	mmio_write(&chips.apic[vcpu], 0x80, tpr);
	return true;
}

static bool raise_tpr(uint32_t vcpu)
{
	return set_tpr(vcpu, 0x50);
}

static bool lower_tpr(uint32_t vcpu)
{
	return set_tpr(vcpu, 0);
}

static bool set_spiv(uint32_t vcpu)
{
	if (is_out(vcpu))
		return false;
	mmio_write(&chips.apic[vcpu], 0xf0, 0x11ff);
	return true;
}

static bool clear_spiv(uint32_t vcpu)
{
	if (is_out(vcpu))
		return false;
	mmio_write(&chips.apic[vcpu], 0xf0, 0x1ff);
	return true;
}

static bool restore(uint32_t vcpu, uint32_t spiv)
{
	struct pkvm_host_lapic_state saved, again;

	if (is_out(vcpu))
		return false;
	pkvm_host_lapic_get_state(&chips.apic[vcpu], &saved);
	saved.reg[0xf0 / 4] |= spiv;
	assert_int_equal(pkvm_host_lapic_set_state(&chips.apic[vcpu], &saved), 0);
	pkvm_host_lapic_get_state(&chips.apic[vcpu], &again);
	if (memcmp(&saved, &again, sizeof(saved)) != 0)
		wrong = "the restored APIC is not the saved one";
	return true;
}

static bool restore_same(uint32_t vcpu)
{
	return restore(vcpu, 0);
}

static bool restore_suppressing(uint32_t vcpu)
{
	return restore(vcpu, 0x1000);
}

static const struct search_step steps[] = {
	{set_line, 1, "the device raises its line"},
	{set_line, 0, "the device lowers its line"},
	{take_interrupt, 0, "vCPU 0 takes an interrupt"},
	{take_interrupt, 1, "vCPU 1 takes an interrupt"},
	{local_eoi, 0, "vCPU 0 writes EOI to its local APIC"},
	{local_eoi, 1, "vCPU 1 writes EOI to its local APIC"},
	{hear_eoi, 0, "user space hears of vCPU 0's EOI"},
	{hear_eoi, 1, "user space hears of vCPU 1's EOI"},
	{directed_eoi, 0, "vCPU 0 writes the I/O APIC's EOI register"},
	{directed_eoi, 1, "vCPU 1 writes the I/O APIC's EOI register"},
	{set_spiv, 0, "vCPU 0 writes 1 to SPIV [12]"},
	{set_spiv, 1, "vCPU 1 writes 1 to SPIV [12]"},
	{clear_spiv, 0, "vCPU 0 writes 0 to SPIV [12]"},
	{clear_spiv, 1, "vCPU 1 writes 0 to SPIV [12]"},
	{set_mask, 1, "the guest masks the pin"},
	{set_mask, 0, "the guest unmasks the pin"},
	{request_edge, 0, "an edge requests 0x61 of vCPU 0"},
	{raise_tpr, 0, "vCPU 0 raises its TPR to 0x50"},
	{raise_tpr, 1, "vCPU 1 raises its TPR to 0x50"},
	{lower_tpr, 0, "vCPU 0 lowers its TPR to 0"},
	{lower_tpr, 1, "vCPU 1 lowers its TPR to 0"},
	{restore_same, 0, "vCPU 0's APIC state is saved and restored"},
	{restore_same, 1, "vCPU 1's APIC state is saved and restored"},
	{restore_suppressing, 0, "vCPU 0's APIC state is restored with SPIV [12]"},
	{restore_suppressing, 1, "vCPU 1's APIC state is restored with SPIV [12]"},
};

#endif
