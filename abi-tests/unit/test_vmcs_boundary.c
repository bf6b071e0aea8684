/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests what the model does at an instruction boundary: VMX-preemption timer,
 * monitor trap flag, pending debug exceptions, NMIs; and their priority.
 */
#include "model_fixture.h"

static void test_preemption_timer_counts_instructions(void **state)
{
	(void)state;
	also(0x4000, 0x40);
	put(0x482e, 10);
	launch(52);
	assert_int_equal(get(0x681e), 0x100a);
	assert_int_equal(get(0x482e), 10);
	put(0x482e, 0);
	resume(52);
	assert_int_equal(get(0x681e), 0x100a);
}

static void test_preemption_timer_is_scaled_by_misc_4_0(void **state)
{
	(void)state;
	processors[0].caps.misc |= 5;
	processors[0].instructions = 30;
	also(0x4000, 0x40);
	put(0x482e, 2);
	launch(52);
	/* TSC bit 5 changes at 32 and 64: 34 instructions after 30 */
	assert_int_equal(get(0x681e), 0x1022);
}

static void test_preemption_timer_is_saved_when_the_exit_control_says_so(void **state)
{
	(void)state;
	also(0x4000, 0x40);
	also(0x400c, 0x400000);
	put(0x482e, 10);
	CODE(0x90, 0x90, 0x90, 0xf4);
	launch(12);
	assert_int_equal(get(0x482e), 6);
}

static void test_nmi_exits_with_its_information(void **state)
{
	(void)state;
	also(0x4000, 8);
	processors[0].nmi_pending = 1;
	processors[0].nmi_at = 2;
	launch(0);
	assert_int_equal(get(0x681e), 0x1002);
	assert_int_equal(get(0x4404), 0x80000202u);
	assert_int_equal(processors[0].nmi_pending, 0);
}

static void test_nmi_without_exiting_runs_the_handler_and_blocks_the_next_one(void **state)
{
	(void)state;
	poke(4 * 2, 0x2000);
	memory[0x2000] = 0x90;
	memory[0x2001] = 0xf4;
	processors[0].nmi_pending = 1;
	launch(12);
	assert_int_equal(get(0x681e), 0x2001);
	assert_int_equal(get(0x4824), 8);
	processors[0].nmi_pending = 1;
	resume(12);
	assert_int_equal(processors[0].nmi_pending, 1);
}

static void test_nmi_window_opens_without_virtual_nmi_blocking(void **state)
{
	(void)state;
	also(0x4000, 0x28);
	also(0x4002, 0x400000);
	put(0x4824, 8);
	CODE(0xf4);
	launch(12);
	put(0x4824, 0);
	resume(8);
	put(0x4824, 2);
	CODE(0x90);
	resume(8);
	assert_int_equal(get(0x681e), 0x1001);
}

static void test_expired_timer_precedes_nmi_window_and_nmi(void **state)
{
	(void)state;
	also(0x4000, 0x68);
	also(0x4002, 0x400000);
	processors[0].nmi_pending = 1;
	launch(52);
	without(0x4000, 0x40);
	resume(8);
	without(0x4002, 0x400000);
	resume(0);
}

static void test_monitor_trap_flag_exits_after_one_instruction(void **state)
{
	(void)state;
	also(0x4002, 0x8000000);
	launch(37);
	assert_int_equal(get(0x681e), 0x1001);
	resume(37);
	assert_int_equal(get(0x681e), 0x1002);
}

static void test_injected_pending_mtf_exits_before_the_first_instruction(void **state)
{
	(void)state;
	put(0x4016, 0x80000700u);
	launch(37);
	assert_int_equal(get(0x681e), 0x1000);
}

static void test_monitor_trap_flag_exits_before_the_handler_of_an_injected_event(void **state)
{
	(void)state;
	also(0x4002, 0x8000000);
	poke(4 * 0x20, 0x2000);
	put(0x6820, 0x202);
	put(0x4016, 0x80000020u);
	launch(37);
	assert_int_equal(get(0x681e), 0x2000);
}

static void test_pending_debug_exception_is_delivered_after_entry(void **state)
{
	(void)state;
	put(0x6822, 0x5001);            /* single step, enabled breakpoint 0 */
	put(0x6820, 0x102);
	put(0x4004, 2);
	launch(0);
	assert_int_equal(get(0x4404), 0x80000301u);
	assert_int_equal(get(0x681e), 0x1000);
	assert_int_equal(get(0x6400), 0x4001);
	assert_int_equal(get(0x6822), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST(test_preemption_timer_counts_instructions),
		GUEST(test_preemption_timer_is_scaled_by_misc_4_0),
		GUEST(test_preemption_timer_is_saved_when_the_exit_control_says_so),
		GUEST(test_nmi_exits_with_its_information),
		GUEST(test_nmi_without_exiting_runs_the_handler_and_blocks_the_next_one),
		GUEST(test_nmi_window_opens_without_virtual_nmi_blocking),
		GUEST(test_expired_timer_precedes_nmi_window_and_nmi),
		GUEST(test_monitor_trap_flag_exits_after_one_instruction),
		GUEST(test_injected_pending_mtf_exits_before_the_first_instruction),
		GUEST(test_monitor_trap_flag_exits_before_the_handler_of_an_injected_event),
		GUEST(test_pending_debug_exception_is_delivered_after_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
