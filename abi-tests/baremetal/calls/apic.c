/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A pVM's task priority, and the APIC that the processor virtualizes for it. */
#include "kernel.h"

#define VECTOR 0x41u
#define CAP_APICV PKVM_BIT(0)

/* EOI, one more in R12, back. */
static void make_handler(struct kernel *k)
{
	struct pkvm_asm program = k->code;

	pkvm_asm_begin(&k->code, k->memory + KERNEL_HANDLER, 256, 64);
	OP(k, "write_msr", 0x80b, 0);
	OP(k, "inc", R12);
	OP(k, "iret");
	EXPECT_EQUAL(pkvm_asm_finish(&k->code), PKVM_ASM_OK);
	k->code = program;
	kernel_handle(k, VECTOR, KERNEL_HANDLER);
}

static void intercept(uint64_t tpr, uint64_t irr)
{
	const struct pkvm_cr8_intercept in = {tpr, irr};

	EXPECT_EQUAL(pkvm_hc_update_cr8_intercept(&in).error, 0);
}

static void test_a_falling_task_priority_exits_below_its_threshold(void)
{
	struct kernel k;

	kernel_begin(&k);
	OP(&k, "write_cr8", 8);
	OP(&k, "out8", 0x30);
	OP(&k, "write_cr8", 3);
	OP(&k, "write_cr8", 0);
	OP(&k, "out8", 0x31);
	kernel_ready(&k);
	kernel_run(&k, PKVM_EXIT_OUT);
	EXPECT_EQUAL(k.vm.page->apic.tpr, 0x80);
	intercept(8, 5);
	kernel_run(&k, PKVM_EXIT_TPR_BELOW_THRESHOLD);
	EXPECT_EQUAL(k.vm.page->apic.tpr, 0x30);
	intercept(3, 5);
	kernel_run(&k, PKVM_EXIT_OUT);
	EXPECT_EQUAL(k.exit.word0, 0x31);
	EXPECT_EQUAL(k.vm.page->apic.tpr, 0);
	vm_destroy(&k.vm);
}

/* A threshold above the task priority is an entry that fails, as the SDM has it. */
static void test_a_threshold_above_the_task_priority_fails_the_entry(void)
{
	struct kernel k;

	kernel_begin(&k);
	OP(&k, "hlt");
	kernel_ready(&k);
	k.vm.page->apic.tpr = 0x80;
	intercept(8, 5);
	k.vm.page->apic.tpr = 0;
	kernel_run(&k, PKVM_EXIT_ENTRY_FAILED);
	EXPECT_EQUAL(k.exit.word0, 0);
	EXPECT_EQUAL(k.exit.word1, 7);
	intercept(0, 5);
	kernel_run(&k, PKVM_EXIT_HLT);
	vm_destroy(&k.vm);
}

static bool has_apicv(void)
{
	const struct pkvm_query query = {1, 0, ~UINT64_C(0)};
	struct pkvm_answer answer;

	EXPECT_EQUAL(pkvm_hc_abi_query(&query, &answer).error, 0);
	return answer.capabilities & CAP_APICV;
}

static void make_program(struct kernel *k)
{
	make_handler(k);
	OP(k, "mov_imm", R12, 0);
	OP(k, "sti");
	OP(k, "nop");
	OP(k, "write_msr", 0x83f, VECTOR);
	OP(k, "nop");
	OP(k, "cli");
	OP(k, "mov", RAX, R12);
	OP(k, "out8", 0x30);
	OP(k, "hlt");
}

static void test_posted_interrupts_are_taken_without_an_exit(void)
{
	const struct pkvm_words4 exitmap = {0, PKVM_BIT(VECTOR - 64), 0, 0};
	const struct pkvm_flag on = {1};
	struct pkvm_optional_vector highest;
	struct kernel k;

	kernel_begin(&k);
	make_program(&k);
	kernel_ready(&k);
	if (!has_apicv()) {
		EXPECT_EQUAL(pkvm_hc_refresh_apicv_exec_ctrl(&on).error, -95);
		vm_destroy(&k.vm);
		return;
	}
	EXPECT_EQUAL(pkvm_hc_refresh_apicv_exec_ctrl(&on).error, 0);
	EXPECT_EQUAL(pkvm_hc_load_eoi_exitmap(&exitmap).error, 0);
	k.vm.page->apic.posted[1] = PKVM_BIT(VECTOR - 64);
	EXPECT_EQUAL(pkvm_hc_sync_pir_to_irr(&highest).error, 0);
	EXPECT_EQUAL(highest.vector, VECTOR);
	kernel_run(&k, PKVM_EXIT_EOI);
	EXPECT_EQUAL(k.exit.word0, VECTOR);
	kernel_run(&k, PKVM_EXIT_EOI);
	kernel_run_out(&k, 0x30, 2);
	vm_destroy(&k.vm);
}

const struct expect_test apic_tests[] = {
	TEST(test_a_falling_task_priority_exits_below_its_threshold),
	TEST(test_a_threshold_above_the_task_priority_fails_the_entry),
	TEST(test_posted_interrupts_are_taken_without_an_exit),
	{0},
};
