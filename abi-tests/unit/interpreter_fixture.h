/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One modelled processor in the middle of a guest, for tests of the interpreter:
 * no VM entry, two megabytes of memory mapped to itself by EPT and by the
 * guest's own paging. One test program includes it once.
 */
#ifndef PKVM_UNIT_INTERPRETER_FIXTURE_H
#define PKVM_UNIT_INTERPRETER_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "lib/platform.h"
#include "lib/vmcs/model.h"

#define MEMORY_SIZE 0x200000u
#define CODE_AT     0x4000u     /* one page of guest code                        */
#define STACK_TOP   0x8000u
#define DATA        0x9000u
#define GDT         0xa000u
#define IDT         0xb000u
#define TSS         0xc000u
#define HANDLER     0xd000u
#define PML4        0x10000u
#define PDPT        0x11000u
#define PD          0x12000u
#define PT          0x13000u    /* linear 0 to 2 MBytes, 4-KByte pages           */
#define EPT_PML4    0x20000u
#define EPT_PDPT    0x21000u
#define EPT_PD      0x22000u
#define EPT_PT      0x23000u    /* the same of guest-physical addresses          */
#define MSR_MAP     0x24000u
#define IO_MAP_A    0x25000u
#define IO_MAP_B    0x26000u
#define VAPIC       0x27000u

static _Alignas(4096) uint8_t memory[MEMORY_SIZE];
static struct model_vmcs vmcs;
static struct pkvm_guest_regs regs;
static struct model_cpu cpu;
static struct model_exit vmexit;
static uint64_t xmm[32];
static uint64_t star;
static uint32_t pkru;

void *pkvm_plat_private(uint64_t pa)
{
	return pa < MEMORY_SIZE ? memory + pa : NULL;
}

/* One physical MSR, IA32_STAR. */
bool pkvm_plat_rdmsr(uint32_t index, uint64_t *value)
{
	*value = star;
	return index == 0xc0000081u;
}

bool pkvm_plat_wrmsr(uint32_t index, uint64_t value)
{
	if (index == 0xc0000081u)
		star = value;
	return index == 0xc0000081u;
}

uint64_t pkvm_plat_tsc(void)
{
	return 0x100000003ull;
}

uint64_t pkvm_plat_read_xcr0(void)
{
	return 7;
}

uint32_t pkvm_plat_read_pkru(void)
{
	return pkru;
}

void pkvm_plat_write_pkru(uint32_t value)
{
	pkru = value;
}

uint64_t *pkvm_model_xmm(void);
uint64_t *pkvm_model_xmm(void)
{
	return xmm;
}

#define F(NAME) vmcs.value[PKVM_VMCS_INDEX_##NAME]
#define GPR(NAME) regs.gpr[PKVM_GPR_##NAME]

static inline void poke(uint64_t pa, uint64_t value)
{
	memcpy(memory + pa, &value, sizeof(value));
}

static inline uint64_t peek(uint64_t pa)
{
	uint64_t value;

	memcpy(&value, memory + pa, sizeof(value));
	return value;
}

/* Bytes of guest code where RIP is. */
#define CODE(...)                                                                         \
	do {                                                                              \
		static const uint8_t bytes[] = {__VA_ARGS__};                             \
		memcpy(memory + CODE_AT, bytes, sizeof(bytes));                           \
	} while (0)

static inline void map_everything(void)
{
	poke(EPT_PML4, EPT_PDPT | 7);
	poke(EPT_PDPT, EPT_PD | 7);
	poke(EPT_PD, EPT_PT | 7);
	poke(PML4, PDPT | 0x27);
	poke(PDPT, PD | 0x27);
	poke(PD, PT | 0x27);
	for (uint64_t i = 0; i < 512; i++) {
		poke(EPT_PT + 8 * i, i << 12 | 0x37);   /* write-back, R W X    */
		poke(PT + 8 * i, i << 12 | 0x67);       /* P RW US A D          */
	}
}

static inline void segment(unsigned int index, uint64_t selector, uint64_t limit, uint64_t ar)
{
	(&F(GUEST_ES_SELECTOR))[index] = selector;
	(&F(GUEST_ES_LIMIT))[index] = limit;
	(&F(GUEST_ES_AR_BYTES))[index] = ar;
	(&F(GUEST_ES_BASE))[index] = 0;
}

