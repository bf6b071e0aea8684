/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests the CPUID policy bit by bit, against a map of its own written from the
 * SDM and the protocol.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "../../lib/cpuid.h"

enum { EAX, EBX, ECX, EDX, ALL };

/*
 * Who decides, bit 31 first: H hypervisor, h host, 0 and 1 forced, r run time,
 * d dynamic, w physical-address width, . nobody (a pVM gets zero). In an npVM's
 * table r, w and the leaves from 0x40000000 on are as here, the rest is the host's.
 */
static const struct {
	uint32_t leaf;
	uint32_t subleaf;
	int reg;
	const char *who;
} map[] = {
	/* clang-format off */
	{ 0x00000000,  0, EBX, "HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH" },
	{ 0x00000000,  0, ECX, "HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH" },
	{ 0x00000000,  0, EDX, "HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH" },
	{ 0x00000001,  0, EAX, "HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH" },
	{ 0x00000001,  0, EBX, "hhhhhhhhhhhhhhhhHHHHHHHHHHHHHHHH" },
	{ 0x00000001,  0, ECX, "1HHHrHHHHH1HH.H...HH..H...0.0.HH" },
	{ 0x00000001,  0, EDX, "...HHHHHH...H.HHHHHHH.rHHHHHHHHH" },
	{ 0x00000002,  0, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x00000004,  0, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x0000000b,  0, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x00000015,  0, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x00000016,  0, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x0000001f,  0, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x80000002,  0, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x80000003,  0, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x80000004,  0, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x80000005,  0, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x80000006,  0, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x00000004,  3, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x0000000b,  3, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x0000001f,  3, ALL, "hhhhhhhhhhhhhhhhhhhhhhhhhhhhhhhh" },
	{ 0x00000005,  0, ALL, "00000000000000000000000000000000" },
	{ 0x0000000a,  0, ALL, "00000000000000000000000000000000" },
	{ 0x00000006,  0, EAX, ".............................H.." },
	{ 0x00000007,  0, EBX, "HHHHHH.HH.HHHHHH..H.HHHHHHHHH.HH" },
	{ 0x00000007,  0, ECX, "...HH.H..H.....H.H.HHHHH.H.rHHHH" },
	{ 0x00000007,  0, EDX, "......ddHd.....H.H...H.H...HHH.." },
	{ 0x00000007,  1, EAX, "........H.d........HHH..H.HH.HHH" },
	{ 0x00000007,  1, EDX, ".................H...H.d..HH...." },
	{ 0x00000007,  2, EDX, "..........................H....." },
	{ 0x0000000d,  0, EAX, ".............dd.......H.HHH..HHH" },
	{ 0x0000000d,  0, EBX, "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr" },
	{ 0x0000000d,  0, ECX, "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr" },
	{ 0x0000000d,  1, EAX, "...........................0HHHH" },
	{ 0x0000000d,  1, EBX, "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr" },
	{ 0x0000000d,  2, ALL, "HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH" },
	{ 0x0000000d,  5, ALL, "HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH" },
	{ 0x0000000d,  6, ALL, "HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH" },
	{ 0x0000000d,  7, ALL, "HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH" },
	{ 0x0000000d,  9, ALL, "HHHHHHHHHHHHHHHHHHHHHHHHHHHHHHHH" },
	{ 0x0000000d, 17, ALL, "dddddddddddddddddddddddddddddddd" },
	{ 0x0000000d, 18, ALL, "dddddddddddddddddddddddddddddddd" },
	{ 0x0000001d,  0, ALL, "dddddddddddddddddddddddddddddddd" },
	{ 0x0000001d,  1, ALL, "dddddddddddddddddddddddddddddddd" },
	{ 0x0000001e,  0, ALL, "dddddddddddddddddddddddddddddddd" },
	{ 0x0000001e,  1, ALL, "dddddddddddddddddddddddddddddddd" },
	{ 0x40000000,  0, EAX, "01000000000000000000000000000001" },
	{ 0x40000000,  0, EBX, "01001011010011010101011001001011" },
	{ 0x40000000,  0, ECX, "01010110010010110100110101010110" },
	{ 0x40000000,  0, EDX, "00000000000000000000000001001101" },
	{ 0x40000001,  0, ALL, "00000000000000000000000000000000" },
	{ 0x40000003,  0, ALL, "00000000000000000000000000000000" },
	{ 0x40000100,  0, ALL, "00000000000000000000000000000000" },
	{ 0x40000101,  0, ALL, "00000000000000000000000000000000" },
	{ 0x4fffffff,  0, ALL, "00000000000000000000000000000000" },
	{ 0x80000001,  0, ECX, ".......................H..H....H" },
	{ 0x80000001,  0, EDX, "..H.HH.....H........H..........." },
	{ 0x80000007,  0, EDX, ".......................H........" },
	{ 0x80000008,  0, EAX, "................HHHHHHHHwwwwwwww" },
	/* clang-format on */
};
#define NR_MAP (sizeof(map) / sizeof(map[0]))

