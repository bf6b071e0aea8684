/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The I/O APIC of the host and of a VMM: pins, entries, destinations, EOI. */
#include "lapic_fixture.h"

#define PIN 5u
#define ENTRY_LOW(PIN_) (0x10 + 2 * (PIN_))

/* A level-triggered pin that interrupts APIC 0 with vector 0x51. */
static void level_up(uint32_t version)
{
	chips_up(1, 0, version, 2);
	ioapic_write(ENTRY_LOW(PIN), 0x8051);
}

static void test_unknown_versions_and_pins_are_refused(void **state)
{
	struct pkvm_host_ioapic before;

	(void)state;
	chips_up(1, 0, 0x11, 1);
	before = chips.ioapic;
	for (uint32_t version = 0; version < 0x100; version++) {
		if (version != 0x11 && version != 0x20)
			assert_int_equal(pkvm_host_ioapic_init(&chips.ioapic, &chips.chip,
							       version), -22);
	}
	for (uint32_t pin = 24; pin < 0x100; pin++)
		assert_int_equal(pkvm_host_ioapic_set_line(&chips.ioapic, pin, true), -22);
	for (unsigned int bit = 5; bit < 32; bit++)
		assert_int_equal(pkvm_host_ioapic_set_line(&chips.ioapic, 1u << bit | PIN, true),
				 -22);
	assert_memory_equal(&chips.ioapic, &before, sizeof(before));
}

static void refuse_access(uint64_t offset, uint32_t size)
{
	const struct pkvm_host_ioapic before = chips.ioapic;
	uint64_t value = 0xabcd;

	assert_int_equal(pkvm_host_ioapic_read(&chips.ioapic, offset, size, &value), -22);
	assert_int_equal(value, 0);
	assert_int_equal(pkvm_host_ioapic_write(&chips.ioapic, offset, size, 1), -22);
	assert_memory_equal(&chips.ioapic, &before, sizeof(before));
}

static void test_accesses_beside_its_three_registers_are_refused(void **state)
{
	(void)state;
	chips_up(1, 0, 0x20, 1);
	for (uint32_t offset = 0; offset < 0x1000; offset++) {
		const bool exists = offset == 0 || offset == 0x10 || offset == 0x40;

		for (uint32_t size = 0; size <= 8; size++) {
			if (!exists || size != 4)
				refuse_access(offset, size);
		}
	}
	for (unsigned int bit = 7; bit < 64; bit++)
		refuse_access(0x10 | 1ull << bit, 4);
	for (unsigned int bit = 3; bit < 32; bit++)
		refuse_access(0x10, 1u << bit | 4);
}

/* Which bits of an indirect register a write sets, and what it reads as from the first. */
static uint32_t writable(uint32_t reg)
{
	if (reg == 0)
		return 0x0f000000;
	if (reg < 0x10 || reg > 0x3f)
		return 0;
	return reg % 2 ? 0xff000000 : 0x0001afff;
}

static uint32_t at_first(uint32_t reg)
{
	if (reg == 1)
		return 0x00170011;
	return reg >= 0x10 && reg <= 0x3f && reg % 2 == 0 ? 0x10000 : 0;
}

static void test_indirect_registers_take_their_bits_and_ignore_others(void **state)
{
	(void)state;
	for (uint32_t reg = 0; reg < 0x100; reg++) {
		for (unsigned int bit = 0; bit < 32; bit++) {
			struct pkvm_host_ioapic before;

			chips_up(1, 0, 0x11, 1);
			assert_int_equal(ioapic_read(reg), at_first(reg));
			before = chips.ioapic;
			ioapic_write(reg, 1u << bit);
			if (!writable(reg))
				assert_memory_equal(&chips.ioapic, &before, sizeof(before));
			else
				assert_int_equal(ioapic_read(reg), 1u << bit & writable(reg));
		}
	}
}

static void test_version_and_entries_read_as_the_data_sheet_has_them(void **state)
{
	(void)state;
	chips_up(1, 0, 0x11, 1);
	assert_int_equal(ioapic_read(1), 0x00170011);
	assert_int_equal(ioapic_read(ENTRY_LOW(23)), 0x10000);
	ioapic_write(ENTRY_LOW(23), 0xffffffff);
	ioapic_write(ENTRY_LOW(23) + 1, 0xffffffff);
	assert_int_equal(ioapic_read(ENTRY_LOW(23)), 0x1afff);
	assert_int_equal(ioapic_read(ENTRY_LOW(23) + 1), 0xff000000);
	ioapic_write(0, 0xffffffff);
	assert_int_equal(ioapic_read(0), 0x0f000000);
	assert_int_equal(ioapic_read(2), 0x0f000000);
	chips_up(1, 0, 0x20, 1);
	assert_int_equal(ioapic_read(1), 0x00170020);
}

