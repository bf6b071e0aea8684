/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of vcpu_run: what the host sees of a pVM and of an npVM, and what it answers. */
#include "run_fixture.h"
#include "../../lib/hyp.h"

#define RAX 0
#define RDX 2

static void test_a_pvm_runs_from_the_register_block_which_is_zeroed(void **state)
{
	static const struct pkvm_page_regs zero;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "out8", 0x80);
	OP(&g, "hlt");
	guest_ready(&g);
	world_page(&g.vcpu)->regs.gpr[RAX] = 0x1122334455667788;
	guest_run_out(&g, 0x80, 0x88);
	assert_memory_equal(&world_page(&g.vcpu)->regs, &zero, sizeof(zero));
	/* Whatever the host puts there now is never read. */
	world_page(&g.vcpu)->regs.rip = 0xdead;
	guest_run(&g, PKVM_EXIT_HLT);
	guest_end(&g);
}

static void test_in_needs_a_reply_that_counts_once_and_only_after_its_exit(void **state)
{
	struct pkvm_page_reply *reply;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 0x1111111111111111);
	OP(&g, "in8", 0x60);
	OP(&g, "out16", 0x61);
	OP(&g, "mov_imm", RAX, 0x1111111111111111);
	OP(&g, "in32", 0x62);
	OP(&g, "hlt");
	guest_ready(&g);
	reply = &world_page(&g.vcpu)->reply;
	reply->valid = 1; /* before the exit: no answer to it */
	guest_run(&g, PKVM_EXIT_IN);
	assert_int_equal(g.exit.word0, 0x60);
	assert_int_equal(g.exit.word1, 1);
	assert_int_equal(g.exit.word2, 0);
	assert_int_equal(guest_run_status(&g), -16);
	reply->word[0] = 0xaabbccddeeff0042;
	reply->valid = 1;
	guest_run(&g, PKVM_EXIT_OUT);
	assert_int_equal(g.exit.word2, 0x1142);
	assert_int_equal(reply->valid, 0);
	guest_run(&g, PKVM_EXIT_IN);
	assert_int_equal(guest_run_status(&g), -16);
	reply->valid = 2;
	assert_int_equal(guest_run_status(&g), -22);
	reply->valid = 1;
	guest_run(&g, PKVM_EXIT_HLT);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RAX], 0xeeff0042);
	guest_end(&g);
}

static void test_a_forwarded_rdmsr_waits_for_complete_emulated_msr(void **state)
{
	struct pkvm_msr_answer answer = {0, 0x87654321, 0x12345678};
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "read_msr", 0x802);
	OP(&g, "hlt");
	guest_ready(&g);
	guest_vcpu(&g)->regs.gpr[RDX] = 0;
	assert_int_equal(pkvm_hc_complete_emulated_msr(&answer).error, -22);
	guest_run(&g, PKVM_EXIT_RDMSR);
	assert_int_equal(g.exit.word0, 0x802);
	assert_int_equal(guest_run_status(&g), -16);
	assert_int_equal(pkvm_hc_complete_emulated_msr(&answer).error, 0);
	assert_int_equal(pkvm_hc_complete_emulated_msr(&answer).error, -22);
	guest_run(&g, PKVM_EXIT_HLT);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RAX], 0x87654321);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RDX], 0x12345678);
	guest_end(&g);
}

static void test_a_refused_wrmsr_is_gp_at_the_instruction(void **state)
{
	const struct pkvm_msr_answer refusal = {1, 0, 0};
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "write_msr", 0x830, 0x700000005ull);
	OP(&g, "hlt");
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_WRMSR);
	assert_int_equal(g.exit.word0, 0x830);
	assert_int_equal(g.exit.word1, 5);
	assert_int_equal(g.exit.word2, 7);
	assert_int_equal(pkvm_hc_complete_emulated_msr(&refusal).error, 0);
	guest_run_out(&g, 0x20, 13);
	guest_end(&g);
}

static void test_a_posted_run_is_refused_unless_posting_is_in_force(void **state)
{
	const struct pkvm_run run = {0, 1};
	struct pkvm_status status;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "hlt");
	guest_ready(&g);
	machine_hyp(g.m)->host.features &= ~(uint64_t)PKVM_FEAT_posting;
	status = pkvm_hc_vcpu_run(&run, &g.exit);
	assert_int_equal(status.error, -22);
	assert_int_equal(status.refused, 2);
	guest_end(&g);
}

static void test_without_a_table_page_the_host_is_asked_for_one(void **state)
{
	const struct pkvm_run run = {0, 0};
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	world_load(&g.vcpu);
	world_finalize(&g.vm);
	for (struct pkvm_vm *vm = guest_vcpu(&g)->vm; vm->pool_pages; vm->pool_pages = 0)
		vm->pool = 0;
	assert_int_equal(pkvm_hc_vcpu_run(&run, &g.exit).error, 0);
	assert_int_equal(g.exit.kind, PKVM_EXIT_NEED_PAGES);
	assert_int_equal(g.exit.word0, 1);
	assert_int_equal(guest_vcpu(&g)->has_run, 0);
	world_put(&g.vcpu);
	machine_destroy(g.m);
}

static void test_an_invalid_guest_state_is_an_exit_and_not_an_errno(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "hlt");
	guest_ready(&g);
	world_page(&g.vcpu)->regs.rip = 0x8000000000008000;
	guest_run(&g, PKVM_EXIT_ENTRY_FAILED);
	assert_int_equal(g.exit.word0, 1);
	assert_int_equal(g.exit.word1, 0x80000021);
	/* It counts as an attempt: the state is the guest's. */
	assert_int_equal(pkvm_hc_set_rflags(&(struct pkvm_value){2}).error, -1);
	guest_end(&g);
}

static void test_an_npvm_exit_is_forwarded_whole(void **state)
{
	struct pkvm_page_regs *regs;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	OP(&g, "mov_imm", RAX, 0x1122334455667788);
	OP(&g, "out8", 0x80);
	OP(&g, "hlt");
	guest_ready(&g);
	regs = &world_page(&g.vcpu)->regs;
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 30);
	assert_int_equal(g.exit.word1, 0x800040);
	assert_int_equal(g.exit.word2, 0);
	assert_int_equal(g.exit.word3, 2);
	assert_int_equal(regs->gpr[RAX], 0x1122334455667788);
	assert_int_equal(regs->rip, GUEST_CODE + 10);
	assert_int_equal(regs->cr3, 0x1000);
	assert_int_equal(regs->cr0, 0x80000031);
	assert_int_equal(regs->efer, 0x500);
	regs->rip += 2;
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 12);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_pvm_runs_from_the_register_block_which_is_zeroed),
		cmocka_unit_test(
			test_in_needs_a_reply_that_counts_once_and_only_after_its_exit),
		cmocka_unit_test(test_a_forwarded_rdmsr_waits_for_complete_emulated_msr),
		cmocka_unit_test(test_a_refused_wrmsr_is_gp_at_the_instruction),
		cmocka_unit_test(test_a_posted_run_is_refused_unless_posting_is_in_force),
		cmocka_unit_test(test_without_a_table_page_the_host_is_asked_for_one),
		cmocka_unit_test(test_an_invalid_guest_state_is_an_exit_and_not_an_errno),
		cmocka_unit_test(test_an_npvm_exit_is_forwarded_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
