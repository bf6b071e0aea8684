/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What becomes of a call's status in the host: refusals that it expects, the
 * guest that was faster, a dead VM; the if_flag that needs no call.
 */
#include <pthread.h>
#include <unistd.h>
#include "host_fixture.h"
#include "host/tsc.h"

#define SET_MSR 0x40f

static void test_refusal_of_xss_at_reset_is_expected_and_returned(void **state)
{
	(void)state;
	fake_reset(true);
	fake.answer[SET_MSR] = (struct fake_answer){-1, {1}};
	assert_int_equal(pkvm_host_set_msr(&fake_vcpu, 0xda0, 0), -1);
	assert_int_equal(fake_vcpu.stats.calls, 1);
	assert_int_equal(fake_vcpu.stats.refused, 1);
	assert_int_equal(fake_vm.dead, 0);
	assert_false(fake_vcpu.guest_state_protected);
}

static void test_refusal_of_another_msr_is_returned_but_not_expected(void **state)
{
	(void)state;
	fake_reset(true);
	fake.answer[SET_MSR] = (struct fake_answer){-1, {1}};
	assert_int_equal(pkvm_host_set_msr(&fake_vcpu, 0x10b, 1), -1);
	assert_int_equal(fake_vcpu.stats.refused, 0);
}

static void test_what_the_processor_lacks_kills_no_vm(void **state)
{
	(void)state;
	fake_reset(false);
	for (unsigned int number = 0x602; number <= 0x703; number++)
		fake.answer[number].error = -95;
	pkvm_host_refresh_apicv_exec_ctrl(&fake_vcpu);
	pkvm_host_hwapic_isr_update(&fake_vcpu, 0x40);
	assert_int_equal(pkvm_host_sync_pir_to_irr(&fake_vcpu), -1);
	assert_false(pkvm_host_protected_apic_has_interrupt(&fake_vcpu));
	pkvm_host_write_tsc_multiplier(&fake_vcpu, 1ull << 49);
	assert_int_equal(fake_vcpu.tsc.multiplier, 1ull << 48);
	assert_int_equal(fake_vcpu.stats.refused, 5);
	assert_int_equal(fake_vm.dead, 0);
	pkvm_host_load_eoi_exitmap(&fake_vcpu, (uint64_t[4]){0});
	assert_int_equal(fake_vm.dead, 1);
}

/* The policy refuses without a word: the guest's start_cpu came first. */
static void test_policy_refusal_on_a_pvm_teaches_that_its_guest_has_started(void **state)
{
	struct pkvm_descriptor_table gdt = {5, 5};

	(void)state;
	fake_reset(true);
	fake.answer[0x405] = (struct fake_answer){-1, {0}};
	pkvm_host_get_gdt(&fake_vcpu, &gdt);
	assert_int_equal(gdt.base, 0);
	assert_true(fake_vcpu.guest_state_protected);
	assert_int_equal(fake_vcpu.stats.refused, 1);
	assert_int_equal(fake_vm.dead, 0);
	pkvm_host_get_gdt(&fake_vcpu, &gdt);
	assert_int_equal(fake.calls, 1);
}

static void test_policy_refusal_on_an_npvm_is_a_bug(void **state)
{
	struct pkvm_descriptor_table gdt;

	(void)state;
	fake_reset(false);
	fake.answer[0x405] = (struct fake_answer){-1, {0}};
	pkvm_host_get_gdt(&fake_vcpu, &gdt);
	assert_int_equal(fake_vm.dead, 1);
	assert_false(fake_vcpu.guest_state_protected);
}

static void test_dead_vm_is_reported_once_and_runs_no_more(void **state)
{
	struct pkvm_run_exit exit = {.kind = 9};

	(void)state;
	fake_reset(false);
	fake.answer[0x50a].error = -16;
	pkvm_host_inject_nmi(&fake_vcpu);
	pkvm_host_inject_nmi(&fake_vcpu);
	assert_int_equal(fake.lines, 1);
	assert_int_equal(pkvm_host_vcpu_run(&fake_vcpu, &exit), -5);
	assert_int_equal(exit.kind, 0);
	assert_int_equal(fake.calls, 2);
}

