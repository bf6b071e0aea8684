/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of handles: never found by chance, never valid twice, kept while in use. */
#include <stdlib.h>

#include "ownership.h"

#define ROUNDS 3000

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

static int64_t destroy(uint64_t handle)
{
	const struct pkvm_vm_handle vm = {handle};
	struct pkvm_reclaim_more out;

	return pkvm_hc_vm_destroy(&vm, &out).error;
}

static int64_t load(uint64_t handle)
{
	const struct pkvm_vcpu_handle vcpu = {handle};

	return pkvm_hc_vcpu_load(&vcpu).error;
}

static int compare(const void *left, const void *right)
{
	const uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void assert_all_different(uint64_t *handle, size_t n)
{
	qsort(handle, n, sizeof(*handle), compare);
	assert_int_not_equal(handle[0], 0);
	for (size_t i = 1; i < n; i++)
		assert_int_not_equal(handle[i - 1], handle[i]);
}

static void test_no_vm_handle_is_given_out_twice(void **state)
{
	static uint64_t handle[ROUNDS];
	const struct pkvm_vm_config config = {world_pages(3), 3 * 4096, 0, 1};

	for (int i = 0; i < ROUNDS; i++) {
		struct pkvm_vm_handle out;

		assert_int_equal(pkvm_hc_vm_init(&config, &out).error, 0);
		handle[i] = out.vm;
		assert_int_equal(destroy(out.vm), 0);
		assert_int_equal(destroy(out.vm), -2);
		if (i)
			assert_int_equal(destroy(handle[i - 1]), -2);
	}
	assert_all_different(handle, ROUNDS);
	assert_true(machine_host_free(config.area, 3));
	world_assert_conserved(*state, 256);
}

static void test_no_vcpu_handle_is_given_out_twice(void **state)
{
	static uint64_t handle[ROUNDS];
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct pkvm_vcpu_config config = {vm.handle, world_pages(1), world_pages(5),
						5 * 4096, 0, 0, 0};

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		struct pkvm_vcpu_handle out;
		struct pkvm_reclaim list;

		assert_int_equal(pkvm_hc_vcpu_create(&config, &out).error, 0);
		handle[i] = out.vcpu;
		assert_int_equal(pkvm_hc_vcpu_free(&out, &list).error, 0);
		assert_int_equal(pkvm_hc_vcpu_free(&out, &list).error, -2);
		assert_int_equal(load(out.vcpu), -2);
	}
	assert_all_different(handle, ROUNDS);
}

/* splitmix64 */
static uint64_t next(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z ^ (z >> 31);
}

static void test_random_words_and_neighbours_are_no_handles(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);
	uint64_t seed = 20261121;

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 100000; i++) {
		const uint64_t word = next(&seed);

		if (word != vm.handle)
			assert_int_equal(destroy(word), -2);
		if (word != vcpu.handle)
			assert_int_equal(load(word), -2);
	}
	for (unsigned int bit = 0; bit < 64; bit++) {
		assert_int_equal(destroy(vm.handle ^ 1ull << bit), -2);
		assert_int_equal(load(vcpu.handle ^ 1ull << bit), -2);
	}
	for (uint64_t small = 0; small < 4096; small++) {
		assert_int_equal(destroy(small), -2);
		assert_int_equal(load(small), -2);
	}
}

static void test_a_vm_is_no_vcpu_and_the_other_way_round(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);
	const struct world_result result = world_call(*state, 0x0205, 1, 4, vcpu.handle);

	assert_int_equal(result.error, -2);
	assert_int_equal(result.refused, 1);
	assert_int_equal(world_call(*state, 0x0302, 1, 0, vm.handle).error, -2);
	assert_int_equal(world_call(*state, 0x0305, 2, 6, vm.handle, (uint64_t)0).error, -2);
}

static void test_an_object_in_use_keeps_its_handle(void **state)
{
	struct pkvm_slots *slots = &machine_hyp(*state)->vms;
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);

	assert_int_equal(pkvm_slot_get(slots, vm.handle), vm.area);
	assert_int_equal(pkvm_slot_get(slots, vm.handle), vm.area);
	assert_false(pkvm_slot_retire(slots, vm.handle));
	pkvm_slot_put(slots, vm.handle);
	/* vm_destroy, while another call holds the VM: everything but the VM goes. */
	for (int i = 0; i < 3; i++) {
		const struct pkvm_vm_handle handle = {vm.handle};
		struct pkvm_reclaim_more out;

		assert_int_equal(pkvm_hc_vm_destroy(&handle, &out).error, 0);
		assert_int_equal(out.more, 1);
	}
	pkvm_slot_put(slots, vm.handle);
	assert_int_equal(destroy(vm.handle), 0);
	assert_int_equal(destroy(vm.handle), -2);
}

static void test_a_reserved_place_has_no_handle_until_it_is_published(void **state)
{
	struct pkvm_slot slot[2] = {{0}};
	struct pkvm_slots slots = {0};
	uint64_t own = 0, handle;
	int32_t first;

	(void)state;
	pkvm_slots_init(&slots, slot, 2, 5);
	first = pkvm_slot_reserve(&slots);
	assert_int_equal(first, 0);
	assert_int_equal(pkvm_slot_handle(&slots, 0), 0);
	assert_int_equal(pkvm_slot_reserve(&slots), 1);
	assert_int_equal(pkvm_slot_reserve(&slots), -1);
	assert_int_equal(pkvm_slots_taken(&slots), 2);
	pkvm_slot_cancel(&slots, 1);
	assert_int_equal(pkvm_slots_taken(&slots), 1);
	handle = pkvm_slot_publish(&slots, 0, 0x7000, &own);
	assert_int_equal(own, handle);
	assert_int_equal(pkvm_slot_handle(&slots, 0), handle);
	assert_int_equal(pkvm_slot_get(&slots, handle), 0x7000);
	assert_true(pkvm_slot_retire(&slots, handle));
	assert_int_equal(pkvm_slot_get(&slots, handle), 0);
	assert_int_equal(pkvm_slots_taken(&slots), 0);
}

static void test_a_place_without_generations_left_is_never_used_again(void **state)
{
	struct pkvm_slot slot[1] = {{0}};
	struct pkvm_slots slots = {0};
	uint64_t own, handle;

	(void)state;
	pkvm_slots_init(&slots, slot, 1, 1);
	slot[0].generation = 0xfffffffe;
	assert_int_equal(pkvm_slot_reserve(&slots), 0);
	handle = pkvm_slot_publish(&slots, 0, 0x7000, &own);
	assert_int_equal(handle >> 24, 0xffffffff);
	assert_int_equal(pkvm_slot_get(&slots, handle), 0x7000);
	assert_true(pkvm_slot_retire(&slots, handle));
	assert_int_equal(pkvm_slot_reserve(&slots), -1);
}

#define WITH_MACHINE(TEST) cmocka_unit_test_setup_teardown(TEST, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MACHINE(test_no_vm_handle_is_given_out_twice),
		WITH_MACHINE(test_no_vcpu_handle_is_given_out_twice),
		WITH_MACHINE(test_random_words_and_neighbours_are_no_handles),
		WITH_MACHINE(test_a_vm_is_no_vcpu_and_the_other_way_round),
		WITH_MACHINE(test_an_object_in_use_keeps_its_handle),
		WITH_MACHINE(test_a_reserved_place_has_no_handle_until_it_is_published),
		WITH_MACHINE(test_a_place_without_generations_left_is_never_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
