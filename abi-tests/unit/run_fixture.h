/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What tests that run a guest begin with: a VM whose one vCPU is in 64-bit mode
 * at a program of guest operations, with identity-mapped memory.
 *
 *   0x1000  PML4    0x2000  PDPT (1 GiB page)   0x3000  IDT    0x4000  GDT
 *   0x5000  handlers, 16 bytes each, by vector
 *   0x8000  program                             0x10000 top of the stack
 *
 * The guest has 16 pages; the handler of a vector writes the vector to port
 * 0x20 and halts, unless a test puts something else there.
 */
#ifndef PKVM_TEST_RUN_FIXTURE_H
#define PKVM_TEST_RUN_FIXTURE_H

#include <string.h>

#include "world.h"
#include "../../guest/assemble.h"
#include "../../lib/vcpu.h"

#define GUEST_PML4    0x1000u
#define GUEST_PDPT    0x2000u
#define GUEST_IDT     0x3000u
#define GUEST_GDT     0x4000u
#define GUEST_HANDLER 0x5000u
#define GUEST_CODE    0x8000u
#define GUEST_STACK   0x10000u
#define GUEST_PAGES   16u
#define GUEST_SIZE    0x10000u

struct guest {
	struct machine *m;
	struct world_vm vm;
	struct world_vcpu vcpu;
	uint8_t memory[GUEST_SIZE];
	struct pkvm_asm code;
	struct pkvm_run_exit exit;      /* of the last run */
};

/* Appends an operation to the program. */
#define OP(...) OP_(__VA_ARGS__, 0)
#define OP_(g, name, ...)                                     \
	guest_op(&(g)->code, name, (const uint64_t[]){__VA_ARGS__}, \
		 sizeof((const uint64_t[]){__VA_ARGS__}) / 8 - 1)

static inline void guest_op(struct pkvm_asm *code, const char *name, const uint64_t *operands,
			    size_t n)
{
	if (pkvm_asm_op(code, name, operands, (unsigned int)n) != PKVM_ASM_OK)
		fail_msg("cannot assemble %s", name);
}

static inline void guest_word(struct guest *g, uint32_t at, uint64_t value)
{
	memcpy(g->memory + at, &value, sizeof(value));
}

/* A 64-bit interrupt gate to the vector's handler, which tells the vector. */
static inline void guest_handler(struct guest *g, uint32_t vector)
{
	const uint64_t at = GUEST_HANDLER + vector * 16;
	struct pkvm_asm handler;

	guest_word(g, GUEST_IDT + vector * 16,
		   (at & 0xffff) | 8u << 16 | (uint64_t)0x8e00 << 32);
	pkvm_asm_begin(&handler, g->memory + at, 16, 64);
	guest_op(&handler, "mov_imm", (const uint64_t[]){0, vector}, 2);
	guest_op(&handler, "out8", (const uint64_t[]){0x20}, 1);
	guest_op(&handler, "hlt", (const uint64_t[]){0}, 0);
	assert_int_equal(pkvm_asm_finish(&handler), PKVM_ASM_OK);
}

/* On a machine that is up. */
static inline void guest_begin_on(struct guest *g, struct machine *m, uint64_t type)
{
	memset(g, 0, sizeof(*g));
	g->m = m;
	g->vm = world_vm(type);
	g->vcpu = world_vcpu(&g->vm, 0);
	guest_word(g, GUEST_PML4, GUEST_PDPT | 7);
	guest_word(g, GUEST_PDPT, 0x87);
	guest_word(g, GUEST_GDT + 8, 0x00af9b000000ffffull);
	guest_word(g, GUEST_GDT + 16, 0x00cf93000000ffffull);
	for (uint32_t vector = 0; vector < 256; vector++)
		guest_handler(g, vector);
	pkvm_asm_begin(&g->code, g->memory + GUEST_CODE, 0x4000, 64);
}

static inline void guest_begin(struct guest *g, uint64_t type)
{
	guest_begin_on(g, world_up(1), type);
}

