/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the host's run loop does about the exits of both kinds of VM. */
#include "host_run_fixture.h"

static void test_reasons_of_an_npvm_that_nobody_handles_end_the_loop(void **state)
{
	/* task switch, INS, exception, MOV DR, EPT misconfiguration, RSM */
	static const uint64_t rows[][2] = {{9, 0},  {30, 3 << 3}, {0, 0},
					  {29, 0}, {49, 0},      {17, 0}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		reset(false);
		fake_page.exit.interruption_information = 0x80000301;
		assert_int_equal(run_once(&devices, 1, rows[i][0], rows[i][1], 0, 2).stop,
				 PKVM_HOST_STOP_UNHANDLED);
		assert_int_equal(fake_vcpu.stats.vmx_exits[rows[i][0]], 1);
		assert_int_equal(fake.calls, 1);
	}
}

static void test_in_of_a_pvm_is_answered_at_its_width_in_the_reply_block(void **state)
{
	static const uint64_t values[] = {0x44, 0x3344, 0x11223344};

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		reset(true);
		assert_int_equal(run_once(&devices, 5, 0x60, 1u << i, 0, 0).stop,
				 PKVM_HOST_STOP_EXITS);
		assert_int_equal(fake_page.reply.valid, 1);
		assert_int_equal(fake_page.reply.word[0], values[i]);
		assert_int_equal(vmm.size, 1u << i);
	}
	reset(true);
	(void)run_once(&no_devices, 5, 0x60, 2, 0, 0);
	assert_int_equal(fake_page.reply.word[0], 0xffff);
}

static void test_in_of_an_npvm_keeps_or_clears_the_rest_of_rax(void **state)
{
	static const uint64_t values[] = {0xffffffffffffff44, 0xffffffffffff3344, 0x11223344};

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		reset(false);
		fake_page.regs.gpr[0] = ~0ull;
		fake_page.regs.rip = 0x100;
		(void)run_once(&devices, 1, 30, 0x600008 | ((1u << i) - 1), 0, 2);
		assert_int_equal(fake_page.regs.gpr[0], values[i]);
		assert_int_equal(fake_page.regs.rip, 0x102);
		assert_int_equal(vmm.address, 0x60);
		assert_int_equal(fake.call[1].rax, 0x40c);
		assert_int_equal(fake.call[2].rax, 0x500);
		assert_int_equal(fake.call[2].word[0], 0);
	}
}

static void test_skipped_instruction_traps_under_single_step(void **state)
{
	(void)state;
	reset(false);
	fake.answer[0x40c].word[0] = 0x102;
	fake_page.regs.rip = 0xffffffff;
	(void)run_once(&devices, 1, 54, 0, 0, 2);
	assert_int_equal(fake_page.regs.rip, 1);
	assert_int_equal(fake.call[3].rax, 0x50b);
	assert_int_equal(fake.call[3].word[0], 1);
	assert_int_equal(fake.call[3].word[4], 0x4000);
}

/* As the exit of an instruction that the guest executed: #DB, BS, behind it. */
static void test_a_debugger_gets_the_step_over_a_skipped_instruction(void **state)
{
	struct pkvm_host_outcome outcome;

	(void)state;
	reset(false);
	fake.answer[0x40c].word[0] = 0x102;
	fake_vcpu.guest_debug = 3; /* ENABLE, SINGLESTEP */
	fake_page.regs.rip = 0x100;
	outcome = run_once(&devices, 1, 54, 0, 0, 2);
	assert_int_equal(outcome.stop, PKVM_HOST_STOP_UNHANDLED);
	assert_int_equal(outcome.exit.kind, 1);
	assert_int_equal(outcome.exit.word0, 0);
	assert_int_equal(outcome.exit.word1, 0x4000);
	assert_int_equal(fake_page.exit.interruption_information, 0x80000301);
	assert_int_equal(fake_page.regs.rip, 0x102);
	for (unsigned int i = 0; i < fake.calls; i++)
		assert_int_not_equal(fake.call[i].rax, 0x50b);
	/* It is told once. */
	fake.answer[0x40c].word[0] = 2;
	assert_int_equal(run_once(&devices, 1, 54, 0, 0, 2).stop, PKVM_HOST_STOP_EXITS);
}

