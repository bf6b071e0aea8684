/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * A platform in two arrays for tests of the model engine: physical memory, MSRs,
 * two processors, and a VMCS that enters a real-mode guest at 0000:1000.
 *
 * One test program includes it once. Physical page numbers are literals here:
 * the guest has the first 512 KiB, mapped to themselves by EPT.
 */
#ifndef PKVM_UNIT_MODEL_FIXTURE_H
#define PKVM_UNIT_MODEL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "lib/platform.h"
#include "lib/vmcs/field.h"
#include "lib/vmcs/model.h"

#define MEMORY_SIZE  0x200000u
#define GUEST_CODE   0x1000u
#define VMXON_PAGE   0x100000u
#define VMCS_A       0x101000u
#define VMCS_B       0x102000u
#define EPT_PML4     0x103000u
#define EPT_PDPT     0x104000u
#define EPT_PD       0x105000u
#define APIC_PAGE    0x106000u
#define MSR_PAGE     0x107000u
#define ACCESS_PAGE  0x108000u
#define REVISION     0x11e57ed0u

/* MSRs that hold a value here; a few others exist, IA32_TPR (0x808) among them. */
#define STAR         0xc0000081u
#define LSTAR        0xc0000082u

static _Alignas(4096) uint8_t memory[MEMORY_SIZE];
static struct model_cpu processors[2];
static unsigned int this_cpu;
static uint64_t star_msrs[2];
static uint64_t apic_base;
static uint64_t xmm[32];

unsigned int pkvm_plat_cpu(void)
{
	return this_cpu;
}

struct model_cpu *pkvm_model_cpu(void)
{
	return &processors[this_cpu];
}

void *pkvm_plat_private(uint64_t pa)
{
	assert_true(pa < MEMORY_SIZE && !(pa & 0xfff));
	return memory + pa;
}

bool pkvm_plat_rdmsr(uint32_t index, uint64_t *value)
{
	*value = index == 0x1b ? apic_base : 0;
	if (index == STAR || index == LSTAR)
		*value = star_msrs[index - STAR];
	return index == STAR || index == LSTAR || index == 0x1b || index == 0x277 ||
	       index == 0xc0000080u;
}

bool pkvm_plat_wrmsr(uint32_t index, uint64_t value)
{
	if (index == STAR || index == LSTAR)
		star_msrs[index - STAR] = value;
	return index == STAR || index == LSTAR || index == 0x808;
}

uint64_t pkvm_plat_tsc(void)
{
	return processors[this_cpu].instructions;
}

void pkvm_plat_cpuid(uint32_t leaf, uint32_t subleaf, struct pkvm_cpuid_regs *regs)
{
	(void)leaf;
	(void)subleaf;
	memset(regs, 0, sizeof(*regs));
}

uint64_t pkvm_plat_read_xcr0(void)
{
	return 3;
}

uint32_t pkvm_plat_read_pkru(void)
{
	return 0;
}

void pkvm_plat_write_pkru(uint32_t value)
{
	assert_int_equal(value, 0);
}

_Noreturn void pkvm_plat_panic(const char *why)
{
	fail_msg("%s", why);
	abort();
}

uint64_t *pkvm_model_xmm(void);
uint64_t *pkvm_model_xmm(void)
{
	return xmm;
}

static void poke(uint64_t pa, uint64_t value)
{
	memcpy(memory + pa, &value, sizeof(value));
}

static inline uint64_t peek(uint64_t pa)
{
	uint64_t value;

	memcpy(&value, memory + pa, sizeof(value));
	return value;
}

/* The capability MSRs of a Skylake-class processor; MISC[29] is clear. */
static const struct pkvm_vmx_caps skylake = {
	.basic = 0x00d8100000000000ull | REVISION,
	.pinbased_ctls = 0x0000007f00000016ull,
	.procbased_ctls = 0xfff9fffe0401e172ull,
	.exit_ctls = 0x01ffffff00036dffull,
	.entry_ctls = 0x0003ffff000011ffull,
	.true_pinbased_ctls = 0x0000007f00000016ull,
	.true_procbased_ctls = 0xfff9fffe04006172ull,
	.true_exit_ctls = 0x01ffffff00036dfbull,
	.true_entry_ctls = 0x0003ffff000011fbull,
	.procbased_ctls2 = 0x02177fff00000000ull,
	.misc = 0x400401e0ull,
	.cr0_fixed0 = 0x80000021ull,
	.cr0_fixed1 = 0xffffffffull,
	.cr4_fixed0 = 0x2000ull,
	.cr4_fixed1 = 0x3727ffull,
	.ept_vpid_cap = 0x00000f0106334141ull,
	.maxphyaddr = 39,
	.linear_address_bits = 48,
	.efer_supported = true,
};

static void put(uint32_t encoding, uint64_t value)
{
	assert_int_equal(pkvm_vmcs_write(encoding, value), 0);
}

static uint64_t get(uint32_t encoding)
{
	uint64_t value = 0;

	assert_int_equal(pkvm_vmcs_read(encoding, &value), 0);
	return value;
}

