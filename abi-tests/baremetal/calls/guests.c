/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Guests of either kind, for real: what they do, and what the host sees of it. */
#include "vm.h"

#define REASON_HLT           12u
#define REASON_CPUID         10u
#define REASON_IO            30u
#define REASON_EPT_VIOLATION 48u

/* 16-bit code: OUT 0x80, AL = 0x68; HLT; again. */
static const uint8_t hello[] = {0xb0, 0x68, 0xe6, 0x80, 0xf4, 0xeb, 0xf9};

/* Every page from here on must be out of reach, and stay so for writes. */
static void expect_hidden(uint64_t pa, uint64_t size)
{
	uint64_t value;

	for (uint64_t at = pa; at < pa + size; at += PKVM_PAGE_SIZE) {
		EXPECT(!host_read64(at, &value));
		EXPECT(!host_write64(at, 0));
	}
}

static void test_a_pvm_runs_and_its_pages_are_out_of_reach(void)
{
	struct pkvm_run_exit exit;
	struct vm vm;

	vm_make(&vm, PKVM_VM_PVM, hello, sizeof(hello));
	expect_hidden(vm.area, vm.area_size);
	expect_hidden(vm.vcpu_area, vm.vcpu_area_size);
	expect_hidden(vm.pool, VM_POOL_PAGES * PKVM_PAGE_SIZE);
	expect_hidden(vm.fpstate, PKVM_PAGE_SIZE);
	expect_hidden(vm.code, PKVM_PAGE_SIZE);
	for (unsigned int i = 0; i < 3; i++) {
		exit = vm_run(&vm);
		EXPECT_EQUAL(exit.kind, PKVM_EXIT_OUT);
		EXPECT_EQUAL(exit.word0, 0x80);
		EXPECT_EQUAL(exit.word1, 1);
		EXPECT_EQUAL(exit.word2, 0x68);
		EXPECT_EQUAL(vm_run(&vm).kind, PKVM_EXIT_HLT);
	}
	EXPECT_EQUAL(vm.page->regs.gpr[0], 0);
	expect_hidden(vm.code, PKVM_PAGE_SIZE);
	vm_destroy(&vm);
}

/* IN AL, 0x60; INC AX; OUT 0x80, AX; HLT */
static const uint8_t echo[] = {0xe4, 0x60, 0x40, 0xe7, 0x80, 0xf4};

static void test_a_pvm_takes_a_reply(void)
{
	struct pkvm_run_exit exit;
	struct vm vm;

	vm_make(&vm, PKVM_VM_PVM, echo, sizeof(echo));
	vm.page->regs.gpr[0] = 0x4100;
	exit = vm_run(&vm);
	EXPECT_EQUAL(exit.kind, PKVM_EXIT_IN);
	EXPECT_EQUAL(exit.word0, 0x60);
	vm.page->reply.word[0] = 0xffffff41;
	vm.page->reply.valid = 1;
	exit = vm_run(&vm);
	EXPECT_EQUAL(exit.kind, PKVM_EXIT_OUT);
	EXPECT_EQUAL(exit.word2, 0x4142);
	vm_destroy(&vm);
}

static void test_an_npvm_shows_its_registers(void)
{
	struct pkvm_run_exit exit;
	struct vm vm;

	vm_make(&vm, PKVM_VM_NPVM, hello, sizeof(hello));
	vm.page->regs.gpr[3] = 0x1122334455667788;
	exit = vm_run(&vm);
	EXPECT_EQUAL(exit.kind, PKVM_EXIT_VMX);
	EXPECT_EQUAL(exit.word0, REASON_IO);
	EXPECT_EQUAL(exit.word3, 2);
	EXPECT_EQUAL(vm.page->regs.gpr[0], 0x68);
	EXPECT_EQUAL(vm.page->regs.gpr[3], 0x1122334455667788);
	EXPECT_EQUAL(vm.page->regs.rip, 0x1002);
	vm.page->regs.rip += exit.word3;
	exit = vm_run(&vm);
	EXPECT_EQUAL(exit.kind, PKVM_EXIT_VMX);
	EXPECT_EQUAL(exit.word0, REASON_HLT);
	vm_destroy(&vm);
}

