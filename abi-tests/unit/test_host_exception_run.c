/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The run loop with the reference of exceptions: what the host raises waits there,
 * goes in at the next entry, and comes back when an exit cut it short.
 */
#include "host_run_fixture.h"
#include "host/exception_vcpu.h"

static struct pkvm_host_exceptions queued;

static void begin(bool protected_vm)
{
	reset(protected_vm);
	pkvm_host_add_exceptions(&fake_vcpu, &queued);
	fake_page.regs.dr6 = 0xffff0ff0;
	fake_page.regs.cr2 = 0x1000;
}

static unsigned int calls_of(uint64_t number)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < fake.calls; i++)
		n += fake.call[i].rax == number;
	return n;
}

static void page_fault(uint64_t address)
{
	const struct pkvm_exception in = {.vector = 14, .has_error_code = 1, .error_code = 2,
					  .has_payload = 1, .payload = address};

	pkvm_host_raise_exception(&fake_vcpu, &in);
}

/* WBINVD, which the host skips, with RFLAGS.TF set: no call until the next entry. */
static void test_single_step_waits_for_the_entry_that_injects_it(void **state)
{
	(void)state;
	begin(false);
	fake_page.regs.rflags = 0x102;
	fake.answer[0x40c].word[0] = 0x102;
	(void)run_once(&devices, 1, 54, 0, 0, 2);
	assert_int_equal(calls_of(0x50b), 0);
	assert_true(queued.exception.pending);
	assert_int_equal(queued.exception.payload, 0x4000);
	assert_int_equal(fake_page.regs.dr6, 0xffff0ff0);
	(void)run_once(&devices, 1, 1, 0, 0, 0);
	assert_int_equal(fake.call[0].rax, 0x50b);
	assert_int_equal(fake.call[0].word[0], 1);
	assert_int_equal(fake.call[0].word[3], 0);
	assert_int_equal(fake_page.regs.dr6, 0xffff4ff0);
	assert_false(queued.exception.injected);
}

static void test_refused_instructions_and_msrs_are_queued(void **state)
{
	(void)state;
	begin(false);
	(void)run_once(&devices, 1, 39, 0, 0, 3);
	assert_int_equal(queued.exception.vector, 6);
	begin(false);
	(void)run_once(&devices, 1, 15, 0, 0, 2);
	assert_int_equal(queued.exception.vector, 13);
	begin(false);
	fake.answer[0x410].error = -22;
	(void)run_once(&devices, 1, 31, 0, 0, 2);
	assert_int_equal(queued.exception.vector, 13);
	assert_int_equal(calls_of(0x50b), 0);
}

static void test_page_fault_has_its_address_in_the_entry_that_injects_it(void **state)
{
	(void)state;
	begin(false);
	page_fault(0x5000);
	assert_int_equal(fake_page.regs.cr2, 0x1000);
	(void)run_once(&devices, 1, 1, 0, 0, 0);
	assert_int_equal(fake.call[0].rax, 0x50b);
	assert_int_equal(fake.call[0].word[0], 14);
	assert_int_equal(fake.call[0].word[2], 2);
	assert_int_equal(fake_page.regs.cr2, 0x5000);
}

/* The hypervisor holds it, says the register block; the host takes it back. */
static void test_exception_that_was_cut_short_is_taken_back_and_injected_again(void **state)
{
	(void)state;
	begin(false);
	page_fault(0x5000);
	fake_page.regs.exception = 2;
	fake.answer[0x50c] = (struct fake_answer){0, {3, 14, 0, 1, 2, 0}};
	(void)run_once(&devices, 1, 1, 0, 0, 0);
	assert_int_equal(fake.call[2].rax, 0x50c);
	assert_true(queued.exception.injected);
	assert_int_equal(queued.exception.error_code, 2);
	assert_int_equal(fake_vcpu.requeued.kind, 0);
	fake_page.regs.exception = 0;
	(void)run_once(&devices, 1, 1, 0, 0, 0);
	assert_int_equal(fake.call[0].rax, 0x50b);
	assert_int_equal(fake_page.regs.cr2, 0x5000);
	assert_false(queued.exception.injected);
}

/* Nothing was entered, so that the block is that of before. */
static void test_exception_of_a_run_that_entered_nothing_is_taken_back(void **state)
{
	(void)state;
	begin(false);
	page_fault(0x5000);
	fake.answer[0x50c] = (struct fake_answer){0, {3, 14, 0, 1, 2, 0}};
	(void)run_once(&devices, 3, 1, 0, 0, 0);
	assert_true(queued.exception.injected);
	assert_int_equal(calls_of(0x50c), 1);
}

