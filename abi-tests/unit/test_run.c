/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of vcpu_run: what the host sees of a pVM and of an npVM, and what it answers. */
#include "run_fixture.h"

#define RAX 0
#define RCX 1
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

static void test_out_shows_only_the_bytes_of_its_width(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 0x8877665544332211);
	OP(&g, "out16", 0x60);
	OP(&g, "out32", 0x61);
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_OUT);
	assert_int_equal(g.exit.word0, 0x60);
	assert_int_equal(g.exit.word1, 2);
	assert_int_equal(g.exit.word2, 0x2211);
	assert_int_equal(g.exit.word3, 0);
	guest_run(&g, PKVM_EXIT_OUT);
	assert_int_equal(g.exit.word1, 4);
	assert_int_equal(g.exit.word2, 0x44332211);
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
	reply->valid = 1;               /* before the exit: no answer to it */
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

static void test_an_ept_violation_shows_the_page_and_the_access(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "touch_write", 0x12345, 7);
	OP(&g, "hlt");
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_EPT_VIOLATION);
	assert_int_equal(g.exit.word0, 0x12000);
	assert_int_equal(g.exit.word1, 2);
	assert_int_equal(g.exit.word2, 0);
	world_map(0x12000, 1);
	guest_run(&g, PKVM_EXIT_HLT);
	guest_end(&g);
}

static void test_rules_answer_instructions_without_the_host(void **state)
{
	static const struct {
		const char *op;
		uint8_t rcx;
		uint8_t vector;
	} rows[] = {
		{"vmlaunch", 0, 6}, {"vmxoff", 0, 6}, {"monitor", 0, 6}, {"mwait", 0, 6},
		{"rdpmc", 0, 13},   {"outs8", 0, 13}, {"rep_ins8", 1, 13},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct guest g;

		guest_begin(&g, PKVM_VM_PVM);
		OP(&g, "mov_imm", RCX, rows[i].rcx);
		guest_op(&g.code, rows[i].op, (const uint64_t[]){0}, 0);
		guest_ready(&g);
		guest_run_out(&g, 0x20, rows[i].vector);
		guest_end(&g);
	}
}

static void test_wbinvd_and_invd_do_nothing(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "wbinvd");
	OP(&g, "invd");
	OP(&g, "hlt");
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_HLT);
	guest_end(&g);
}

static void test_an_emulated_instruction_under_tf_raises_a_single_step_trap(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 0x102);
	OP(&g, "push", RAX);
	OP(&g, "popf");
	OP(&g, "cpuid");
	OP(&g, "hlt");
	guest_ready(&g);
	guest_run_out(&g, 0x20, 1);
	assert_int_equal(guest_vcpu(&g)->regs.dr6, 0xffff4ff0);
	guest_end(&g);
}

static void test_a_changed_cr4_bit_that_exits_is_carried_out(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 0x20020);        /* PCIDE needs long mode: fine */
	OP(&g, "mov_to_cr", 4, RAX);
	OP(&g, "mov_from_cr", RCX, 4);
	OP(&g, "mov_imm", RAX, 0x2020);         /* VMXE: refused */
	OP(&g, "mov_to_cr", 4, RAX);
	guest_ready(&g);
	guest_run_out(&g, 0x20, 13);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RCX] & 0x2020, 0x20);
	guest_end(&g);
}

static void test_xsetbv_is_judged_by_the_cpuid_table(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 0x40020);        /* OSXSAVE */
	OP(&g, "mov_to_cr", 4, RAX);
	OP(&g, "mov_imm", RAX, 3);
	OP(&g, "mov_imm", RCX, 0);
	OP(&g, "mov_imm", RDX, 0);
	OP(&g, "xsetbv");
	OP(&g, "out8", 0x70);
	OP(&g, "mov_imm", RAX, 2);              /* x87 cannot be off */
	OP(&g, "xsetbv");
	guest_ready(&g);
	guest_run_out(&g, 0x70, 3);
	assert_int_equal(guest_vcpu(&g)->xcr0, 3);
	guest_run_out(&g, 0x20, 13);
	guest_end(&g);
}

