/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The host's walk of a guest's page tables, in each paging mode. */
#include "host_fixture.h"
#include "host/memory.h"
#include "host/walk.h"

#define PG   0x80000000u
#define PSE  0x10u
#define PAE  0x20u
#define LA57 0x1000u
#define LME  0x100u

/* 16 pages of guest memory from 0, and the registers as they are after an exit. */
static void begin(uint64_t cr0, uint64_t cr3, uint64_t cr4, uint64_t efer)
{
	fake_reset(false);
	assert_int_equal(pkvm_host_memory_add(&fake_vm, 0, 0x10000), 0);
	fake_vcpu.regs = (struct pkvm_host_regs){.avail = ~0u, .cr0 = cr0, .cr3 = cr3,
						 .cr4 = cr4, .efer = efer};
}

static void entry(uint64_t at, uint64_t value, uint64_t size)
{
	assert_int_equal(pkvm_host_memory_write(&fake_vm, at, &value, size), 0);
}

static void assert_at(uint64_t linear, uint64_t expected)
{
	uint64_t gpa = 0;

	assert_int_equal(pkvm_host_translate(&fake_vcpu, linear, &gpa), 0);
	assert_int_equal(gpa, expected);
}

static void assert_nowhere(uint64_t linear)
{
	uint64_t gpa;

	assert_int_equal(pkvm_host_translate(&fake_vcpu, linear, &gpa), -2);
}

static void test_without_paging_an_address_has_32_bits_and_stands_for_itself(void **state)
{
	(void)state;
	begin(0x11, 0, 0, 0);
	assert_at(0x12345, 0x12345);
	assert_at(0x1fee00080, 0xfee00080);
}

static void test_four_levels_lead_to_pages_of_4k_2m_and_1g(void **state)
{
	(void)state;
	begin(PG, 0x1000, PAE, LME);
	entry(0x1000 + 511 * 8, 0x2003, 8);
	entry(0x2000 + 3 * 8, 0x3003, 8);
	entry(0x2000 + 4 * 8, 0x40000083, 8);
	entry(0x3000 + 5 * 8, 0x4003, 8);
	entry(0x3000 + 6 * 8, 0x00e00083, 8);
	entry(0x4000 + 7 * 8, 0x80000000fee00063, 8);
	assert_at(0xffffff80c0a07080, 0xfee00080);
	assert_at(0xffffff80c0c12345, 0x00e12345);
	assert_at(0xffffff8112345678, 0x52345678);
	assert_nowhere(0xffffff80c0a08000);
	assert_nowhere(0x1000);
}

static void test_five_levels_begin_at_bit_48(void **state)
{
	(void)state;
	begin(PG, 0x1000, PAE | LA57, LME);
	entry(0x1000 + 1 * 8, 0x2003, 8);
	entry(0x2000 + 2 * 8, 0x3003, 8);
	entry(0x3000, 0x83, 8);
	assert_at(1ull << 48 | 2ull << 39 | 0x123456, 0x123456);
}

static void test_pae_has_four_entries_at_cr3_and_2m_pages(void **state)
{
	(void)state;
	begin(PG, 0x1020, PAE, 0);
	entry(0x1020 + 3 * 8, 0x2001, 8);
	entry(0x2000 + 1 * 8, 0x7fe00083, 8);
	assert_at(0xc0212345, 0x7fe12345);
	assert_at(0x1c0212345, 0x7fe12345);
	assert_nowhere(0x00212345);
}

static void test_32_bit_paging_has_4m_pages_above_4g_only_with_pse(void **state)
{
	(void)state;
	begin(PG, 0x1000, PSE, 0);
	entry(0x1000 + 2 * 4, 0x2003, 4);
	entry(0x1000 + 3 * 4, 0x00c04083, 4);
	entry(0x2000 + 1 * 4, 0x00005003, 4);
	assert_at(0x00801abc, 0x5abc);
	assert_at(0x00c12345, 0x200c12345);
	begin(PG, 0x1000, 0, 0);
	entry(0x1000 + 3 * 4, 0x00002083, 4);
	entry(0x2000 + 0x12 * 4, 0x00006003, 4);
	assert_at(0x00c12345, 0x6345);
}

static void test_table_outside_of_guest_memory_maps_nothing(void **state)
{
	(void)state;
	begin(PG, 0x1000, PAE, LME);
	entry(0x1000, 0xfffffffff003, 8);
	assert_nowhere(0x1234);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_without_paging_an_address_has_32_bits_and_stands_for_itself),
		cmocka_unit_test(test_four_levels_lead_to_pages_of_4k_2m_and_1g),
		cmocka_unit_test(test_five_levels_begin_at_bit_48),
		cmocka_unit_test(test_pae_has_four_entries_at_cr3_and_2m_pages),
		cmocka_unit_test(test_32_bit_paging_has_4m_pages_above_4g_only_with_pse),
		cmocka_unit_test(test_table_outside_of_guest_memory_maps_nothing),
	};

	return cmocka_run_group_tests_name("host walk", tests, NULL, NULL);
}
