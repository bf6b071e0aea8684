/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of a VM's making, its capabilities, its finalizing and its pool. */
#include "ownership.h"
#include "lib/call.h"

#define VM_INIT_CALL  0x0200
#define CAP_CALL      0x0201
#define X2APIC_CALL   0x0202
#define FINALIZE_CALL 0x0203
#define TOPUP_CALL    0x0204

/* Modes of the irqchip, and that it was never set. */
enum { NONE, KERNEL, SPLIT, UNSET };

static int begin(void **state)
{
	*state = world_up(1);
	return 0;
}

static int end(void **state)
{
	assert_accounted(*state);
	world_end(*state);
	return 0;
}

static const struct pkvm_vm *inside(const struct world_vm *vm)
{
	return pkvm_plat_private(vm->area);
}

static struct world_result set_cap(struct machine *m, const struct world_vm *vm, uint64_t cap,
				   uint64_t value)
{
	const uint64_t in[] = {vm->handle, cap, value, 0, 0, 0};

	return world_callv(m, CAP_CALL, in, 6, 0);
}

static struct world_result set_flags(struct machine *m, const struct world_vm *vm,
				     uint64_t flags)
{
	const uint64_t in[] = {vm->handle, flags};

	return world_callv(m, X2APIC_CALL, in, 2, 1);
}

static void assert_refused(struct world_result result, int64_t error, uint64_t word)
{
	assert_int_equal(result.error, error);
	assert_int_equal(result.refused, word);
}

static struct world_result init_vm(struct machine *m, uint64_t area, uint64_t size,
				   uint64_t type, uint64_t max_vcpus)
{
	const uint64_t in[] = {area, size, type, max_vcpus};

	return world_callv(m, VM_INIT_CALL, in, 4, 1);
}

static void test_a_vm_has_1_to_64_vcpus_and_one_of_two_types(void **state)
{
	const uint64_t area = world_pages(4);

	assert_refused(init_vm(*state, area, 0x4000, 0, 0), -22, 4);
	assert_refused(init_vm(*state, area, 0x4000, 0, 65), -22, 4);
	assert_refused(init_vm(*state, area, 0x4000, 0, 0x100000001), -22, 4);
	assert_refused(init_vm(*state, area, 0x4000, 2, 1), -22, 3);
	assert_refused(init_vm(*state, area, 0x4000, 0x100000000, 1), -22, 3);
	assert_int_equal(init_vm(*state, area, 0x4000, 1, 64).error, 0);
	assert_int_equal(init_vm(*state, world_pages(4), 0x4000, 0, 1).error, 0);
}

static void test_an_area_below_the_told_size_is_enomem_and_comes_back(void **state)
{
	const struct pkvm_query query = {1, 0, 1};
	const uint64_t area = world_pages(8);
	struct pkvm_answer answer;

	assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
	assert_int_equal(answer.vm_area_size % 4096, 0);
	assert_in_range(answer.vm_area_size, 4096, 8 * 4096);
	for (uint64_t size = 4096; size < answer.vm_area_size; size += 4096) {
		assert_refused(init_vm(*state, area, size, 0, 1), -12, 2);
		assert_true(machine_host_sees(area));
	}
	assert_int_equal(init_vm(*state, area, answer.vm_area_size, 0, 1).error, 0);
}

static void test_a_new_vm_has_nothing_set_and_keeps_nothing_of_the_area(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const uint64_t *word = pkvm_plat_private(vm.area + 15 * 4096);

	(void)state;
	assert_int_equal(inside(&vm)->handle, vm.handle);
	assert_int_equal(inside(&vm)->protected_vm, 1);
	assert_int_equal(inside(&vm)->state, 0);
	assert_int_equal(inside(&vm)->irqchip, 0);
	assert_int_equal(inside(&vm)->x2apic_flags, 0);
	assert_int_equal(inside(&vm)->ept_root, 0);
	/* The noise of the donated pages is gone but for the link of the pool. */
	for (int i = 1; i < 512; i++)
		assert_int_equal(word[i], 0);
}

static void test_the_irqchip_mode_is_set_once(void **state)
{
	for (uint64_t mode = NONE; mode <= SPLIT; mode++) {
		const struct world_vm vm = world_vm(PKVM_VM_NPVM);

		assert_refused(set_cap(*state, &vm, 0, 3), -22, 3);
		assert_refused(set_cap(*state, &vm, 0, 0x100000000), -22, 3);
		assert_int_equal(set_cap(*state, &vm, 0, mode).error, 0);
		assert_int_equal(inside(&vm)->irqchip, mode + 1);
		for (uint64_t again = NONE; again <= SPLIT; again++)
			assert_refused(set_cap(*state, &vm, 0, again), -16, 2);
		world_destroy(&vm);
	}
}