static inline void common_state(void)
{
	memset(memory, 0, sizeof(memory));
	memset(&vmcs, 0, sizeof(vmcs));
	memset(&regs, 0, sizeof(regs));
	memset(&vmexit, 0, sizeof(vmexit));
	memset(xmm, 0, sizeof(xmm));
	star = 0;
	pkru = 0;
	cpu = (struct model_cpu){ .vmcs = &vmcs, .regs = &regs };
	cpu.caps.maxphyaddr = 39;
	cpu.caps.ept_vpid_cap = 0x00000f0106334141ull;
	cpu.caps.cr0_fixed0 = 0x80000021;
	cpu.caps.cr0_fixed1 = 0xffffffff;
	cpu.caps.cr4_fixed0 = 0x2000;
	cpu.caps.cr4_fixed1 = 0x7727ff;
	map_everything();
	F(CPU_BASED_VM_EXEC_CONTROL) = 0x80000000u;     /* secondary controls   */
	F(SECONDARY_VM_EXEC_CONTROL) = 0x82;            /* EPT, unrestricted    */
	F(EPT_POINTER) = EPT_PML4 | 0x1e;
	F(GUEST_RIP) = CODE_AT;
	F(GUEST_RFLAGS) = 2;
	F(GUEST_DR7) = 0x400;
	F(GUEST_CR4) = 0x2000;
	regs.dr6 = 0xffff0ff0;
	GPR(RSP) = STACK_TOP;
	F(GUEST_GDTR_BASE) = GDT;
	F(GUEST_GDTR_LIMIT) = 0x7f;
	F(GUEST_IDTR_BASE) = IDT;
	F(GUEST_IDTR_LIMIT) = 0xfff;
}

/* GDT: 08 code64, 10 data, 18 user code64, 20 user data, 28 code32, 30 TSS. */
static inline void descriptor_tables(void)
{
	poke(GDT + 0x08, 0x00af9b000000ffffull);
	poke(GDT + 0x10, 0x00cf93000000ffffull);
	poke(GDT + 0x18, 0x00affb000000ffffull);
	poke(GDT + 0x20, 0x00cff3000000ffffull);
	poke(GDT + 0x28, 0x00cf9b000000ffffull);
	poke(GDT + 0x30, 0x00008b000c000067ull);
	poke(GDT + 0x38, 0);
	segment(7, 0x30, 0x67, 0x8b);
	(&F(GUEST_ES_BASE))[7] = TSS;
	segment(6, 0, 0, 0x10000);
}

/* 64-bit mode, privilege level 0, 4-level paging. */
static inline int guest64(void **state)
{
	(void)state;
	common_state();
	descriptor_tables();
	for (unsigned int i = 0; i < 6; i++)
		segment(i, i == 1 ? 0x08 : 0x10, 0xffffffff, i == 1 ? 0xa09b : 0xc093);
	F(GUEST_CR0) = 0x80000033;
	F(GUEST_CR3) = PML4;
	F(GUEST_CR4) = 0x2020;
	F(GUEST_IA32_EFER) = 0xd01;
	return 0;
}

/* 32-bit protected mode, flat, without paging. */
static inline int guest32(void **state)
{
	(void)guest64(state);
	F(GUEST_CR0) = 0x33;
	F(GUEST_CR4) = 0x2000;
	F(GUEST_IA32_EFER) = 0;
	segment(1, 0x28, 0xffffffff, 0xc09b);
	return 0;
}

/* Real-address mode at 0000:4000, interrupt-vector table at IDT. */
static inline int guest16(void **state)
{
	(void)state;
	common_state();
	for (unsigned int i = 0; i < 6; i++)
		segment(i, 0, 0xffff, i == 1 ? 0x9b : 0x93);
	F(GUEST_CR0) = 0x30;
	return 0;
}

/* Privilege level 3 of 64-bit mode. */
static inline void user(void)
{
	segment(1, 0x1b, 0xffffffff, 0xa0fb);
	segment(2, 0x23, 0xffffffff, 0xc0f3);
}

/* Gate of the 64-bit IDT to HANDLER. */
static inline void gate64(unsigned int vector, uint64_t dpl, uint64_t ist, uint64_t type)
{
	poke(IDT + 16 * vector, 0x80ull << 40 | dpl << 45 | type << 40 | ist << 32 | 8 << 16 |
				HANDLER);
	poke(IDT + 16 * vector + 8, 0);
}

static inline enum model_step step(void)
{
	memset(&vmexit, 0, sizeof(vmexit));
	return model_step(&cpu, &vmexit);
}

static inline void run(unsigned int instructions)
{
	for (unsigned int i = 0; i < instructions; i++)
		assert_int_equal(step(), MODEL_STEP_NEXT);
}

static inline void exits(uint32_t reason, uint64_t qualification)
{
	assert_int_equal(step(), MODEL_STEP_EXIT);
	assert_int_equal(vmexit.reason, reason);
	assert_int_equal(vmexit.qualification, qualification);
}

/* An exception exit by the exception bitmap. */
static inline void faults(unsigned int vector, bool has_error, uint32_t error)
{
	F(EXCEPTION_BITMAP) = ~0ull;
	assert_int_equal(step(), MODEL_STEP_EXIT);
	assert_int_equal(vmexit.reason, 0);
	assert_int_equal(vmexit.interruption_info,
			 0x80000300u | (has_error ? 0x800u : 0u) | vector);
	assert_int_equal(vmexit.interruption_error, error);
	assert_int_equal(F(GUEST_RIP), CODE_AT);
}

#endif