/* Two processors in VMX operation and no VMCS; memory is zero. */
static void power_on(void)
{
	memset(memory, 0, sizeof(memory));
	memset(star_msrs, 0, sizeof(star_msrs));
	memset(processors, 0, sizeof(processors));
	apic_base = 0;
	for (unsigned int i = 2; i-- > 0;) {
		this_cpu = i;
		processors[i].caps = skylake;
		poke(VMXON_PAGE + 0x10000u * i, REVISION);
		assert_int_equal(pkvm_vmcs_cpu_on(VMXON_PAGE + 0x10000u * i), 0);
	}
	poke(VMCS_A, REVISION);
	poke(VMCS_B, REVISION);
	poke(EPT_PML4, EPT_PDPT | 7);
	poke(EPT_PDPT, EPT_PD | 7);
	poke(EPT_PD, 0 | 0xb7);         /* 2-MByte page, write-back, R W X */
}

static void program_controls(void)
{
	put(PKVM_VMCS_PIN_BASED_VM_EXEC_CONTROL, 0x16);
	put(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL, 0x840061f2u);  /* HLT, secondary */
	put(PKVM_VMCS_SECONDARY_VM_EXEC_CONTROL, 0x82);         /* EPT, unrestricted */
	put(PKVM_VMCS_VM_EXIT_CONTROLS, 0x336fffu);     /* host 64, EFER, debug controls */
	put(PKVM_VMCS_VM_ENTRY_CONTROLS, 0x91ffu);      /* EFER, debug controls */
	put(PKVM_VMCS_EPT_POINTER, EPT_PML4 | 0x1e);
	put(PKVM_VMCS_VMCS_LINK_POINTER, ~0ull);
}

static void program_host(void)
{
	put(PKVM_VMCS_HOST_CR0, 0x80050033u);
	put(PKVM_VMCS_HOST_CR4, 0x2020);
	put(PKVM_VMCS_HOST_IA32_EFER, 0xd01);
	put(PKVM_VMCS_HOST_CS_SELECTOR, 0x10);
	put(PKVM_VMCS_HOST_TR_SELECTOR, 0x40);
}

/* Reset-like state, but at 0000:1000 with a stack below 0000:8000. */
static void program_guest(void)
{
	for (uint32_t i = 0; i < 6; i++) {
		put(PKVM_VMCS_GUEST_ES_LIMIT + 2 * i, 0xffff);
		put(PKVM_VMCS_GUEST_ES_AR_BYTES + 2 * i, i == 1 ? 0x9b : 0x93);
	}
	put(PKVM_VMCS_GUEST_LDTR_AR_BYTES, 0x10000);
	put(PKVM_VMCS_GUEST_TR_LIMIT, 0xffff);
	put(PKVM_VMCS_GUEST_TR_AR_BYTES, 0x8b);
	put(PKVM_VMCS_GUEST_GDTR_LIMIT, 0xffff);
	put(PKVM_VMCS_GUEST_IDTR_LIMIT, 0x3ff);
	put(PKVM_VMCS_GUEST_CR0, 0x30);
	put(PKVM_VMCS_GUEST_CR4, 0x2000);
	put(PKVM_VMCS_GUEST_DR7, 0x400);
	put(PKVM_VMCS_GUEST_RFLAGS, 2);
	put(PKVM_VMCS_GUEST_RIP, GUEST_CODE);
	put(PKVM_VMCS_GUEST_RSP, 0x8000);
}

static struct pkvm_guest_regs regs;

/* Enters the guest, which must exit with this exit reason. */
static inline void launch(uint32_t reason)
{
	assert_int_equal(pkvm_vmcs_enter(&regs, false), 0);
	assert_int_equal(get(0x4402), reason);
	assert_null(processors[0].regs);
}

static inline void resume(uint32_t reason)
{
	assert_int_equal(pkvm_vmcs_enter(&regs, true), 0);
	assert_int_equal(get(0x4402), reason);
}

/* A cmocka setup: VMCS A is current, valid and clear; the guest is NOPs. */
static int real_mode_guest(void **state)
{
	(void)state;
	power_on();
	memset(&regs, 0, sizeof(regs));
	assert_int_equal(pkvm_vmcs_clear(VMCS_A), 0);
	assert_int_equal(pkvm_vmcs_load(VMCS_A), 0);
	program_controls();
	program_host();
	program_guest();
	memset(memory + GUEST_CODE, 0x90, 0x1000);
	return 0;
}

/* Adds bits to a field. */
static inline void also(uint32_t encoding, uint64_t bits)
{
	put(encoding, get(encoding) | bits);
}

static inline void without(uint32_t encoding, uint64_t bits)
{
	put(encoding, get(encoding) & ~bits);
}

#define GUEST(test) cmocka_unit_test_setup(test, real_mode_guest)

/* Bytes of guest code at 0000:1000. */
#define CODE(...)                                                                         \
	do {                                                                              \
		static const uint8_t bytes[] = {__VA_ARGS__};                             \
		memcpy(memory + GUEST_CODE, bytes, sizeof(bytes));                        \
	} while (0)

#endif
