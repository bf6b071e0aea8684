/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests what the CPUID instruction answers from a vCPU's table and its state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "../../lib/cpuid.h"
#include "capture.h"

static struct pkvm_cpuid_entry table[256];
static uint32_t count;
static struct pkvm_cpuid_runtime now;
static struct pkvm_cpuid_regs regs;

static int setup(void **state)
{
	(void)state;
	now.cr4 = 0;
	now.xcr0 = 1;
	now.xss = 0;
	now.apic_enabled = false;
	count = capture_read(__FILE__, "sapphire-rapids-cpuid-instruction.txt", table, 256);
	return count == 66 ? 0 : -1;
}

static void ask(uint32_t leaf, uint32_t subleaf)
{
	memset(&regs, 0xee, sizeof(regs));
	pkvm_cpuid_answer(table, count, &now, leaf, subleaf, &regs);
}

static void assert_regs(uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	assert_int_equal(regs.eax, eax);
	assert_int_equal(regs.ebx, ebx);
	assert_int_equal(regs.ecx, ecx);
	assert_int_equal(regs.edx, edx);
}

static void test_entry_of_the_table_is_answered(void **state)
{
	(void)state;
	ask(0, 0);
	assert_regs(0x20, 0x756e6547, 0x6c65746e, 0x49656e69);
	ask(4, 2);
	assert_regs(0x04000143, 0x03c0003f, 0x7ff, 0);
	ask(0x80000007, 0);
	assert_regs(0, 0, 0, 0x100);
}

static void test_subleaf_of_a_leaf_without_subleaves_is_ignored(void **state)
{
	(void)state;
	ask(0, 0xffffffff);
	assert_regs(0x20, 0x756e6547, 0x6c65746e, 0x49656e69);
}

static void test_leaf_in_range_without_an_entry_reads_as_zero(void **state)
{
	(void)state;
	ask(7, 3);
	assert_regs(0, 0, 0, 0);
	ask(0xd, 62);
	assert_regs(0, 0, 0, 0);
	table[1].function = 0x21; /* leaf 1 is gone */
	ask(1, 0);
	assert_regs(0, 0, 0, 0);
}

static void test_leaf_out_of_range_reads_as_the_highest_basic_leaf(void **state)
{
	const uint32_t leaves[] = {0x17, 0x1000, 0x3fffffff, 0x80000009, 0xc0000000, ~0u};
	size_t i;

	(void)state;
	table[0].eax = 0x16;
	for (i = 0; i < count; i++) {
		if (table[i].function == 0x16)
			table[i].ebx = 0x1234;
		if (table[i].function == 0x17)
			table[i].function = 0x3;
	}
	for (i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		ask(leaves[i], 0);
		assert_regs(0, 0x1234, 0, 0);
	}
}

static void test_highest_basic_leaf_out_of_range_follows_the_state_too(void **state)
{
	(void)state;
	table[0].eax = 0xd;
	now.xcr0 = 0x7;
	ask(0x21, 0);
	assert_regs(0x602e7, 832, 0x2b00, 0);
}

static void test_hypervisors_range_without_an_entry_reads_as_zero(void **state)
{
	(void)state;
	ask(0x40000002, 0);
	assert_regs(0, 0, 0, 0);
	ask(0x4fffffff, 0);
	assert_regs(0, 0, 0, 0);
	ask(0x40000000, 0);
	assert_regs(0x40000001, 0x4b4d564b, 0x564b4d56, 0x4d);
}

static void test_empty_table_answers_zero(void **state)
{
	(void)state;
	count = 0;
	ask(0, 0);
	assert_regs(0, 0, 0, 0);
	ask(0x80000001, 0);
	assert_regs(0, 0, 0, 0);
}

static void test_osxsave_follows_cr4(void **state)
{
	(void)state;
	ask(1, 0);
	assert_int_equal(regs.ecx, 0xf7fa3203); /* the capture's 0xfffa3203 had it set */
	now.cr4 = 0x40000;
	ask(1, 0);
	assert_int_equal(regs.ecx, 0xfffa3203);
	now.cr4 = ~0x40000ull;
	ask(1, 0);
	assert_int_equal(regs.ecx, 0xf7fa3203);
}

