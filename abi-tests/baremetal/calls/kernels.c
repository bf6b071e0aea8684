/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A pVM in 64-bit mode, with page tables, an IDT and a stack of its own: guest
 * operations as scenarios have them, executed by the processor.
 *
 *   0x1000 PML4   0x2000 PDPT   0x3000 page directory (2 MiB at 0)   0x4000 GDT
 *   0x5000 IDT    0x6000 handlers, 16 bytes each: the vector to port 0x20, HLT, IRET
 *   0x8000 program                            0x10000 top of the stack
 */
#include "../../../guest/assemble.h"
#include "../../../host/platform.h"
#include "vm.h"

#define PML4      0x1000u
#define PDPT      0x2000u
#define DIRECTORY 0x3000u
#define GDT       0x4000u
#define IDT       0x5000u
#define HANDLER   0x6000u
#define CODE      0x8000u
#define STACK     0x10000u
#define SIZE      0x10000u

#define RAX 0
#define RCX 1
#define RDX 2
#define RBX 3

struct kernel {
	struct vm vm;
	uint8_t *memory;
	struct pkvm_asm code;
	struct pkvm_run_exit exit;
};

#define OP(...) OP_(__VA_ARGS__, 0)
#define OP_(K, NAME, ...)                                                      \
	EXPECT_EQUAL(pkvm_asm_op(&(K)->code, NAME, (const uint64_t[]){__VA_ARGS__}, \
				 sizeof((const uint64_t[]){__VA_ARGS__}) / 8 - 1),  \
		     PKVM_ASM_OK)

static void put(const struct kernel *k, uint32_t at, uint64_t value)
{
	*(uint64_t *)(void *)(k->memory + at) = value;
}

static void make_handlers(struct kernel *k)
{
	for (uint64_t vector = 0; vector < 128; vector++) {
		const uint64_t at = HANDLER + 16 * vector;

		put(k, (uint32_t)(IDT + 16 * vector),
		    (at & 0xffff) | 8u << 16 | UINT64_C(0x8e00) << 32);
		pkvm_asm_begin(&k->code, k->memory + at, 16, 64);
		OP(k, "mov_imm", RAX, vector);
		OP(k, "out8", 0x20);
		OP(k, "hlt");
		OP(k, "iret");
		EXPECT_EQUAL(pkvm_asm_finish(&k->code), PKVM_ASM_OK);
	}
}

static void begin(struct kernel *k)
{
	const uint64_t pages = pkvm_host_plat_alloc(SIZE / PKVM_PAGE_SIZE);

	vm_make_bare(&k->vm, PKVM_VM_PVM);
	k->memory = pkvm_host_plat_ptr(pages);
	for (uint32_t at = 0; at < SIZE; at += 8)
		put(k, at, 0);
	put(k, PML4, PDPT | 7);
	put(k, PDPT, DIRECTORY | 7);
	put(k, DIRECTORY, 0x87);
	put(k, GDT + 8, UINT64_C(0x00af9b000000ffff));
	put(k, GDT + 16, UINT64_C(0x00cf93000000ffff));
	make_handlers(k);
	pkvm_asm_begin(&k->code, k->memory + CODE, 0x4000, 64);
}

static void set_segment(uint64_t index, uint64_t rights, uint64_t selector)
{
	const struct pkvm_segment segment = {index, 0, 0xffffffff, rights, selector};

	EXPECT_EQUAL(pkvm_hc_set_segment(&segment).error, 0);
}

static void set_registers(void)
{
	const struct pkvm_mmu_pgd pgd = {PKVM_PGD_CR3, PML4, 0, 0, 0, 0};
	const struct pkvm_descriptor_table gdt = {GDT, 23}, idt = {IDT, 0xfff};
	const struct pkvm_value efer = {0x500}, cr4 = {0x220}, cr0 = {0x80000033};

	EXPECT_EQUAL(pkvm_hc_load_mmu_pgd(&pgd).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_efer(&efer).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_cr4(&cr4).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_cr0(&cr0).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_gdt(&gdt).error, 0);
	EXPECT_EQUAL(pkvm_hc_set_idt(&idt).error, 0);
	for (uint64_t index = 0; index <= PKVM_SEG_GS; index++)
		set_segment(index, index == PKVM_SEG_CS ? 0xa09b : 0xc093,
			    index == PKVM_SEG_CS ? 8 : 16);
}

