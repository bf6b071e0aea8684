/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of the n-th failure: pools with too few pages, full tables. What fails is
 * not half done, and succeeds once there is room.
 */
#include <stdlib.h>

#include "ownership.h"
#include "lib/mmu.h"

#define MAP_CALL 0x0800

static struct pkvm_vm *inside(const struct world_vm *vm)
{
	return pkvm_plat_private(vm->area);
}

/* Takes pages out of the pool until so many are left; they leak into the area. */
static void drain_to(const struct world_vm *vm, uint64_t pages)
{
	while (inside(vm)->pool_pages > pages)
		(void)pkvm_pool_take(inside(vm));
}

static struct world_result map(const struct scene *s, uint64_t gpa, uint64_t hpa,
			       uint64_t pages)
{
	const uint64_t in[] = {gpa, hpa, pages * 4096, 1};

	return world_callv(s->m, MAP_CALL, in, 4, 0);
}

/* Mappings whose first and last page share ever fewer tables. */
static const struct {
	uint64_t gpa;
	uint64_t pages;
	uint64_t tables;
} shape[] = {
	{0x0, 1, 4},                    /* root and one table of each level       */
	{0x1000, 511, 0},               /* the same leaf table                    */
	{0x200000, 512, 1},             /* the next one                           */
	{0x5ff000, 2, 2},               /* the last page of one and the next      */
	{0x3fe00000, 1, 1},             /* the end of the first GByte             */
	{0x3ffff000, 2, 2},             /* across a GByte                         */
	{0x7fffffe000, 1, 2},           /* the end of the first 512 GBytes        */
	{0x7ffffff000, 2, 3},           /* across them                            */
	{0x10000000000, 1, 3},          /* nothing is there                       */
	{0x1ffffe00000, 512, 3},        /* up to a boundary                       */
	{0x27ffffff000, 2, 6},          /* across one where nothing is there      */
};

static void exhaust(const struct scene *s, const struct world_vm *vm)
{
	drain_to(vm, 0);
	for (size_t i = 0; i < sizeof(shape) / sizeof(shape[0]); i++) {
		const uint64_t hpa = world_pages(shape[i].pages);
		const uint64_t hash = machine_hash_page(s->m, hpa);

		for (uint64_t have = 0; have < shape[i].tables; have++) {
			struct world_result result = map(s, shape[i].gpa, hpa, shape[i].pages);

			assert_int_equal(result.error, -11);
			assert_int_equal(result.refused, 0);
			assert_int_equal(inside(vm)->pool_pages, have);
			assert_int_equal(machine_hash_page(s->m, hpa), hash);
			assert_true(machine_host_sees(hpa));
			world_topup(vm, 1);
		}
		assert_int_equal(map(s, shape[i].gpa, hpa, shape[i].pages).error, 0);
		assert_int_equal(inside(vm)->pool_pages, 0);
	}
}

static void test_a_pvms_mapping_needs_exactly_its_tables(void **state)
{
	const struct scene *s = *state;

	world_load(&s->pvm_vcpu);
	exhaust(s, &s->pvm);
}

static void test_an_npvms_mapping_needs_exactly_its_tables(void **state)
{
	const struct scene *s = *state;

	world_load(&s->npvm_vcpu);
	exhaust(s, &s->npvm);
}

/* splitmix64 */
static uint64_t next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

#define MAX_TABLES 4096

/* Every table that exists so far: its level's entries cover 1 << shift bytes. */
struct tables {
	uint64_t key[MAX_TABLES];
	size_t count;
};

static bool add(struct tables *t, uint64_t key)
{
	for (size_t i = 0; i < t->count; i++) {
		if (t->key[i] == key)
			return false;
	}
	assert_true(t->count < MAX_TABLES);
	t->key[t->count++] = key;
	return true;
}

/* Tables that a range adds, page by page and level by level. */
static uint64_t add_range(struct tables *t, uint64_t gpa, uint64_t pages)
{
	uint64_t added = 0;

	for (uint64_t at = gpa; at < gpa + pages * 4096; at += 4096) {
		for (unsigned int shift = 21; shift <= 48; shift += 9)
			added += add(t, (at >> shift) << 6 | shift);
	}
	return added;
}