static void test_capabilities_take_their_values_and_no_others(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_PVM);

	assert_refused(set_cap(*state, &vm, 3, 0), -22, 2);
	assert_refused(set_cap(*state, &vm, 1, 2), -22, 3);
	assert_int_equal(set_cap(*state, &vm, 1, 1).error, 0);
	assert_int_equal(inside(&vm)->exception_payload, 1);
	assert_int_equal(set_cap(*state, &vm, 1, 0).error, 0);
	assert_int_equal(inside(&vm)->exception_payload, 0);
	for (unsigned int bit = 0; bit < 64; bit++) {
		const bool known = (0x13ull >> bit) & 1;

		if (!known)
			assert_refused(set_cap(*state, &vm, 2, 1ull << bit), -22, 3);
	}
	for (unsigned int word = 3; word < 6; word++) {
		uint64_t in[] = {vm.handle, 1, 1, 0, 0, 0};

		in[word] = 1ull << 63;
		assert_refused(world_callv(*state, CAP_CALL, in, 6, 0), -22, word + 1);
	}
}

static void test_a_quirk_that_was_turned_off_stays_off(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);

	assert_int_equal(inside(&vm)->disabled_quirks, 0);
	assert_int_equal(set_cap(*state, &vm, 2, 0x10).error, 0);
	assert_int_equal(set_cap(*state, &vm, 2, 0x1).error, 0);
	assert_int_equal(inside(&vm)->disabled_quirks, 0x11);
	assert_int_equal(set_cap(*state, &vm, 2, 0).error, 0);
	assert_int_equal(inside(&vm)->disabled_quirks, 0x11);
}

/* What x2apic_api answers: bits 2 and 3 together never, bit 2 in split mode only. */
static bool is_allowed(uint64_t flags, unsigned int mode)
{
	return flags < 16 && (flags & 12) != 12 && (!(flags & 4) || mode == SPLIT);
}

static void test_x2apic_flags_are_judged_against_each_other_and_the_irqchip(void **state)
{
	for (unsigned int mode = NONE; mode <= UNSET; mode++) {
		const struct world_vm vm = world_vm(PKVM_VM_NPVM);

		if (mode != UNSET)
			assert_int_equal(set_cap(*state, &vm, 0, mode).error, 0);
		for (uint64_t flags = 0; flags < 32; flags++) {
			const struct world_result result = set_flags(*state, &vm, flags);

			if (!is_allowed(flags, mode)) {
				assert_refused(result, -22, 2);
				continue;
			}
			assert_int_equal(result.error, 0);
			assert_int_equal(result.out[0], 0xf);
		}
		for (unsigned int bit = 4; bit < 64; bit++)
			assert_refused(set_flags(*state, &vm, 1ull << bit), -22, 2);
		world_destroy(&vm);
	}
}

static void test_id_flags_are_sticky_and_of_the_modes_the_last_one_wins(void **state)
{
	static const struct {
		uint64_t flags;
		uint64_t after;
	} step[] = {{0, 0},  {1, 1},  {0, 1}, {4, 5},  {2, 7},
		    {8, 11}, {0, 11}, {4, 7}, {12, 7}, {9, 11}};
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);

	assert_int_equal(set_cap(*state, &vm, 0, SPLIT).error, 0);
	for (size_t i = 0; i < sizeof(step) / sizeof(step[0]); i++) {
		assert_int_equal(set_flags(*state, &vm, step[i].flags).error,
				 step[i].flags == 12 ? -22 : 0);
		assert_int_equal(inside(&vm)->x2apic_flags, step[i].after);
	}
}

static void test_a_vm_in_enabled_mode_gets_no_irqchip_in_the_kernel(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);

	assert_int_equal(set_cap(*state, &vm, 0, SPLIT).error, 0);
	assert_int_equal(set_flags(*state, &vm, 4).error, 0);
	assert_int_equal(set_cap(*state, &vm, 0, KERNEL).error, -16);
	assert_int_equal(inside(&vm)->irqchip, SPLIT + 1);
}

static void test_settings_are_frozen_so_that_every_vcpu_sees_the_same(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	struct world_vcpu vcpu;

	assert_int_equal(set_cap(*state, &vm, 0, SPLIT).error, 0);
	vcpu = world_vcpu(&vm, 3);
	for (uint64_t cap = 0; cap <= 2; cap++)
		assert_refused(set_cap(*state, &vm, cap, 0), -16, 1);
	assert_refused(set_flags(*state, &vm, 0), -16, 1);
	world_free_vcpu(&vcpu);
	assert_refused(set_cap(*state, &vm, 1, 1), -16, 1);
}

