/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * EOI broadcast suppression: what the guest is told, what it can set, and where
 * its EOI goes, in every mode. With --markdown it prints that table.
 */
#include <stdio.h>
#include "lapic_fixture.h"

enum { QUIRKED, ENABLED, DISABLED };
enum { KERNEL = 1, SPLIT = 2 };

/* x2apic_api's flag for each mode. */
static const uint32_t flag_of[] = {0, 4, 8};

/*
 * The outcome, one letter each or '-':
 * a  Local APIC Version Register [24] is set
 * w  the guest's write of SPIV [12] took; otherwise APIC-state restore sets it
 * s  suppression is in force
 * n  the acknowledge notifier ran
 * u  user space was told of the EOI
 * r  remote IRR is set after the local APIC's EOI
 * R  and still after a write of the I/O APIC's EOI register
 */
static const struct row {
	int mode;
	int chip;
	int spiv;               /* [12] is to be set                            */
	int x2apic;             /* the guest has x2APIC                         */
	uint32_t version;       /* of the I/O APIC                              */
	const char *outcome;
} rows[] = {
	{QUIRKED,  KERNEL, 0, 0, 0x11, "---n---"},
	{QUIRKED,  KERNEL, 0, 0, 0x20, "---n---"},
	{QUIRKED,  KERNEL, 0, 1, 0x11, "---n---"},
	{QUIRKED,  KERNEL, 0, 1, 0x20, "---n---"},
	{QUIRKED,  KERNEL, 1, 0, 0x11, "--sn-rR"},
	{QUIRKED,  KERNEL, 1, 0, 0x20, "--sn-r-"},
	{QUIRKED,  KERNEL, 1, 1, 0x11, "--sn-rR"},
	{QUIRKED,  KERNEL, 1, 1, 0x20, "--sn-r-"},
	{QUIRKED,  SPLIT,  0, 0, 0x11, "----u--"},
	{QUIRKED,  SPLIT,  0, 0, 0x20, "----u--"},
	{QUIRKED,  SPLIT,  0, 1, 0x11, "a---u--"},
	{QUIRKED,  SPLIT,  0, 1, 0x20, "a---u--"},
	{QUIRKED,  SPLIT,  1, 0, 0x11, "----u--"},
	{QUIRKED,  SPLIT,  1, 0, 0x20, "----u--"},
	{QUIRKED,  SPLIT,  1, 1, 0x11, "aw--u--"},
	{QUIRKED,  SPLIT,  1, 1, 0x20, "aw--u--"},
	{ENABLED,  KERNEL, 0, 0, 0x11, "refused"},
	{ENABLED,  KERNEL, 0, 0, 0x20, "refused"},
	{ENABLED,  KERNEL, 0, 1, 0x11, "refused"},
	{ENABLED,  KERNEL, 0, 1, 0x20, "refused"},
	{ENABLED,  KERNEL, 1, 0, 0x11, "refused"},
	{ENABLED,  KERNEL, 1, 0, 0x20, "refused"},
	{ENABLED,  KERNEL, 1, 1, 0x11, "refused"},
	{ENABLED,  KERNEL, 1, 1, 0x20, "refused"},
	{ENABLED,  SPLIT,  0, 0, 0x11, "----u--"},
	{ENABLED,  SPLIT,  0, 0, 0x20, "----u--"},
	{ENABLED,  SPLIT,  0, 1, 0x11, "a---u--"},
	{ENABLED,  SPLIT,  0, 1, 0x20, "a---u--"},
	{ENABLED,  SPLIT,  1, 0, 0x11, "--s--rR"},
	{ENABLED,  SPLIT,  1, 0, 0x20, "--s--r-"},
	{ENABLED,  SPLIT,  1, 1, 0x11, "aws--rR"},
	{ENABLED,  SPLIT,  1, 1, 0x20, "aws--r-"},
	{DISABLED, KERNEL, 0, 0, 0x11, "---n---"},
	{DISABLED, KERNEL, 0, 0, 0x20, "---n---"},
	{DISABLED, KERNEL, 0, 1, 0x11, "---n---"},
	{DISABLED, KERNEL, 0, 1, 0x20, "---n---"},
	{DISABLED, KERNEL, 1, 0, 0x11, "---n---"},
	{DISABLED, KERNEL, 1, 0, 0x20, "---n---"},
	{DISABLED, KERNEL, 1, 1, 0x11, "---n---"},
	{DISABLED, KERNEL, 1, 1, 0x20, "---n---"},
	{DISABLED, SPLIT,  0, 0, 0x11, "----u--"},
	{DISABLED, SPLIT,  0, 0, 0x20, "----u--"},
	{DISABLED, SPLIT,  0, 1, 0x11, "----u--"},
	{DISABLED, SPLIT,  0, 1, 0x20, "----u--"},
	{DISABLED, SPLIT,  1, 0, 0x11, "----u--"},
	{DISABLED, SPLIT,  1, 0, 0x20, "----u--"},
	{DISABLED, SPLIT,  1, 1, 0x11, "----u--"},
	{DISABLED, SPLIT,  1, 1, 0x20, "----u--"},
};
#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

