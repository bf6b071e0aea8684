/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of a vCPU's life: create, load, put, run by handle, free, on two CPUs. */
#include "ownership.h"

#define CREATE_CALL 0x0300
#define FREE_CALL   0x0301
#define LOAD_CALL   0x0302
#define PUT_CALL    0x0303
#define RUN_CALL    0x0305

static int begin(void **state)
{
	*state = world_up(2);
	return 0;
}

static int end(void **state)
{
	assert_accounted(*state);
	world_end(*state);
	return 0;
}

static void on_cpu(struct machine *m, unsigned int cpu)
{
	assert_true(machine_enter_cpu(m, cpu));
}

static void assert_refused(struct world_result result, int64_t error, uint64_t word)
{
	assert_int_equal(result.error, error);
	assert_int_equal(result.refused, word);
}

static struct world_result by_handle(struct machine *m, uint64_t number,
				     const struct world_vcpu *vcpu)
{
	return world_callv(m, number, &vcpu->handle, 1, number == FREE_CALL ? 3 : 0);
}

static struct world_result run(struct machine *m, uint64_t handle)
{
	const uint64_t in[] = {handle, 0};

	return world_callv(m, RUN_CALL, in, 2, 6);
}

static void set_rflags(uint64_t value)
{
	const struct pkvm_value rflags = {value};

	assert_int_equal(pkvm_hc_set_rflags(&rflags).error, 0);
}

static uint64_t get_rflags(void)
{
	struct pkvm_value rflags;

	assert_int_equal(pkvm_hc_get_rflags(&rflags).error, 0);
	return rflags.value;
}

static void test_an_id_is_below_max_vcpus_and_free(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const uint64_t good[] = {vm.handle, world_pages(1), world_pages(5), 0x5000, 0, 0, 3};
	static const uint64_t bad[] = {4, 5, 63, 64, 255, 0x100000000, ~0ull, 1ull << 63};
	uint64_t in[7];

	memcpy(in, good, sizeof(in));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		in[6] = bad[i];
		assert_refused(world_callv(*state, CREATE_CALL, in, 7, 1), -22, 7);
	}
	assert_int_equal(world_callv(*state, CREATE_CALL, good, 7, 1).error, 0);
	in[1] = world_pages(1);
	in[2] = world_pages(5);
	in[6] = 3;
	assert_refused(world_callv(*state, CREATE_CALL, in, 7, 1), -17, 7);
	assert_true(machine_host_sees(in[2]));
}

static void test_an_area_below_the_told_size_is_enomem(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const struct pkvm_query query = {1, 0, 1};
	uint64_t in[] = {vm.handle, world_pages(1), world_pages(16), 0, world_pages(4), 0x1000,
			 0};
	struct pkvm_answer answer;

	assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
	assert_in_range(answer.vcpu_area_size, 0x1000, 0x10000);
	assert_int_equal(answer.fpstate_size, 0x1000);
	for (in[3] = 0x1000; in[3] < answer.vcpu_area_size; in[3] += 0x1000)
		assert_refused(world_callv(*state, CREATE_CALL, in, 7, 1), -12, 4);
	assert_int_equal(world_callv(*state, CREATE_CALL, in, 7, 1).error, 0);
}

static void test_an_fpstate_is_for_a_pvm_and_only_for_it(void **state)
{
	const struct world_vm pvm = world_vm(PKVM_VM_PVM), npvm = world_vm(PKVM_VM_NPVM);
	const uint64_t page = world_pages(1), area = world_pages(5), fpstate = world_pages(1);

	assert_refused(world_call(*state, CREATE_CALL, 7, 1, pvm.handle, page, area,
				  (uint64_t)0x5000, (uint64_t)0, (uint64_t)0, (uint64_t)0),
		       -22, 6);
	assert_refused(world_call(*state, CREATE_CALL, 7, 1, npvm.handle, page, area,
				  (uint64_t)0x5000, fpstate, (uint64_t)0x1000, (uint64_t)0),
		       -22, 5);
	assert_refused(world_call(*state, CREATE_CALL, 7, 1, npvm.handle, page, area,
				  (uint64_t)0x5000, (uint64_t)0, (uint64_t)0x1000, (uint64_t)0),
		       -22, 6);
}

static void test_the_shared_page_is_zeroed_and_gets_its_header(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);
	const uint64_t *word = machine_host_ptr(vcpu.page);

	(void)state;
	assert_int_equal(word[0], 1);
	assert_int_equal(word[1], 4096);
	for (int i = 2; i < 512; i++)
		assert_int_equal(word[i], 0);
}

static void test_a_cpu_that_is_not_enabled_loads_no_vcpu(void **state)
{
	struct machine *m;
	struct world_vm vm;
	struct world_vcpu vcpu;

	world_end(*state);
	m = *state = world_booting(2);
	assert_int_equal(pkvm_hc_init_finalize().error, 0);
	vm = world_vm(PKVM_VM_NPVM);
	vcpu = world_vcpu(&vm, 0);
	assert_refused(by_handle(m, LOAD_CALL, &vcpu), -1, 0);
	assert_refused(run(m, vcpu.handle), -1, 0);
	assert_int_equal(pkvm_hc_enable_virtualization_cpu().error, 0);
	assert_int_equal(by_handle(m, LOAD_CALL, &vcpu).error, 0);
	world_put(&vcpu);
	/* Enabled is a property of each CPU. */
	on_cpu(m, 1);
	assert_refused(by_handle(m, LOAD_CALL, &vcpu), -1, 0);
}

