/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The machine as the host finds it: the processor, but for VMX. */
#include "../../../baremetal/common/exception.h"
#include "../../../baremetal/common/x86.h"
#include "cpuid.h"
#include "harness.h"

#define CR0_NE PKVM_BIT(5)
#define CR4_VMXE PKVM_BIT(13)
#define CR4_OSXSAVE PKVM_BIT(18)

static uint32_t cpuid_ecx(uint32_t leaf)
{
	uint32_t regs[4];

	processor_cpuid(leaf, 0, regs);
	return regs[ECX];
}

/* The instruction, with these operands, raises this exception; 0 none. */
#define EXPECT_FAULT(VECTOR, INSTRUCTION, ...)                     \
	do {                                                       \
		uint64_t vector_;                                  \
		__asm__ volatile("	xorl	%%r11d, %%r11d\n"  \
				 "1:	" INSTRUCTION "\n"         \
				 "2:	movq	%%r11, %0\n"       \
				 EXCEPTION_FIXUP("1b", "2b")       \
				 : "=r"(vector_)                   \
				 : __VA_ARGS__                     \
				 : "cc", "memory", "r11");         \
		EXPECT_EQUAL(vector_, VECTOR);                     \
	} while (0)

static void test_boot_information_describes_memory(void)
{
	EXPECT_EQUAL(host_boot_info->version, 1);
	EXPECT(host_boot_info->nr_cpus >= 1);
	EXPECT_EQUAL(host_boot_info->nr_regions, 4);
	EXPECT_EQUAL(host_boot_info->region[2].address, 62 << 20);
	EXPECT_EQUAL(host_boot_info->region[2].size, 2 << 20);
	EXPECT_EQUAL(host_boot_info->region[2].kind, PKVM_REGION_HYPERVISOR);
}

/* The tests bring none, or the numbers from 1 on, a line each, as seq prints them. */
static void test_commands_came_along_whole(void)
{
	const char *text = (const char *)(uintptr_t)host_boot_info->commands;
	const char *end = text + host_boot_info->commands_size;
	uint64_t expected = 1, number = 0;

	for (; text < end; text++) {
		if (*text != '\n') {
			number = number * 10 + (uint64_t)(*text - '0');
			continue;
		}
		EXPECT_EQUAL(number, expected);
		expected++;
		number = 0;
	}
	EXPECT_EQUAL(number, 0);
	if (host_boot_info->commands_size)
		EXPECT_EQUAL(expected, 200001);
}

/* Intel PT, hardware feedback, BTS and PEBS write memory that the host may not reach. */
static void test_the_processor_traces_nothing_into_memory(void)
{
	uint32_t regs[4];

	processor_cpuid(1, 0, regs);
	EXPECT_EQUAL(regs[EDX] >> 21 & 1, 0);
	EXPECT_EQUAL(regs[ECX] & 0x14, 0);
	processor_cpuid(7, 0, regs);
	EXPECT_EQUAL(regs[EBX] >> 25 & 1, 0);
	for (uint32_t msr = 0x560; msr <= 0x587; msr++)
		EXPECT(!host_wrmsr(msr, 0));
	EXPECT(!host_wrmsr(0x3f1, 0));
	EXPECT(!host_wrmsr(0x600, 0));
	EXPECT(!host_wrmsr(0x17d0, 0));
	EXPECT(!host_wrmsr(0x17d1, 0));
	processor_cpuid(0xd, 1, regs);
	EXPECT_EQUAL(regs[ECX] & 0x100, 0);
	EXPECT_EQUAL(host_wrmsr(0xda0, 0), regs[EAX] >> 3 & 1);
	EXPECT(!host_wrmsr(0xda0, 0x100));
}

