/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of a VM's end: in bounded steps, everything back, scrubbed, counted. */
#include "ownership.h"

#define DESTROY_CALL 0x0205
#define HYP_PAGES    256

static int begin(void **state)
{
	*state = world_up(1);
	return 0;
}

/* Whatever the test built is gone. */
static int end(void **state)
{
	assert_accounted(*state);
	world_assert_conserved(*state, HYP_PAGES);
	world_end(*state);
	return 0;
}

/* Totals of all the calls that a VM's end took. */
struct total {
	uint64_t calls;
	uint64_t ranges;
	uint64_t pages;
};

/* Takes one list back: every page the host's, zero but for the links. */
static void take_back(struct world_result list, struct total *total)
{
	static const uint64_t zero[512];
	uint64_t address = list.out[0], pages = list.out[1], here = 0;

	for (uint64_t range = 0; range < list.out[2]; range++) {
		uint64_t words[512] = {0};
		const uint64_t first = address;

		here += pages;
		for (uint64_t page = pages; page-- > 0;) {
			assert_true(machine_host_read(first + page * 4096, words, 4096));
			assert_memory_equal(words + 2, zero, 4080);
		}
		assert_true(machine_host_free(first, pages));
		address = words[0];
		pages = words[1];
	}
	assert_int_equal(address, 0);
	assert_in_range(list.out[2], 0, 64);
	assert_in_range(here, 0, 512);
	total->ranges += list.out[2];
	total->pages += here;
	total->calls++;
}

static struct total destroy(struct machine *m, const struct world_vm *vm)
{
	struct total total = {0};
	struct world_result result;

	do {
		result = world_callv(m, DESTROY_CALL, &vm->handle, 1, 4);
		assert_int_equal(result.error, 0);
		assert_in_range(result.out[3], 0, 1);
		take_back(result, &total);
	} while (result.out[3]);
	assert_int_equal(world_callv(m, DESTROY_CALL, &vm->handle, 1, 4).error, -2);
	return total;
}

static struct world_vcpu loaded(const struct world_vm *vm)
{
	const struct world_vcpu vcpu = world_vcpu(vm, 0);

	world_load(&vcpu);
	world_finalize(vm);
	return vcpu;
}

static void unload(const struct world_vcpu *vcpu)
{
	world_put(vcpu);
	world_free_vcpu(vcpu);
}

static void test_a_vm_with_a_vcpu_is_busy_and_unchanged(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const struct world_vcpu vcpu = loaded(&vm);
	struct world_result result = world_callv(*state, DESTROY_CALL, &vm.handle, 1, 4);

	assert_int_equal(result.error, -16);
	assert_int_equal(result.refused, 1);
	world_put(&vcpu);
	assert_int_equal(world_callv(*state, DESTROY_CALL, &vm.handle, 1, 4).error, -16);
	/* It is not dying: a dying VM would refuse this. */
	world_topup(&vm, 1);
	world_free_vcpu(&vcpu);
	assert_int_equal(destroy(*state, &vm).pages, 16 + 1);
}

static void test_scattered_pages_come_back_64_ranges_a_call(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	uint64_t spacer[200];
	struct total total;

	for (int i = 0; i < 200; i++) {
		world_topup(&vm, 1);
		spacer[i] = world_pages(1);
	}
	total = destroy(*state, &vm);
	assert_int_equal(total.pages, 200 + 16);
	assert_int_equal(total.ranges, 201);
	assert_in_range(total.calls, 4, 5);
	for (int i = 0; i < 200; i++)
		assert_true(machine_host_free(spacer[i], 1));
}

/* 64 ranges fill a list even when nothing but the VM itself is left. */
static void test_the_area_waits_when_the_list_is_full(void **state)
{
	const struct pkvm_vm_config config = {world_pages(2), 2 * 4096, 1, 1};
	struct world_vm vm = {.area = config.area, .type = 1};
	struct pkvm_vm_handle handle;
	struct world_vcpu vcpu;
	struct pkvm_run_exit out;
	struct total total = {0};
	struct world_result result;
	uint64_t spacer[64];

	assert_int_equal(pkvm_hc_vm_init(&config, &handle).error, 0);
	vm.handle = handle.vm;
	vcpu = loaded(&vm);
	/* The area's only page of the pool becomes the root, and comes back first. */
	assert_int_equal(pkvm_hc_vcpu_run(&(struct pkvm_run){0, 0}, &out).error, 0);
	unload(&vcpu);
	for (int i = 0; i < 64; i++) {
		world_topup(&vm, 1);
		spacer[i] = world_pages(1);
	}
	result = world_callv(*state, DESTROY_CALL, &vm.handle, 1, 4);
	assert_int_equal(result.out[2], 64);
	assert_int_equal(result.out[3], 1);
	take_back(result, &total);
	total = destroy(*state, &vm);
	assert_int_equal(total.calls, 1);
	assert_int_equal(total.pages, 2);
	for (int i = 0; i < 64; i++)
		assert_true(machine_host_free(spacer[i], 1));
}

static void test_neighbouring_pages_come_back_as_one_range(void **state)
{
	const struct world_vm pool = world_vm(PKVM_VM_NPVM);
	struct world_vm vm;
	struct world_vcpu vcpu;
	struct total total;

	world_topup(&pool, 400);
	total = destroy(*state, &pool);
	assert_int_equal(total.pages, 400 + 16);
	assert_int_equal(total.ranges, 2);
	vm = world_vm(PKVM_VM_PVM);
	vcpu = loaded(&vm);
	(void)world_map(0x200000, 300);
	unload(&vcpu);
	total = destroy(*state, &vm);
	assert_int_equal(total.pages, 300 + 16);
	assert_int_equal(total.ranges, 2);
}

