/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of a debugger in an npVM's host: which #DB is its own, and as what it comes. */
#include "run_fixture.h"

#define RAX 0

#define ENABLE     0x1u
#define SINGLESTEP 0x2u
#define USE_SW_BP  0x10000u
#define USE_HW_BP  0x20000u

/* NOP, and CPUID that the hypervisor carries out, with RFLAGS.TF set. */
static void begin(struct guest *g, uint64_t flags)
{
	guest_begin(g, PKVM_VM_NPVM);
	OP(g, "nop");
	OP(g, "cpuid");
	OP(g, "nop");
	OP(g, "hlt");
	guest_ready(g);
	world_page(&g->vcpu)->regs.dr6 = 0xffff0ff0;
	assert_int_equal(pkvm_hc_set_rflags(&(struct pkvm_value){0x102}).error, 0);
	assert_int_equal(
		pkvm_hc_update_exception_bitmap(&(struct pkvm_guest_debug){flags}).error, 0);
}

/* The debugger's #DB: BS of the qualification, a hardware exception of vector 1. */
static void run_step(struct guest *g, uint64_t rip)
{
	const struct pkvm_page_exit *exit = &world_page(&g->vcpu)->exit;
	const struct pkvm_page_regs *regs = &world_page(&g->vcpu)->regs;

	guest_run(g, PKVM_EXIT_VMX);
	assert_int_equal(g->exit.word0, 0);
	assert_int_equal(g->exit.word1, 0x4000);
	assert_int_equal(g->exit.word2, 0);
	assert_int_equal(exit->interruption_information, 0x80000301);
	assert_int_equal(exit->interruption_error, 0);
	assert_int_equal(exit->vectoring_information, 0);
	assert_int_equal(regs->rip, rip);
	assert_int_equal(regs->dr6, 0xffff0ff0);
	assert_int_equal(regs->exception, 0);
	assert_int_equal(world_page(&g->vcpu)->summary.injection_busy, 0);
}

static void test_a_debugger_steps_over_cpuid_as_over_any_instruction(void **state)
{
	static const uint64_t flags[] = {ENABLE | SINGLESTEP, ENABLE | USE_HW_BP};

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		struct guest g;

		begin(&g, flags[i]);
		run_step(&g, GUEST_CODE + 1);
		run_step(&g, GUEST_CODE + 3);
		run_step(&g, GUEST_CODE + 4);
		guest_end(&g);
	}
}

static void test_without_a_debugger_of_db_the_guest_steps_itself(void **state)
{
	static const uint64_t flags[] = {0, SINGLESTEP, ENABLE, ENABLE | USE_SW_BP};

	(void)state;
	for (unsigned int i = 0; i < 4; i++) {
		struct guest g;

		begin(&g, flags[i]);
		world_page(&g.vcpu)->regs.rip = GUEST_CODE + 1;
		guest_run(&g, PKVM_EXIT_VMX);
		assert_int_equal(g.exit.word0, 30);
		assert_int_equal(world_page(&g.vcpu)->regs.gpr[RAX] & 0xff, 1);
		assert_int_equal(world_page(&g.vcpu)->regs.dr6, 0xffff4ff0);
		guest_end(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_debugger_steps_over_cpuid_as_over_any_instruction),
		cmocka_unit_test(test_without_a_debugger_of_db_the_guest_steps_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
