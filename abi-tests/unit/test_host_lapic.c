/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The host's local APIC: priorities, errors, IPIs, save and restore. */
#include "lapic_fixture.h"

/* SDM "PPR Virtualization", with the vector in service for SVI. */
static uint32_t reference_ppr(uint32_t tpr, uint32_t isrv)
{
	if (tpr / 16 >= isrv / 16)
		return tpr;
	return isrv - isrv % 16;
}

static void test_ppr_is_that_of_the_rule_for_every_tpr_and_isrv(void **state)
{
	(void)state;
	chips_up(1, 0, 0x11, 1);
	for (uint32_t tpr = 0; tpr < 256; tpr++) {
		mmio_write(&chips.apic[0], 0x80, tpr);
		for (uint32_t isrv = 0; isrv < 256; isrv++) {
			const uint32_t ppr = reference_ppr(tpr, isrv);

			assert_int_equal(pkvm_host_lapic_ppr(tpr, isrv), ppr);
			chips.apic[0].reg[0x10 + isrv / 32] = 1u << isrv % 32;
			assert_int_equal(mmio(&chips.apic[0], 0xa0), ppr);
			chips.apic[0].reg[0x10 + isrv / 32] = 0;
		}
	}
	assert_int_equal(pkvm_host_lapic_ppr(0x35, 0x3f), 0x35);
	assert_int_equal(pkvm_host_lapic_ppr(0x2f, 0x31), 0x30);
}

static void test_higher_class_interrupts_service_and_the_same_class_waits(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[0];

	(void)state;
	chips_up(1, 0, 0x11, 1);
	assert_true(pkvm_host_lapic_accept(apic, 0x51, false));
	assert_true(pkvm_host_lapic_accept(apic, 0x45, true));
	assert_int_equal(pkvm_host_lapic_ack(apic), 0x51);
	assert_int_equal(mmio(apic, 0xa0), 0x50);
	assert_int_equal(pkvm_host_lapic_pending(apic), -1);
	assert_true(pkvm_host_lapic_accept(apic, 0x5f, false));
	assert_int_equal(pkvm_host_lapic_pending(apic), -1);
	assert_true(pkvm_host_lapic_accept(apic, 0x60, false));
	assert_int_equal(pkvm_host_lapic_ack(apic), 0x60);
	mmio_write(apic, 0xb0, 0);
	assert_int_equal(pkvm_host_lapic_pending(apic), -1);
	mmio_write(apic, 0xb0, 0);
	assert_int_equal(pkvm_host_lapic_ack(apic), 0x5f);
	mmio_write(apic, 0xb0, 0);
	assert_int_equal(pkvm_host_lapic_ack(apic), 0x45);
	/* TMR [0x45]: 0x1a0, bit 5 */
	assert_int_equal(mmio(apic, 0x1a0), 0x20);
	assert_int_equal(mmio(apic, 0x120), 0x20);
	assert_int_equal(mmio(apic, 0x220), 0);
}

static void test_eoi_without_service_changes_nothing(void **state)
{
	struct pkvm_host_lapic before;

	(void)state;
	chips_up(1, 0, 0x11, 1);
	before = chips.apic[0];
	mmio_write(&chips.apic[0], 0xb0, 0);
	assert_memory_equal(&before, &chips.apic[0], sizeof(before));
}

static void test_tpr_holds_back_its_class_and_those_below(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[0];

	(void)state;
	chips_up(1, 0, 0x11, 1);
	for (uint32_t vector = 16; vector < 256; vector++) {
		assert_true(pkvm_host_lapic_accept(apic, vector, false));
		for (uint32_t class = 0; class < 16; class++) {
			assert_int_equal(pkvm_host_lapic_set_cr8(apic, class), 0);
			assert_int_equal(pkvm_host_lapic_pending(apic),
					 vector / 16 > class ? (int)vector : -1);
		}
		assert_int_equal(pkvm_host_lapic_set_cr8(apic, 0), 0);
		assert_int_equal(pkvm_host_lapic_ack(apic), vector);
		pkvm_host_lapic_eoi(apic);
	}
	assert_int_equal(pkvm_host_lapic_set_cr8(apic, 16), -22);
}

