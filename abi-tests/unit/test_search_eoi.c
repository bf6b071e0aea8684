/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * EOI of one line by two vCPUs, in every mode of broadcast suppression and every
 * order: no interrupt is lost, comes twice or gets stuck but where the protocol
 * says so; and in a mode that is not the promised one the search finds out.
 */
#include <stdio.h>
#include "search_eoi_fixture.h"

/* Places where the pin's interrupt is, from its request to what ends it. */
static unsigned int in_flight(void)
{
	unsigned int places = 0;

	for (uint32_t vcpu = 0; vcpu < 2; vcpu++) {
		places += is_set(vcpu, 0x200, 0x51);
		places += is_set(vcpu, 0x100, 0x51);
		places += is_out(vcpu);
	}
	return places;
}

static const char *judge_edge(void)
{
	if (chips.ioapic.entry[5] & 0x4000)
		return "an edge has set remote IRR";
	if (is_out(0) || is_out(1))
		return "user space hears of an edge's EOI";
	if (ghost.risen && !is_set(0, 0x200, 0x51) && !is_set(1, 0x200, 0x51))
		return "an edge is lost";
	return NULL;
}

static const char *judge_level(void)
{
	const bool remote_irr = chips.ioapic.entry[5] & 0x4000;
	const bool asserted = chips.ioapic.line >> 5 & 1;
	const bool masked = chips.ioapic.entry[5] & 0x10000;

	if (asserted && !masked && !remote_irr && !in_flight())
		return "an asserted level is lost";
	if (in_flight() > 1) {
		reached.twice = true;
		if (!is_quirk())
			return "a level is in flight twice";
	}
	if (ghost.stuck && !remote_irr)
		return "remote IRR was set for ever, and is clear";
	if (remote_irr && !in_flight() && !ghost.owed) {
		ghost.stuck = 1;
		reached.stuck = true;
		if (!is_in_force() || config.version != 0x11)
			return "remote IRR is set, and nobody owes an EOI";
	}
	return NULL;
}

static const char *judge(void)
{
	const char *found = wrong;

	wrong = NULL;
	chips.ioapic.sent = 0;
	for (uint32_t vcpu = 0; vcpu < 2; vcpu++)
		pkvm_host_lapic_sync(&chips.apic[vcpu]);
	if (found)
		return found;
	return config.trigger == LEVEL ? judge_level() : judge_edge();
}

static struct search_result search_as(struct config believed, struct config actual)
{
	static const struct search_region regions[] = {
		{&chips, sizeof(chips)}, {&ghost, sizeof(ghost)},
	};
	static const struct search search = {
		regions, 2, steps, sizeof(steps) / sizeof(steps[0]), judge,
	};

	memset(&ghost, 0, sizeof(ghost));
	memset(&reached, 0, sizeof(reached));
	config = believed;
	chips_up((uint32_t)actual.chip, flag_of[actual.mode], actual.version, 2);
	for (uint32_t vcpu = 0; vcpu < 2; vcpu++) {
		mmio_write(&chips.apic[vcpu], 0xd0, 0x01000000u << vcpu);
		assert_true(restore_same(vcpu));
	}
	ioapic_write(PIN_HIGH, 0x03000000);
	ioapic_write(PIN_LOW, actual.trigger == LEVEL ? 0x8951 : 0x0951);
	return search_run(&search);
}

static void search_clean(struct config which)
{
	static const char *const mode[] = {"quirked", "enabled", "disabled"};
	const struct search_result result = search_as(which, which);
	char subject[64];

	snprintf(subject, sizeof(subject), "%s, %s, 0x%x, %s", mode[which.mode],
		 which.chip == KERNEL ? "in the kernel" : "in user space",
		 (unsigned int)which.version, which.trigger == LEVEL ? "level" : "edge");
	print_message("%s: %zu states, %zu transitions\n", subject, result.states,
		      result.transitions);
	search_assert_clean(&result, subject);
}

