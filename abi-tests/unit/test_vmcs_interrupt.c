/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests maskable interrupts at the model's instruction boundary: external and
 * virtual ones, the interrupt window, the TPR threshold, kicks; and what wakes an
 * inactive guest.
 */
#include "model_fixture.h"
#include "lib/vmcs/model_enter.h"

static void irq(uint8_t vector, uint64_t at)
{
	processors[0].irq_at = at;
	processors[0].irq_pending = vector + 1u;
}

static void test_external_interrupt_exit_acknowledges_only_on_demand(void **state)
{
	(void)state;
	also(0x4000, 1);
	irq(0x51, 3);
	launch(1);
	assert_int_equal(get(0x681e), 0x1003);
	assert_int_equal(get(0x4404) >> 31, 0);
	assert_int_equal(processors[0].irq_pending, 0x52);
	also(0x400c, 0x8000);
	resume(1);
	assert_int_equal(get(0x681e), 0x1003);
	assert_int_equal(get(0x4404), 0x80000051u);
	assert_int_equal(processors[0].irq_pending, 0);
}

static void test_external_interrupt_without_exiting_goes_to_the_guest(void **state)
{
	(void)state;
	/* nop; sti; nop; nop; handler: hlt */
	CODE(0x90, 0xfb, 0x90, 0x90);
	poke(4 * 0x51, 0x2000);
	memory[0x2000] = 0xf4;
	irq(0x51, 0);
	launch(12);
	assert_int_equal(get(0x681e), 0x2000);
	assert_int_equal(peek(0x7ffa) & 0xffff, 0x1003);
	assert_int_equal(processors[0].irq_pending, 0);
}

static void test_external_interrupt_exit_waits_for_the_shadow_of_mov_ss(void **state)
{
	(void)state;
	also(0x4000, 1);
	put(0x4824, 2);
	irq(0x51, 0);
	launch(1);
	assert_int_equal(get(0x681e), 0x1001);
	assert_int_equal(get(0x4824), 0);
}

static void test_interrupt_window_opens_one_instruction_after_sti(void **state)
{
	(void)state;
	also(0x4002, 4);
	CODE(0x90, 0xfb, 0x90, 0x90);
	launch(7);
	assert_int_equal(get(0x681e), 0x1003);
	assert_int_equal(get(0x4824), 0);
	resume(7);
	assert_int_equal(get(0x681e), 0x1003);
}

static void test_interrupt_window_exit_precedes_an_external_interrupt(void **state)
{
	(void)state;
	also(0x4000, 1);
	also(0x4002, 4);
	put(0x6820, 0x202);
	irq(0x51, 0);
	launch(7);
	without(0x4002, 4);
	resume(1);
}

static void test_halted_guest_waits_for_its_interrupt(void **state)
{
	(void)state;
	also(0x4000, 1);
	also(0x400c, 0x8000);
	put(0x4826, 1);
	irq(0x51, 1000);
	launch(1);
	assert_int_equal(get(0x4404), 0x80000051u);
	assert_int_equal(get(0x4826), 1);
	assert_int_equal(get(0x681e), 0x1000);
	assert_int_equal(processors[0].instructions, 1000);
}

static void test_halted_guest_waits_for_its_nmi(void **state)
{
	(void)state;
	also(0x4000, 8);
	put(0x4826, 1);
	processors[0].nmi_at = 77;
	processors[0].nmi_pending = 1;
	launch(0);
	assert_int_equal(get(0x4404), 0x80000202u);
	assert_int_equal(processors[0].instructions, 77);
}

static void test_guest_that_halts_without_hlt_exiting_wakes_up_at_the_timer(void **state)
{
	(void)state;
	without(0x4002, 0x80);
	also(0x4000, 0x41);
	put(0x482e, 500);
	CODE(0xf4);
	launch(52);
	assert_int_equal(get(0x4826), 1);
	assert_int_equal(get(0x681e), 0x1001);
}

static void test_inactive_guest_that_nothing_wakes_still_returns(void **state)
{
	(void)state;
	also(0x4000, 1);
	put(0x4826, 1);
	launch(1);
	without(0x4000, 1);
	resume(3);
	put(0x4826, 2);
	resume(3);
	put(0x4826, 3);
	resume(4);
	assert_int_equal(get(0x681e), 0x1000);
}

static void test_running_guest_returns_after_two_to_the_24_instructions(void **state)
{
	struct model_stay stay = {.cpu = &processors[0], .start = 7};

	(void)state;
	processors[0].instructions = 7 + 0xffffff;
	assert_false(model_stay_too_long(&stay));
	processors[0].instructions = 7 + 0x1000000;
	assert_true(model_stay_too_long(&stay));
}

static void test_kick_from_another_cpu_is_one_external_interrupt_exit(void **state)
{
	(void)state;
	also(0x4000, 1);
	also(0x400c, 0x8000);
	processors[0].kicked = 1;
	CODE(0xf4);
	launch(1);
	assert_int_equal(get(0x4404), 0x800000fdu);
	assert_int_equal(processors[0].kicked, 0);
	resume(12);
}

