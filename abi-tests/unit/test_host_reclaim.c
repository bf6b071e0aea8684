/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's donations and their way back: hostile reclaim lists are bounded,
 * and whatever fails on the way leaves no page behind.
 */
#include "host_fixture.h"
#include "host/memory.h"
#include "host/reclaim.h"

/* Takes a range and writes its link. */
static uint64_t linked(uint64_t pages, uint64_t next, uint64_t next_pages)
{
	const uint64_t pa = pkvm_host_plat_alloc(pages);
	uint64_t *link = pkvm_host_plat_ptr(pa);

	link[0] = next;
	link[1] = next_pages;
	return pa;
}

static void test_every_range_of_a_list_is_freed(void **state)
{
	struct pkvm_reclaim list = {0, 0, 3};
	uint64_t pages;

	(void)state;
	fake_reset(false);
	list.address = linked(1, linked(2, linked(5, 0, 0), 5), 2);
	list.pages = 1;
	assert_int_equal(fake_allocated(), 8);
	assert_int_equal(pkvm_host_reclaim(&list, &pages), 0);
	assert_int_equal(pages, 8);
	assert_int_equal(fake_allocated(), 0);
}

static void test_empty_list_frees_nothing(void **state)
{
	const struct pkvm_reclaim list = {0, 0, 0};
	uint64_t pages = 7;

	(void)state;
	fake_reset(false);
	assert_int_equal(pkvm_host_reclaim(&list, &pages), 0);
	assert_int_equal(pages, 0);
}

static void test_circular_list_ends(void **state)
{
	struct pkvm_reclaim list = {0, 1, ~0ull};
	uint64_t pages;

	(void)state;
	fake_reset(false);
	list.address = linked(1, 0, 0);
	((uint64_t *)pkvm_host_plat_ptr(list.address))[0] = list.address;
	((uint64_t *)pkvm_host_plat_ptr(list.address))[1] = 1;
	assert_int_equal(pkvm_host_reclaim(&list, &pages), -5);
	assert_int_equal(pages, 1);
}

static void test_list_longer_than_its_count_is_followed_no_further(void **state)
{
	struct pkvm_reclaim list = {0, 1, 1};
	uint64_t pages;

	(void)state;
	fake_reset(false);
	list.address = linked(1, linked(1, 0, 0), 1);
	assert_int_equal(pkvm_host_reclaim(&list, &pages), -5);
	assert_int_equal(pages, 1);
	assert_int_equal(fake_allocated(), 1);
}

static void test_list_shorter_than_its_count_is_flawed(void **state)
{
	struct pkvm_reclaim list = {0, 1, 2};
	uint64_t pages;

	(void)state;
	fake_reset(false);
	list.address = linked(1, 0, 0);
	assert_int_equal(pkvm_host_reclaim(&list, &pages), -5);
	assert_int_equal(pages, 1);
}

static void test_ranges_that_cannot_be_are_not_freed(void **state)
{
	uint64_t pa, pages;

	(void)state;
	fake_reset(false);
	pa = linked(1, 0, 0);
	const struct pkvm_reclaim lists[] = {
		{pa + 4, 1, 1},           /* unaligned                  */
		{pa, 0, 1},               /* empty                      */
		{pa, 2, 1},               /* more than was ever there   */
		{pa, ~0ull, 1},           /* wraps                      */
		{0x7000000, 1, 1},        /* no RAM                     */
		{pa + 4096, 1, 1},        /* the host's, and free       */
		{0, 1, 1},
	};

	for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
		assert_int_equal(pkvm_host_reclaim(&lists[i], &pages), -5);
		assert_int_equal(pages, 0);
		assert_int_equal(fake_allocated(), 1);
	}
}

static void test_failed_vcpu_create_frees_every_part(void **state)
{
	struct pkvm_host_vcpu vcpu;

	(void)state;
	for (unsigned int kind = 0; kind < 2; kind++) {
		const unsigned int parts = kind ? 3 : 2;

		fake_reset(kind);
		for (unsigned int left = 0; left < parts; left++) {
			fake.allocations_left = left;
			assert_int_equal(pkvm_host_vcpu_create(&fake_vm, &vcpu, 1), -12);
			assert_int_equal(fake_allocated(), 0);
			assert_int_equal(fake.calls, 0);
		}
		fake.allocations_left = parts;
		fake.answer[0x300].error = -17;
		assert_int_equal(pkvm_host_vcpu_create(&fake_vm, &vcpu, 1), -17);
		assert_int_equal(fake_allocated(), 0);
		assert_ptr_equal(fake_vm.vcpus, &fake_vcpu);
	}
}

static void test_vcpu_create_gives_an_fpstate_to_a_pvm_only(void **state)
{
	struct pkvm_host_vcpu vcpu;

	(void)state;
	for (unsigned int kind = 0; kind < 2; kind++) {
		fake_reset(kind);
		fake.answer[0x300].word[0] = 0x1234;
		assert_int_equal(pkvm_host_vcpu_create(&fake_vm, &vcpu, 2), 0);
		assert_int_equal(vcpu.handle, 0x1234);
		assert_int_equal(fake.call[0].word[0], 0x77);
		assert_int_equal(fake.call[0].word[3], 3 * 4096);
		assert_int_equal(fake.call[0].word[4] != 0, kind);
		assert_int_equal(fake.call[0].word[5], kind ? 4096 : 0);
		assert_int_equal(fake.call[0].word[6], 2);
		assert_int_equal(fake_allocated(), kind ? 5 : 4);
		assert_ptr_equal(fake_vm.vcpus, &vcpu);
	}
}