static void test_random_mappings_take_as_many_tables_as_they_add(void **state)
{
	static struct tables t;
	const struct scene *s = *state;
	const uint64_t hpa = world_pages(512);
	uint64_t seed = 20261122;

	print_message("seed %llu\n", (unsigned long long)seed);
	t.count = 0;
	world_load(&s->npvm_vcpu);
	drain_to(&s->npvm, 0);
	for (int i = 0; i < 150; i++) {
		const unsigned int bits = 22 + (unsigned int)(next(&seed) % 17);
		const uint64_t pages = next(&seed) % 4 ? 1 + next(&seed) % 3 : 512;
		const uint64_t limit = (1ull << bits) - pages * 4096;
		const uint64_t gpa = next(&seed) % limit & ~0xfffull;
		const struct pkvm_mapping mapping = {gpa, hpa, pages * 4096, 1};
		const uint64_t needed =
			pkvm_mmu_tables_needed(inside(&s->npvm), gpa, pages * 4096);
		const int64_t error = pkvm_hc_vm_mmu_map(&mapping).error;

		if (error == -17)
			continue;       /* overlaps an earlier one */
		assert_int_equal(needed, add_range(&t, gpa, pages));
		if (!needed)
			continue;
		assert_int_equal(error, -11);
		world_topup(&s->npvm, needed);
		assert_int_equal(pkvm_hc_vm_mmu_map(&mapping).error, 0);
		assert_int_equal(inside(&s->npvm)->pool_pages, 0);
	}
}

static void test_the_129th_vm_is_enomem(void **state)
{
	const struct scene *s = *state;
	uint64_t in[] = {0, 3 * 4096, 0, 1};
	struct world_vm vm = {0};
	uint64_t first = 0;

	for (unsigned int i = 3; i < 128; i++) {
		const struct pkvm_vm_config config = {world_pages(3), 3 * 4096, 0, 1};
		struct pkvm_vm_handle out;

		assert_int_equal(pkvm_hc_vm_init(&config, &out).error, 0);
		first = first ? first : out.vm;
	}
	in[0] = world_pages(3);
	for (int again = 0; again < 3; again++) {
		const struct world_result result = world_callv(s->m, 0x0200, in, 4, 1);

		assert_int_equal(result.error, -12);
		assert_int_equal(result.refused, 0);
		assert_true(machine_host_sees(in[0]));
	}
	vm.handle = first;
	world_destroy(&vm);
	assert_int_equal(world_callv(s->m, 0x0200, in, 4, 1).error, 0);
}

static void test_a_full_table_of_vcpus_is_enomem(void **state)
{
	const struct scene *s = *state;
	struct pkvm_slots *slots = &machine_hyp(s->m)->vcpus;
	const uint32_t first_free = slots->first_free;
	struct world_result result;

	slots->first_free = 0;
	result = scene_offer(s, CREATE_AREA, s->area, 5 * 4096);
	assert_int_equal(result.error, -12);
	assert_int_equal(result.refused, 0);
	assert_true(machine_host_sees(s->area));
	assert_true(machine_host_sees(s->fpstate));
	assert_int_equal(inside(&s->open)->nr_vcpus, 0);
	assert_int_equal(inside(&s->open)->configured, 0);
	slots->first_free = first_free;
	assert_int_equal(scene_offer(s, CREATE_AREA, s->area, 5 * 4096).error, 0);
}

/* 64 vCPUs of a VM, and every id of them once. */
static void test_a_vm_takes_64_vcpus(void **state)
{
	const struct scene *s = *state;
	const struct pkvm_vm_config config = {world_pages(3), 3 * 4096, 0, 64};
	struct pkvm_vm_handle vm;

	assert_int_equal(pkvm_hc_vm_init(&config, &vm).error, 0);
	for (uint64_t id = 64; id-- > 0;) {
		const uint64_t in[] = {vm.vm, world_pages(1), world_pages(5), 0x5000, 0, 0, id};

		assert_int_equal(world_callv(s->m, 0x0300, in, 7, 1).error, 0);
	}
	for (uint64_t id = 0; id < 66; id++) {
		const uint64_t in[] = {vm.vm, s->page, s->area, 0x5000, 0, 0, id};

		assert_int_equal(world_callv(s->m, 0x0300, in, 7, 1).error,
				 id < 64 ? -17 : -22);
	}
}

static void test_a_run_without_a_root_asks_for_one_page(void **state)
{
	const struct scene *s = *state;
	const struct pkvm_run run = {s->pvm_vcpu.handle, 0};
	struct pkvm_run_exit out;

	drain_to(&s->pvm, 0);
	assert_int_equal(pkvm_hc_vcpu_run(&run, &out).error, 0);
	assert_int_equal(out.kind, PKVM_EXIT_NEED_PAGES);
	assert_int_equal(out.word0, 1);
	world_topup(&s->pvm, 1);
	assert_int_equal(pkvm_hc_vcpu_run(&run, &out).error, 0);
	assert_int_not_equal(out.kind, PKVM_EXIT_NEED_PAGES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SCENE_TEST(test_a_pvms_mapping_needs_exactly_its_tables),
		SCENE_TEST(test_an_npvms_mapping_needs_exactly_its_tables),
		SCENE_TEST(test_random_mappings_take_as_many_tables_as_they_add),
		SCENE_TEST(test_the_129th_vm_is_enomem),
		SCENE_TEST(test_a_full_table_of_vcpus_is_enomem),
		SCENE_TEST(test_a_vm_takes_64_vcpus),
		SCENE_TEST(test_a_run_without_a_root_asks_for_one_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
