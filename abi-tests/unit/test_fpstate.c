/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests the size of an fpstate (both XSAVE formats, real and hostile leaf 0xD)
 * and, through the function-call transport, vcpu_add_fpstate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "cpuid_fixture.h"

/* Adds one subleaf of leaf 0xD to a table. */
static void xsave(struct pkvm_cpuid_entry *table, uint32_t *count, uint32_t subleaf,
		  uint32_t eax, uint32_t ebx, uint32_t ecx, uint32_t edx)
{
	struct pkvm_cpuid_entry *entry = &table[(*count)++];

	memset(entry, 0, sizeof(*entry));
	entry->function = 0xd;
	entry->index = subleaf;
	entry->flags = 1;
	entry->eax = eax;
	entry->ebx = ebx;
	entry->ecx = ecx;
	entry->edx = edx;
}

/* x87, SSE, AVX, AVX-512, PKRU and AMX as the SDM and Sapphire Rapids lay them out. */
static uint32_t amx_table(struct pkvm_cpuid_entry *table, uint32_t format, uint32_t supervisor)
{
	uint32_t count = 0;

	xsave(table, &count, 0, 0x602e7, 0, 0, 0);
	xsave(table, &count, 1, format, 0, supervisor, 0);
	xsave(table, &count, 2, 256, 0x240, 0, 0);
	xsave(table, &count, 5, 64, 0x440, 0, 0);
	xsave(table, &count, 6, 512, 0x480, 0, 0);
	xsave(table, &count, 7, 1024, 0x680, 0, 0);
	xsave(table, &count, 9, 8, 0xa80, 0, 0);
	xsave(table, &count, 11, 16, 0, 1, 0);
	xsave(table, &count, 12, 24, 0, 1, 0);
	xsave(table, &count, 17, 64, 0xac0, 2, 0);
	xsave(table, &count, 18, 8192, 0xb00, 6, 0);
	return count;
}

static void test_amx_with_pkru_needs_10752_bytes(void **state)
{
	struct pkvm_cpuid_entry table[16];
	const uint32_t count = amx_table(table, 0xf, 0);

	(void)state;
	/* 576 + 256 + 64 + 512 + 1024 + 8 = 2440, aligned 2496, + 64 + 8192 */
	assert_int_equal(pkvm_fpstate_size(table, count), 10752);
}

static void test_standard_format_counts_without_xsavec_and_xsaves(void **state)
{
	struct pkvm_cpuid_entry table[16];
	const uint32_t count = amx_table(table, 0x5, 0);

	(void)state;
	/* XTILEDATA ends last: 0xb00 + 8192 */
	assert_int_equal(pkvm_fpstate_size(table, count), 11008);
}

static void test_xsavec_alone_means_the_compacted_format(void **state)
{
	struct pkvm_cpuid_entry table[16];
	const uint32_t count = amx_table(table, 0x2, 0);

	(void)state;
	assert_int_equal(pkvm_fpstate_size(table, count), 10752);
}

static void test_supervisor_components_count_with_xsaves_only(void **state)
{
	struct pkvm_cpuid_entry table[16];
	uint32_t count = amx_table(table, 0xf, 0x1800);

	(void)state;
	table[0].eax = 0x2e7;
	/* 2440 + CET_U 16 + CET_S 24 */
	assert_int_equal(pkvm_fpstate_size(table, count), 2480);
	table[1].eax = 0x7;
	assert_int_equal(pkvm_fpstate_size(table, count), 2440);
}

static void test_component_without_alignment_bit_follows_at_once(void **state)
{
	struct pkvm_cpuid_entry table[16];
	const uint32_t count = amx_table(table, 0xf, 0);

	(void)state;
	table[9].ecx = 0;
	table[10].ecx = 0;
	/* 2440 + 64 + 8192 */
	assert_int_equal(pkvm_fpstate_size(table, count), 10696);
}

