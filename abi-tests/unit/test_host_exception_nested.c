/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Exceptions of L2: what L1 intercepts, what it reads after the exit. */
#include "exception_fixture.h"

static struct subject cpu;

#define PF_BIT (1u << 14)
#define DB_BIT (1u << 1)

static int reset(void **state)
{
	(void)state;
	subject_reset(&cpu);
	return 0;
}

static void test_intercepted_page_fault_exits_to_l1_and_leaves_l2s_cr2(void **state)
{
	(void)state;
	subject_enter_l2(&cpu, PF_BIT, false);
	subject_queue(&cpu, 14);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000b0e, 2, 0xdead000);
	assert_registers(&cpu, 0x1000, 0xffff0ff0);
}

static void test_intercepted_debug_exception_exits_to_l1_and_leaves_l2s_dr6(void **state)
{
	(void)state;
	subject_enter_l2(&cpu, DB_BIT, false);
	subject_queue(&cpu, 1);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000301, 0, 0x4000);
	assert_registers(&cpu, 0x1000, 0xffff0ff0);
}

/* SDM "Exit Qualification for Debug Exceptions": bit 12 is none of its bits. */
static void test_exit_of_an_enabled_breakpoint_names_the_breakpoint_alone(void **state)
{
	struct pkvm_host_queued_exception exception = an_exception(1);

	(void)state;
	subject_enter_l2(&cpu, DB_BIT, false);
	exception.payload = 0x1002;
	pkvm_host_queue_exception(&cpu.state, &exception);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000301, 0, 0x2);
}

static void test_exit_of_a_breakpoint_instruction_has_its_type_and_length(void **state)
{
	(void)state;
	subject_enter_l2(&cpu, 1u << 3, false);
	subject_queue(&cpu, 3);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000603, 0, 0);
	assert_int_equal(cpu.state.nested.exit.length, 1);
}

static void test_every_vector_is_intercepted_by_its_own_bit(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 32u * 32; i++) {
		const uint32_t vector = i % 32, bit = i / 32;

		if (vector == 2)
			continue;
		subject_reset(&cpu);
		subject_enter_l2(&cpu, 1u << bit, false);
		/* Bit clear, mask and match 0: every #PF matches, so none exits. */
		subject_queue(&cpu, vector);
		assert_int_equal(subject_enter(&cpu), vector == bit ? PKVM_HOST_ENTER_L1 :
								      PKVM_HOST_ENTER_INJECT);
	}
}

/* SDM "Exception Bitmap": bit 14, error code, mask, match, exit. */
static const uint32_t page_faults[][5] = {
	{1, 0x2, 0x0, 0x0, 1}, {1, 0x2, 0x0, 0x1, 0}, {1, 0x2, 0x2, 0x2, 1},
	{1, 0x4, 0x2, 0x2, 0}, {0, 0x2, 0x0, 0x0, 0}, {0, 0x2, 0x0, 0x1, 1},
	{0, 0x2, 0x2, 0x2, 0}, {0, 0x4, 0x2, 0x2, 1},
};

static void test_page_faults_are_intercepted_by_their_error_codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(page_faults) / sizeof(page_faults[0]); i++) {
		const struct pkvm_host_nested_controls controls = {
			.exception_bitmap = page_faults[i][0] << 14,
			.page_fault_mask = page_faults[i][2],
			.page_fault_match = page_faults[i][3],
		};
		struct pkvm_host_queued_exception exception = an_exception(14);

		subject_reset(&cpu);
		assert_int_equal(pkvm_host_nested_enter(&cpu.state, &controls), 0);
		exception.error_code = page_faults[i][1];
		assert_int_equal(pkvm_host_nested_intercepts(&cpu.state, &exception),
				 page_faults[i][4]);
	}
}

static void test_l1_intercepts_nothing_of_its_own(void **state)
{
	(void)state;
	cpu.state.nested.controls.exception_bitmap = ~0u;
	for (uint32_t vector = 0; vector < 32; vector++) {
		const struct pkvm_host_queued_exception exception = an_exception(vector);

		assert_false(pkvm_host_nested_intercepts(&cpu.state, &exception));
	}
}

static void test_triple_fault_of_l2_exits_to_l1(void **state)
{
	(void)state;
	subject_enter_l2(&cpu, 0, false);
	subject_queue(&cpu, 13);
	subject_queue(&cpu, 13);
	subject_queue(&cpu, 13);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 2, 0, 0, 0);
	assert_int_equal(cpu.state.nested.exit.vectoring_info, 0);
}

static void test_double_fault_is_judged_by_its_own_bit(void **state)
{
	(void)state;
	subject_enter_l2(&cpu, 1u << 8, false);
	subject_inject(&cpu, 13);
	subject_queue(&cpu, 13);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000b08, 0, 0);
	assert_int_equal(cpu.state.nested.exit.vectoring_info, 0);
}

/*
 * An L1 with shadow paging reflects a #PF into L2; its delivery touches a page
 * that L1 has not mapped yet. L1 set CR2 itself before it injected.
 */
static void reflect_a_page_fault(void)
{
	static const struct pkvm_host_nested_controls controls = {
		.exception_bitmap = PF_BIT,
		.entry_info = 0x80000b0e,
		.entry_error_code = 4,
	};

	assert_int_equal(pkvm_host_nested_enter(&cpu.state, &controls), 0);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	pkvm_host_leave_exceptions(&cpu.state, true);
	subject_queue(&cpu, 14);
}

static void test_page_fault_while_another_is_delivered_exits_to_l1(void **state)
{
	(void)state;
	reflect_a_page_fault();
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000b0e, 2, 0xdead000);
	assert_int_equal(cpu.state.nested.exit.vectoring_info, 0x80000b0e);
	assert_int_equal(cpu.state.nested.exit.vectoring_error_code, 4);
	assert_registers(&cpu, 0x1000, 0xffff0ff0);
}