static void test_edge_interrupts_once_and_is_lost_while_masked(void **state)
{
	(void)state;
	chips_up(1, 0, 0x11, 1);
	ioapic_write(ENTRY_LOW(PIN), 0x10051);
	line(PIN, true);
	line(PIN, false);
	ioapic_write(ENTRY_LOW(PIN), 0x51);
	assert_int_equal(chips.ioapic.sent, 0);
	line(PIN, true);
	line(PIN, true);
	assert_int_equal(chips.ioapic.sent, 1);
	assert_int_equal(ioapic_read(ENTRY_LOW(PIN)), 0x51);
	line(PIN, false);
	line(PIN, true);
	assert_int_equal(chips.ioapic.sent, 2);
}

static void test_level_is_sent_once_until_its_eoi_and_again_while_asserted(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[0];

	(void)state;
	level_up(0x11);
	line(PIN, true);
	assert_int_equal(ioapic_read(ENTRY_LOW(PIN)), 0xc051);
	line(PIN, false);
	line(PIN, true);
	assert_int_equal(chips.ioapic.sent, 1);
	assert_int_equal(pkvm_host_lapic_ack(apic), 0x51);
	pkvm_host_lapic_eoi(apic);
	assert_int_equal(chips.ioapic.sent, 2);
	assert_int_equal(pkvm_host_lapic_ack(apic), 0x51);
	line(PIN, false);
	pkvm_host_lapic_eoi(apic);
	assert_int_equal(chips.ioapic.sent, 2);
	assert_int_equal(ioapic_read(ENTRY_LOW(PIN)), 0x8051);
}

static void test_unmasking_sends_an_asserted_level(void **state)
{
	(void)state;
	chips_up(1, 0, 0x11, 1);
	ioapic_write(ENTRY_LOW(PIN), 0x18051);
	line(PIN, true);
	assert_int_equal(chips.ioapic.sent, 0);
	ioapic_write(ENTRY_LOW(PIN), 0x8051);
	assert_int_equal(chips.ioapic.sent, 1);
}

static void test_remote_irr_stays_off_when_nobody_took_the_message(void **state)
{
	(void)state;
	chips_up(1, 0, 0x11, 1);
	ioapic_write(ENTRY_LOW(PIN) + 1, 0x07000000);
	ioapic_write(ENTRY_LOW(PIN), 0x8051);
	line(PIN, true);
	assert_int_equal(ioapic_read(ENTRY_LOW(PIN)), 0x8051);
	assert_int_equal(chips.ioapic.sent, 0);
}

static void test_making_an_entry_edge_triggered_clears_remote_irr(void **state)
{
	(void)state;
	level_up(0x11);
	line(PIN, true);
	line(PIN, false);
	ioapic_write(ENTRY_LOW(PIN), 0x10051);
	ioapic_write(ENTRY_LOW(PIN), 0x8051);
	assert_int_equal(ioapic_read(ENTRY_LOW(PIN)), 0x8051);
}

static void test_eoi_register_exists_in_version_0x20_alone(void **state)
{
	(void)state;
	for (uint32_t version = 0x11; version <= 0x20; version += 0xf) {
		level_up(version);
		line(PIN, true);
		line(PIN, false);
		assert_int_equal(pkvm_host_ioapic_write(&chips.ioapic, 0x40, 4, 0x52), 0);
		assert_int_equal(ioapic_read(ENTRY_LOW(PIN)), 0xc051);
		assert_int_equal(pkvm_host_ioapic_write(&chips.ioapic, 0x40, 4, 0x51), 0);
		assert_int_equal(ioapic_read(ENTRY_LOW(PIN)),
				 version == 0x20 ? 0x8051 : 0xc051);
	}
}

/* The same vector by an IPI, to another APIC: its EOI is no business of the pin's. */
static void test_eoi_of_an_edge_is_no_broadcast(void **state)
{
	(void)state;
	level_up(0x11);
	line(PIN, true);
	line(PIN, false);
	assert_true(pkvm_host_lapic_accept(&chips.apic[1], 0x51, false));
	assert_int_equal(pkvm_host_lapic_ack(&chips.apic[1]), 0x51);
	pkvm_host_lapic_eoi(&chips.apic[1]);
	assert_int_equal(ioapic_read(ENTRY_LOW(PIN)), 0xc051);
	assert_int_equal(pkvm_host_lapic_ack(&chips.apic[0]), 0x51);
	pkvm_host_lapic_eoi(&chips.apic[0]);
	assert_int_equal(ioapic_read(ENTRY_LOW(PIN)), 0x8051);
}

static void lower_line(void *opaque, struct pkvm_host_ioapic *ioapic, uint32_t pin)
{
	assert_ptr_equal(opaque, &chips);
	assert_int_equal(pin, PIN);
	chips.acks++;
	assert_int_equal(pkvm_host_ioapic_set_line(ioapic, pin, false), 0);
}