static void test_the_processor_has_no_vmx(void)
{
	static uint64_t region;
	uint64_t value;

	EXPECT_EQUAL(cpuid_ecx(1) >> 5 & 1, 0);
	EXPECT(!host_rdmsr(0x3a, &value));
	for (uint32_t msr = 0x480; msr <= 0x491; msr++)
		EXPECT(!host_rdmsr(msr, &value) && !host_wrmsr(msr, 0));
	EXPECT(!host_wrmsr(0x3a, 5));
	EXPECT_EQUAL(x86_read_cr4() & CR4_VMXE, 0);
	EXPECT_FAULT(13, "movq %1, %%cr4", "r"(x86_read_cr4() | CR4_VMXE));
	EXPECT_FAULT(6, "vmxon %1", "m"(region));
	EXPECT_FAULT(6, "vmxoff", "m"(region));
	EXPECT_FAULT(6, "vmclear %1", "m"(region));
	EXPECT_FAULT(6, "vmptrld %1", "m"(region));
	EXPECT_FAULT(6, "vmptrst %1", "m"(region));
	EXPECT_FAULT(6, "vmread %1, %1", "r"((uint64_t)0x681e));
	EXPECT_FAULT(6, "vmwrite %1, %1", "r"((uint64_t)0x681e));
	EXPECT_FAULT(6, "vmlaunch", "m"(region));
	EXPECT_FAULT(6, "vmresume", "m"(region));
	EXPECT_FAULT(6, "invept %1, %2", "m"(region), "r"((uint64_t)2));
	EXPECT_FAULT(6, "invvpid %1, %2", "m"(region), "r"((uint64_t)2));
}

static void test_bits_that_vmx_operation_fixes_stay(void)
{
	EXPECT_FAULT(13, "movq %1, %%cr0", "r"(x86_read_cr0() & ~CR0_NE));
	EXPECT(x86_read_cr0() & CR0_NE);
	x86_write_cr4(x86_read_cr4());
}

static void test_cpuid_mirrors_the_hosts_own_cr4(void)
{
	if (!(cpuid_ecx(1) >> 26 & 1)) {
		EXPECT_FAULT(13, "movq %1, %%cr4", "r"(x86_read_cr4() | CR4_OSXSAVE));
		return;
	}
	EXPECT_EQUAL(cpuid_ecx(1) >> 27 & 1, 0);
	EXPECT_FAULT(0, "movq %1, %%cr4", "r"(x86_read_cr4() | CR4_OSXSAVE));
	EXPECT_EQUAL(cpuid_ecx(1) >> 27 & 1, 1);
	EXPECT_FAULT(0, "xsetbv", "a"(3), "c"(0), "d"(0));
	EXPECT_FAULT(13, "xsetbv", "a"(2), "c"(0), "d"(0));
	EXPECT_FAULT(13, "xsetbv", "a"(3), "c"(1), "d"(0));
}

static void test_efer_is_the_hosts(void)
{
	uint64_t efer = 0;

	EXPECT(host_rdmsr(0xc0000080, &efer));
	EXPECT_EQUAL(efer, 0xd01);
	EXPECT(host_wrmsr(0xc0000080, efer & ~UINT64_C(1)));
	EXPECT(host_rdmsr(0xc0000080, &efer));
	EXPECT_EQUAL(efer, 0xd00);
	EXPECT(host_wrmsr(0xc0000080, 0xd01));
	EXPECT(!host_wrmsr(0xc0000080, 0xd01 | PKVM_BIT(20)));
}

static void test_the_local_apic_stays_where_nmis_find_it(void)
{
	uint64_t base = 0;

	EXPECT(host_rdmsr(0x1b, &base));
	EXPECT(!host_wrmsr(0x1b, base + 0x1000));
	EXPECT(!host_wrmsr(0x1b, base & ~PKVM_BIT(11)));
	EXPECT(host_wrmsr(0x1b, base));
}

static void test_no_page_of_the_hypervisors_can_be_touched(void)
{
	uint64_t value;

	for (uint64_t pa = 62 << 20; pa < 68 << 20; pa += 4096) {
		EXPECT(!host_read64(pa, &value));
		EXPECT(!host_read64(pa + 4088, &value));
		EXPECT(!host_write64(pa, 0));
	}
	EXPECT(host_read64((62 << 20) - 8, &value));
	EXPECT(host_read64(68 << 20, &value));
}

const struct expect_test machine_tests[] = {
	TEST(test_boot_information_describes_memory),
	TEST(test_commands_came_along_whole),
	TEST(test_the_processor_traces_nothing_into_memory),
	TEST(test_the_processor_has_no_vmx),
	TEST(test_bits_that_vmx_operation_fixes_stay),
	TEST(test_cpuid_mirrors_the_hosts_own_cr4),
	TEST(test_efer_is_the_hosts),
	TEST(test_the_local_apic_stays_where_nmis_find_it),
	TEST(test_no_page_of_the_hypervisors_can_be_touched),
	{0},
};