static void test_refused_page_table_pointers_keep_the_vcpu_from_running(void **state)
{
	const struct pkvm_mmu_pgd pgd = {.valid = 1, .cr3 = ~0ull};
	struct pkvm_run_exit exit;

	(void)state;
	fake_reset(false);
	fake.answer[0x411] = (struct fake_answer){-22, {2}};
	pkvm_host_load_mmu_pgd(&fake_vcpu, &pgd);
	assert_int_equal(fake_vcpu.regs.avail, 0);
	assert_int_equal(pkvm_host_vcpu_run(&fake_vcpu, &exit), -5);
	assert_int_equal(fake.calls, 1);
}

static void test_if_flag_comes_from_the_summary_for_both_kinds(void **state)
{
	(void)state;
	for (unsigned int kind = 0; kind < 2; kind++) {
		fake_reset(kind);
		fake_vcpu.guest_state_protected = kind;
		fake_host.answer.features = 0x1f;
		fake_page.summary.sequence = 4;
		fake_page.summary.if_flag = 1;
		fake_page.summary.interrupt_allowed = 1;
		assert_true(pkvm_host_get_if_flag(&fake_vcpu));
		fake_page.summary.if_flag = 0;
		fake_page.summary.interrupt_allowed = 0;
		assert_false(pkvm_host_get_if_flag(&fake_vcpu));
		assert_int_equal(fake.calls, 0);
	}
}

static void test_if_flag_is_asked_for_where_there_is_no_summary(void **state)
{
	(void)state;
	fake_reset(false);
	fake.answer[0x40c].word[0] = 0x202;
	assert_true(pkvm_host_get_if_flag(&fake_vcpu));
	assert_int_equal(fake_only_call(0x40c)->rax, 0x40c);
	fake_reset(true);
	fake.answer[0x502].word[0] = 1;
	assert_true(pkvm_host_get_if_flag(&fake_vcpu));
	assert_int_equal(fake_only_call(0x502)->word[0], 0);
}

static void *publish(void *unused)
{
	(void)unused;
	usleep(20000);
	__atomic_store_n(&fake_page.summary.interrupt_allowed, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&fake_page.summary.sequence, 2, __ATOMIC_RELEASE);
	return NULL;
}