/* The processor: one value in every register; every leaf exists. */
static uint32_t processor_value;
static uint32_t processor_basic;

void pkvm_plat_cpuid(uint32_t leaf, uint32_t subleaf, struct pkvm_cpuid_regs *regs)
{
	(void)subleaf;
	regs->eax = processor_value;
	regs->ebx = processor_value;
	regs->ecx = processor_value;
	regs->edx = processor_value;
	if (leaf == 0)
		regs->eax = processor_basic;
	if (leaf == 0x80000000)
		regs->eax = 0x80000008;
}

static int setup(void **state)
{
	(void)state;
	processor_value = 0;
	processor_basic = 0x1f;
	return 0;
}

static const char *who(uint32_t leaf, uint32_t subleaf, int reg)
{
	size_t i;

	for (i = 0; i < NR_MAP; i++) {
		if (map[i].leaf == leaf && map[i].subleaf == subleaf &&
		    (map[i].reg == reg || map[i].reg == ALL))
			return map[i].who;
	}
	return "................................";
}

/* The filtered value of one register of which host and processor say the given. */
static uint32_t filtered(bool pvm, bool dynamic, uint32_t leaf, uint32_t subleaf, int reg,
			 uint32_t host, uint32_t processor)
{
	const struct pkvm_cpuid_policy policy = {pvm, dynamic};
	struct pkvm_cpuid_entry entry = {leaf, subleaf,  pkvm_cpuid_has_subleaves(leaf) != 0,
					 host, host,     host,
					 host, {0, 0, 0}};
	uint32_t values[4];

	processor_value = processor;
	pkvm_cpuid_filter(policy, &entry);
	values[EAX] = entry.eax;
	values[EBX] = entry.ebx;
	values[ECX] = entry.ecx;
	values[EDX] = entry.edx;
	return values[reg];
}

static uint32_t expected_bit(bool pvm, bool dynamic, uint32_t leaf, char c, uint32_t host,
			     uint32_t processor)
{
	if (!pvm && c != 'r' && leaf >> 28 != 4)
		return host;
	switch (c) {
	case 'H':
		return processor;
	case 'h':
		return host;
	case 'd':
		return dynamic ? processor : 0;
	case '1':
		return 1;
	default:
		return 0;
	}
}

static void check_bit(bool pvm, uint32_t leaf, uint32_t subleaf, int reg, unsigned int bit)
{
	const char c = who(leaf, subleaf, reg)[31 - bit];
	const uint32_t one = 1u << bit;
	unsigned int n;

	for (n = 0; n < 16; n++) {
		const uint32_t host = n & 1, processor = (n >> 1) & 1;
		const uint32_t others = n & 4 ? ~one : 0;
		const bool dynamic = (n & 8) != 0;
		const uint32_t value =
			filtered(pvm, dynamic, leaf, subleaf, reg, others | host << bit,
				 others | processor << bit);

		if (((value >> bit) & 1) ==
		    expected_bit(pvm, dynamic, leaf, c, host, processor))
			continue;
		fail_msg("leaf 0x%x subleaf %u register %d bit %u is not '%c' (pvm %d)",
			 (unsigned int)leaf, (unsigned int)subleaf, reg, bit, c, pvm);
	}
}