static inline void guest_segment(uint64_t index, uint64_t rights, uint64_t selector)
{
	const struct pkvm_segment segment = {index, 0, 0xffffffff, rights, selector};

	assert_int_equal(pkvm_hc_set_segment(&segment).error, 0);
}

static inline void guest_special_registers(void)
{
	const struct pkvm_value cr3 = {GUEST_PML4}, efer = {0x500}, cr0 = {0x80000031};
	const struct pkvm_value cr4 = {0x20}, rflags = {2};
	const struct pkvm_mmu_pgd pgd = {PKVM_PGD_CR3, cr3.value, 0, 0, 0, 0};
	const struct pkvm_descriptor_table idt = {GUEST_IDT, 0xfff}, gdt = {GUEST_GDT, 23};

	assert_int_equal(pkvm_hc_load_mmu_pgd(&pgd).error, 0);
	assert_int_equal(pkvm_hc_set_efer(&efer).error, 0);
	assert_int_equal(pkvm_hc_set_cr0(&cr0).error, 0);
	assert_int_equal(pkvm_hc_set_cr4(&cr4).error, 0);
	assert_int_equal(pkvm_hc_set_rflags(&rflags).error, 0);
	assert_int_equal(pkvm_hc_set_idt(&idt).error, 0);
	assert_int_equal(pkvm_hc_set_gdt(&gdt).error, 0);
	guest_segment(PKVM_SEG_CS, 0xa09b, 8);
	for (uint64_t index = 0; index <= PKVM_SEG_GS; index++) {
		if (index != PKVM_SEG_CS)
			guest_segment(index, 0xc093, 16);
	}
}

/* Maps the memory and puts the vCPU at the program; it is loaded afterwards. */
static inline void guest_ready(struct guest *g)
{
	const uint64_t hpa = world_pages(GUEST_PAGES);
	const struct pkvm_mapping mapping = {0, hpa, GUEST_SIZE, 1};
	struct pkvm_shared_page *page = world_page(&g->vcpu);

	assert_int_equal(pkvm_asm_finish(&g->code), PKVM_ASM_OK);
	assert_true(machine_host_write(hpa, g->memory, GUEST_SIZE));
	world_load(&g->vcpu);
	guest_special_registers();
	world_finalize(&g->vm);
	world_topup(&g->vm, 8);
	assert_int_equal(pkvm_hc_vm_mmu_map(&mapping).error, 0);
	page->regs.rip = GUEST_CODE;
	page->regs.gpr[PKVM_GPR_RSP] = GUEST_STACK;
}

static inline int64_t guest_run_status(struct guest *g)
{
	const struct pkvm_run run = {0, 0};

	return pkvm_hc_vcpu_run(&run, &g->exit).error;
}

/* Runs until an exit, which must be of the kind. */
static inline void guest_run(struct guest *g, uint64_t kind)
{
	assert_int_equal(guest_run_status(g), 0);
	if (g->exit.kind != kind)
		fail_msg("exit kind %llu (0x%llx 0x%llx 0x%llx), not %llu",
			 (unsigned long long)g->exit.kind, (unsigned long long)g->exit.word0,
			 (unsigned long long)g->exit.word1, (unsigned long long)g->exit.word2,
			 (unsigned long long)kind);
}

/* Runs until the guest writes a byte to a port. */
static inline void guest_run_out(struct guest *g, uint64_t port, uint64_t value)
{
	guest_run(g, PKVM_EXIT_OUT);
	assert_int_equal(g->exit.word0, port);
	assert_int_equal(g->exit.word1, 1);
	assert_int_equal(g->exit.word2, value);
}

/* The vCPU as the hypervisor keeps it. */
static inline struct pkvm_vcpu *guest_vcpu(const struct guest *g)
{
	return pkvm_plat_private(g->vcpu.area);
}

static inline void guest_end(struct guest *g)
{
	world_put(&g->vcpu);
	world_free_vcpu(&g->vcpu);
	world_destroy(&g->vm);
	world_end(g->m);
}

#endif