/* SDM "Information for VM Exits During Event Delivery" */
static void test_exit_while_a_breakpoint_is_delivered_has_its_length(void **state)
{
	(void)state;
	subject_enter_l2(&cpu, PF_BIT, false);
	subject_inject(&cpu, 3);
	subject_queue(&cpu, 14);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000b0e, 2, 0xdead000);
	assert_int_equal(cpu.state.nested.exit.vectoring_info, 0x80000603);
	assert_int_equal(cpu.state.nested.exit.length, 1);
}

static void test_old_intercept_order_makes_it_a_double_fault_and_changes_l2s_cr2(void **state)
{
	(void)state;
	cpu.state.intercept = PKVM_HOST_INTERCEPT_AT_ENTRY;
	reflect_a_page_fault();
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_int_equal(cpu.state.exception.vector, 8);
	assert_true(cpu.state.nested.guest_mode);
	assert_registers(&cpu, 0xdead000, 0xffff0ff0);
}

/* Even where the exit itself comes, L2's CR2 is gone. */
static void test_old_intercept_order_changes_l2s_cr2_before_the_exit(void **state)
{
	(void)state;
	cpu.state.intercept = PKVM_HOST_INTERCEPT_AT_ENTRY;
	subject_enter_l2(&cpu, PF_BIT, false);
	subject_queue(&cpu, 14);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_L1);
	assert_exit(&cpu, 0, 0x80000b0e, 2, 0xdead000);
	assert_registers(&cpu, 0xdead000, 0xffff0ff0);
}

/* Bits 12, 11 and 14 are delivered after VM entry, B0 to B3 not by themselves. */
static void test_breakpoints_that_are_not_enabled_raise_nothing(void **state)
{
	(void)state;
	cpu.state.nested.pending_debug = 0xf;
	subject_enter_l2(&cpu, 0, false);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER);
	assert_registers(&cpu, 0x1000, 0xffff0ff0);
}

static void test_injected_exception_drops_the_pending_debug_exception(void **state)
{
	static const struct pkvm_host_nested_controls controls = {.entry_info = 0x80000306};

	(void)state;
	cpu.state.nested.pending_debug = STEP;
	assert_int_equal(pkvm_host_nested_enter(&cpu.state, &controls), 0);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_int_equal(cpu.state.exception.vector, 6);
	pkvm_host_leave_exceptions(&cpu.state, false);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER);
}

static void test_injected_exception_is_not_intercepted(void **state)
{
	static const struct pkvm_host_nested_controls controls = {
		.exception_bitmap = ~0u,
		.entry_info = 0x80000306,
	};

	(void)state;
	assert_int_equal(pkvm_host_nested_enter(&cpu.state, &controls), 0);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_int_equal(cpu.state.exception.vector, 6);
}

static void test_entry_with_another_event_or_from_l2_is_refused(void **state)
{
	/* valid: an interrupt, an NMI, vector 32, #BP as hardware, #GP as software */
	static const uint32_t infos[] = {0x80000020, 0x80000202, 0x80000320, 0x80000303,
					 0x8000060d};
	struct pkvm_host_nested_controls controls = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(infos) / sizeof(infos[0]); i++) {
		controls.entry_info = infos[i];
		assert_int_equal(pkvm_host_nested_enter(&cpu.state, &controls), -22);
		assert_false(cpu.state.nested.guest_mode);
	}
	subject_enter_l2(&cpu, 0, false);
	controls.entry_info = 0;
	assert_int_equal(pkvm_host_nested_enter(&cpu.state, &controls), -22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(
			test_intercepted_page_fault_exits_to_l1_and_leaves_l2s_cr2, reset),
		cmocka_unit_test_setup(
			test_intercepted_debug_exception_exits_to_l1_and_leaves_l2s_dr6, reset),
		cmocka_unit_test_setup(
			test_exit_of_an_enabled_breakpoint_names_the_breakpoint_alone, reset),
		cmocka_unit_test_setup(
			test_exit_of_a_breakpoint_instruction_has_its_type_and_length, reset),
		cmocka_unit_test_setup(test_every_vector_is_intercepted_by_its_own_bit, reset),
		cmocka_unit_test_setup(test_page_faults_are_intercepted_by_their_error_codes,
				       reset),
		cmocka_unit_test_setup(test_l1_intercepts_nothing_of_its_own, reset),
		cmocka_unit_test_setup(test_triple_fault_of_l2_exits_to_l1, reset),
		cmocka_unit_test_setup(test_double_fault_is_judged_by_its_own_bit, reset),
		cmocka_unit_test_setup(test_page_fault_while_another_is_delivered_exits_to_l1,
				       reset),
		cmocka_unit_test_setup(test_exit_while_a_breakpoint_is_delivered_has_its_length,
				       reset),
		cmocka_unit_test_setup(
			test_old_intercept_order_makes_it_a_double_fault_and_changes_l2s_cr2,
			reset),
		cmocka_unit_test_setup(test_old_intercept_order_changes_l2s_cr2_before_the_exit,
				       reset),
		cmocka_unit_test_setup(test_breakpoints_that_are_not_enabled_raise_nothing,
				       reset),
		cmocka_unit_test_setup(
			test_injected_exception_drops_the_pending_debug_exception, reset),
		cmocka_unit_test_setup(test_injected_exception_is_not_intercepted, reset),
		cmocka_unit_test_setup(test_entry_with_another_event_or_from_l2_is_refused,
				       reset),
	};

	return cmocka_run_group_tests_name("host exception nested", tests, NULL, NULL);
}