/* MOV DR under a debugger's single step; the VMM carries it out. */
static void skip_as_a_vmm(void)
{
	reset(false);
	fake.answer[0x40c].word[0] = 0x102;
	fake_vcpu.guest_debug = 3; /* ENABLE, SINGLESTEP */
	assert_int_equal(run_once(&devices, 1, 29, 0, 0, 3).stop, PKVM_HOST_STOP_UNHANDLED);
	pkvm_host_skip_emulated_instruction(&fake_vcpu, 3);
}

static void test_step_over_what_a_vmm_skips_is_told_before_the_next_instruction(void **state)
{
	struct pkvm_host_outcome outcome;

	(void)state;
	skip_as_a_vmm();
	outcome = run_once(&devices, 1, 54, 0, 0, 2);
	assert_int_equal(outcome.stop, PKVM_HOST_STOP_UNHANDLED);
	assert_int_equal(outcome.exit.kind, 1);
	assert_int_equal(outcome.exit.word0, 0);
	assert_int_equal(outcome.exit.word1, 0x4000);
	assert_int_equal(fake_page.regs.rip, 3);
	assert_int_equal(fake.nr_runs, 1);
	/* The next one is stepped over as well. */
	outcome = run_once(&devices, 1, 54, 0, 0, 2);
	assert_int_equal(outcome.stop, PKVM_HOST_STOP_UNHANDLED);
	assert_int_equal(fake_page.regs.rip, 5);
	assert_int_equal(fake.nr_runs, 0);
}

static void test_step_is_forgotten_with_the_debugger_and_by_a_reset(void **state)
{
	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		skip_as_a_vmm();
		fake.answer[0x40c].word[0] = 2;
		if (i == 2)
			pkvm_host_vcpu_reset(&fake_vcpu, true);
		else
			fake_vcpu.guest_debug = i; /* or ENABLE alone */
		pkvm_host_update_exception_bitmap(&fake_vcpu);
		assert_int_equal(run_once(&devices, 1, 54, 0, 0, 2).stop, PKVM_HOST_STOP_EXITS);
	}
}

static void test_debuggers_step_over_hlt_finds_the_vcpu_active(void **state)
{
	(void)state;
	reset(false);
	fake.answer[0x40c].word[0] = 0x102;
	fake_vcpu.guest_debug = 3;
	assert_int_equal(run_once(&devices, 1, 12, 0, 0, 1).exit.word1, 0x4000);
	assert_false(fake_vcpu.halted);
	fake.answer[0x40c].word[0] = 2;
	assert_int_equal(run_once(&devices, 1, 54, 0, 0, 2).stop, PKVM_HOST_STOP_EXITS);
}

static void test_pvm_msr_exits_are_answered_by_a_call(void **state)
{
	(void)state;
	reset(true);
	fake.tsc = 0x123456789;
	(void)run_once(&devices, 6, 0x10, 0, 0, 0);
	assert_int_equal(fake.call[1].rax, 0x306);
	assert_int_equal(fake.call[1].word[0], 0);
	assert_int_equal(fake.call[1].word[1], 0x23456789);
	assert_int_equal(fake.call[1].word[2], 1);
	(void)run_once(&devices, 6, 0x6e0, 0, 0, 0);
	assert_int_equal(fake.calls, 2);
	assert_int_equal(fake.call[1].word[0], 1);
	(void)run_once(&devices, 7, 0x10b, 1, 0, 0);
	assert_int_equal(fake.calls, 2);
	assert_int_equal(fake.call[1].word[0], 1);
}

