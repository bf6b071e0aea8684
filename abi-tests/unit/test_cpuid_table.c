/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests taking over CPUID tables, real and hostile ones, on a processor that
 * answers as the captured Sapphire Rapids does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>
#include "../../lib/cpuid.h"
#include <pkvm/fpstate.h>
#include "capture.h"

#define MAX  256
#define ROOM (MAX * 40)

static struct pkvm_cpuid_entry processor[MAX];
static uint32_t processor_count;
static struct pkvm_cpuid_entry kvm[MAX];
static uint32_t kvm_count;

void pkvm_plat_cpuid(uint32_t leaf, uint32_t subleaf, struct pkvm_cpuid_regs *regs)
{
	const struct pkvm_cpuid_entry *entry =
		pkvm_cpuid_find(processor, processor_count, leaf, subleaf);

	memset(regs, 0, sizeof(*regs));
	if (!entry)
		return;
	regs->eax = entry->eax;
	regs->ebx = entry->ebx;
	regs->ecx = entry->ecx;
	regs->edx = entry->edx;
}

static int load_captures(void **state)
{
	(void)state;
	processor_count =
		capture_read(__FILE__, "sapphire-rapids-cpuid-instruction.txt", processor, MAX);
	kvm_count = capture_read(__FILE__, "sapphire-rapids-kvm-supported.txt", kvm, MAX);
	return processor_count == 66 && kvm_count == 56 ? 0 : -1;
}

/* Takes a good table over; returns the entries left. */
static uint32_t take(struct pkvm_cpuid_entry *table, uint32_t count, bool pvm,
		     struct pkvm_cpuid_plan *plan)
{
	assert_int_equal(pkvm_cpuid_judge(table, count, ROOM, pvm, plan), PKVM_CPUID_GOOD);
	pkvm_cpuid_commit(table, plan);
	return plan->entries;
}

/* Judges a table that must be refused and left alone. */
static void refuse(const struct pkvm_cpuid_entry *table, uint32_t count, uint64_t room,
		   bool pvm, enum pkvm_cpuid_verdict verdict)
{
	struct pkvm_cpuid_entry before[MAX];
	struct pkvm_cpuid_plan plan;

	memcpy(before, table, sizeof(before));
	assert_int_equal(pkvm_cpuid_judge(table, count, room, pvm, &plan), verdict);
	assert_memory_equal(before, table, sizeof(before));
}

static const struct pkvm_cpuid_entry *at(const struct pkvm_cpuid_entry *table, uint32_t count,
					 uint32_t leaf, uint32_t subleaf)
{
	const struct pkvm_cpuid_entry *entry = pkvm_cpuid_find(table, count, leaf, subleaf);

	assert_non_null(entry);
	return entry;
}

/* What holds for every table of a pVM. */
static void check_pvm_table(const struct pkvm_cpuid_entry *table, uint32_t count)
{
	uint32_t i, j;

	assert_int_equal(table[0].function, 0);
	for (i = 0; i < count; i++) {
		assert_true(table[i].eax | table[i].ebx | table[i].ecx | table[i].edx);
		assert_true(table[i].flags == 1 ||
			    (table[i].flags == 0 && table[i].index == 0));
		for (j = 0; j < i; j++)
			assert_false(table[i].function == table[j].function &&
				     table[i].index == table[j].index);
	}
	for (; i < MAX; i++)
		assert_true(!table[i].function && !table[i].eax && !table[i].ebx);
	assert_int_equal(at(table, count, 0, 0)->eax, 0x1f);
	assert_int_equal(at(table, count, 0, 0)->ebx, 0x756e6547);
	/* the processor's 0xfffa3203 without OSXSAVE, with X2APIC and the hypervisor bit */
	assert_int_equal(at(table, count, 1, 0)->ecx, 0xf7fa3203);
	assert_int_equal(at(table, count, 1, 0)->edx, 0x1f8bf9ff);
	assert_int_equal(at(table, count, 7, 0)->ebx, 0xf1bf27eb);
	assert_int_equal(at(table, count, 7, 0)->ecx, 0x1a415f4e);
	assert_int_equal(at(table, count, 0xd, 1)->ecx, 0);
	assert_int_equal(at(table, count, 0x40000000, 0)->ebx, 0x4b4d564b);
	assert_null(pkvm_cpuid_find(table, count, 0x40000001, 0));
	assert_null(pkvm_cpuid_find(table, count, 0xa, 0));
	assert_null(pkvm_cpuid_find(table, count, 0xd, 11));
	assert_int_equal(at(table, count, 0x80000000, 0)->eax, 0x80000008);
	assert_int_equal(at(table, count, 0x80000008, 0)->eax, 0x392e);
}

