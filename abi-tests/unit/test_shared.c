/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of the copies between private memory and memory that the host writes. */
#include "ownership.h"
#include "lib/shared.h"

static int begin(void **state)
{
	*state = world_up(1);
	return 0;
}

static int end(void **state)
{
	world_end(*state);
	return 0;
}

/* A page of words that tell their own number. */
static uint64_t numbered_page(void)
{
	const uint64_t page = world_pages(1);
	uint64_t *word = machine_host_ptr(page);

	for (uint64_t i = 0; i < 512; i++)
		word[i] = 0x1000 + i;
	return page;
}

static void test_a_copy_out_has_every_word_and_leaves_them(void **state)
{
	const uint64_t page = numbered_page();
	uint64_t to[514] = {0};

	(void)state;
	for (size_t offset = 0; offset < 4096; offset += 8) {
		const size_t size = 4096 - offset;

		memset(to, 0xee, sizeof(to));
		pkvm_shared_read(pkvm_plat_shared(page), offset, to + 1, size);
		assert_int_equal(to[0], 0xeeeeeeeeeeeeeeee);
		assert_int_equal(to[1 + size / 8], 0xeeeeeeeeeeeeeeee);
		for (size_t i = 0; i < size / 8; i++)
			assert_int_equal(to[1 + i], 0x1000 + offset / 8 + i);
	}
	assert_int_equal(*(uint64_t *)machine_host_ptr(page), 0x1000);
}

static void test_a_copy_in_and_zeroing_touch_only_their_words(void **state)
{
	const uint64_t page = numbered_page();
	const uint64_t *word = machine_host_ptr(page);
	const uint64_t from[3] = {7, 8, 9};

	(void)state;
	pkvm_shared_write(pkvm_plat_shared(page), 80, from, sizeof(from));
	pkvm_shared_zero(pkvm_plat_shared(page), 160, 16);
	pkvm_shared_put(pkvm_plat_shared(page), 4088, 5);
	for (uint64_t i = 0; i < 512; i++) {
		if (i >= 10 && i < 13)
			assert_int_equal(word[i], i - 3);
		else if (i == 20 || i == 21)
			assert_int_equal(word[i], 0);
		else
			assert_int_equal(word[i], i == 511 ? 5 : 0x1000 + i);
	}
}

static void test_taking_a_word_leaves_zero(void **state)
{
	const uint64_t page = numbered_page();

	(void)state;
	assert_int_equal(pkvm_shared_get(pkvm_plat_shared(page), 24), 0x1003);
	assert_int_equal(pkvm_shared_take(pkvm_plat_shared(page), 24), 0x1003);
	assert_int_equal(pkvm_shared_take(pkvm_plat_shared(page), 24), 0);
	assert_int_equal(pkvm_shared_get(pkvm_plat_shared(page), 32), 0x1004);
}

static void test_what_the_host_writes_after_the_copy_is_not_seen(void **state)
{
	const uint64_t page = numbered_page();
	uint64_t *word = machine_host_ptr(page);
	uint64_t copy[4];

	(void)state;
	pkvm_shared_read(pkvm_plat_shared(page), 0, copy, sizeof(copy));
	for (int i = 0; i < 4; i++)
		word[i] = ~0ull;
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(copy[i], 0x1000 + i);
}

#define WITH_MACHINE(TEST) cmocka_unit_test_setup_teardown(TEST, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MACHINE(test_a_copy_out_has_every_word_and_leaves_them),
		WITH_MACHINE(test_a_copy_in_and_zeroing_touch_only_their_words),
		WITH_MACHINE(test_taking_a_word_leaves_zero),
		WITH_MACHINE(test_what_the_host_writes_after_the_copy_is_not_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