static void test_ospke_follows_cr4(void **state)
{
	(void)state;
	ask(7, 0);
	assert_int_equal(regs.ecx, 0x1b415fce);
	now.cr4 = 0x400000;
	ask(7, 0);
	assert_int_equal(regs.ecx, 0x1b415fde);
	ask(7, 1);
	assert_int_equal(regs.ecx, 0);
}

static void test_apic_bit_follows_ia32_apic_base(void **state)
{
	(void)state;
	ask(1, 0);
	assert_int_equal(regs.edx, 0x1f8bf9ff);
	now.apic_enabled = true;
	ask(1, 0);
	assert_int_equal(regs.edx, 0x1f8bfbff);
}

static void test_standard_size_follows_xcr0(void **state)
{
	(void)state;
	ask(0xd, 0);
	assert_regs(0x602e7, 576, 0x2b00, 0);
	now.xcr0 = 0x7;
	ask(0xd, 0);
	assert_int_equal(regs.ebx, 832); /* AVX: 0x240 + 256 */
	now.xcr0 = 0x2e7;
	ask(0xd, 0);
	assert_int_equal(regs.ebx, 0xa88);
	now.xcr0 = 0x602e7;
	ask(0xd, 0);
	assert_int_equal(regs.ebx, 0x2b00);
}

static void test_compacted_size_follows_xcr0_and_ia32_xss(void **state)
{
	(void)state;
	ask(0xd, 1);
	assert_regs(0x1f, 576, 0x1800, 0);
	now.xcr0 = 0x2e7;
	ask(0xd, 1);
	assert_int_equal(regs.ebx, 2440);
	now.xss = 0x1800;
	ask(0xd, 1);
	assert_int_equal(regs.ebx, 2480);
	now.xcr0 = 0x602e7;
	ask(0xd, 1);
	assert_int_equal(regs.ebx, 0x2a00);
}

static void test_compacted_size_is_zero_without_xsavec_and_xsaves(void **state)
{
	(void)state;
	count = capture_read(__FILE__, "sapphire-rapids-kvm-supported.txt", table, 256);
	assert_int_equal(count, 56);
	now.xcr0 = 0x2e7;
	ask(0xd, 1);
	assert_regs(0, 0, 0, 0);
	ask(0xd, 0);
	assert_regs(0x2e7, 0xa88, 0xa88, 0);
}

static void test_topology_beyond_the_last_level_echoes_the_subleaf(void **state)
{
	uint32_t i;

	(void)state;
	for (i = 0; i < count; i++) {
		if (table[i].function == 0xb || table[i].function == 0x1f)
			table[i].edx = 0x1234; /* x2APIC id */
	}
	ask(0xb, 0x107);
	assert_regs(0, 0, 0x7, 0x1234);
	ask(0x1f, 9);
	assert_regs(0, 0, 9, 0x1234);
	ask(0xb, 1);
	assert_regs(5, 2, 0x201, 0x1234);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_entry_of_the_table_is_answered, setup),
		cmocka_unit_test_setup(test_subleaf_of_a_leaf_without_subleaves_is_ignored,
				       setup),
		cmocka_unit_test_setup(test_leaf_in_range_without_an_entry_reads_as_zero,
				       setup),
		cmocka_unit_test_setup(test_leaf_out_of_range_reads_as_the_highest_basic_leaf,
				       setup),
		cmocka_unit_test_setup(
			test_highest_basic_leaf_out_of_range_follows_the_state_too, setup),
		cmocka_unit_test_setup(test_hypervisors_range_without_an_entry_reads_as_zero,
				       setup),
		cmocka_unit_test_setup(test_empty_table_answers_zero, setup),
		cmocka_unit_test_setup(test_osxsave_follows_cr4, setup),
		cmocka_unit_test_setup(test_ospke_follows_cr4, setup),
		cmocka_unit_test_setup(test_apic_bit_follows_ia32_apic_base, setup),
		cmocka_unit_test_setup(test_standard_size_follows_xcr0, setup),
		cmocka_unit_test_setup(test_compacted_size_follows_xcr0_and_ia32_xss, setup),
		cmocka_unit_test_setup(test_compacted_size_is_zero_without_xsavec_and_xsaves,
				       setup),
		cmocka_unit_test_setup(test_topology_beyond_the_last_level_echoes_the_subleaf,
				       setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