static void test_kvms_table_becomes_a_pvms_without_amx(void **state)
{
	struct pkvm_cpuid_plan plan;
	const uint32_t count = take(kvm, kvm_count, true, &plan);

	(void)state;
	check_pvm_table(kvm, count);
	assert_int_equal(at(kvm, count, 0xd, 0)->eax, 0x2e7);
	assert_int_equal(at(kvm, count, 0xd, 1)->eax, 0xf);
	assert_int_equal(at(kvm, count, 7, 0)->edx, 0x00814410);
	assert_int_equal(at(kvm, count, 1, 0)->ebx, 0x00020800);
	assert_null(pkvm_cpuid_find(kvm, count, 0x1d, 1));
	/* 576 + 256 + 64 + 512 + 1024 + 8 */
	assert_int_equal(plan.fpstate, 2440);
	assert_int_equal(pkvm_fpstate_size(kvm, count), 2440);
}

static void test_amx_table_needs_10752_bytes_after_the_policy_too(void **state)
{
	struct pkvm_cpuid_entry table[MAX];
	struct pkvm_cpuid_plan plan;
	uint32_t count;

	(void)state;
	memcpy(table, processor, sizeof(table));
	count = take(table, processor_count, true, &plan);
	check_pvm_table(table, count);
	assert_int_equal(at(table, count, 0xd, 0)->eax, 0x602e7);
	assert_int_equal(at(table, count, 0xd, 1)->eax, 0x0f);
	assert_int_equal(at(table, count, 7, 0)->edx, 0x03c14410);
	assert_int_equal(at(table, count, 0x1d, 1)->eax, 0x04002000);
	assert_int_equal(plan.fpstate, 10752);
	assert_int_equal(pkvm_fpstate_size(table, count), 10752);
}

static void test_half_of_amx_is_no_amx(void **state)
{
	struct pkvm_cpuid_entry table[MAX];
	struct pkvm_cpuid_plan plan;
	uint32_t i;

	(void)state;
	memcpy(table, processor, sizeof(table));
	for (i = 0; i < processor_count; i++) {
		if (table[i].function == 0xd && table[i].index == 0)
			table[i].eax = 0x402e7;
	}
	i = take(table, processor_count, true, &plan);
	check_pvm_table(table, i);
	assert_int_equal(plan.fpstate, 2440);
	assert_int_equal(at(table, i, 0xd, 0)->eax, 0x2e7);
}

static void test_missing_leaves_are_added_to_an_empty_table(void **state)
{
	struct pkvm_cpuid_entry table[MAX];
	struct pkvm_cpuid_plan plan;
	uint32_t count;

	(void)state;
	memset(table, 0, sizeof(table));
	count = take(table, 0, true, &plan);
	check_pvm_table(table, count);
	/* topology is the host's, which says nothing */
	assert_null(pkvm_cpuid_find(table, count, 0xb, 0));
}

static void test_missing_subleaves_of_amx_are_added(void **state)
{
	struct pkvm_cpuid_entry table[MAX];
	struct pkvm_cpuid_plan plan;
	uint32_t count;

	(void)state;
	memset(table, 0, sizeof(table));
	table[0] = *at(processor, processor_count, 0xd, 0);
	count = take(table, 1, true, &plan);
	check_pvm_table(table, count);
	assert_int_equal(at(table, count, 0xd, 17)->eax, 64);
	assert_int_equal(at(table, count, 0xd, 18)->eax, 8192);
	assert_int_equal(pkvm_fpstate_size(table, count), 10752);
}