/* A storm is the quirk's alone, and stuck is who suppresses without an EOI register. */
static void check_level(int mode, int chip, uint32_t version)
{
	const bool quirk = mode == QUIRKED && chip == SPLIT;

	search_clean((struct config){mode, chip, version, LEVEL});
	assert_int_equal(reached.storm, quirk);
	assert_int_equal(reached.twice, quirk && version == 0x20);
	assert_int_equal(reached.stuck, version == 0x11 && !quirk && mode != DISABLED);
}

/* test_host_suppress_eoi sees refused what is left out. */
static void test_levels_are_not_lost_nor_doubled_nor_stuck_but_as_the_mode_says(void **state)
{
	(void)state;
	for (int mode = QUIRKED; mode <= DISABLED; mode++) {
		for (int chip = KERNEL; chip <= SPLIT; chip++) {
			if (mode == ENABLED && chip == KERNEL)
				continue;
			check_level(mode, chip, 0x11);
			check_level(mode, chip, 0x20);
		}
	}
}

static void test_edges_are_not_lost_and_ask_for_no_eoi(void **state)
{
	(void)state;
	search_clean((struct config){QUIRKED, KERNEL, 0x11, EDGE});
	search_clean((struct config){ENABLED, SPLIT, 0x20, EDGE});
}

#define ASSERT_TRACE(RESULT, SENTENCES, VIOLATION) \
	search_assert_trace(RESULT, SENTENCES, sizeof(SENTENCES) / sizeof((SENTENCES)[0]), \
			    VIOLATION)

/* The order of Windows with Credential Guard, in the mode that never keeps the promise. */
static void test_quirked_mode_in_the_place_of_enabled_mode_is_found_by_its_storm(void **state)
{
	static const char *const trace[] = {
		"the device raises its line",
		"vCPU 0 takes an interrupt",
		"vCPU 0 writes 1 to SPIV [12]",
		"vCPU 0 writes EOI to its local APIC",
		"user space hears of vCPU 0's EOI",
		"vCPU 0 takes an interrupt",
	};
	const struct search_result result =
		search_as((struct config){ENABLED, SPLIT, 0x20, LEVEL},
			  (struct config){QUIRKED, SPLIT, 0x20, LEVEL});

	(void)state;
	ASSERT_TRACE(&result, trace,
		     "an interrupt comes before the I/O APIC's EOI of the last one");
}

static void test_enabled_mode_in_the_place_of_disabled_mode_is_found_stuck(void **state)
{
	static const char *const trace[] = {
		"the device raises its line",
		"vCPU 0 takes an interrupt",
		"vCPU 0 writes 1 to SPIV [12]",
		"vCPU 0 writes EOI to its local APIC",
	};
	const struct search_result result =
		search_as((struct config){DISABLED, SPLIT, 0x20, LEVEL},
			  (struct config){ENABLED, SPLIT, 0x20, LEVEL});

	(void)state;
	ASSERT_TRACE(&result, trace, "remote IRR is set, and nobody owes an EOI");
}

static void test_enabled_mode_without_an_eoi_register_is_found_stuck(void **state)
{
	static const char *const trace[] = {
		"the device raises its line",
		"vCPU 0 takes an interrupt",
		"vCPU 0 writes 1 to SPIV [12]",
		"vCPU 0 writes EOI to its local APIC",
		"vCPU 0 writes the I/O APIC's EOI register",
	};
	const struct search_result result =
		search_as((struct config){ENABLED, SPLIT, 0x20, LEVEL},
			  (struct config){ENABLED, SPLIT, 0x11, LEVEL});

	(void)state;
	ASSERT_TRACE(&result, trace, "remote IRR is set, and nobody owes an EOI");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_levels_are_not_lost_nor_doubled_nor_stuck_but_as_the_mode_says),
		cmocka_unit_test(test_edges_are_not_lost_and_ask_for_no_eoi),
		cmocka_unit_test(
			test_quirked_mode_in_the_place_of_enabled_mode_is_found_by_its_storm),
		cmocka_unit_test(
			test_enabled_mode_in_the_place_of_disabled_mode_is_found_stuck),
		cmocka_unit_test(test_enabled_mode_without_an_eoi_register_is_found_stuck),
	};

	return cmocka_run_group_tests_name("search eoi", tests, NULL, NULL);
}
