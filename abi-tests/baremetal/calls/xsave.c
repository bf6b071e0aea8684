/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Extended state under XSAVE: the guest's XCR0 and registers, and the host's. */
#include "../../../baremetal/common/x86.h"
#include "cpuid.h"
#include "kernel.h"

#define ECX_XSAVE   PKVM_BIT(26)
#define ECX_AVX     PKVM_BIT(28)
#define CR4_OSXSAVE PKVM_BIT(18)

static bool has_avx(void)
{
	uint32_t regs[4];

	processor_cpuid(1, 0, regs);
	return (regs[ECX] & ECX_XSAVE) && (regs[ECX] & ECX_AVX);
}

static uint64_t read_xcr0(void)
{
	uint32_t low, high;

	__asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
	return (uint64_t)high << 32 | low;
}

/* The upper half of YMM3, which only AVX reaches. */
static uint64_t read_ymm3(void)
{
	uint64_t value;

	__asm__ volatile("vextractf128 $1, %%ymm3, %%xmm4; movq %%xmm4, %0" : "=r"(value));
	return value;
}

static void write_ymm3(uint64_t value)
{
	__asm__ volatile("movq %0, %%xmm4\n"
			 "vinsertf128 $1, %%xmm4, %%ymm3, %%ymm3"
			 : : "r"(value));
}

static void make_program(struct kernel *k)
{
	OP(k, "mov_from_cr", RAX, 4);
	OP(k, "or_imm", RAX, CR4_OSXSAVE);
	OP(k, "mov_to_cr", 4, RAX);
	OP(k, "mov_imm", RCX, 0);
	OP(k, "mov_imm", RAX, 7);
	OP(k, "mov_imm", RDX, 0);
	OP(k, "xsetbv");
	OP(k, "mov_imm", RAX, 0x12345678);
	OP(k, "mov_to_xmm", 3, RAX);
	OP(k, "hlt");
	OP(k, "mov_from_xmm", RAX, 3);
	OP(k, "out32", 0x30);
	OP(k, "hlt");
}

static void test_extended_state_is_swapped_whole(void)
{
	struct kernel k;

	if (!has_avx())
		return;
	x86_write_cr4(x86_read_cr4() | CR4_OSXSAVE);
	__asm__ volatile("xsetbv" : : "a"(7), "c"(0), "d"(0));
	kernel_begin(&k);
	(void)vcpu_set_cpuid();
	make_program(&k);
	kernel_ready(&k);
	write_ymm3(0x4242);
	EXPECT_EQUAL(read_ymm3(), 0x4242);
	kernel_run(&k, PKVM_EXIT_HLT);
	EXPECT_EQUAL(read_xcr0(), 7);
	EXPECT_EQUAL(read_ymm3(), 0);
	write_ymm3(0x4242);
	kernel_run_out(&k, 0x30, 0x12345678);
	EXPECT_EQUAL(read_ymm3(), 0);
	vm_destroy(&k.vm);
}

const struct expect_test xsave_tests[] = {
	TEST(test_extended_state_is_swapped_whole),
	{0},
};