static void ready(struct kernel *k)
{
	const struct pkvm_mapping mapping = {0, (uintptr_t)k->memory, SIZE, 1};

	EXPECT_EQUAL(pkvm_asm_finish(&k->code), PKVM_ASM_OK);
	set_registers();
	EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&mapping).error, 0);
	k->vm.page->regs.rip = CODE;
	k->vm.page->regs.gpr[4] = STACK;
}

static void run(struct kernel *k, uint64_t kind)
{
	k->exit = vm_run(&k->vm);
	EXPECT_EQUAL(k->exit.kind, kind);
}

static void run_out(struct kernel *k, uint64_t port, uint64_t value)
{
	run(k, PKVM_EXIT_OUT);
	EXPECT_EQUAL(k->exit.word0, port);
	EXPECT_EQUAL(k->exit.word2, value);
}

static void test_a_guest_in_64bit_mode_calls_the_hypervisor(void)
{
	struct kernel k;

	begin(&k);
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
	ready(&k);
	run_out(&k, 0x30, 0);
	run_out(&k, 0x31, 1);
	run_out(&k, 0x32, 0);
	run(&k, PKVM_EXIT_HLT);
	/* The page that the guest shared is the host's to look at, its neighbour is not. */
	EXPECT(pkvm_host_plat_ptr((uintptr_t)k.memory + 0xf000));
	EXPECT(!pkvm_host_plat_ptr((uintptr_t)k.memory + 0xe000));
	vm_destroy(&k.vm);
}

static void test_what_a_guest_may_not_do_is_its_own_exception(void)
{
	struct kernel k;

	begin(&k);
	OP(&k, "ud2");
	ready(&k);
	run_out(&k, 0x20, 6);
	run(&k, PKVM_EXIT_HLT);
	vm_destroy(&k.vm);
	begin(&k);
	OP(&k, "read_msr", 0x480);
	ready(&k);
	run_out(&k, 0x20, 13);
	vm_destroy(&k.vm);
}

static void test_msrs_are_kept_or_forwarded(void)
{
	const struct pkvm_msr_answer answer = {0, 0x12345678, 0x9abcdef0};
	struct kernel k;

	begin(&k);
	OP(&k, "write_msr", 0xc0000082, 0x112255667788);
	OP(&k, "read_msr", 0xc0000082);
	OP(&k, "out32", 0x30);
	OP(&k, "read_msr", 0x802);
	OP(&k, "out32", 0x31);
	OP(&k, "hlt");
	ready(&k);
	run_out(&k, 0x30, 0x55667788);
	run(&k, PKVM_EXIT_RDMSR);
	EXPECT_EQUAL(k.exit.word0, 0x802);
	EXPECT_EQUAL(pkvm_hc_complete_emulated_msr(&answer).error, 0);
	run_out(&k, 0x31, 0x12345678);
	run(&k, PKVM_EXIT_HLT);
	vm_destroy(&k.vm);
}

static void test_an_interrupt_is_delivered_through_the_guests_idt(void)
{
	const struct pkvm_irq irq = {.vector = 0x41};
	struct pkvm_flag delivered;
	struct kernel k;

	begin(&k);
	OP(&k, "out8", 0x30);
	OP(&k, "sti");
	OP(&k, "nop");
	OP(&k, "hlt");
	OP(&k, "out8", 0x31);
	ready(&k);
	run(&k, PKVM_EXIT_OUT);
	EXPECT_EQUAL(pkvm_hc_inject_irq(&irq).error, -16);
	EXPECT_EQUAL(pkvm_hc_inject_irq_if_allowed(&(struct pkvm_vector){0x41}, &delivered).error, 0);
	EXPECT_EQUAL(delivered.value, 0);
	run(&k, PKVM_EXIT_IRQ_WINDOW);
	EXPECT_EQUAL(pkvm_hc_inject_irq(&irq).error, 0);
	run_out(&k, 0x20, 0x41);
	run(&k, PKVM_EXIT_HLT);
	run(&k, PKVM_EXIT_HLT);
	run(&k, PKVM_EXIT_OUT);
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