static void test_notifier_runs_before_the_line_is_looked_at_again(void **state)
{
	(void)state;
	level_up(0x11);
	chips.ioapic.ack = lower_line;
	chips.ioapic.opaque = &chips;
	chips.ioapic.notified = 1u << PIN;
	line(PIN, true);
	assert_int_equal(pkvm_host_lapic_ack(&chips.apic[0]), 0x51);
	pkvm_host_lapic_eoi(&chips.apic[0]);
	assert_int_equal(chips.acks, 1);
	assert_int_equal(chips.ioapic.sent, 1);
	assert_int_equal(ioapic_read(ENTRY_LOW(PIN)), 0x8051);
}

/* Destination, logical, x2APIC mode, the quirk's flag; who is reached. */
static void test_destinations_reach_whom_they_name(void **state)
{
	static const struct {
		uint32_t high, low, flags;
		bool x2apic;
		bool reached[2];
	} rows[] = {
		{0x00000000, 0x0051, 0, false, {true, false}},
		{0x01000000, 0x0051, 0, false, {false, true}},
		{0xff000000, 0x0051, 0, false, {true, true}},
		{0xff000000, 0x0051, 0, true, {true, true}},
		{0xff000000, 0x0051, 2, true, {false, false}},
		{0xff000000, 0x0051, 2, false, {true, true}},
		{0x02000000, 0x0851, 0, false, {false, true}},
		{0x06000000, 0x0851, 0, false, {true, true}},
		{0x08000000, 0x0851, 0, false, {false, false}},
		{0x02000000, 0x0851, 0, true, {false, true}},
		{0x06000000, 0x0951, 0, false, {true, false}},
		{0x00000000, 0x0251, 0, false, {false, false}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		chips_up(1, rows[i].flags, 0x11, 2);
		mmio_write(&chips.apic[0], 0xd0, 0x04000000);
		mmio_write(&chips.apic[1], 0xd0, 0x02000000);
		for (uint32_t n = 0; n < 2 && rows[i].x2apic; n++)
			chips.apic[n].base = X2APIC_BASE;
		ioapic_write(ENTRY_LOW(PIN) + 1, rows[i].high);
		ioapic_write(ENTRY_LOW(PIN), rows[i].low);
		line(PIN, true);
		for (uint32_t n = 0; n < 2; n++)
			assert_int_equal(pkvm_host_lapic_pending(&chips.apic[n]),
					 rows[i].reached[n] ? 0x51 : -1);
	}
}

static void test_lowest_priority_takes_the_lowest_ppr(void **state)
{
	(void)state;
	chips_up(1, 0, 0x11, 2);
	mmio_write(&chips.apic[0], 0x80, 0x20);
	ioapic_write(ENTRY_LOW(PIN) + 1, 0xff000000);
	ioapic_write(ENTRY_LOW(PIN), 0x151);
	line(PIN, true);
	assert_int_equal(pkvm_host_lapic_pending(&chips.apic[0]), -1);
	assert_int_equal(pkvm_host_lapic_pending(&chips.apic[1]), 0x51);
}

static void test_eoi_exit_bitmap_has_levels_and_watched_edges(void **state)
{
	uint64_t bitmap[4];

	(void)state;
	chips_up(1, 0, 0x11, 1);
	ioapic_write(ENTRY_LOW(1), 0x8041);
	ioapic_write(ENTRY_LOW(2), 0x00c3);
	ioapic_write(ENTRY_LOW(3), 0x0033);
	chips.ioapic.notified = 1u << 2;
	pkvm_host_ioapic_eoi_exitmap(&chips.ioapic, bitmap);
	assert_int_equal(bitmap[0], 0);
	assert_int_equal(bitmap[1], 0x2);
	assert_int_equal(bitmap[2], 0);
	assert_int_equal(bitmap[3], 0x8);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_versions_and_pins_are_refused),
		cmocka_unit_test(test_accesses_beside_its_three_registers_are_refused),
		cmocka_unit_test(test_indirect_registers_take_their_bits_and_ignore_others),
		cmocka_unit_test(test_version_and_entries_read_as_the_data_sheet_has_them),
		cmocka_unit_test(test_edge_interrupts_once_and_is_lost_while_masked),
		cmocka_unit_test(
			test_level_is_sent_once_until_its_eoi_and_again_while_asserted),
		cmocka_unit_test(test_unmasking_sends_an_asserted_level),
		cmocka_unit_test(test_remote_irr_stays_off_when_nobody_took_the_message),
		cmocka_unit_test(test_making_an_entry_edge_triggered_clears_remote_irr),
		cmocka_unit_test(test_eoi_register_exists_in_version_0x20_alone),
		cmocka_unit_test(test_eoi_of_an_edge_is_no_broadcast),
		cmocka_unit_test(test_notifier_runs_before_the_line_is_looked_at_again),
		cmocka_unit_test(test_destinations_reach_whom_they_name),
		cmocka_unit_test(test_lowest_priority_takes_the_lowest_ppr),
		cmocka_unit_test(test_eoi_exit_bitmap_has_levels_and_watched_edges),
	};

	return cmocka_run_group_tests_name("host ioapic", tests, NULL, NULL);
}