static void test_instruction_capture_needs_10752_bytes(void **state)
{
	struct pkvm_cpuid_entry table[256];
	const uint32_t count = capture_read(__FILE__, INSTRUCTION, table, 256);

	(void)state;
	assert_int_equal(count, 66);
	/* with CET: 2440 + 16 + 24 = 2480, aligned 2496, + 64 + 8192 */
	assert_int_equal(pkvm_fpstate_size(table, count), 10752);
	/* what the processor itself says: leaf 0xD, subleaf 0, ECX */
	assert_int_equal(pkvm_fpstate_standard(table, count, 0x602e7), 0x2b00);
	/* subleaf 0 EBX is for XCR0 = 0x602e7, subleaf 1 EBX for that and no IA32_XSS */
	assert_int_equal(pkvm_fpstate_compacted(table, count, 0x602e7), 0x2a00);
}

static void test_kvm_capture_needs_2696_bytes(void **state)
{
	struct pkvm_cpuid_entry table[256];
	const uint32_t count = capture_read(__FILE__, KVM, table, 256);

	(void)state;
	assert_int_equal(count, 56);
	/* no XSAVEC: PKRU ends at 0xa80 + 8, which KVM says too (subleaf 0 EBX, 0xa88) */
	assert_int_equal(pkvm_fpstate_size(table, count), 2696);
}

static void test_table_without_leaf_0xd_needs_legacy_region_and_header(void **state)
{
	struct pkvm_cpuid_entry table[1];

	(void)state;
	memset(table, 0, sizeof(table));
	assert_int_equal(pkvm_fpstate_size(table, 0), 576);
	assert_int_equal(pkvm_fpstate_size(table, 1), 576);
}

static void test_component_without_a_subleaf_adds_nothing(void **state)
{
	struct pkvm_cpuid_entry table[4];
	uint32_t count = 0;

	(void)state;
	xsave(table, &count, 0, 0xffffffff, 0, 0, 0xffffffff);
	xsave(table, &count, 1, 0xf, 0, 0xffffffff, 0xffffffff);
	assert_int_equal(pkvm_fpstate_size(table, count), 576);
}

static void test_x87_sse_and_bit_63_are_no_components_of_the_extended_region(void **state)
{
	struct pkvm_cpuid_entry table[4];
	uint32_t count = 0;

	(void)state;
	xsave(table, &count, 0, 0x3, 0, 0, 0x80000000);
	xsave(table, &count, 1, 0xf, 0, 0, 0);
	xsave(table, &count, 63, 4096, 0, 0, 0);
	assert_int_equal(pkvm_fpstate_size(table, count), 576);
}

static void test_hostile_sizes_do_not_wrap(void **state)
{
	struct pkvm_cpuid_entry table[64];
	uint32_t count = 0;
	uint32_t n;

	(void)state;
	xsave(table, &count, 0, 0xffffffff, 0, 0, 0xffffffff);
	xsave(table, &count, 1, 0x2, 0, 0, 0);
	for (n = 2; n <= 62; n++)
		xsave(table, &count, n, 0xffffffff, 0xffffffff, 0x2, 0);
	/* 60 components of 2^32 - 1 rounded up to 2^32 each, and the last one as it is */
	assert_true(pkvm_fpstate_size(table, count) == 576 + 61 * 0x100000000ull - 1);
	table[1].eax = 0;
	assert_true(pkvm_fpstate_size(table, count) == 0x1fffffffeull);
}

