/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests vcpu_after_set_cpuid through the function-call transport: donation,
 * refusals that leave no trace, and what becomes of the table.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "cpuid_fixture.h"
#include "lib/hyp.h"

/* A call that must fail: its outputs are zero, nothing private changes. */
static void refuse(struct fixture *f, const struct pkvm_cpuid_table *in, int64_t error,
		   uint64_t word)
{
	const uint64_t hash = machine_hash_private(f->machine);
	struct pkvm_reclaim out = {1, 2, 3};

	assert_status(pkvm_hc_vcpu_after_set_cpuid(in, &out), error, word);
	assert_reclaim(&out, 0, 0);
	assert_true(machine_hash_private(f->machine) == hash);
}

static void accept(const struct pkvm_cpuid_table *in, uint64_t old, uint64_t pages)
{
	struct pkvm_reclaim out;

	assert_status(pkvm_hc_vcpu_after_set_cpuid(in, &out), 0, 0);
	assert_reclaim(&out, old, pages);
	assert_false(machine_host_sees(in->address));
	assert_false(machine_host_sees(in->address + in->size - 4096));
}

/* Every byte of the range is as the host wrote it, and the host's. */
static void assert_untouched(const struct pkvm_cpuid_table *in,
			     const struct pkvm_cpuid_entry *entries)
{
	struct pkvm_cpuid_entry now[256];

	assert_true(machine_host_read(in->address, now, in->count * sizeof(*now)));
	assert_memory_equal(now, entries, in->count * sizeof(*now));
	assert_true(machine_host_sees(in->address + in->size - 4096));
}

static void test_table_is_donated_and_the_one_before_comes_back_scrubbed(void **state)
{
	struct fixture *f = *state;
	const struct pkvm_cpuid_table first = fixture_table(2, f->kvm, f->kvm_count);
	const struct pkvm_cpuid_table second = fixture_table(1, f->kvm, f->kvm_count);
	uint64_t words[1024];

	accept(&first, 0, 0);
	accept(&second, first.address, 2);
	assert_true(machine_host_read(first.address, words, sizeof(words)));
	for (size_t i = 0; i < 1024; i++)
		assert_int_equal(words[i], 0);
	assert_true(machine_host_sees(first.address + 4096));
}

static void test_amx_table_with_4096_bytes_of_fpstate_is_enomem_and_all_pages_back(void **state)
{
	struct fixture *f = *state;
	const struct pkvm_cpuid_table in = fixture_table(2, f->processor, f->processor_count);
	struct pkvm_range fpstate = {machine_host_alloc(2), 2 * 4096};
	struct pkvm_reclaim out;

	refuse(f, &in, -12, 0);
	assert_untouched(&in, f->processor);
	/* 8192 bytes are not 10752 either; 12288 are */
	assert_status(pkvm_hc_vcpu_add_fpstate(&fpstate, &out), 0, 0);
	refuse(f, &in, -12, 0);
	fpstate.address = machine_host_alloc(3);
	fpstate.size = 3 * 4096;
	assert_status(pkvm_hc_vcpu_add_fpstate(&fpstate, &out), 0, 0);
	accept(&in, 0, 0);
}

static void test_hostile_entries_are_einval_and_the_range_is_the_hosts_again(void **state)
{
	struct fixture *f = *state;
	struct pkvm_cpuid_table in;

	f->kvm[3].padding[1] = 1;
	in = fixture_table(1, f->kvm, f->kvm_count);
	refuse(f, &in, -22, 1);
	assert_untouched(&in, f->kvm);
	f->kvm[3] = f->kvm[4];
	in = fixture_table(1, f->kvm, f->kvm_count);
	refuse(f, &in, -22, 1);
	assert_untouched(&in, f->kvm);
}

static void test_range_without_room_for_missing_leaves_is_enomem(void **state)
{
	struct fixture *f = *state;
	struct pkvm_cpuid_entry entries[102];
	struct pkvm_cpuid_table in;

	memset(entries, 0, sizeof(entries));
	for (uint32_t i = 0; i < 102; i++)
		entries[i] = (struct pkvm_cpuid_entry){4, i, 1, 1, 0, 0, 0, {0, 0, 0}};
	in = fixture_table(1, entries, 102);
	refuse(f, &in, -12, 2);
	assert_untouched(&in, entries);
}