static void test_a_second_finalize_is_busy_and_an_npvm_has_none(void **state)
{
	const struct world_vm pvm = world_vm(PKVM_VM_PVM), npvm = world_vm(PKVM_VM_NPVM);

	assert_int_equal(world_callv(*state, FINALIZE_CALL, &pvm.handle, 1, 0).error, 0);
	assert_int_equal(inside(&pvm)->state, 1);
	assert_refused(world_callv(*state, FINALIZE_CALL, &pvm.handle, 1, 0), -16, 1);
	assert_int_equal(world_callv(*state, FINALIZE_CALL, &npvm.handle, 1, 0).error, -22);
	assert_int_equal(inside(&npvm)->state, 0);
}

static void test_topup_fills_the_pool_with_zeroed_pages(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const uint64_t before = inside(&vm)->pool_pages;
	const uint64_t in[] = {vm.handle, world_pages(512), 512 * 4096};
	uint64_t page;

	assert_int_equal(world_callv(*state, TOPUP_CALL, in, 3, 0).error, 0);
	assert_int_equal(inside(&vm)->pool_pages, before + 512);
	page = inside(&vm)->pool;
	for (uint64_t i = 0; i < before + 512; i++) {
		const uint64_t *word = pkvm_plat_private(page);

		assert_false(machine_host_sees(page));
		for (int w = 1; w < 512; w++)
			assert_int_equal(word[w], 0);
		page = word[0];
	}
	assert_int_equal(page, 0);
}

/* What the gate judged without a lock may have changed when the handler has it. */
static void test_handlers_judge_again_under_the_lock_what_the_gate_judged(void **state)
{
	struct world_vm vm = world_vm(PKVM_VM_PVM);
	struct pkvm_vm *racing = pkvm_plat_private(vm.area);
	struct pkvm_call call = {.hyp = machine_hyp(*state), .vm = racing};
	const struct pkvm_vm_cap cap = {vm.handle, 1, 1, 0, 0, 0};
	const struct pkvm_vm_flags flags = {vm.handle, 1};
	const struct pkvm_vm_handle handle = {vm.handle};
	const struct pkvm_vm_range range = {vm.handle, world_pages(1), 4096};
	const struct pkvm_vcpu_config config = {vm.handle, world_pages(1), world_pages(5),
						0x5000, world_pages(1), 0x1000, 0};
	struct pkvm_vcpu_handle vcpu;
	struct pkvm_value known;

	racing->configured = 1;
	assert_int_equal(pkvm_hyp_enable_cap(&call, &cap), -16);
	assert_int_equal(pkvm_hyp_x2apic_api(&call, &flags, &known), -16);
	assert_int_equal(racing->exception_payload | racing->x2apic_flags, 0);
	racing->state = PKVM_VM_DESTROYING;
	assert_int_equal(pkvm_hyp_vm_finalize(&call, &handle), -1);
	racing->state = PKVM_VM_FINALIZED;
	racing->sealed = 1;
	assert_int_equal(pkvm_hyp_vm_finalize(&call, &handle), -16);
	assert_int_equal(pkvm_hyp_vcpu_create(&call, &config, &vcpu), -1);
	racing->state = PKVM_VM_DESTROYING;
	assert_int_equal(pkvm_hyp_vcpu_create(&call, &config, &vcpu), -1);
	assert_int_equal(pkvm_hyp_vm_topup(&call, &range), -1);
	assert_int_equal(call.refused, 1);
	assert_true(machine_host_sees(range.address) && machine_host_sees(config.area));
	racing->state = PKVM_VM_BUILDING;
	racing->sealed = 0;
}

#define WITH_MACHINE(TEST) cmocka_unit_test_setup_teardown(TEST, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MACHINE(test_a_vm_has_1_to_64_vcpus_and_one_of_two_types),
		WITH_MACHINE(test_an_area_below_the_told_size_is_enomem_and_comes_back),
		WITH_MACHINE(test_a_new_vm_has_nothing_set_and_keeps_nothing_of_the_area),
		WITH_MACHINE(test_the_irqchip_mode_is_set_once),
		WITH_MACHINE(test_capabilities_take_their_values_and_no_others),
		WITH_MACHINE(test_a_quirk_that_was_turned_off_stays_off),
		WITH_MACHINE(test_x2apic_flags_are_judged_against_each_other_and_the_irqchip),
		WITH_MACHINE(test_id_flags_are_sticky_and_of_the_modes_the_last_one_wins),
		WITH_MACHINE(test_a_vm_in_enabled_mode_gets_no_irqchip_in_the_kernel),
		WITH_MACHINE(test_settings_are_frozen_so_that_every_vcpu_sees_the_same),
		WITH_MACHINE(test_a_second_finalize_is_busy_and_an_npvm_has_none),
		WITH_MACHINE(test_topup_fills_the_pool_with_zeroed_pages),
		WITH_MACHINE(test_handlers_judge_again_under_the_lock_what_the_gate_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