static void test_a_table_cannot_grow_beyond_256_entries(void **state)
{
	struct pkvm_cpuid_entry table[MAX];
	uint32_t i;

	(void)state;
	memset(table, 0, sizeof(table));
	for (i = 0; i < MAX; i++) {
		table[i].function = 4;
		table[i].index = i;
		table[i].flags = 1;
		table[i].eax = 1;
	}
	refuse(table, MAX, 2 * ROOM, false, PKVM_CPUID_GOOD);
	refuse(table, MAX, 2 * ROOM, true, PKVM_CPUID_NO_ROOM);
}

static void test_leaf_0_comes_first_wherever_it_stood(void **state)
{
	struct pkvm_cpuid_entry table[MAX];
	struct pkvm_cpuid_entry swap;
	struct pkvm_cpuid_plan plan;
	uint32_t i;

	(void)state;
	for (i = 1; i < kvm_count; i++) {
		memcpy(table, kvm, sizeof(table));
		swap = table[0];
		table[0] = table[i];
		table[i] = swap;
		check_pvm_table(table, take(table, kvm_count, true, &plan));
	}
}

static void test_room_is_counted_to_the_entry(void **state)
{
	struct pkvm_cpuid_plan plan;
	uint64_t room;

	(void)state;
	assert_int_equal(pkvm_cpuid_judge(kvm, kvm_count, ROOM, true, &plan), PKVM_CPUID_GOOD);
	room = 40 * (uint64_t)plan.entries;
	refuse(kvm, kvm_count, room - 1, true, PKVM_CPUID_NO_ROOM);
	refuse(kvm, kvm_count, room, true, PKVM_CPUID_GOOD);
	refuse(kvm, kvm_count, 40 * (uint64_t)kvm_count, false, PKVM_CPUID_GOOD);
}

static void test_unknown_flags_and_padding_are_refused(void **state)
{
	unsigned int bit;
	int word, pvm;

	(void)state;
	for (pvm = 0; pvm <= 1; pvm++) {
		for (bit = 1; bit < 32; bit++) {
			kvm[kvm_count - 1].flags ^= 1u << bit;
			refuse(kvm, kvm_count, ROOM, pvm, PKVM_CPUID_RESERVED);
			kvm[kvm_count - 1].flags ^= 1u << bit;
		}
		for (bit = 0; bit < 32; bit++) {
			for (word = 0; word < 3; word++) {
				kvm[0].padding[word] = 1u << bit;
				refuse(kvm, kvm_count, ROOM, pvm, PKVM_CPUID_RESERVED);
				kvm[0].padding[word] = 0;
			}
		}
	}
}

static void test_each_repeated_entry_is_refused(void **state)
{
	uint32_t i;
	int pvm;

	(void)state;
	for (pvm = 0; pvm <= 1; pvm++) {
		for (i = 0; i < kvm_count; i++) {
			kvm[kvm_count] = kvm[i];
			refuse(kvm, kvm_count + 1, ROOM, pvm, PKVM_CPUID_DUPLICATE);
		}
	}
}

static void test_an_index_that_does_not_count_makes_no_second_entry(void **state)
{
	(void)state;
	/* leaf 1 has no subleaves, whatever its flag says */
	kvm[kvm_count] = kvm[1];
	kvm[kvm_count].index = 1;
	kvm[kvm_count].flags = 1;
	refuse(kvm, kvm_count + 1, ROOM, true, PKVM_CPUID_DUPLICATE);
	/* for an npVM, an entry without the flag answers for every subleaf */
	kvm[kvm_count].function = 0x1d;
	kvm[kvm_count].flags = 0;
	refuse(kvm, kvm_count + 1, ROOM, false, PKVM_CPUID_DUPLICATE);
	refuse(kvm, kvm_count + 1, ROOM, true, PKVM_CPUID_GOOD);
}