static void test_no_call_scrubs_more_than_512_pages(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const struct world_vcpu vcpu = loaded(&vm);
	struct total total;

	world_topup(&vm, 8);
	(void)world_map(0, 512);
	(void)world_map(0x200000, 512);
	(void)world_map(0x400000, 500);
	unload(&vcpu);
	total = destroy(*state, &vm);
	assert_int_equal(total.pages, 1524 + 8 + 16);
	assert_in_range(total.calls, 4, 5);
}

/* 46 bits of guest-physical address; pages far apart share few tables. */
static void test_a_sparse_address_space_comes_back_whole(void **state)
{
	static const uint64_t gpa[] = {0, 0x1ff000, 0x200000, 0x40000000, 0x7fffff000,
				       0x8000000000, 0xffffffff000, 0x100000000000,
				       0x3ffffffff000};
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const struct world_vcpu vcpu = loaded(&vm);

	world_topup(&vm, 40);
	for (size_t i = 0; i < sizeof(gpa) / sizeof(gpa[0]); i++)
		(void)world_map(gpa[i], 1);
	unload(&vcpu);
	assert_int_equal(destroy(*state, &vm).pages, 9 + 40 + 16);
}

static void test_guest_pages_come_back_scrubbed_shared_ones_too(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const struct world_vcpu vcpu = loaded(&vm);
	uint64_t hpa;

	world_topup(&vm, 4);
	hpa = world_map(0x1000, 3);
	for (uint64_t i = 0; i < 3; i++)
		((uint64_t *)pkvm_plat_private(hpa + i * 4096))[3] = 0x5ec2e7;
	pkvm_page_guest_share(machine_hyp(*state), hpa + 4096, true);
	unload(&vcpu);
	assert_int_equal(destroy(*state, &vm).pages, 3 + 4 + 16);
	for (uint64_t i = 0; i < 3; i++)
		assert_int_equal(pkvm_page_state(machine_hyp(*state), hpa + i * 4096),
				 PKVM_PAGE_HOST);
}

static void test_an_npvms_pages_are_unmapped_and_keep_their_content(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu vcpu = loaded(&vm);
	uint64_t hpa, hash;

	world_topup(&vm, 4);
	hpa = world_map(0x1000, 512);
	hash = machine_hash_page(*state, hpa);
	assert_int_equal(pkvm_page_value(machine_hyp(*state), hpa), 1);
	unload(&vcpu);
	assert_int_equal(destroy(*state, &vm).pages, 4 + 16);
	assert_int_equal(pkvm_page_state(machine_hyp(*state), hpa), PKVM_PAGE_HOST);
	assert_int_equal(machine_hash_page(*state, hpa), hash);
	assert_true(machine_host_free(hpa, 512));
}

static void test_an_area_of_512_pages_comes_back(void **state)
{
	const uint64_t area = world_pages(512);
	const struct pkvm_vm_config config = {area, 512 * 4096, 1, 1};
	struct world_vm vm = {.area = area, .type = 1};
	struct pkvm_vm_handle handle;

	assert_int_equal(pkvm_hc_vm_init(&config, &handle).error, 0);
	vm.handle = handle.vm;
	assert_int_equal(destroy(*state, &vm).pages, 512);
}

static void test_a_dying_vm_takes_nothing_new(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	struct total total = {0};
	struct world_result result;
	uint64_t spare;

	world_topup(&vm, 512);
	spare = world_pages(5);
	result = world_callv(*state, DESTROY_CALL, &vm.handle, 1, 4);
	assert_int_equal(result.out[3], 1);
	take_back(result, &total);
	assert_int_equal(
		world_call(*state, 0x0204, 3, 0, vm.handle, spare, (uint64_t)4096).error, -1);
	assert_int_equal(world_call(*state, 0x0300, 7, 1, vm.handle, spare, spare,
				    (uint64_t)0x5000, spare, (uint64_t)4096, (uint64_t)0)
				 .error,
			 -1);
	assert_int_equal(world_call(*state, 0x0203, 1, 0, vm.handle).error, -1);
	assert_int_equal(destroy(*state, &vm).pages + total.pages, 512 + 16);
	assert_true(machine_host_free(spare, 5));
}

#define WITH_MACHINE(TEST) cmocka_unit_test_setup_teardown(TEST, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MACHINE(test_a_vm_with_a_vcpu_is_busy_and_unchanged),
		WITH_MACHINE(test_scattered_pages_come_back_64_ranges_a_call),
		WITH_MACHINE(test_the_area_waits_when_the_list_is_full),
		WITH_MACHINE(test_neighbouring_pages_come_back_as_one_range),
		WITH_MACHINE(test_no_call_scrubs_more_than_512_pages),
		WITH_MACHINE(test_a_sparse_address_space_comes_back_whole),
		WITH_MACHINE(test_guest_pages_come_back_scrubbed_shared_ones_too),
		WITH_MACHINE(test_an_npvms_pages_are_unmapped_and_keep_their_content),
		WITH_MACHINE(test_an_area_of_512_pages_comes_back),
		WITH_MACHINE(test_a_dying_vm_takes_nothing_new),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
