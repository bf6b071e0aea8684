/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What a pVM in 64-bit mode does, executed by the processor. */
#include "../../../host/platform.h"
#include "kernel.h"

static void test_a_guest_in_64bit_mode_calls_the_hypervisor(void)
{
	struct kernel k;

	kernel_begin(&k);
	OP(&k, "mov_imm", RAX, 0x10000);
	OP(&k, "mov_imm", RBX, 1);
	OP(&k, "mov_imm", RCX, 0);
	OP(&k, "mov_imm", RDX, ~UINT64_C(0));
	OP(&k, "vmcall");
	OP(&k, "out32", 0x30);
	OP(&k, "mov", RAX, RBX);
	OP(&k, "out32", 0x31);
	OP(&k, "mov_imm", RAX, 0x10001);
	OP(&k, "mov_imm", RBX, 0xf000);
	OP(&k, "mov_imm", RCX, 0x1000);
	OP(&k, "vmcall");
	OP(&k, "out32", 0x32);
	OP(&k, "hlt");
	kernel_ready(&k);
	kernel_run_out(&k, 0x30, 0);
	kernel_run_out(&k, 0x31, 1);
	kernel_run_out(&k, 0x32, 0);
	kernel_run(&k, PKVM_EXIT_HLT);
	/* The page that the guest shared is the host's to look at, its neighbour is not. */
	EXPECT(pkvm_host_plat_ptr((uintptr_t)k.memory + 0xf000));
	EXPECT(!pkvm_host_plat_ptr((uintptr_t)k.memory + 0xe000));
	vm_destroy(&k.vm);
}

static void test_what_a_guest_may_not_do_is_its_own_exception(void)
{
	struct kernel k;

	kernel_begin(&k);
	OP(&k, "ud2");
	kernel_ready(&k);
	kernel_run_out(&k, 0x20, 6);
	kernel_run(&k, PKVM_EXIT_HLT);
	vm_destroy(&k.vm);
	kernel_begin(&k);
	OP(&k, "read_msr", 0x480);
	kernel_ready(&k);
	kernel_run_out(&k, 0x20, 13);
	vm_destroy(&k.vm);
}

static void test_msrs_are_kept_or_forwarded(void)
{
	const struct pkvm_msr_answer answer = {0, 0x12345678, 0x9abcdef0};
	struct kernel k;

	kernel_begin(&k);
	OP(&k, "write_msr", 0xc0000082, 0x112255667788);
	OP(&k, "read_msr", 0xc0000082);
	OP(&k, "out32", 0x30);
	OP(&k, "read_msr", 0x802);
	OP(&k, "out32", 0x31);
	OP(&k, "hlt");
	kernel_ready(&k);
	kernel_run_out(&k, 0x30, 0x55667788);
	kernel_run(&k, PKVM_EXIT_RDMSR);
	EXPECT_EQUAL(k.exit.word0, 0x802);
	EXPECT_EQUAL(pkvm_hc_complete_emulated_msr(&answer).error, 0);
	kernel_run_out(&k, 0x31, 0x12345678);
	kernel_run(&k, PKVM_EXIT_HLT);
	vm_destroy(&k.vm);
}

static void test_an_interrupt_is_delivered_through_the_guests_idt(void)
{
	const struct pkvm_irq irq = {.vector = 0x41};
	const struct pkvm_vector vector = {0x41};
	struct pkvm_flag delivered;
	struct kernel k;

	kernel_begin(&k);
	OP(&k, "out8", 0x30);
	OP(&k, "sti");
	OP(&k, "nop");
	OP(&k, "hlt");
	OP(&k, "out8", 0x31);
	kernel_ready(&k);
	kernel_run(&k, PKVM_EXIT_OUT);
	EXPECT_EQUAL(pkvm_hc_inject_irq(&irq).error, -16);
	EXPECT_EQUAL(pkvm_hc_inject_irq_if_allowed(&vector, &delivered).error, 0);
	EXPECT_EQUAL(delivered.value, 0);
	kernel_run(&k, PKVM_EXIT_IRQ_WINDOW);
	EXPECT_EQUAL(pkvm_hc_inject_irq(&irq).error, 0);
	kernel_run_out(&k, 0x20, 0x41);
	kernel_run(&k, PKVM_EXIT_HLT);
	kernel_run(&k, PKVM_EXIT_HLT);
	kernel_run(&k, PKVM_EXIT_OUT);
	EXPECT_EQUAL(k.exit.word0, 0x31);
	vm_destroy(&k.vm);
}

const struct expect_test kernel_tests[] = {
	TEST(test_a_guest_in_64bit_mode_calls_the_hypervisor),
	TEST(test_what_a_guest_may_not_do_is_its_own_exception),
	TEST(test_msrs_are_kept_or_forwarded),
	TEST(test_an_interrupt_is_delivered_through_the_guests_idt),
	{0},
};