static void test_an_npvms_entries_keep_their_places(void **state)
{
	struct pkvm_cpuid_entry table[MAX];
	struct pkvm_cpuid_plan plan;
	uint32_t i;

	(void)state;
	memcpy(table, kvm, sizeof(table));
	assert_int_equal(take(table, kvm_count, false, &plan), 56);
	assert_int_equal(plan.fpstate, 0);
	for (i = 0; i < kvm_count; i++) {
		assert_int_equal(table[i].function, kvm[i].function);
		assert_int_equal(table[i].index, kvm[i].index);
	}
	assert_int_equal(at(table, 56, 1, 0)->ecx, 0x81202000);
	assert_int_equal(at(table, 56, 1, 0)->edx, 0x0f8bf9ff);
	assert_int_equal(at(table, 56, 0x40000001, 0)->eax, 0);
}

static void test_an_npvms_equal_table_is_told_from_another(void **state)
{
	struct pkvm_cpuid_entry table[MAX];
	struct pkvm_cpuid_plan plan;

	(void)state;
	memcpy(table, kvm, sizeof(table));
	take(table, kvm_count, false, &plan);
	assert_true(pkvm_cpuid_equal(kvm, kvm_count, table, kvm_count));
	assert_false(pkvm_cpuid_equal(kvm, kvm_count - 1, table, kvm_count));
	kvm[1].ecx ^= 0x08000000; /* OSXSAVE is not the table's */
	assert_true(pkvm_cpuid_equal(kvm, kvm_count, table, kvm_count));
	kvm[1].ecx ^= 0x1;
	assert_false(pkvm_cpuid_equal(kvm, kvm_count, table, kvm_count));
}

static void test_random_tables_never_break_a_pvms_rules(void **state)
{
	const unsigned int seed = 20260101;
	struct pkvm_cpuid_entry table[MAX];
	struct pkvm_cpuid_plan plan;
	unsigned int round, good = 0;
	uint32_t i, count;

	(void)state;
	print_message("seed %u\n", seed);
	srand(seed);
	for (round = 0; round < 300; round++) {
		memset(table, 0, sizeof(table));
		count = (uint32_t)rand() % 10;
		for (i = 0; i < count; i++) {
			table[i].function =
				(uint32_t)rand() % 0x22 + (rand() % 4 ? 0 : 0x80000000);
			table[i].index = rand() % 2 ? 0 : (uint32_t)rand() % 70;
			table[i].flags = (uint32_t)rand() % 2;
			table[i].eax = (uint32_t)rand() * 2u;
			table[i].ebx = (uint32_t)rand();
		}
		if (pkvm_cpuid_judge(table, count, ROOM, true, &plan) != PKVM_CPUID_GOOD)
			continue;
		good++;
		pkvm_cpuid_commit(table, &plan);
		/* topology and the width are the host's, all else check_pvm_table() knows */
		for (i = 0; i < plan.entries; i++) {
			if (table[i].function == 0x80000008)
				table[i].eax = 0x392e;
		}
		check_pvm_table(table, plan.entries);
	}
	assert_in_range(good, 100, 300);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_kvms_table_becomes_a_pvms_without_amx,
				       load_captures),
		cmocka_unit_test_setup(test_amx_table_needs_10752_bytes_after_the_policy_too,
				       load_captures),
		cmocka_unit_test_setup(test_half_of_amx_is_no_amx, load_captures),
		cmocka_unit_test_setup(test_missing_leaves_are_added_to_an_empty_table,
				       load_captures),
		cmocka_unit_test_setup(test_missing_subleaves_of_amx_are_added, load_captures),
		cmocka_unit_test_setup(test_a_table_cannot_grow_beyond_256_entries,
				       load_captures),
		cmocka_unit_test_setup(test_leaf_0_comes_first_wherever_it_stood,
				       load_captures),
		cmocka_unit_test_setup(test_room_is_counted_to_the_entry, load_captures),
		cmocka_unit_test_setup(test_unknown_flags_and_padding_are_refused,
				       load_captures),
		cmocka_unit_test_setup(test_each_repeated_entry_is_refused, load_captures),
		cmocka_unit_test_setup(test_an_index_that_does_not_count_makes_no_second_entry,
				       load_captures),
		cmocka_unit_test_setup(test_an_npvms_entries_keep_their_places, load_captures),
		cmocka_unit_test_setup(test_an_npvms_equal_table_is_told_from_another,
				       load_captures),
		cmocka_unit_test_setup(test_random_tables_never_break_a_pvms_rules,
				       load_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
