/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A pVM in 64-bit mode: its memory, and its vCPU at the program. */
#include "../../../host/platform.h"
#include "kernel.h"

#define PML4      0x1000u
#define PDPT      0x2000u
#define DIRECTORY 0x3000u
#define GDT       0x4000u
#define IDT       0x5000u
#define HANDLER   0x6000u
#define CODE      0x8000u
#define STACK     0x10000u
#define SIZE      0x10000u

void kernel_op(struct kernel *k, const char *name, const uint64_t *operands, unsigned int n)
{
	EXPECT_EQUAL(pkvm_asm_op(&k->code, name, operands, n), PKVM_ASM_OK);
}

static void put(const struct kernel *k, uint32_t at, uint64_t value)
{
	*(uint64_t *)(void *)(k->memory + at) = value;
}

/* A 64-bit interrupt gate. */
void kernel_handle(struct kernel *k, uint64_t vector, uint64_t at)
{
	put(k, (uint32_t)(IDT + 16 * vector),
	    (at & 0xffff) | 8u << 16 | UINT64_C(0x8e00) << 32);
}

static void make_handlers(struct kernel *k)
{
	for (uint64_t vector = 0; vector < 128; vector++) {
		const uint64_t at = HANDLER + 16 * vector;

		kernel_handle(k, vector, at);
		pkvm_asm_begin(&k->code, k->memory + at, 16, 64);
		OP(k, "mov_imm", RAX, vector);
		OP(k, "out8", 0x20);
		OP(k, "hlt");
		OP(k, "iret");
		EXPECT_EQUAL(pkvm_asm_finish(&k->code), PKVM_ASM_OK);
	}
}

void kernel_begin_pair(struct kernel *k, struct vm *second)
{
	const uint64_t pages = pkvm_host_plat_alloc(SIZE / PKVM_PAGE_SIZE);

	vm_make_pair(&k->vm, second, PKVM_VM_PVM);
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

void kernel_begin(struct kernel *k)
{
	kernel_begin_pair(k, NULL);
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

void kernel_ready(struct kernel *k)
{
	const struct pkvm_mapping mapping = {0, (uintptr_t)k->memory, SIZE, 1};

	EXPECT_EQUAL(pkvm_asm_finish(&k->code), PKVM_ASM_OK);
	set_registers();
	EXPECT_EQUAL(pkvm_hc_vm_mmu_map(&mapping).error, 0);
	k->vm.page->regs.rip = CODE;
	k->vm.page->regs.gpr[4] = STACK;
}

void kernel_run(struct kernel *k, uint64_t kind)
{
	k->exit = vm_run(&k->vm);
	EXPECT_EQUAL(k->exit.kind, kind);
}

void kernel_run_out(struct kernel *k, uint64_t port, uint64_t value)
{
	kernel_run(k, PKVM_EXIT_OUT);
	EXPECT_EQUAL(k->exit.word0, port);
	EXPECT_EQUAL(k->exit.word2, value);
}
