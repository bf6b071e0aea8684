/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The exit for the monitor trap flag, and the debug exception that waits meanwhile. */
#include "exception_fixture.h"

static struct subject cpu;

#define DB_BIT (1u << 1)

static int reset(void **state)
{
	(void)state;
	subject_reset(&cpu);
	return 0;
}

static void step_l2(uint32_t bitmap)
{
	subject_enter_l2(&cpu, bitmap, true);
	pkvm_host_nested_step(&cpu.state);
	subject_queue(&cpu, 1);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
}

static void test_monitor_trap_exit_keeps_the_debug_exception_for_l1(void **state)
{
	static const uint32_t bitmaps[] = {0, DB_BIT};
	static const bool capabilities[] = {false, true};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		subject_reset(&cpu);
		cpu.state.exception_payload = capabilities[i / 2];
		step_l2(bitmaps[i % 2]);
		assert_exit(&cpu, 37, 0, 0, 0);
		assert_int_equal(cpu.state.nested.pending_debug, 0x4000);
		assert_registers(&cpu, 0x1000, 0xffff0ff0);
	}
}

static void test_debug_exception_comes_when_l1_enters_l2_again(void **state)
{
	(void)state;
	step_l2(0);
	subject_enter_l2(&cpu, 0, false);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_int_equal(cpu.state.exception.vector, 1);
	assert_registers(&cpu, 0x1000, 0xffff4ff0);
}

static void test_old_delivery_clobbers_dr6_and_loses_the_debug_exception(void **state)
{
	(void)state;
	cpu.state.delivery = PKVM_HOST_DELIVER_AT_QUEUE;
	cpu.state.exception_payload = false;
	step_l2(0);
	assert_exit(&cpu, 37, 0, 0, 0);
	assert_int_equal(cpu.state.nested.pending_debug, 0);
	assert_registers(&cpu, 0x1000, 0xffff4ff0);
	subject_enter_l2(&cpu, 0, false);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER);
}

/* That flow spared L2 of a host with the capability. */
static void test_old_delivery_keeps_it_with_the_capability(void **state)
{
	(void)state;
	cpu.state.delivery = PKVM_HOST_DELIVER_AT_QUEUE;
	step_l2(0);
	assert_exit(&cpu, 37, 0, 0, 0);
	assert_int_equal(cpu.state.nested.pending_debug, 0x4000);
	assert_registers(&cpu, 0x1000, 0xffff0ff0);
}

/* That order is wrong elsewhere: nothing was judged or delivered before this exit. */
static void test_old_intercept_order_keeps_the_debug_exception_as_well(void **state)
{
	(void)state;
	cpu.state.intercept = PKVM_HOST_INTERCEPT_AT_ENTRY;
	step_l2(DB_BIT);
	assert_exit(&cpu, 37, 0, 0, 0);
	assert_int_equal(cpu.state.nested.pending_debug, 0x4000);
	assert_registers(&cpu, 0x1000, 0xffff0ff0);
}

/* SDM "Monitor Trap Flag": above debug traps, below faults. */
static void test_fault_goes_before_the_monitor_trap_exit(void **state)
{
	(void)state;
	subject_enter_l2(&cpu, 0, true);
	pkvm_host_nested_step(&cpu.state);
	subject_queue(&cpu, 13);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_int_equal(cpu.state.exception.vector, 13);
	pkvm_host_leave_exceptions(&cpu.state, false);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 37, 0, 0, 0);
	assert_int_equal(cpu.state.nested.pending_debug, 0);
}

static void test_intercepted_fault_goes_before_the_monitor_trap_exit(void **state)
{
	(void)state;
	subject_enter_l2(&cpu, 1u << 13, true);
	pkvm_host_nested_step(&cpu.state);
	subject_queue(&cpu, 13);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000b0d, 0, 0);
}

static void test_general_detect_is_a_fault(void **state)
{
	struct pkvm_host_queued_exception exception = an_exception(1);

	(void)state;
	subject_enter_l2(&cpu, 0, true);
	pkvm_host_nested_step(&cpu.state);
	exception.payload = 0x2000;
	pkvm_host_queue_exception(&cpu.state, &exception);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_registers(&cpu, 0x1000, 0xffff2ff0);
}

static void test_step_without_the_flag_makes_no_exit(void **state)
{
	(void)state;
	pkvm_host_nested_step(&cpu.state);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER);
	subject_enter_l2(&cpu, 0, false);
	pkvm_host_nested_step(&cpu.state);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_monitor_trap_exit_keeps_the_debug_exception_for_l1,
				       reset),
		cmocka_unit_test_setup(test_debug_exception_comes_when_l1_enters_l2_again,
				       reset),
		cmocka_unit_test_setup(
			test_old_delivery_clobbers_dr6_and_loses_the_debug_exception, reset),
		cmocka_unit_test_setup(test_old_delivery_keeps_it_with_the_capability, reset),
		cmocka_unit_test_setup(
			test_old_intercept_order_keeps_the_debug_exception_as_well, reset),
		cmocka_unit_test_setup(test_fault_goes_before_the_monitor_trap_exit, reset),
		cmocka_unit_test_setup(test_intercepted_fault_goes_before_the_monitor_trap_exit,
				       reset),
		cmocka_unit_test_setup(test_general_detect_is_a_fault, reset),
		cmocka_unit_test_setup(test_step_without_the_flag_makes_no_exit, reset),
	};

	return cmocka_run_group_tests_name("host exception monitor trap", tests, NULL, NULL);
}