static void check_register(bool pvm, uint32_t leaf, uint32_t subleaf, int reg)
{
	unsigned int bit;

	if ((leaf == 0 || leaf == 0x80000000 || (leaf == 7 && subleaf == 0)) && reg == EAX)
		return; /* numbers, not bits */
	for (bit = 0; bit < 32; bit++) {
		if (who(leaf, subleaf, reg)[31 - bit] != 'w')
			check_bit(pvm, leaf, subleaf, reg, bit);
	}
}

static void check_leaves(bool pvm, uint32_t first, uint32_t last)
{
	const uint32_t subleaves[] = {0, 1, 2, 3, 5, 6, 7, 9, 11, 12, 17, 18, 19, 62};
	uint32_t leaf;
	size_t i;
	int reg;

	for (leaf = first; leaf <= last; leaf++) {
		for (i = 0; i < sizeof(subleaves) / sizeof(subleaves[0]); i++) {
			if (subleaves[i] && !pkvm_cpuid_has_subleaves(leaf))
				continue;
			if (subleaves[i] > 3 && leaf != 0xd)
				continue;
			if ((leaf == 4 || leaf == 0xb || leaf == 0x1f) && subleaves[i] != 0 &&
			    subleaves[i] != 3)
				continue;
			if ((leaf == 0x1d || leaf == 0x1e) && subleaves[i] > 1)
				continue;
			for (reg = EAX; reg <= EDX; reg++)
				check_register(pvm, leaf, subleaves[i], reg);
		}
	}
}

static void test_each_bit_of_a_pvm_is_decided_by_whom_the_map_says(void **state)
{
	(void)state;
	check_leaves(true, 0, 0x1f);
	check_leaves(true, 0x40000000, 0x40000001);
	check_leaves(true, 0x40000100, 0x40000101);
	check_leaves(true, 0x80000000, 0x80000008);
}

static void test_each_bit_of_an_npvm_is_the_hosts_but_for_the_rows_of_both_kinds(void **state)
{
	(void)state;
	check_leaves(false, 0, 0x1f);
	check_leaves(false, 0x40000000, 0x40000001);
	check_leaves(false, 0x40000100, 0x40000101);
	check_leaves(false, 0x80000000, 0x80000008);
}

static void test_a_pvm_gets_nothing_beyond_the_processors_last_leaf(void **state)
{
	(void)state;
	processor_basic = 0xd;
	assert_int_equal(filtered(true, true, 0x15, 0, EAX, 0xffffffff, 0xffffffff), 0);
	assert_int_equal(filtered(true, true, 0x1d, 0, EBX, 0xffffffff, 0xffffffff), 0);
	assert_int_equal(filtered(true, true, 0x4, 0, EAX, 0xffffffff, 0), 0xffffffff);
	assert_int_equal(filtered(true, true, 0x80000009, 0, EAX, 0xffffffff, 0xffffffff), 0);
	assert_int_equal(filtered(false, true, 0x15, 0, EAX, 0xffffffff, 0), 0xffffffff);
}

static void test_highest_leaves_are_the_processors_up_to_the_last_one_with_a_row(void **state)
{
	(void)state;
	processor_basic = 0x20;
	assert_int_equal(filtered(true, false, 0, 0, EAX, 0x7, 0), 0x1f);
	processor_basic = 0x16;
	assert_int_equal(filtered(true, false, 0, 0, EAX, 0xffffffff, 0), 0x16);
	assert_int_equal(filtered(true, false, 0x80000000, 0, EAX, 0x80000021, 0), 0x80000008);
	assert_int_equal(filtered(true, false, 7, 0, EAX, 0, 9), 2);
	assert_int_equal(filtered(true, false, 7, 0, EAX, 9, 1), 1);
	assert_int_equal(filtered(false, false, 0, 0, EAX, 0x24, 0), 0x24);
}