static void test_bad_ranges_and_counts_are_refused_by_their_words(void **state)
{
	struct fixture *f = *state;
	const struct pkvm_cpuid_table good = fixture_table(1, f->kvm, f->kvm_count);
	struct pkvm_cpuid_table in = good;

	in.address++;
	refuse(f, &in, -22, 1);
	in = good;
	in.size = 0;
	refuse(f, &in, -22, 2);
	in.size = 4095;
	refuse(f, &in, -22, 2);
	in.size = 513 * 4096;
	refuse(f, &in, -22, 2);
	in.address = ~0xfffull;
	in.size = 8192;
	refuse(f, &in, -22, 2);
	in = good;
	in.count = 103; /* 102 entries of 40 bytes lie within a page */
	refuse(f, &in, -22, 3);
	in.size = 8 * 4096;
	in.count = 257;
	refuse(f, &in, -22, 3);
	in.count = ~0ull;
	refuse(f, &in, -22, 3);
	in = good;
	in.address = machine_ram_size(f->machine);
	refuse(f, &in, -14, 1);
	in.address = machine_hyp_base(f->machine);
	refuse(f, &in, -1, 1);
	assert_untouched(&good, f->kvm);
}

static void test_pages_given_away_cannot_be_given_again(void **state)
{
	struct fixture *f = *state;
	const struct pkvm_cpuid_table in = fixture_table(1, f->kvm, f->kvm_count);

	accept(&in, 0, 0);
	refuse(f, &in, -1, 1);
}

static void test_an_npvms_table_needs_no_room_and_no_fpstate(void **state)
{
	struct fixture *f = *state;
	const struct pkvm_cpuid_table amx = fixture_table(1, f->processor, f->processor_count);
	const struct pkvm_cpuid_table empty = fixture_table(1, f->kvm, 0);

	accept(&amx, 0, 0);
	accept(&empty, amx.address, 1);
}

static void test_an_npvm_that_has_run_takes_an_equal_table_only(void **state)
{
	struct fixture *f = *state;
	const struct pkvm_cpuid_table first = fixture_table(1, f->kvm, f->kvm_count);
	const struct pkvm_cpuid_table equal = fixture_table(2, f->kvm, f->kvm_count);
	struct pkvm_cpuid_table other;

	accept(&first, 0, 0);
	machine_hyp(f->machine)->cpu[0].current->has_run = 1;
	accept(&equal, first.address, 1);
	f->kvm[5].ebx ^= 1;
	other = fixture_table(1, f->kvm, f->kvm_count);
	refuse(f, &other, -1, 1);
	assert_untouched(&other, f->kvm);
}

static void test_a_pvm_that_has_run_takes_no_table(void **state)
{
	struct fixture *f = *state;
	const struct pkvm_cpuid_table in = fixture_table(2, f->kvm, f->kvm_count);

	machine_hyp(f->machine)->cpu[0].current->has_run = 1;
	refuse(f, &in, -1, 0);
	assert_untouched(&in, f->kvm);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_table_is_donated_and_the_one_before_comes_back_scrubbed,
			fixture_pvm, fixture_destroy),
		cmocka_unit_test_setup_teardown(
			test_amx_table_with_4096_bytes_of_fpstate_is_enomem_and_all_pages_back,
			fixture_pvm, fixture_destroy),
		cmocka_unit_test_setup_teardown(
			test_hostile_entries_are_einval_and_the_range_is_the_hosts_again,
			fixture_pvm, fixture_destroy),
		cmocka_unit_test_setup_teardown(
			test_range_without_room_for_missing_leaves_is_enomem, fixture_pvm,
			fixture_destroy),
		cmocka_unit_test_setup_teardown(
			test_bad_ranges_and_counts_are_refused_by_their_words, fixture_pvm,
			fixture_destroy),
		cmocka_unit_test_setup_teardown(test_pages_given_away_cannot_be_given_again,
						fixture_pvm, fixture_destroy),
		cmocka_unit_test_setup_teardown(
			test_an_npvms_table_needs_no_room_and_no_fpstate, fixture_npvm,
			fixture_destroy),
		cmocka_unit_test_setup_teardown(
			test_an_npvm_that_has_run_takes_an_equal_table_only, fixture_npvm,
			fixture_destroy),
		cmocka_unit_test_setup_teardown(test_a_pvm_that_has_run_takes_no_table,
						fixture_pvm, fixture_destroy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
