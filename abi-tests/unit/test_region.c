/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests that RAM is known by regions that are listed in any order, and nothing beside them. */
#include "register_fixture.h"

#define INIT 0x0001u
#define DUMP 0x0101u

#define PIECE 0x200000u
#define LEFT_OUT 0xe00000u      /* RAM of the machine that no region has, up to 15 MiB */

/* 16 MiB of RAM, the last 1 MiB of it the hypervisor's; 14 MiB in pieces, not by address. */
static const uint64_t listed[][3] = {
	{3 * PIECE, PIECE, 0}, {6 * PIECE, PIECE, 0}, {0xf00000, 0x100000, 1},
	{0 * PIECE, PIECE, 0}, {5 * PIECE, PIECE, 0}, {1 * PIECE, PIECE, 0},
	{4 * PIECE, PIECE, 0}, {2 * PIECE, PIECE, 0},
};

static struct machine *up(void)
{
	struct machine *m = world_negotiated(1);
	const uint64_t page = world_pages(1);

	assert_true(machine_host_write(page, listed, sizeof(listed)));
	assert_done(world_call(m, INIT, 2, 0, page, sizeof(listed) / sizeof(listed[0])));
	assert_true(machine_host_free(page, 1));
	return m;
}

/* A buffer for the trace, which has counted nothing, so that nothing is written. */
static struct world_result use(struct machine *m, uint64_t address, uint64_t pages)
{
	return world_call(m, DUMP, 4, 2, address, pages * 4096, (uint64_t)0, (uint64_t)0);
}

static void test_pages_of_every_region_are_the_hosts_and_of_two_that_touch(void **state)
{
	struct machine *m = up();

	(void)state;
	for (uint64_t at = PIECE; at < LEFT_OUT; at += PIECE) {
		assert_done(use(m, at - 4096, 1));
		assert_done(use(m, at, 1));
		assert_done(use(m, at - 4096, 2));
	}
	assert_done(use(m, LEFT_OUT - 4096, 1));
	world_end(m);
}

static void test_what_is_in_no_region_is_no_ram(void **state)
{
	struct machine *m = up();

	(void)state;
	assert_refused(use(m, LEFT_OUT, 1), -14, 1);
	assert_refused(use(m, LEFT_OUT - 4096, 2), -14, 1);
	assert_refused(use(m, 0xf00000 - 4096, 1), -14, 1);
	assert_refused(use(m, 0xf00000, 1), -1, 1);
	assert_refused(use(m, 0x1000000, 1), -14, 1);
	world_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_of_every_region_are_the_hosts_and_of_two_that_touch),
		cmocka_unit_test(test_what_is_in_no_region_is_no_ram),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