static bool restore_bit(struct pkvm_host_lapic *apic)
{
	struct pkvm_host_lapic_state saved;

	pkvm_host_lapic_get_state(apic, &saved);
	saved.reg[0xf0 / 4] |= 0x1000;
	assert_int_equal(pkvm_host_lapic_set_state(apic, &saved), 0);
	return mmio(apic, 0xf0) == 0x11ff;
}

/* An asserted level goes through the local APIC; the line drops, and EOIs follow. */
static void play(const struct row *row, char outcome[8])
{
	struct pkvm_host_lapic *apic = &chips.apic[0];

	memcpy(outcome, "-------", 8);
	if (pkvm_host_irqchip_init(&chips.chip, (uint32_t)row->chip, flag_of[row->mode])) {
		memcpy(outcome, "refused", 8);
		return;
	}
	chips_up((uint32_t)row->chip, flag_of[row->mode], row->version, 1);
	chips.ioapic.ack = count_ack;
	chips.ioapic.notified = row->chip == KERNEL ? 1u << 5 : 0;
	apic->has_x2apic = row->x2apic;
	pkvm_host_lapic_reset(apic);
	mmio_write(apic, 0xf0, row->spiv ? 0x11ff : 0x1ff);
	outcome[0] = mmio(apic, 0x30) >> 24 & 1 ? 'a' : '-';
	outcome[1] = mmio(apic, 0xf0) == 0x11ff ? 'w' : '-';
	assert_true(!row->spiv || outcome[1] == 'w' || restore_bit(apic));
	outcome[2] = pkvm_host_lapic_suppresses_eoi(apic) ? 's' : '-';
	ioapic_write(0x1a, 0x8051);
	line(5, true);
	assert_int_equal(pkvm_host_lapic_ack(apic), 0x51);
	line(5, false);
	mmio_write(apic, 0xb0, 0);
	outcome[3] = chips.acks ? 'n' : '-';
	outcome[4] = apic->user_eoi == 0x51 ? 'u' : '-';
	user_space(apic);
	outcome[5] = ioapic_read(0x1a) & 0x4000 ? 'r' : '-';
	assert_int_equal(pkvm_host_ioapic_write(&chips.ioapic, 0x40, 4, 0x51), 0);
	outcome[6] = ioapic_read(0x1a) & 0x4000 ? 'R' : '-';
}

static void test_every_combination_suppresses_as_its_mode_says(void **state)
{
	char outcome[8];

	(void)state;
	assert_int_equal(NR_ROWS, 48);
	for (size_t i = 0; i < NR_ROWS; i++) {
		play(&rows[i], outcome);
		if (strcmp(outcome, rows[i].outcome) != 0)
			fail_msg("row %zu: %s, not %s", i, outcome, rows[i].outcome);
		for (size_t j = 0; j < i; j++)
			assert_memory_not_equal(&rows[i], &rows[j],
						offsetof(struct row, outcome));
	}
}

static void test_version_of_a_default_vm_is_offered_by_a_split_irqchip_alone(void **state)
{
	(void)state;
	chips_up(SPLIT, 0, 0x20, 1);
	assert_int_equal(mmio(&chips.apic[0], 0x30), 0x01050014);
	chips_up(KERNEL, 0, 0x20, 1);
	assert_int_equal(mmio(&chips.apic[0], 0x30), 0x00050014);
}

/* APICv does the EOI; the host hears of it by the EOI exit, and goes on the same way. */
static void test_eoi_exit_of_apicv_is_suppressed_as_an_emulated_eoi_is(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[0];

	(void)state;
	for (int mode = QUIRKED; mode <= DISABLED; mode++) {
		const struct pkvm_run_exit exit[] = {
			{.kind = PKVM_EXIT_EOI, .word0 = 0x51},
			{.kind = PKVM_EXIT_VMX, .word0 = 45, .word1 = 0x51},
		};

		chips_up(SPLIT, flag_of[mode], 0x20, 1);
		assert_true(restore_bit(apic));
		assert_true(pkvm_host_lapic_accept(apic, 0x51, true));
		for (size_t i = 0; i < 2; i++) {
			apic->user_eoi = -1;
			assert_true(pkvm_host_lapic_handle_exit(apic, &exit[i]));
			assert_int_equal(apic->user_eoi, mode == ENABLED ? -1 : 0x51);
		}
	}
}