static void test_larger_fpstate_replaces_the_one_before(void **state)
{
	const struct pkvm_range in = {machine_host_alloc(3), 3 * 4096};
	const struct pkvm_range larger = {machine_host_alloc(4), 4 * 4096};
	struct pkvm_reclaim out;
	uint64_t words[512];

	(void)state;
	assert_status(pkvm_hc_vcpu_add_fpstate(&in, &out), 0, 0);
	assert_int_equal(out.ranges, 1);
	assert_int_equal(out.pages, 1);
	assert_true(machine_host_sees(out.address));
	assert_false(machine_host_sees(in.address));
	assert_status(pkvm_hc_vcpu_add_fpstate(&larger, &out), 0, 0);
	assert_reclaim(&out, in.address, 3);
	assert_true(machine_host_read(in.address, words, sizeof(words)));
	for (size_t i = 0; i < 512; i++)
		assert_int_equal(words[i], 0);
}

static void test_fpstate_that_is_not_larger_comes_straight_back(void **state)
{
	const struct pkvm_range in = {machine_host_alloc(1), 4096};
	struct pkvm_reclaim out;

	(void)state;
	assert_status(pkvm_hc_vcpu_add_fpstate(&in, &out), 0, 0);
	assert_reclaim(&out, in.address, 1);
	assert_true(machine_host_sees(in.address));
}

static void refuse_fpstate(struct fixture *f, uint64_t address, uint64_t size, int64_t error,
			   uint64_t word)
{
	const uint64_t hash = machine_hash_private(f->machine);
	const struct pkvm_range in = {address, size};
	struct pkvm_reclaim out = {1, 2, 3};

	assert_status(pkvm_hc_vcpu_add_fpstate(&in, &out), error, word);
	assert_reclaim(&out, 0, 0);
	assert_true(machine_hash_private(f->machine) == hash);
}

static void test_bad_fpstate_ranges_are_refused_by_their_words(void **state)
{
	struct fixture *f = *state;
	const uint64_t address = machine_host_alloc(2);

	refuse_fpstate(f, address + 8, 8192, -22, 1);
	refuse_fpstate(f, address, 0, -22, 2);
	refuse_fpstate(f, address, 8191, -22, 2);
	refuse_fpstate(f, address, 513 * 4096, -22, 2);
	refuse_fpstate(f, ~0xfffull, 8192, -22, 2);
	refuse_fpstate(f, machine_ram_size(f->machine), 8192, -14, 1);
	refuse_fpstate(f, machine_hyp_base(f->machine), 8192, -1, 1);
	refuse_fpstate(f, machine_hyp_base(f->machine) - 4096, 8192, -1, 1);
}

static void test_an_npvms_fpstate_is_the_hosts_own(void **state)
{
	refuse_fpstate(*state, machine_host_alloc(2), 8192, -22, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_amx_with_pkru_needs_10752_bytes),
		cmocka_unit_test(test_standard_format_counts_without_xsavec_and_xsaves),
		cmocka_unit_test(test_xsavec_alone_means_the_compacted_format),
		cmocka_unit_test(test_supervisor_components_count_with_xsaves_only),
		cmocka_unit_test(test_component_without_alignment_bit_follows_at_once),
		cmocka_unit_test(test_instruction_capture_needs_10752_bytes),
		cmocka_unit_test(test_kvm_capture_needs_2696_bytes),
		cmocka_unit_test(test_table_without_leaf_0xd_needs_legacy_region_and_header),
		cmocka_unit_test(test_component_without_a_subleaf_adds_nothing),
		cmocka_unit_test(
			test_x87_sse_and_bit_63_are_no_components_of_the_extended_region),
		cmocka_unit_test(test_hostile_sizes_do_not_wrap),
		cmocka_unit_test_setup_teardown(test_larger_fpstate_replaces_the_one_before,
						fixture_pvm, fixture_destroy),
		cmocka_unit_test_setup_teardown(
			test_fpstate_that_is_not_larger_comes_straight_back, fixture_pvm,
			fixture_destroy),
		cmocka_unit_test_setup_teardown(
			test_bad_fpstate_ranges_are_refused_by_their_words, fixture_pvm,
			fixture_destroy),
		cmocka_unit_test_setup_teardown(test_an_npvms_fpstate_is_the_hosts_own,
						fixture_npvm, fixture_destroy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