static void test_physical_address_width_is_at_most_the_processors(void **state)
{
	int pvm;

	(void)state;
	for (pvm = 0; pvm <= 1; pvm++) {
		assert_int_equal(filtered(pvm, 0, 0x80000008, 0, EAX, 0x392e, 0x392e), 0x392e);
		assert_int_equal(filtered(pvm, 0, 0x80000008, 0, EAX, 0x3934, 0x392e), 0x392e);
		assert_int_equal(filtered(pvm, 0, 0x80000008, 0, EAX, 0x3927, 0x392e), 0x3927);
		assert_int_equal(filtered(pvm, 0, 0x80000008, 0, EAX, 0x3920, 0x392e), 0x3920);
		assert_int_equal(filtered(pvm, 0, 0x80000008, 0, EAX, 0x391f, 0x392e), 0x392e);
		assert_int_equal(filtered(pvm, 0, 0x80000008, 0, EAX, 0x3900, 0x392e), 0x392e);
		assert_int_equal(filtered(pvm, 0, 0x80000008, 0, EAX, 0x39ff, 0x392e), 0x392e);
	}
}

static void test_hypervisor_range_says_kvm_without_features_in_both_kinds(void **state)
{
	int pvm;

	(void)state;
	for (pvm = 0; pvm <= 1; pvm++) {
		/* "Micr", as Hyper-V's signature begins, and Hyper-V's highest leaf */
		assert_int_equal(filtered(pvm, 0, 0x40000000, 0, EBX, 0x7263694d, 0),
				 0x4b4d564b);
		assert_int_equal(filtered(pvm, 0, 0x40000000, 0, EAX, 0x4000000a, 0),
				 0x40000001);
		/* KVM_FEATURE_CLOCKSOURCE2, ASYNC_PF, STEAL_TIME, PV_EOI, PV_UNHALT */
		assert_int_equal(filtered(pvm, 0, 0x40000001, 0, EAX, 0xf8, 0), 0);
		assert_int_equal(filtered(pvm, 0, 0x40000001, 0, EDX, 0x1, 0), 0);
		assert_int_equal(filtered(pvm, 0, 0x40000003, 0, EAX, 0xffffffff, 0), 0);
	}
}

struct rule {
	uint32_t first, last, sub, mask;
	int reg;
	const char *reason;
};

static void test_no_bit_has_two_rows_and_every_row_a_reason(void **state)
{
	static const struct rule rules[] = {
#define PKVM_CPUID_POLICY(FIRST, LAST, SUB, REG, MASK, KIND, BY, REASON) \
	{FIRST, LAST, SUB, MASK, PKVM_CPUID_REG_##REG, REASON},
#include <pkvm/cpuid_policy.inc>
	};
	const size_t count = sizeof(rules) / sizeof(rules[0]);
	size_t i, j;

	(void)state;
	for (i = 0; i < count; i++) {
		assert_true(rules[i].first <= rules[i].last && rules[i].mask != 0);
		assert_true(strlen(rules[i].reason) > 2);
		/* leaf 0xD: the core walks subleaves 0 to 18 */
		assert_true(rules[i].sub == ~0u || rules[i].sub <= 18);
		for (j = 0; j < i; j++) {
			if (rules[i].first > rules[j].last || rules[j].first > rules[i].last)
				continue;
			if (rules[i].sub != rules[j].sub && rules[i].sub != ~0u &&
			    rules[j].sub != ~0u)
				continue;
			if (rules[i].reg != rules[j].reg &&
			    rules[i].reg != PKVM_CPUID_REG_all &&
			    rules[j].reg != PKVM_CPUID_REG_all)
				continue;
			assert_int_equal(rules[i].mask & rules[j].mask, 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_each_bit_of_a_pvm_is_decided_by_whom_the_map_says,
				       setup),
		cmocka_unit_test_setup(
			test_each_bit_of_an_npvm_is_the_hosts_but_for_the_rows_of_both_kinds,
			setup),
		cmocka_unit_test_setup(test_a_pvm_gets_nothing_beyond_the_processors_last_leaf,
				       setup),
		cmocka_unit_test_setup(
			test_highest_leaves_are_the_processors_up_to_the_last_one_with_a_row,
			setup),
		cmocka_unit_test_setup(test_physical_address_width_is_at_most_the_processors,
				       setup),
		cmocka_unit_test_setup(
			test_hypervisor_range_says_kvm_without_features_in_both_kinds, setup),
		cmocka_unit_test_setup(test_no_bit_has_two_rows_and_every_row_a_reason, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