/* MOV AX, [0x5008] */
static const uint8_t reader[] = {0xa1, 0x08, 0x50, 0xf4};

static void test_memory_that_is_not_mapped_is_an_ept_violation(void)
{
	struct pkvm_run_exit exit;
	struct vm vm;

	vm_make(&vm, PKVM_VM_PVM, reader, sizeof(reader));
	exit = vm_run(&vm);
	EXPECT_EQUAL(exit.kind, PKVM_EXIT_EPT_VIOLATION);
	EXPECT_EQUAL(exit.word0, 0x5000);
	EXPECT_EQUAL(exit.word1, 1);
	vm_destroy(&vm);
	vm_make(&vm, PKVM_VM_NPVM, reader, sizeof(reader));
	exit = vm_run(&vm);
	EXPECT_EQUAL(exit.word0, REASON_EPT_VIOLATION);
	EXPECT_EQUAL(exit.word2, 0x5008);
	vm_destroy(&vm);
}

/* Long mode without PAE: VM entry refuses it (SDM "Checks on Guest Control Registers"). */
static void test_a_state_that_vm_entry_refuses_is_an_exit(void)
{
	const struct pkvm_value efer = {0x500}, cr0 = {0x80000031};
	struct pkvm_run_exit exit;
	struct vm vm;

	vm_make(&vm, PKVM_VM_NPVM, hello, sizeof(hello));
	EXPECT_EQUAL(pkvm_hc_set_efer(&efer).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_cr0(&cr0).error, 0);
	exit = vm_run(&vm);
	EXPECT_EQUAL(exit.kind, PKVM_EXIT_ENTRY_FAILED);
	EXPECT_EQUAL(exit.word0, 1);
	EXPECT_EQUAL(exit.word1, 0x80000021);
	vm_destroy(&vm);
}

/* MOVD XMM3, EAX; HLT; MOVD EAX, XMM3; OUT 0x80, EAX; HLT: CR4.OSFXSR first. */
static const uint8_t sse[] = {
	0x66, 0xb8, 0x00, 0x02, 0x00, 0x00,             /* mov eax, 0x200 */
	0x0f, 0x22, 0xe0,                               /* mov cr4, eax   */
	0x66, 0xb8, 0xef, 0xbe, 0xad, 0xde,             /* mov eax, 0xdeadbeef */
	0x66, 0x0f, 0x6e, 0xd8,                         /* movd xmm3, eax */
	0xf4,
	0x66, 0x31, 0xc0,                               /* xor eax, eax   */
	0x66, 0x0f, 0x7e, 0xd8,                         /* movd eax, xmm3 */
	0x66, 0xe7, 0x80,                               /* out 0x80, eax  */
	0xf4,
};

static uint64_t read_xmm3(void)
{
	uint64_t value;

	__asm__ volatile("movq %%xmm3, %0" : "=r"(value));
	return value;
}

static void test_a_pvms_vector_registers_come_and_go_with_it(void)
{
	struct pkvm_run_exit exit;
	struct vm vm;

	vm_make(&vm, PKVM_VM_PVM, sse, sizeof(sse));
	__asm__ volatile("movq %0, %%xmm3" : : "r"(UINT64_C(0x4242)));
	EXPECT_EQUAL(read_xmm3(), 0x4242);
	EXPECT_EQUAL(vm_run(&vm).kind, PKVM_EXIT_HLT);
	EXPECT_EQUAL(read_xmm3(), 0);
	exit = vm_run(&vm);
	EXPECT_EQUAL(exit.kind, PKVM_EXIT_OUT);
	EXPECT_EQUAL(exit.word2, 0xdeadbeef);
	EXPECT_EQUAL(read_xmm3(), 0);
	vm_destroy(&vm);
}

const struct expect_test vm_tests[] = {
	TEST(test_a_pvm_runs_and_its_pages_are_out_of_reach),
	TEST(test_a_pvm_takes_a_reply),
	TEST(test_an_npvm_shows_its_registers),
	TEST(test_memory_that_is_not_mapped_is_an_ept_violation),
	TEST(test_a_state_that_vm_entry_refuses_is_an_exit),
	TEST(test_a_pvms_vector_registers_come_and_go_with_it),
	{0},
};