static void test_evaluation_is_asked_for_by_a_ppr_that_fell_for_an_interrupt(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[0];

	(void)state;
	chips_up(1, 0, 0x11, 1);
	mmio_write(apic, 0x80, 0x60);
	assert_true(pkvm_host_lapic_accept(apic, 0x51, false));
	pkvm_host_lapic_sync(apic);
	mmio_write(apic, 0x80, 0x50);
	assert_false(apic->evaluate);
	mmio_write(apic, 0x80, 0x40);
	assert_true(apic->evaluate);
	pkvm_host_lapic_sync(apic);
	mmio_write(apic, 0x80, 0x40);
	assert_false(apic->evaluate);
}

static void test_disabled_apic_takes_nothing_and_masks_its_lvts(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[0];

	(void)state;
	chips_up(1, 0, 0x11, 1);
	mmio_write(apic, 0x350, 0x700);
	assert_int_equal(mmio(apic, 0x350), 0x700);
	mmio_write(apic, 0xf0, 0xff);
	assert_int_equal(mmio(apic, 0x350), 0x10700);
	mmio_write(apic, 0x350, 0x700);
	assert_int_equal(mmio(apic, 0x350), 0x10700);
	assert_false(pkvm_host_lapic_accept(apic, 0x51, false));
	apic_enable(apic);
	apic->base = 0xfee00000;
	assert_false(pkvm_host_lapic_accept(apic, 0x51, false));
}

static void test_illegal_vectors_are_errors_and_not_requests(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[0];

	(void)state;
	chips_up(1, 0, 0x11, 1);
	assert_false(pkvm_host_lapic_accept(apic, 15, false));
	assert_false(pkvm_host_lapic_accept(apic, 256, false));
	mmio_write(apic, 0x300, 0x4000f);
	assert_int_equal(mmio(apic, 0x280), 0);
	mmio_write(apic, 0x280, 0);
	assert_int_equal(mmio(apic, 0x280), 0x60);
	mmio_write(apic, 0x280, 0);
	assert_int_equal(mmio(apic, 0x280), 0);
	assert_int_equal(pkvm_host_lapic_highest(apic, 0x200), -1);
}

static void test_registers_after_reset_are_those_of_the_sdm(void **state)
{
	struct pkvm_host_lapic *apic = &chips.apic[2];

	(void)state;
	chips_up(1, 0, 0x11, 3);
	pkvm_host_lapic_reset(apic);
	assert_int_equal(mmio(apic, 0x20), 0x02000000);
	assert_int_equal(mmio(apic, 0x30), 0x00050014);
	assert_int_equal(mmio(apic, 0x80), 0);
	assert_int_equal(mmio(apic, 0xe0), 0xffffffff);
	assert_int_equal(mmio(apic, 0xf0), 0xff);
	for (uint32_t offset = 0x320; offset <= 0x370; offset += 16)
		assert_int_equal(mmio(apic, offset), 0x10000);
	mmio_write(apic, 0xe0, 0);
	assert_int_equal(mmio(apic, 0xe0), 0x0fffffff);
}