#define ENOUGH 1000u

/*
 * The order of Windows with Credential Guard: L1 EOIs its local APIC before L2
 * has served the device. Interrupts that L1 gets until the I/O APIC's own EOI.
 */
static unsigned int guard_order(uint32_t flags, uint32_t version, bool suppress)
{
	struct pkvm_host_lapic *apic = &chips.apic[0];
	unsigned int interrupts = 0;

	chips_up(SPLIT, flags, version, 1);
	mmio_write(apic, 0xf0, suppress ? 0x11ff : 0x1ff);
	ioapic_write(0x1a, 0x8051);
	line(5, true);                                  /* 1: interrupt for L2   */
	while (interrupts < ENOUGH && pkvm_host_lapic_ack(apic) == 0x51) {
		interrupts++;
		mmio_write(apic, 0xb0, 0);              /* 2: L1 EOIs, 3: injects */
		user_space(apic);
	}
	line(5, false);                                 /* 4: L2 serves the device */
	while (pkvm_host_lapic_ack(apic) == 0x51) {
		mmio_write(apic, 0xb0, 0);
		user_space(apic);
	}
	assert_int_equal(pkvm_host_ioapic_write(&chips.ioapic, 0x40, 4, 0x51), 0); /* 5 */
	return interrupts;
}

/* The device's next interrupt. */
static int next_interrupt(void)
{
	line(5, true);
	return pkvm_host_lapic_ack(&chips.apic[0]);
}

static void test_quirked_mode_storms_between_local_eoi_and_service(void **state)
{
	(void)state;
	assert_int_equal(guard_order(0, 0x20, true), ENOUGH);
	assert_int_equal(next_interrupt(), 0x51);
}

static void test_enabled_mode_gives_exactly_one_interrupt(void **state)
{
	(void)state;
	assert_int_equal(guard_order(4, 0x20, true), 1);
	assert_int_equal(chips.ioapic.sent, 1);
	assert_int_equal(next_interrupt(), 0x51);
}

static void test_enabled_mode_without_directed_eoi_masks_the_line_for_ever(void **state)
{
	(void)state;
	assert_int_equal(guard_order(4, 0x11, true), 1);
	assert_int_equal(next_interrupt(), -1);
	line(5, false);
	assert_int_equal(next_interrupt(), -1);
	assert_int_equal(ioapic_read(0x1a), 0xc051);
}

/* Not offered, the guest cannot set the bit, and any I/O APIC hears every EOI. */
static void test_disabled_mode_is_never_stuck(void **state)
{
	(void)state;
	assert_true(guard_order(8, 0x11, true) > 0);
	assert_int_equal(mmio(&chips.apic[0], 0xf0), 0x1ff);
	assert_int_equal(next_interrupt(), 0x51);
}

static void print_table(void)
{
	static const char *const mode[] = {"quirked", "enabled", "disabled"};
	char outcome[8];

	puts("| mode | I/O APIC | SPIV [12] | x2APIC | version | outcome |");
	puts("| ---- | -------- | --------- | ------ | ------- | ------- |");
	for (size_t i = 0; i < NR_ROWS; i++) {
		const struct row *row = &rows[i];

		play(row, outcome);
		printf("| %s | %s | %d | %d | 0x%x | `%s` |\n", mode[row->mode],
		       row->chip == KERNEL ? "in the kernel" : "in user space", row->spiv,
		       row->x2apic, row->version, outcome);
	}
}

int main(int argc, char **argv)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_combination_suppresses_as_its_mode_says),
		cmocka_unit_test(
			test_version_of_a_default_vm_is_offered_by_a_split_irqchip_alone),
		cmocka_unit_test(test_eoi_exit_of_apicv_is_suppressed_as_an_emulated_eoi_is),
		cmocka_unit_test(test_quirked_mode_storms_between_local_eoi_and_service),
		cmocka_unit_test(test_enabled_mode_gives_exactly_one_interrupt),
		cmocka_unit_test(
			test_enabled_mode_without_directed_eoi_masks_the_line_for_ever),
		cmocka_unit_test(test_disabled_mode_is_never_stuck),
	};

	if (argc > 1 && !strcmp(argv[1], "--markdown")) {
		print_table();
		return 0;
	}
	return cmocka_run_group_tests_name("host suppress eoi", tests, NULL, NULL);
}