static void test_npvm_msr_exits_go_to_the_hypervisor_or_become_gp(void **state)
{
	(void)state;
	reset(false);
	fake_page.regs.gpr[1] = 0x174;
	fake.answer[0x410].word[0] = 0x1122334455667788;
	(void)run_once(&devices, 1, 31, 0, 0, 2);
	assert_int_equal(fake.call[1].rax, 0x410);
	assert_int_equal(fake_page.regs.gpr[0], 0x55667788);
	assert_int_equal(fake_page.regs.gpr[2], 0x11223344);
	fake.answer[0x40f].error = -22;
	(void)run_once(&devices, 1, 32, 0, 0, 2);
	assert_int_equal(fake.call[1].word[1], 0x1122334455667788);
	assert_int_equal(fake.call[2].rax, 0x50b);
	assert_int_equal(fake.call[2].word[0], 13);
	assert_int_equal(fake.call[2].word[1], 1);
	assert_int_equal(fake_page.regs.rip, 2);
}

/* SDM "Initializing IA-32e Mode": LME is written while paging is off. */
static void test_npvm_cannot_change_efer_lme_while_paging_is_on(void **state)
{
	static const struct {
		uint64_t cr0, efer, value;
		bool faults;
	} rows[] = {
		{0x80000031, 0x500, 0x000, true},  {0x80000031, 0x000, 0x100, true},
		{0x80000031, 0x500, 0xd00, false}, {0x80000031, 0x500, 0x900, false},
		{0x00000031, 0x100, 0x000, false}, {0x00000031, 0x000, 0x100, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		reset(false);
		fake_page.regs.cr0 = rows[i].cr0;
		fake_page.regs.efer = rows[i].efer;
		fake_page.regs.gpr[0] = rows[i].value;
		fake_page.regs.gpr[1] = 0xc0000080;
		(void)run_once(&devices, 1, 32, 0, 0, 2);
		assert_int_equal(fake.call[1].rax, rows[i].faults ? 0x50b : 0x40f);
		assert_int_equal(fake.call[1].word[0], rows[i].faults ? 13 : 0xc0000080);
		assert_int_equal(fake_page.regs.rip, rows[i].faults ? 0 : 2);
	}
}

static void test_guest_calls_are_answered_in_the_reply_block(void **state)
{
	(void)state;
	reset(true);
	(void)run_once(&devices, 19, 0x10003, 0xfee00030, 4, 0);
	assert_int_equal(vmm.address, 0xfee00030);
	assert_int_equal(fake_page.reply.word[0], 0xabcd);
	assert_int_equal(fake_page.reply.status, 0);
	vmm.status = -14;
	(void)run_once(&devices, 19, 0x10004, 0xd0000000, 8, 0x77);
	assert_int_equal(vmm.value, 0x77);
	assert_int_equal(fake_page.reply.status, (uint64_t)-14);
	/* A status that the ABI does not have would stop the guest. */
	vmm.status = -1000;
	(void)run_once(&devices, 19, 0x10003, 0, 4, 0);
	assert_int_equal(fake_page.reply.status, (uint64_t)-22);
	assert_int_equal(fake_page.reply.word[0], 0);
	(void)run_once(&no_devices, 19, 0x10003, 0, 4, 0);
	assert_int_equal(fake_page.reply.status, (uint64_t)-22);
	(void)run_once(&devices, 19, 0x1f000, 0, 0, 0);
	assert_int_equal(fake_page.reply.status, (uint64_t)-38);
}

static void test_start_cpu_hides_the_secondary_and_tells_the_vmm(void **state)
{
	struct pkvm_host_vcpu other = {.vm = &fake_vm, .id = 2};

	(void)state;
	reset(true);
	fake_vcpu.next = &other;
	(void)run_once(&devices, 19, 0x10005, 2, 0, 0);
	assert_true(other.guest_state_protected);
	assert_int_equal(vmm.started, 2);
	assert_int_equal(fake_page.reply.valid, 0);
}

static void test_fault_is_backed_and_mapped_after_a_topup(void **state)
{
	static const struct fake_answer runs[] = {{0, {8, 0x3000}}, {0, {8, 0x3000}}};

	(void)state;
	reset(true);
	assert_int_equal(pkvm_host_memory_add(&fake_vm, 0, 0x4000), 0);
	fake.answer[0x800].error = -11;
	fake.runs = runs;
	fake.nr_runs = 1;
	assert_int_equal(pkvm_host_run(&fake_vcpu, &devices, 1).error, -11);
	assert_int_equal(fake.call[1].rax, 0x800);
	assert_int_equal(fake.call[2].rax, 0x204);
	assert_int_equal(fake.call[3].rax, 0x800);
	assert_int_equal(fake.call[3].word[0], 0x3000);
	assert_int_equal(fake.call[3].word[2], 4096);
	assert_int_equal(fake.call[3].word[3], 1);
	assert_int_equal(fake.calls, 4);
	fake.answer[0x800].error = 0;
	fake.nr_runs = 1;
	assert_int_equal(pkvm_host_run(&fake_vcpu, &devices, 1).stop, PKVM_HOST_STOP_EXITS);
	assert_int_equal(fake.calls, 6);
}

static void test_need_pages_donates_as_many(void **state)
{
	(void)state;
	reset(true);
	assert_int_equal(run_once(&devices, 3, 5, 0, 0, 0).stop, PKVM_HOST_STOP_EXITS);
	assert_int_equal(fake.call[1].rax, 0x204);
	assert_int_equal(fake.call[1].word[2], 5 * 4096);
	fake.allocations_left = 0;
	assert_int_equal(run_once(&devices, 3, 5, 0, 0, 0).error, -12);
}

static void test_hypercall_of_an_npvm_gets_kvms_answer(void **state)
{
	(void)state;
	reset(false);
	fake_page.regs.efer = 0x500;
	fake_page.regs.cr0 = 0x80000011;
	fake.answer[0x401].word[2] = 0x2000;
	(void)run_once(&devices, 1, 18, 0, 0, 3);
	assert_int_equal(fake_page.regs.gpr[0], (uint64_t)-1000);
	fake.answer[0x401].word[2] = 0x60;
	(void)run_once(&devices, 1, 18, 0, 0, 3);
	assert_int_equal(fake_page.regs.gpr[0], 0xffffffff);
	assert_int_equal(fake_page.regs.rip, 6);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reasons_of_an_npvm_that_nobody_handles_end_the_loop),
		cmocka_unit_test(test_in_of_a_pvm_is_answered_at_its_width_in_the_reply_block),
		cmocka_unit_test(test_in_of_an_npvm_keeps_or_clears_the_rest_of_rax),
		cmocka_unit_test(test_skipped_instruction_traps_under_single_step),
		cmocka_unit_test(test_a_debugger_gets_the_step_over_a_skipped_instruction),
		cmocka_unit_test(
			test_step_over_what_a_vmm_skips_is_told_before_the_next_instruction),
		cmocka_unit_test(test_step_is_forgotten_with_the_debugger_and_by_a_reset),
		cmocka_unit_test(test_debuggers_step_over_hlt_finds_the_vcpu_active),
		cmocka_unit_test(test_pvm_msr_exits_are_answered_by_a_call),
		cmocka_unit_test(test_npvm_msr_exits_go_to_the_hypervisor_or_become_gp),
		cmocka_unit_test(test_npvm_cannot_change_efer_lme_while_paging_is_on),
		cmocka_unit_test(test_guest_calls_are_answered_in_the_reply_block),
		cmocka_unit_test(test_start_cpu_hides_the_secondary_and_tells_the_vmm),
		cmocka_unit_test(test_fault_is_backed_and_mapped_after_a_topup),
		cmocka_unit_test(test_need_pages_donates_as_many),
		cmocka_unit_test(test_hypercall_of_an_npvm_gets_kvms_answer),
	};

	return cmocka_run_group_tests_name("host exit", tests, NULL, NULL);
}