static void test_refused_vcpu_free_frees_nothing(void **state)
{
	struct pkvm_host_vcpu vcpu;

	(void)state;
	fake_reset(false);
	assert_int_equal(pkvm_host_vcpu_create(&fake_vm, &vcpu, 0), 0);
	fake.answer[0x301].error = -16;
	assert_int_equal(pkvm_host_vcpu_free(&vcpu), -16);
	assert_int_equal(fake_allocated(), 4);
	assert_ptr_equal(fake_vm.vcpus, &vcpu);
}

static void test_failed_vm_init_topup_and_cpuid_free_their_pages(void **state)
{
	const struct pkvm_cpuid_entry entry = {.function = 1};
	struct pkvm_host_vm vm;

	(void)state;
	fake_reset(true);
	fake.answer[0x200].error = fake.answer[0x204].error = fake.answer[0x700].error = -12;
	fake.answer[0x701].error = -1;
	fake.answer[0x701].word[0] = 1;
	assert_int_equal(pkvm_host_vm_init(&vm, &fake_host, 1, 1), -12);
	assert_int_equal(vm.handle, 0);
	assert_int_equal(pkvm_host_vm_topup(&fake_vm, 3), -12);
	fake_vcpu.fpstate_size = 4096;
	assert_int_equal(pkvm_host_vcpu_after_set_cpuid(&fake_vcpu, &entry, 1), -12);
	assert_int_equal(fake.lines, 1);
	assert_int_equal(pkvm_host_vcpu_add_fpstate(&fake_vcpu, 10752), -1);
	assert_int_equal(fake_vcpu.fpstate_size, 4096);
	assert_int_equal(fake_allocated(), 0);
	assert_int_equal(pkvm_host_vm_topup(&fake_vm, 0), -22);
	assert_int_equal(pkvm_host_vm_topup(&fake_vm, 513), -22);
	assert_int_equal(fake.calls, 4);
}

/* Leaf 0xD whose components need 10752 bytes, as with AMX. */
static void test_pvm_grows_its_fpstate_before_it_gets_the_table(void **state)
{
	const struct pkvm_cpuid_entry entry[] = {
		{.function = 0xd, .index = 0, .flags = 1, .eax = 1u << 18},
		{.function = 0xd, .index = 1, .flags = 1, .eax = 0xf},
		{.function = 0xd, .index = 18, .flags = 1, .eax = 10752 - 576},
	};

	(void)state;
	fake_reset(true);
	fake_vcpu.fpstate_size = 4096;
	assert_int_equal(pkvm_host_vcpu_after_set_cpuid(&fake_vcpu, entry, 3), 0);
	assert_int_equal(fake.calls, 2);
	assert_int_equal(fake.call[0].rax, 0x701);
	assert_int_equal(fake.call[0].word[1], 3 * 4096);
	assert_int_equal(fake.call[1].rax, 0x700);
	assert_int_equal(fake.call[1].word[2], 3);
	assert_int_equal(fake_vcpu.fpstate_size, 3 * 4096);
}

static void test_vm_destroy_is_repeated_until_there_is_no_more(void **state)
{
	struct fake_answer answers[3];

	(void)state;
	fake_reset(true);
	fake_vm.vcpus = NULL;
	assert_int_equal(pkvm_host_memory_add(&fake_vm, 0, 8 * 4096), 0);
	assert_int_equal(pkvm_host_memory_write(&fake_vm, 4090, "0123456789", 10), 0);
	assert_int_equal(fake_allocated(), 3);
	fake.answer[0x205].error = -16;
	assert_int_equal(pkvm_host_vm_destroy(&fake_vm), -16);
	assert_int_equal(fake_allocated(), 3);
	answers[0] = (struct fake_answer){0, {linked(2, 0, 0), 2, 1, 1}};
	answers[1] = (struct fake_answer){0, {0, 0, 0, 1}};
	answers[2] = (struct fake_answer){0, {linked(1, 0, 0), 1, 1, 0}};
	fake.runs = answers;
	fake.nr_runs = 3;
	fake.scripted = 0x205;
	assert_int_equal(pkvm_host_vm_destroy(&fake_vm), 0);
	assert_int_equal(fake_vm.reclaimed, 3);
	assert_int_equal(fake_allocated(), 0);
	assert_int_equal(fake.calls, 4);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_range_of_a_list_is_freed),
		cmocka_unit_test(test_empty_list_frees_nothing),
		cmocka_unit_test(test_circular_list_ends),
		cmocka_unit_test(test_list_longer_than_its_count_is_followed_no_further),
		cmocka_unit_test(test_list_shorter_than_its_count_is_flawed),
		cmocka_unit_test(test_ranges_that_cannot_be_are_not_freed),
		cmocka_unit_test(test_failed_vcpu_create_frees_every_part),
		cmocka_unit_test(test_vcpu_create_gives_an_fpstate_to_a_pvm_only),
		cmocka_unit_test(test_refused_vcpu_free_frees_nothing),
		cmocka_unit_test(test_failed_vm_init_topup_and_cpuid_free_their_pages),
		cmocka_unit_test(test_pvm_grows_its_fpstate_before_it_gets_the_table),
		cmocka_unit_test(test_vm_destroy_is_repeated_until_there_is_no_more),
	};

	return cmocka_run_group_tests_name("host reclaim", tests, NULL, NULL);
}
