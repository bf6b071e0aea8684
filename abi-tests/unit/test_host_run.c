/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The host's run loop: when it stops, when it wakes, what it injects. */
#include "host_run_fixture.h"

static void test_exits_that_end_the_loop_end_it(void **state)
{
	static const struct {
		uint64_t kind;
		enum pkvm_host_stop stop;
	} rows[] = {
		{2, PKVM_HOST_STOP_ENTRY_FAILED}, {17, PKVM_HOST_STOP_WAITING},
		{18, PKVM_HOST_STOP_SHUTDOWN},    {8, PKVM_HOST_STOP_NO_MEMORY},
		{0, PKVM_HOST_STOP_UNHANDLED},    {99, PKVM_HOST_STOP_UNHANDLED},
		{9, PKVM_HOST_STOP_EXITS},        {11, PKVM_HOST_STOP_EXITS},
		{12, PKVM_HOST_STOP_EXITS},       {13, PKVM_HOST_STOP_EXITS},
		{15, PKVM_HOST_STOP_EXITS},       {16, PKVM_HOST_STOP_EXITS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		reset(true);
		assert_int_equal(run_once(&devices, rows[i].kind, 0, 0, 0, 0).stop,
				 rows[i].stop);
		assert_int_equal(fake_vcpu.stats.runs, 1);
	}
}

static void test_physical_interrupts_and_eois_reach_their_owner(void **state)
{
	(void)state;
	reset(true);
	(void)run_once(&devices, 14, 0, 0, 0, 0);
	assert_int_equal(fake.interrupts_taken, 1);
	(void)run_once(&devices, 10, 0x61, 0, 0, 0);
	assert_int_equal(vmm.vector, 0x61);
	reset(false);
	(void)run_once(&devices, 1, 1, 0, 0, 0);
	fake_page.exit.interruption_information = 0x80000202;
	(void)run_once(&devices, 1, 0, 0, 0, 0);
	assert_int_equal(fake.interrupts_taken, 2);
	(void)run_once(&devices, 1, 45, 0x62, 0, 0);
	assert_int_equal(vmm.vector, 0x62);
}

static void test_halted_vcpu_is_not_run_until_something_wakes_it(void **state)
{
	(void)state;
	reset(true);
	fake_host.answer.features = 0x1f;
	fake_page.summary.sequence = 2;
	(void)run_once(&devices, 15, 0, 0, 0, 0);
	assert_int_equal(run_once(&devices, 9, 0, 0, 0, 0).stop, PKVM_HOST_STOP_HALTED);
	assert_int_equal(fake.calls, 0);
	vmm.irq = 0x51;
	assert_int_equal(run_once(&devices, 9, 0, 0, 0, 0).stop, PKVM_HOST_STOP_HALTED);
	fake_page.summary.interrupt_allowed = 1;
	fake.answer[0x509].word[0] = 1;
	assert_int_equal(run_once(&devices, 9, 0, 0, 0, 0).stop, PKVM_HOST_STOP_EXITS);
	assert_int_equal(vmm.acks, 1);
	fake_vcpu.halted = true;
	fake_page.summary.injection_busy = 1;
	assert_int_equal(run_once(&devices, 9, 0, 0, 0, 0).stop, PKVM_HOST_STOP_EXITS);
}

static void test_controller_is_acknowledged_only_on_delivery(void **state)
{
	(void)state;
	reset(false);
	vmm.irq = 0x51;
	(void)run_once(&devices, 1, 52, 0, 0, 0);
	assert_int_equal(fake.call[0].rax, 0x509);
	assert_int_equal(vmm.acks, 0);
	vmm.irq = PKVM_HOST_EXTINT;
	(void)run_once(&devices, 1, 52, 0, 0, 0);
	assert_int_equal(fake.call[0].rax, 0x502);
	assert_int_equal(fake.call[0].word[0], 1);
	assert_int_equal(fake.call[1].rax, 0x504);
	assert_int_equal(vmm.acks, 0);
	fake.answer[0x502].word[0] = 1;
	(void)run_once(&devices, 1, 52, 0, 0, 0);
	assert_int_equal(fake.call[1].rax, 0x508);
	assert_int_equal(fake.call[1].word[0], 0x51);
	assert_int_equal(vmm.acks, 1);
}

static void test_cancelled_event_goes_in_again(void **state)
{
	(void)state;
	reset(false);
	fake.answer[0x50c] = (struct fake_answer){0, {3, 14, 0, 1, 2, 0}};
	pkvm_host_cancel_injection(&fake_vcpu);
	fake.answer[0x50c] = (struct fake_answer){0, {0}};
	pkvm_host_cancel_injection(&fake_vcpu);
	(void)run_once(&devices, 1, 52, 0, 0, 0);
	assert_int_equal(fake.call[0].rax, 0x50b);
	assert_int_equal(fake.call[0].word[0], 14);
	assert_int_equal(fake.call[0].word[2], 2);
	assert_int_equal(fake_vcpu.requeued.kind, 0);
	fake_vcpu.requeued = (struct pkvm_cancelled){1, 0x80, 1, 0, 0, 2};
	(void)run_once(&devices, 1, 52, 0, 0, 0);
	assert_int_equal(fake.call[0].rax, 0x508);
	assert_int_equal(fake.call[0].word[2], 2);
}

static void test_vm_that_dies_on_the_way_stops_the_loop(void **state)
{
	struct pkvm_host_outcome outcome;

	(void)state;
	reset(true);
	fake.answer[0x306].error = -22;
	outcome = run_once(&devices, 6, 0x10, 0, 0, 0);
	assert_int_equal(outcome.stop, PKVM_HOST_STOP_FAILED);
	assert_int_equal(outcome.error, -5);
	fake.calls = 0;
	outcome = pkvm_host_run(&fake_vcpu, &devices, 5);
	assert_int_equal(outcome.error, -5);
	assert_int_equal(fake.calls, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exits_that_end_the_loop_end_it),
		cmocka_unit_test(test_physical_interrupts_and_eois_reach_their_owner),
		cmocka_unit_test(test_halted_vcpu_is_not_run_until_something_wakes_it),
		cmocka_unit_test(test_controller_is_acknowledged_only_on_delivery),
		cmocka_unit_test(test_cancelled_event_goes_in_again),
		cmocka_unit_test(test_vm_that_dies_on_the_way_stops_the_loop),
	};

	return cmocka_run_group_tests_name("host run", tests, NULL, NULL);
}
