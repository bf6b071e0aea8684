/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Extended state under XSAVE: the guest's XCR0 and registers, and the host's. */
#include "../../../baremetal/common/x86.h"
#include "../../../host/platform.h"
#include "kernel.h"

#define ECX_XSAVE   PKVM_BIT(26)
#define ECX_AVX     PKVM_BIT(28)
#define CR4_OSXSAVE PKVM_BIT(18)
#define LEAVES      sizeof(leaves) / sizeof(leaves[0])

static const uint32_t leaves[][2] = {
	{0, 0}, {1, 0}, {7, 0}, {0xd, 0}, {0xd, 1}, {0xd, 2},
	{0x80000000, 0}, {0x80000001, 0}, {0x80000008, 0},
};

static void cpuid(struct pkvm_cpuid_entry *entry)
{
	uint32_t a = entry->function, b, c = entry->index, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	entry->eax = a;
	entry->ebx = b;
	entry->ecx = c;
	entry->edx = d;
}

static bool has_avx(void)
{
	struct pkvm_cpuid_entry version = {.function = 1};

	cpuid(&version);
	return (version.ecx & ECX_XSAVE) && (version.ecx & ECX_AVX);
}

/* The processor's own leaves, as KVM would give them. */
static void set_cpuid(void)
{
	const uint64_t page = pkvm_host_plat_alloc(1);
	const struct pkvm_cpuid_table table = {page, PKVM_PAGE_SIZE, LEAVES};
	struct pkvm_cpuid_entry *entries = pkvm_host_plat_ptr(page);
	struct pkvm_reclaim old;

	for (unsigned int i = 0; i < LEAVES; i++) {
		entries[i] = (struct pkvm_cpuid_entry){
			.function = leaves[i][0],
			.index = leaves[i][1],
			.flags = leaves[i][0] == 7 || leaves[i][0] == 0xd,
		};
		cpuid(&entries[i]);
	}
	EXPECT_EQUAL(pkvm_hc_vcpu_after_set_cpuid(&table, &old).error, 0);
	EXPECT_EQUAL(old.ranges, 0);
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
	set_cpuid();
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