static void test_loading_again_succeeds_and_another_vcpu_replaces_the_current_one(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu a = world_vcpu(&vm, 0), b = world_vcpu(&vm, 1);

	world_load(&a);
	world_load(&a);
	set_rflags(0x246);
	world_load(&b);
	set_rflags(0x2);
	/* a is still bound here, and can be made current again. */
	on_cpu(*state, 1);
	assert_refused(by_handle(*state, LOAD_CALL, &a), -16, 1);
	on_cpu(*state, 0);
	assert_refused(by_handle(*state, FREE_CALL, &a), -16, 1);
	world_load(&a);
	assert_int_equal(get_rflags(), 0x246);
	/* Putting the other one leaves the current one. */
	world_put(&b);
	assert_int_equal(get_rflags(), 0x246);
	world_put(&a);
	assert_int_equal(world_call(*state, 0x040c, 0, 1).error, -22);
}

static void test_a_vcpu_that_is_bound_elsewhere_is_busy_there(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);

	world_load(&vcpu);
	on_cpu(*state, 1);
	assert_refused(by_handle(*state, LOAD_CALL, &vcpu), -16, 1);
	assert_refused(by_handle(*state, PUT_CALL, &vcpu), -16, 1);
	assert_refused(by_handle(*state, FREE_CALL, &vcpu), -16, 1);
	assert_refused(run(*state, vcpu.handle), -16, 1);
	assert_refused(run(*state, 0), -22, 1);
}

static void test_putting_what_is_bound_to_no_cpu_is_refused(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);

	assert_refused(by_handle(*state, PUT_CALL, &vcpu), -22, 1);
	world_load(&vcpu);
	world_put(&vcpu);
	assert_refused(by_handle(*state, PUT_CALL, &vcpu), -22, 1);
}

static void test_a_vcpu_keeps_its_state_from_cpu_to_cpu(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);

	for (unsigned int round = 0; round < 8; round++) {
		on_cpu(*state, round % 2);
		world_load(&vcpu);
		assert_int_equal(get_rflags(), round ? 0x2u | (round - 1) << 6 : 0x2u);
		set_rflags(0x2u | round << 6);
		world_put(&vcpu);
	}
}

static void test_a_freed_vcpu_is_gone_and_its_id_is_free_again(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	struct world_vcpu vcpu = world_vcpu(&vm, 2);
	const uint64_t old = vcpu.handle;

	world_load(&vcpu);
	world_put(&vcpu);
	world_free_vcpu(&vcpu);
	assert_refused(by_handle(*state, FREE_CALL, &vcpu), -2, 1);
	assert_refused(by_handle(*state, LOAD_CALL, &vcpu), -2, 1);
	assert_refused(run(*state, vcpu.handle), -2, 1);
	vcpu = world_vcpu(&vm, 2);
	assert_int_not_equal(vcpu.handle, old);
	world_free_vcpu(&vcpu);
}

static void test_running_by_handle_loads_the_vcpu_here(void **state)
{
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const struct world_vcpu bsp = world_vcpu(&vm, 0), second = world_vcpu(&vm, 1);
	struct world_result result;

	assert_int_equal(run(*state, second.handle).error, -1);
	world_finalize(&vm);
	world_load(&bsp);
	result = run(*state, second.handle);
	assert_int_equal(result.error, 0);
	assert_int_equal(result.out[0], PKVM_EXIT_WAIT_FOR_SIPI);
	/* The secondary is the current one now; both are bound here. */
	world_put(&second);
	assert_refused(run(*state, 0), -22, 1);
	world_put(&bsp);
}

/* Numbers of CPUs are used as they are; no table is shorter. */
static void test_the_last_of_64_cpus_loads_and_runs_a_vcpu(void **state)
{
	struct world_vm vm;
	struct world_vcpu first, last;
	struct world_result result;

	world_end(*state);
	*state = world_up(64);
	vm = world_vm(PKVM_VM_PVM);
	first = world_vcpu(&vm, 1);
	last = world_vcpu(&vm, 2);
	world_finalize(&vm);
	world_load(&first);
	on_cpu(*state, 63);
	assert_refused(run(*state, 0), -22, 1);
	assert_refused(by_handle(*state, LOAD_CALL, &first), -16, 1);
	result = run(*state, last.handle);
	assert_int_equal(result.error, 0);
	assert_int_equal(result.out[0], PKVM_EXIT_WAIT_FOR_SIPI);
	on_cpu(*state, 62);
	assert_refused(run(*state, 0), -22, 1);
	assert_false(machine_enter_cpu(*state, 64));
}

#define WITH_MACHINE(TEST) cmocka_unit_test_setup_teardown(TEST, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MACHINE(test_an_id_is_below_max_vcpus_and_free),
		WITH_MACHINE(test_an_area_below_the_told_size_is_enomem),
		WITH_MACHINE(test_an_fpstate_is_for_a_pvm_and_only_for_it),
		WITH_MACHINE(test_the_shared_page_is_zeroed_and_gets_its_header),
		WITH_MACHINE(test_a_cpu_that_is_not_enabled_loads_no_vcpu),
		WITH_MACHINE(
			test_loading_again_succeeds_and_another_vcpu_replaces_the_current_one),
		WITH_MACHINE(test_a_vcpu_that_is_bound_elsewhere_is_busy_there),
		WITH_MACHINE(test_putting_what_is_bound_to_no_cpu_is_refused),
		WITH_MACHINE(test_a_vcpu_keeps_its_state_from_cpu_to_cpu),
		WITH_MACHINE(test_a_freed_vcpu_is_gone_and_its_id_is_free_again),
		WITH_MACHINE(test_running_by_handle_loads_the_vcpu_here),
		WITH_MACHINE(test_the_last_of_64_cpus_loads_and_runs_a_vcpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