/* An interrupt that waits for its window keeps its place meanwhile. */
static void test_interrupt_taken_back_before_is_not_lost(void **state)
{
	(void)state;
	begin(false);
	fake_vcpu.requeued = (struct pkvm_cancelled){.kind = 1, .vector = 0x51};
	page_fault(0x5000);
	fake_page.regs.exception = 2;
	fake.answer[0x50c] = (struct fake_answer){0, {3, 14, 0, 1, 2, 0}};
	(void)run_once(&devices, 1, 1, 0, 0, 0);
	assert_int_equal(fake_vcpu.requeued.kind, 1);
	assert_int_equal(fake_vcpu.requeued.vector, 0x51);
	assert_true(queued.exception.injected);
}

static void exception_exit(uint64_t info, uint64_t qualification, uint64_t length)
{
	fake_page.exit.interruption_information = info;
	(void)run_once(&devices, 1, 0, qualification, 0, length);
}

static void test_exception_that_exits_is_queued_with_what_the_exit_tells(void **state)
{
	(void)state;
	begin(false);
	exception_exit(0x80000301, 0x4001, 0);
	assert_int_equal(queued.exception.payload, 0x4001);
	begin(false);
	exception_exit(0x80000603, 0, 1);
	assert_int_equal(queued.exception.vector, 3);
	assert_int_equal(queued.exception.length, 1);
	begin(false);
	fake_page.regs.rip = 0x100;
	exception_exit(0x80000501, 0, 1);
	assert_int_equal(queued.exception.vector, 1);
	assert_int_equal(fake_page.regs.rip, 0x101);
}

static void test_exception_for_a_debugger_ends_the_loop(void **state)
{
	(void)state;
	begin(false);
	fake_vcpu.guest_debug = 0x20001;
	fake_page.exit.interruption_information = 0x80000301;
	assert_int_equal(run_once(&devices, 1, 0, 0x4000, 0, 0).stop, PKVM_HOST_STOP_UNHANDLED);
	assert_false(queued.exception.pending);
}

static void test_waiting_exception_wakes_a_halted_vcpu(void **state)
{
	(void)state;
	begin(false);
	fake_vcpu.halted = true;
	assert_int_equal(pkvm_host_run(&fake_vcpu, &devices, 1).stop, PKVM_HOST_STOP_HALTED);
	page_fault(0x5000);
	(void)run_once(&devices, 1, 1, 0, 0, 0);
	assert_false(fake_vcpu.halted);
}

static void test_third_fault_in_a_row_shuts_down_without_an_entry(void **state)
{
	(void)state;
	begin(false);
	queued.triple_fault = true;
	assert_int_equal(pkvm_host_run(&fake_vcpu, &devices, 1).stop,
			 PKVM_HOST_STOP_SHUTDOWN);
	assert_int_equal(fake.calls, 0);
}

static void test_nothing_is_queued_or_restored_for_a_pvm(void **state)
{
	const struct pkvm_host_vcpu_events events = {.injected = true, .vector = 13};

	(void)state;
	begin(true);
	page_fault(0x5000);
	assert_int_equal(pkvm_host_restore_events(&fake_vcpu, &events), 0);
	assert_false(pkvm_host_exception_waits(&fake_vcpu));
	(void)run_once(&devices, 14, 0, 0, 0, 0);
	assert_int_equal(fake_only_call(0x305)->word[0], 0x99);
}

static void test_reset_forgets_what_waits_and_leaves_l2(void **state)
{
	(void)state;
	begin(false);
	page_fault(0x5000);
	queued.nested.guest_mode = true;
	pkvm_host_vcpu_reset(&fake_vcpu, true);
	assert_false(pkvm_host_exception_waits(&fake_vcpu));
	assert_false(queued.nested.guest_mode);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single_step_waits_for_the_entry_that_injects_it),
		cmocka_unit_test(test_refused_instructions_and_msrs_are_queued),
		cmocka_unit_test(test_page_fault_has_its_address_in_the_entry_that_injects_it),
		cmocka_unit_test(
			test_exception_that_was_cut_short_is_taken_back_and_injected_again),
		cmocka_unit_test(test_exception_of_a_run_that_entered_nothing_is_taken_back),
		cmocka_unit_test(test_interrupt_taken_back_before_is_not_lost),
		cmocka_unit_test(test_exception_that_exits_is_queued_with_what_the_exit_tells),
		cmocka_unit_test(test_exception_for_a_debugger_ends_the_loop),
		cmocka_unit_test(test_waiting_exception_wakes_a_halted_vcpu),
		cmocka_unit_test(test_third_fault_in_a_row_shuts_down_without_an_entry),
		cmocka_unit_test(test_nothing_is_queued_or_restored_for_a_pvm),
		cmocka_unit_test(test_reset_forgets_what_waits_and_leaves_l2),
	};

	return cmocka_run_group_tests_name("host exception run", tests, NULL, NULL);
}