static void test_a_posted_run_is_refused_until_posting_is_offered(void **state)
{
	const struct pkvm_run run = {0, 1};
	struct pkvm_status status;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "hlt");
	guest_ready(&g);
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

static void test_a_secondary_waits_until_its_guest_starts_it(void **state)
{
	struct world_vcpu secondary;
	struct pkvm_asm real_mode;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	secondary = world_vcpu(&g.vm, 1);
	OP(&g, "mov_imm", RAX, 0x10000);
	OP(&g, "mov_imm", 3, 1);
	OP(&g, "mov_imm", RCX, 0);
	OP(&g, "mov_imm", RDX, 1);
	OP(&g, "vmcall");
	OP(&g, "mov_imm", RAX, 0x10005);
	OP(&g, "mov_imm", 3, 1);
	OP(&g, "mov_imm", RCX, 0xc000);
	OP(&g, "vmcall");
	OP(&g, "hlt");
	pkvm_asm_begin(&real_mode, g.memory + 0xc000, 16, 16);
	guest_op(&real_mode, "mov_imm", (const uint64_t[]){0, RAX, 0x5a}, 2);
	guest_op(&real_mode, "out8", (const uint64_t[]){0, 0x44}, 1);
	assert_int_equal(pkvm_asm_finish(&real_mode), PKVM_ASM_OK);
	guest_ready(&g);
	{
		const struct pkvm_run run = {secondary.handle, 0};

		assert_int_equal(pkvm_hc_vcpu_run(&run, &g.exit).error, 0);
		assert_int_equal(g.exit.kind, PKVM_EXIT_WAIT_FOR_SIPI);
		world_load(&g.vcpu);
		guest_run(&g, PKVM_EXIT_GUEST_CALL);
		assert_int_equal(g.exit.word0, 0x10005);
		assert_int_equal(g.exit.word1, 1);
		assert_int_equal(g.exit.word2, 0);
		guest_run(&g, PKVM_EXIT_HLT);
		world_page(&secondary)->regs.rip = 0xbad;
		assert_int_equal(pkvm_hc_vcpu_run(&run, &g.exit).error, 0);
		assert_int_equal(g.exit.kind, PKVM_EXIT_OUT);
		assert_int_equal(g.exit.word0, 0x44);
		assert_int_equal(g.exit.word2, 0x5a);
	}
	world_put(&secondary);
	world_free_vcpu(&secondary);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_pvm_runs_from_the_register_block_which_is_zeroed),
		cmocka_unit_test(test_out_shows_only_the_bytes_of_its_width),
		cmocka_unit_test(test_in_needs_a_reply_that_counts_once_and_only_after_its_exit),
		cmocka_unit_test(test_a_forwarded_rdmsr_waits_for_complete_emulated_msr),
		cmocka_unit_test(test_a_refused_wrmsr_is_gp_at_the_instruction),
		cmocka_unit_test(test_an_ept_violation_shows_the_page_and_the_access),
		cmocka_unit_test(test_rules_answer_instructions_without_the_host),
		cmocka_unit_test(test_wbinvd_and_invd_do_nothing),
		cmocka_unit_test(
			test_an_emulated_instruction_under_tf_raises_a_single_step_trap),
		cmocka_unit_test(test_a_changed_cr4_bit_that_exits_is_carried_out),
		cmocka_unit_test(test_xsetbv_is_judged_by_the_cpuid_table),
		cmocka_unit_test(test_a_posted_run_is_refused_until_posting_is_offered),
		cmocka_unit_test(test_without_a_table_page_the_host_is_asked_for_one),
		cmocka_unit_test(test_an_invalid_guest_state_is_an_exit_and_not_an_errno),
		cmocka_unit_test(test_an_npvm_exit_is_forwarded_whole),
		cmocka_unit_test(test_a_secondary_waits_until_its_guest_starts_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