static void test_summary_that_is_being_written_is_waited_for(void **state)
{
	pthread_t thread;

	(void)state;
	fake_reset(true);
	fake_host.answer.features = 0x1f;
	fake_page.summary.sequence = 1;
	fake_page.summary.interrupt_allowed = 1;
	assert_int_equal(pthread_create(&thread, NULL, publish, NULL), 0);
	assert_false(pkvm_host_get_if_flag(&fake_vcpu));
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_vcpu_is_hidden_from_its_first_exit_on_unless_it_waits(void **state)
{
	struct pkvm_run_exit exit;

	(void)state;
	fake_reset(true);
	fake.answer[0x305].word[0] = 17;
	assert_int_equal(pkvm_host_vcpu_run(&fake_vcpu, &exit), 0);
	assert_false(fake_vcpu.guest_state_protected);
	fake.answer[0x305].error = -1;
	assert_int_equal(pkvm_host_vcpu_run(&fake_vcpu, &exit), -1);
	assert_false(fake_vcpu.guest_state_protected);
	fake.answer[0x305] = (struct fake_answer){0, {2}};
	assert_int_equal(pkvm_host_vcpu_run(&fake_vcpu, &exit), 0);
	assert_true(fake_vcpu.guest_state_protected);
	assert_int_equal(fake_vcpu.stats.runs, 2);
	assert_int_equal(fake_vcpu.stats.exits[2], 1);
	fake_reset(false);
	assert_int_equal(pkvm_host_vcpu_run(&fake_vcpu, &exit), 0);
	assert_false(fake_vcpu.guest_state_protected);
}

/* A value and its offset follow the TSC that the guest would read. */
static void test_tsc_is_scaled_and_offset_by_the_host_alone(void **state)
{
	uint64_t value;

	(void)state;
	fake_reset(true);
	fake_vcpu.guest_state_protected = true;
	fake.tsc = 1000;
	fake_vcpu.tsc.multiplier = 3ull << 47;
	assert_int_equal(pkvm_host_set_msr(&fake_vcpu, 0x10, 2000), 0);
	assert_int_equal(fake_only_call(0x702)->word[0], 500);
	assert_int_equal(pkvm_host_get_msr(&fake_vcpu, 0x10, &value), 0);
	assert_int_equal(value, 2000);
	fake.tsc = 1ull << 60;
	assert_int_equal(pkvm_host_get_msr(&fake_vcpu, 0x10, &value), 0);
	assert_int_equal(value, (3ull << 59) + 500);
}

static void test_tsc_and_tsc_adjust_move_together_when_the_guest_writes_them(void **state)
{
	(void)state;
	fake_reset(true);
	fake.tsc = 1000;
	pkvm_host_guest_write_tsc(&fake_vcpu, 1300);
	assert_int_equal(fake_vcpu.tsc.adjust, 300);
	assert_int_equal(fake_vcpu.tsc.offset, 300);
	pkvm_host_guest_write_tsc_adjust(&fake_vcpu, 100);
	assert_int_equal(fake_vcpu.tsc.adjust, 100);
	assert_int_equal(fake_vcpu.tsc.offset, 100);
	assert_int_equal(pkvm_host_read_tsc(&fake_vcpu), 1100);
	pkvm_host_write_tsc(&fake_vcpu, 5000);
	assert_int_equal(fake_vcpu.tsc.adjust, 100);
}

static void test_there_is_no_system_management_mode(void **state)
{
	(void)state;
	fake_reset(false);
	assert_int_equal(pkvm_host_smi_allowed(&fake_vcpu, true), 0);
	assert_int_equal(pkvm_host_enter_smm(&fake_vcpu), -95);
	assert_false(pkvm_host_has_emulated_msr(&fake_vm, 0x9e));
	assert_true(pkvm_host_has_emulated_msr(&fake_vm, 0x10));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refusal_of_xss_at_reset_is_expected_and_returned),
		cmocka_unit_test(test_refusal_of_another_msr_is_returned_but_not_expected),
		cmocka_unit_test(test_what_the_processor_lacks_kills_no_vm),
		cmocka_unit_test(
			test_policy_refusal_on_a_pvm_teaches_that_its_guest_has_started),
		cmocka_unit_test(test_policy_refusal_on_an_npvm_is_a_bug),
		cmocka_unit_test(test_dead_vm_is_reported_once_and_runs_no_more),
		cmocka_unit_test(test_refused_page_table_pointers_keep_the_vcpu_from_running),
		cmocka_unit_test(test_if_flag_comes_from_the_summary_for_both_kinds),
		cmocka_unit_test(test_if_flag_is_asked_for_where_there_is_no_summary),
		cmocka_unit_test(test_summary_that_is_being_written_is_waited_for),
		cmocka_unit_test(test_vcpu_is_hidden_from_its_first_exit_on_unless_it_waits),
		cmocka_unit_test(test_tsc_is_scaled_and_offset_by_the_host_alone),
		cmocka_unit_test(
			test_tsc_and_tsc_adjust_move_together_when_the_guest_writes_them),
		cmocka_unit_test(test_there_is_no_system_management_mode),
	};

	return cmocka_run_group_tests_name("host result", tests, NULL, NULL);
}