static void test_self_ipi_and_shorthands_reach_whom_they_name(void **state)
{
	static const struct {
		uint32_t icr;
		bool reached[3];
	} rows[] = {
		{0x40051, {false, true, false}},
		{0x80051, {true, true, true}},
		{0xc0051, {true, false, true}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		chips_up(1, 0, 0x11, 3);
		mmio_write(&chips.apic[1], 0x300, rows[i].icr);
		for (uint32_t n = 0; n < 3; n++)
			assert_int_equal(pkvm_host_lapic_pending(&chips.apic[n]),
					 rows[i].reached[n] ? 0x51 : -1);
	}
	chips_up(1, 0, 0x11, 3);
	chips.apic[1].base = X2APIC_BASE;
	assert_int_equal(pkvm_host_lapic_wrmsr(&chips.apic[1], 0x83f, 0x61), 0);
	assert_int_equal(pkvm_host_lapic_pending(&chips.apic[1]), 0x61);
	assert_int_equal(pkvm_host_lapic_wrmsr(&chips.apic[1], 0x830, 0x200000071), 0);
	assert_int_equal(pkvm_host_lapic_pending(&chips.apic[2]), 0x71);
	assert_int_equal(pkvm_host_lapic_pending(&chips.apic[0]), -1);
}

static void test_saved_state_restores_everything_but_the_version(void **state)
{
	struct pkvm_host_lapic_state saved, again;
	struct pkvm_host_lapic *apic = &chips.apic[1];

	(void)state;
	chips_up(2, 0, 0x20, 2);
	assert_true(pkvm_host_lapic_accept(apic, 0x71, true));
	assert_int_equal(pkvm_host_lapic_ack(apic), 0x71);
	assert_true(pkvm_host_lapic_accept(apic, 0x51, false));
	mmio_write(apic, 0x80, 0x62);
	mmio_write(apic, 0xd0, 0x04000000);
	mmio_write(apic, 0x380, 0x12345678);
	pkvm_host_lapic_get_state(apic, &saved);
	assert_int_equal(saved.reg[0x20 / 4], 0x01000000);
	assert_int_equal(saved.reg[0x30 / 4], 0x01050014);
	assert_int_equal(saved.reg[0x80 / 4], 0x62);
	assert_int_equal(saved.reg[0xa0 / 4], 0x70);
	assert_int_equal(saved.reg[0x130 / 4], 0x20000);
	assert_int_equal(saved.reg[0x1b0 / 4], 0x20000);
	assert_int_equal(saved.reg[0x220 / 4], 0x20000);
	pkvm_host_lapic_reset(apic);
	apic->evaluate = false;
	saved.reg[0x30 / 4] = 0;
	assert_int_equal(pkvm_host_lapic_set_state(apic, &saved), 0);
	assert_true(apic->evaluate);
	saved.reg[0x30 / 4] = 0x01050014;
	pkvm_host_lapic_get_state(apic, &again);
	assert_memory_equal(&saved, &again, sizeof(saved));
}

static void test_restored_x2apic_has_the_id_in_the_format_that_was_asked_for(void **state)
{
	static const uint32_t id[] = {0x01000000, 0x00000001};
	struct pkvm_host_lapic_state saved;
	struct pkvm_host_lapic *apic = &chips.apic[1];

	(void)state;
	for (uint32_t flags = 0; flags < 2; flags++) {
		chips_up(1, flags, 0x11, 2);
		apic->base = X2APIC_BASE;
		pkvm_host_lapic_get_state(apic, &saved);
		assert_int_equal(saved.reg[0x20 / 4], id[flags]);
		assert_int_equal(pkvm_host_lapic_set_state(apic, &saved), 0);
		saved.reg[0x20 / 4] = id[!flags];
		assert_int_equal(pkvm_host_lapic_set_state(apic, &saved), -22);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ppr_is_that_of_the_rule_for_every_tpr_and_isrv),
		cmocka_unit_test(test_higher_class_interrupts_service_and_the_same_class_waits),
		cmocka_unit_test(test_eoi_without_service_changes_nothing),
		cmocka_unit_test(test_tpr_holds_back_its_class_and_those_below),
		cmocka_unit_test(
			test_evaluation_is_asked_for_by_a_ppr_that_fell_for_an_interrupt),
		cmocka_unit_test(test_disabled_apic_takes_nothing_and_masks_its_lvts),
		cmocka_unit_test(test_illegal_vectors_are_errors_and_not_requests),
		cmocka_unit_test(test_registers_after_reset_are_those_of_the_sdm),
		cmocka_unit_test(test_self_ipi_and_shorthands_reach_whom_they_name),
		cmocka_unit_test(test_saved_state_restores_everything_but_the_version),
		cmocka_unit_test(
			test_restored_x2apic_has_the_id_in_the_format_that_was_asked_for),
	};

	return cmocka_run_group_tests_name("host lapic", tests, NULL, NULL);
}
