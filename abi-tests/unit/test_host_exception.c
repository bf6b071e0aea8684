/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Exceptions wait, make #DF, and change CR2 and DR6 when they are injected. */
#include "exception_fixture.h"
#include "host_fixture.h"

static struct subject cpu;

static int reset(void **state)
{
	(void)state;
	subject_reset(&cpu);
	fake_reset(false);
	return 0;
}

static void test_nothing_waits_at_first(void **state)
{
	(void)state;
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER);
}

static void test_cr2_changes_when_the_page_fault_is_injected_and_not_before(void **state)
{
	(void)state;
	subject_queue(&cpu, 14);
	assert_int_equal(cpu.regs.cr2, 0x1000);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_int_equal(cpu.regs.cr2, 0xdead000);
	assert_int_equal(cpu.regs.dr6, 0xffff0ff0);
	assert_int_equal(cpu.state.exception.vector, 14);
	assert_int_equal(cpu.state.exception.error_code, 2);
}

static void test_dr6_changes_when_the_debug_exception_is_injected_and_not_before(void **state)
{
	(void)state;
	subject_queue(&cpu, 1);
	assert_int_equal(cpu.regs.dr6, 0xffff0ff0);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_int_equal(cpu.regs.dr6, 0xffff4ff0);
	assert_int_equal(cpu.regs.cr2, 0x1000);
}

static void test_l2s_registers_change_at_injection_as_well(void **state)
{
	(void)state;
	subject_enter_l2(&cpu, 0, false);
	subject_queue(&cpu, 14);
	assert_int_equal(cpu.regs.cr2, 0x1000);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_int_equal(cpu.regs.cr2, 0xdead000);
}

static void test_what_was_cut_short_goes_again_and_changes_nothing_again(void **state)
{
	(void)state;
	subject_inject(&cpu, 14);
	cpu.regs.cr2 = 0x5000;
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_int_equal(cpu.regs.cr2, 0x5000);
	pkvm_host_leave_exceptions(&cpu.state, false);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER);
}

static void test_leaving_drops_nothing_that_only_waits(void **state)
{
	(void)state;
	subject_queue(&cpu, 14);
	pkvm_host_leave_exceptions(&cpu.state, false);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
}

/* SDM "Debug Status Register (DR6)": before, payload, after. */
static const uint64_t debug_status[][3] = {
	{0xffff0ff0, 0x00004000, 0xffff4ff0}, /* BS                                 */
	{0xffff0ff0, 0x00001001, 0xffff0ff1}, /* B0, enabled: bit 12 stays clear    */
	{0xffff0fff, 0x00001002, 0xffff0ff2}, /* B0 to B3 of the last one go        */
	{0xffff4ff0, 0x00001008, 0xffff4ff8}, /* BS of the last one stays           */
	{0xffff0ff0, 0x00002000, 0xffff2ff0}, /* BD                                 */
	{0xffff0ff0, 0x00008000, 0xffff8ff0}, /* BT                                 */
	{0xffff0ff0, 0x00010000, 0xfffe0ff0}, /* RTM is active low                  */
	{0xfffe0ff0, 0x00004000, 0xffff4ff0}, /* and set again by the next          */
	{0xffff0ff0, 0x00000800, 0xffff07f0}, /* bus lock, active low               */
	{0x00000000, 0x00000000, 0xffff0ff0}, /* fixed bits come                    */
	{0xffff1ff0, 0x00004000, 0xffff4ff0}, /* bit 12 goes                        */
};

static void test_dr6_is_made_of_the_payload_by_its_polarity(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(debug_status) / sizeof(debug_status[0]); i++) {
		struct pkvm_host_queued_exception exception = an_exception(1);

		cpu.regs.dr6 = debug_status[i][0];
		exception.payload = debug_status[i][1];
		pkvm_host_deliver_exception_payload(&cpu.state, &exception);
		assert_int_equal(cpu.regs.dr6, debug_status[i][2]);
		assert_false(exception.has_payload);
		assert_int_equal(exception.payload, 0);
	}
}

/* The table of SDM "Interrupt 8—Double Fault Exception (#DF)", by vector. */
enum { BENIGN, CONTRIBUTES, PAGE, DOUBLE };

static const uint8_t class_of[32] = {
	[0] = CONTRIBUTES, [8] = DOUBLE, [10] = CONTRIBUTES, [11] = CONTRIBUTES,
	[12] = CONTRIBUTES, [13] = CONTRIBUTES, [14] = PAGE, [20] = PAGE, [21] = CONTRIBUTES,
};

/* S serial, D double fault, T shutdown; columns by the second. */
static const char outcome[4][5] = {
	[BENIGN]      = "SSSS",
	[CONTRIBUTES] = "SDSS",
	[PAGE]        = "SDDS",
	[DOUBLE]      = "STTT",
};

static void test_second_exceptions_make_double_faults_as_the_sdm_says(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 32u * 32 * 2; i++) {
		const uint32_t first = i % 32, second = i / 32 % 32;
		const char expected = outcome[class_of[first]][class_of[second]];
		const enum pkvm_host_entry entry =
			expected == 'T' ? PKVM_HOST_ENTER_SHUTDOWN : PKVM_HOST_ENTER_INJECT;

		if (first == 2 || second == 2)
			continue;
		subject_reset(&cpu);
		if (i / 1024)
			subject_inject(&cpu, first);
		else
			subject_queue(&cpu, first);
		subject_queue(&cpu, second);
		assert_int_equal(subject_enter(&cpu), entry);
		if (expected != 'T')
			assert_int_equal(cpu.state.exception.vector,
					 expected == 'D' ? 8 : second);
	}
}

