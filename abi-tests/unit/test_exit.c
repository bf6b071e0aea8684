/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of a pVM's exits: what is answered inside, and how little the others show. */
#include "run_fixture.h"

#define RAX 0
#define RCX 1
#define RDX 2

static void test_rules_answer_instructions_without_the_host(void **state)
{
	static const struct {
		const char *op;
		uint8_t rcx;
		uint8_t vector;
	} rows[] = {
		{"vmlaunch", 0, 6}, {"vmxoff", 0, 6}, {"monitor", 0, 6},   {"mwait", 0, 6},
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
	OP(&g, "mov_imm", RAX, 0x20020); /* PCIDE needs long mode: fine */
	OP(&g, "mov_to_cr", 4, RAX);
	OP(&g, "mov_from_cr", RCX, 4);
	OP(&g, "mov_imm", RAX, 0x2020); /* VMXE: refused */
	OP(&g, "mov_to_cr", 4, RAX);
	guest_ready(&g);
	guest_run_out(&g, 0x20, 13);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RCX] & 0x2020, 0x20);
	guest_end(&g);
}

/* With CR4.MCE = 0 in force a machine check would shut the processor down. */
static void test_machine_checks_stay_enabled_whatever_a_guest_writes(void **state)
{
	struct guest g;
	uint64_t cr4;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 0x60);
	OP(&g, "mov_to_cr", 4, RAX);
	OP(&g, "mov_from_cr", RCX, 4);
	OP(&g, "mov_imm", RAX, 0x20);
	OP(&g, "mov_to_cr", 4, RAX);
	OP(&g, "mov_from_cr", RDX, 4);
	OP(&g, "hlt");
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_HLT);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RCX] & 0x60, 0x60);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RDX] & 0x60, 0x20);
	assert_int_equal(pkvm_vmcs_read(0x6804, &cr4), 0);
	assert_int_equal(cr4 & 0x2060, 0x2060);
	guest_end(&g);
}

static void test_xsetbv_is_judged_by_the_cpuid_table(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 0x40020); /* OSXSAVE */
	OP(&g, "mov_to_cr", 4, RAX);
	OP(&g, "mov_imm", RAX, 3);
	OP(&g, "mov_imm", RCX, 0);
	OP(&g, "mov_imm", RDX, 0);
	OP(&g, "xsetbv");
	OP(&g, "out8", 0x70);
	OP(&g, "mov_imm", RAX, 2); /* x87 cannot be off */
	OP(&g, "xsetbv");
	guest_ready(&g);
	guest_run_out(&g, 0x70, 3);
	assert_int_equal(guest_vcpu(&g)->xcr0, 3);
	guest_run_out(&g, 0x20, 13);
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

static void test_a_triple_fault_is_a_shutdown_and_nothing_else(void **state)
{
	const struct pkvm_descriptor_table none = {0, 0};
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "ud2");
	guest_ready(&g);
	assert_int_equal(pkvm_hc_set_idt(&none).error, 0);
	guest_run(&g, PKVM_EXIT_SHUTDOWN);
	assert_int_equal(g.exit.word0 | g.exit.word1 | g.exit.word2 | g.exit.word3, 0);
	guest_end(&g);
}

static void test_a_physical_nmi_is_the_hosts(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "nop");
	OP(&g, "nop");
	OP(&g, "hlt");
	guest_ready(&g);
	assert_true(machine_raise_nmi(g.m, 0, 1));
	guest_run(&g, PKVM_EXIT_EXTERNAL_INTERRUPT);
	assert_int_equal(g.exit.word0, 0);
	assert_true(machine_take_nmi());
	assert_false(machine_take_nmi());
	guest_run(&g, PKVM_EXIT_HLT);
	guest_end(&g);
}

/* The exit tells it as the processor does, and the host gets it all the same. */
static void test_a_physical_nmi_in_an_npvm_is_the_hosts(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	OP(&g, "nop");
	OP(&g, "nop");
	OP(&g, "hlt");
	guest_ready(&g);
	assert_true(machine_raise_nmi(g.m, 0, 1));
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 0);
	assert_int_equal(world_page(&g.vcpu)->exit.interruption_information, 0x80000202);
	assert_true(machine_take_nmi());
	assert_false(machine_take_nmi());
	guest_end(&g);
}

/* User mode without a stack for its exceptions: #UD ends in a triple fault. */
static void test_a_vmcall_in_user_mode_is_ud_and_changes_nothing(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 0x10000);
	OP(&g, "mov_imm", 3, 1);
	OP(&g, "vmcall");
	guest_ready(&g);
	guest_segment(PKVM_SEG_CS, 0xa0fb, 0x1b);
	guest_segment(PKVM_SEG_SS, 0xc0f3, 0x13);
	guest_run(&g, PKVM_EXIT_SHUTDOWN);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RAX], 0x10000);
	assert_int_equal(guest_vcpu(&g)->vm->guest.agreed, 0);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules_answer_instructions_without_the_host),
		cmocka_unit_test(test_wbinvd_and_invd_do_nothing),
		cmocka_unit_test(
			test_an_emulated_instruction_under_tf_raises_a_single_step_trap),
		cmocka_unit_test(test_a_changed_cr4_bit_that_exits_is_carried_out),
		cmocka_unit_test(test_machine_checks_stay_enabled_whatever_a_guest_writes),
		cmocka_unit_test(test_xsetbv_is_judged_by_the_cpuid_table),
		cmocka_unit_test(test_out_shows_only_the_bytes_of_its_width),
		cmocka_unit_test(test_an_ept_violation_shows_the_page_and_the_access),
		cmocka_unit_test(test_a_triple_fault_is_a_shutdown_and_nothing_else),
		cmocka_unit_test(test_a_physical_nmi_is_the_hosts),
		cmocka_unit_test(test_a_physical_nmi_in_an_npvm_is_the_hosts),
		cmocka_unit_test(test_a_vmcall_in_user_mode_is_ud_and_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