/* Virtual-interrupt delivery with the whole of APICv around it. */
static void virtual_interrupts(uint64_t status)
{
	also(0x4000, 1);
	also(0x4002, 0x200000);
	also(0x400c, 0x8000);
	also(0x401e, 0x210);            /* virtual x2APIC, interrupt delivery */
	put(0x2012, APIC_PAGE);
	put(0x0810, status);
	poke(4 * 0x51, 0x2000);
	memory[0x2000] = 0xf4;
}

static void test_virtual_interrupt_is_delivered_and_in_service(void **state)
{
	(void)state;
	virtual_interrupts(0x51);
	poke(APIC_PAGE + 0x220, 0x00020002);    /* VIRR: 0x41 and 0x51 */
	put(0x6820, 0x202);
	launch(12);
	assert_int_equal(get(0x681e), 0x2000);
	assert_int_equal(get(0x0810), 0x5141);
	assert_int_equal(peek(APIC_PAGE + 0x220) & 0xffffffff, 0x00000002);
	assert_int_equal(peek(APIC_PAGE + 0x120) & 0xffffffff, 0x00020000);
	assert_int_equal(peek(APIC_PAGE + 0xa0) & 0xff, 0x50);
}

static void test_virtual_interrupt_waits_for_if_and_for_a_lower_ppr(void **state)
{
	(void)state;
	virtual_interrupts(0x51);
	CODE(0xf4);
	launch(12);
	assert_int_equal(get(0x681e), 0x1000);
	put(0x6820, 0x202);
	memory[APIC_PAGE + 0x80] = 0x50;
	resume(12);
	assert_int_equal(get(0x681e), 0x1000);
	assert_int_equal(peek(APIC_PAGE + 0xa0) & 0xff, 0x50);
	memory[APIC_PAGE + 0x80] = 0x4f;
	resume(12);
	assert_int_equal(get(0x681e), 0x2000);
}

/* SDM "PPR Virtualization", which VM entry does with VTPR and SVI. */
static void test_ppr_is_that_of_the_rule_for_every_tpr_and_svi(void **state)
{
	(void)state;
	virtual_interrupts(0);
	CODE(0xf4);
	launch(12);
	for (uint32_t svi = 0; svi < 256; svi++) {
		put(0x0810, svi << 8);
		for (uint32_t tpr = 0; tpr < 256; tpr++) {
			poke(APIC_PAGE + 0x80, tpr);
			poke(APIC_PAGE + 0xa0, 0xffffffff);
			resume(12);
			assert_int_equal(peek(APIC_PAGE + 0xa0) & 0xffffffff,
					 tpr / 16 >= svi / 16 ? tpr : svi / 16 * 16);
		}
	}
}

static void test_tpr_below_threshold_exits_right_after_entry(void **state)
{
	(void)state;
	also(0x4002, 0x200000);
	also(0x401e, 1);
	put(0x2012, APIC_PAGE);
	put(0x2014, ACCESS_PAGE);
	put(0x401c, 3);
	memory[APIC_PAGE + 0x80] = 0x2f;
	launch(43);
	assert_int_equal(get(0x681e), GUEST_CODE);
	assert_int_equal(processors[0].instructions, 0);
	CODE(0xf4);
	memory[APIC_PAGE + 0x80] = 0x30;
	resume(12);
}

static void test_tpr_below_threshold_without_apic_access_is_error_7(void **state)
{
	(void)state;
	also(0x4002, 0x200000);
	put(0x2012, APIC_PAGE);
	put(0x401c, 3);
	memory[APIC_PAGE + 0x80] = 0x2f;
	assert_int_equal(pkvm_vmcs_enter(&regs, false), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST(test_external_interrupt_exit_acknowledges_only_on_demand),
		GUEST(test_external_interrupt_without_exiting_goes_to_the_guest),
		GUEST(test_external_interrupt_exit_waits_for_the_shadow_of_mov_ss),
		GUEST(test_interrupt_window_opens_one_instruction_after_sti),
		GUEST(test_interrupt_window_exit_precedes_an_external_interrupt),
		GUEST(test_halted_guest_waits_for_its_interrupt),
		GUEST(test_halted_guest_waits_for_its_nmi),
		GUEST(test_guest_that_halts_without_hlt_exiting_wakes_up_at_the_timer),
		GUEST(test_inactive_guest_that_nothing_wakes_still_returns),
		GUEST(test_running_guest_returns_after_two_to_the_24_instructions),
		GUEST(test_kick_from_another_cpu_is_one_external_interrupt_exit),
		GUEST(test_virtual_interrupt_is_delivered_and_in_service),
		GUEST(test_virtual_interrupt_waits_for_if_and_for_a_lower_ppr),
		GUEST(test_ppr_is_that_of_the_rule_for_every_tpr_and_svi),
		GUEST(test_tpr_below_threshold_exits_right_after_entry),
		GUEST(test_tpr_below_threshold_without_apic_access_is_error_7),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