static void test_double_fault_has_the_error_code_zero(void **state)
{
	(void)state;
	subject_queue(&cpu, 13);
	subject_queue(&cpu, 13);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_true(cpu.state.exception.has_error_code);
	assert_int_equal(cpu.state.exception.error_code, 0);
	assert_false(cpu.state.exception.has_payload);
}

/* SDM "Interrupt 14—Page-Fault Exception (#PF)": CR2 is written even so. */
static void test_page_fault_that_makes_a_double_fault_writes_cr2(void **state)
{
	struct pkvm_host_queued_exception second = an_exception(14);

	(void)state;
	subject_queue(&cpu, 14);
	second.payload = 0x7000;
	pkvm_host_queue_exception(&cpu.state, &second);
	assert_int_equal(cpu.state.exception.vector, 8);
	assert_int_equal(cpu.regs.cr2, 0x7000);

	subject_reset(&cpu);
	subject_queue(&cpu, 14);
	subject_queue(&cpu, 13);
	assert_int_equal(cpu.state.exception.vector, 8);
	assert_int_equal(cpu.regs.cr2, 0xdead000);
}

static void test_page_fault_that_gave_way_leaves_cr2_alone(void **state)
{
	(void)state;
	subject_queue(&cpu, 14);
	subject_queue(&cpu, 6);
	assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
	assert_int_equal(cpu.regs.cr2, 0x1000);
}

/* Wrong: CR2 says that there was a page fault which the guest never sees. */
static void test_old_delivery_changes_cr2_for_a_page_fault_that_gave_way(void **state)
{
	static const enum pkvm_host_delivery old[] = {
		PKVM_HOST_DELIVER_AT_QUEUE,
		PKVM_HOST_DELIVER_AT_EVENT_SAVE,
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		subject_reset(&cpu);
		cpu.state.delivery = old[i];
		subject_queue(&cpu, 14);
		subject_queue(&cpu, 6);
		assert_int_equal(subject_enter(&cpu), PKVM_HOST_ENTER_INJECT);
		assert_int_equal(cpu.state.exception.vector, 6);
		assert_int_equal(cpu.regs.cr2, 0xdead000);
	}
}

static void test_hypervisor_gets_the_exception_without_its_payload(void **state)
{
	const struct pkvm_regs *call;

	(void)state;
	cpu.state.regs = &fake_page.regs;
	subject_queue(&cpu, 14);
	assert_int_equal(pkvm_host_inject_exceptions(&fake_vcpu, &cpu.state),
			 PKVM_HOST_ENTER_INJECT);
	call = fake_only_call(PKVM_HC_inject_exception);
	assert_int_equal(call->word[0], 14);
	assert_int_equal(call->word[1], 1);
	assert_int_equal(call->word[2], 2);
	assert_int_equal(call->word[3], 0);
	assert_int_equal(call->word[4], 0);
	assert_int_equal(call->word[5], 0);
	assert_int_equal(fake_page.regs.cr2, 0xdead000);
}

static void test_breakpoint_goes_with_the_length_of_its_instruction(void **state)
{
	(void)state;
	subject_queue(&cpu, 3);
	assert_int_equal(pkvm_host_inject_exceptions(&fake_vcpu, &cpu.state),
			 PKVM_HOST_ENTER_INJECT);
	assert_int_equal(fake_only_call(PKVM_HC_inject_exception)->word[5], 1);
}

static void test_no_call_is_made_for_an_exit_to_l1(void **state)
{
	(void)state;
	subject_enter_l2(&cpu, 1u << 14, false);
	subject_queue(&cpu, 14);
	assert_int_equal(pkvm_host_inject_exceptions(&fake_vcpu, &cpu.state),
			 PKVM_HOST_ENTER_L1);
	assert_int_equal(fake.calls, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nothing_waits_at_first, reset),
		cmocka_unit_test_setup(
			test_cr2_changes_when_the_page_fault_is_injected_and_not_before, reset),
		cmocka_unit_test_setup(
			test_dr6_changes_when_the_debug_exception_is_injected_and_not_before,
			reset),
		cmocka_unit_test_setup(test_l2s_registers_change_at_injection_as_well, reset),
		cmocka_unit_test_setup(
			test_what_was_cut_short_goes_again_and_changes_nothing_again, reset),
		cmocka_unit_test_setup(test_leaving_drops_nothing_that_only_waits, reset),
		cmocka_unit_test_setup(test_dr6_is_made_of_the_payload_by_its_polarity, reset),
		cmocka_unit_test_setup(
			test_second_exceptions_make_double_faults_as_the_sdm_says, reset),
		cmocka_unit_test_setup(test_double_fault_has_the_error_code_zero, reset),
		cmocka_unit_test_setup(test_page_fault_that_makes_a_double_fault_writes_cr2,
				       reset),
		cmocka_unit_test_setup(test_page_fault_that_gave_way_leaves_cr2_alone, reset),
		cmocka_unit_test_setup(
			test_old_delivery_changes_cr2_for_a_page_fault_that_gave_way, reset),
		cmocka_unit_test_setup(test_hypervisor_gets_the_exception_without_its_payload,
				       reset),
		cmocka_unit_test_setup(test_breakpoint_goes_with_the_length_of_its_instruction,
				       reset),
		cmocka_unit_test_setup(test_no_call_is_made_for_an_exit_to_l1, reset),
	};

	return cmocka_run_group_tests_name("host exception", tests, NULL, NULL);
}
