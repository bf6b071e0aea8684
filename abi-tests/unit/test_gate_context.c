/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Exhaustive: what each row says about handles and about the vCPU loaded here. */
#include "world.h"
#include "rows.h"

#include <string.h>

static bool has_context(const struct row *row, const char *context)
{
	return !strcmp(row->context, context);
}

static void assert_refused(struct machine *m, const struct row *row, uint64_t handle,
			   int64_t error, uint64_t word)
{
	const uint64_t in[PKVM_MAX_WORDS] = {handle};
	const struct world_result result =
		world_callv(m, row->number, in, row->n_in, row->n_out);

	if (result.error != error || result.refused != word)
		fail_msg("%s(0x%llx): status %lld word %llu, expected %lld word %llu", row->name,
			 (unsigned long long)handle, (long long)result.error,
			 (unsigned long long)result.refused, (long long)error,
			 (unsigned long long)word);
}

/* Handles that name nothing, those of the other table and stale ones among them. */
static void test_unknown_and_stale_handles_are_not_found(void **state)
{
	struct machine *m = world_up(1);
	const struct world_vm old_vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu old_vcpu = world_vcpu(&old_vm, 0);
	struct world_vm vm;
	struct world_vcpu vcpu;

	(void)state;
	world_free_vcpu(&old_vcpu);
	world_destroy(&old_vm);
	vm = world_vm(PKVM_VM_NPVM);
	vcpu = world_vcpu(&vm, 0);
	assert_int_not_equal(vm.handle, old_vm.handle);
	assert_int_not_equal(vcpu.handle, old_vcpu.handle);
	for (size_t r = 0; r < NR_ROWS; r++) {
		const bool by_vm = has_context(&rows[r], "vm");
		const uint64_t handles[] = {1,
					    ~(uint64_t)0,
					    by_vm ? vcpu.handle : vm.handle,
					    by_vm ? old_vm.handle : old_vcpu.handle,
					    (by_vm ? vm.handle : vcpu.handle) ^ 1,
					    (by_vm ? vm.handle : vcpu.handle) | 1ull << 63};

		if (!by_vm && !has_context(&rows[r], "handle") &&
		    !has_context(&rows[r], "current"))
			continue;
		for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++)
			assert_refused(m, &rows[r], handles[i], -2, 1);
		if (!has_context(&rows[r], "current"))
			assert_refused(m, &rows[r], 0, -2, 1);
	}
	world_end(m);
}

static void test_calls_on_the_loaded_vcpu_need_one(void **state)
{
	struct machine *m = world_up(1);

	(void)state;
	for (size_t r = 0; r < NR_ROWS; r++) {
		if (has_context(&rows[r], "vcpu"))
			assert_refused(m, &rows[r], 0, -22, 0);
		if (has_context(&rows[r], "current"))
			assert_refused(m, &rows[r], 0, -22, 1);
	}
	world_end(m);
}

static void test_a_vcpu_bound_to_another_cpu_is_busy(void **state)
{
	struct machine *m = world_up(2);
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);

	(void)state;
	world_load(&vcpu);
	assert_true(machine_enter_cpu(m, 1));
	for (size_t r = 0; r < NR_ROWS; r++) {
		if (has_context(&rows[r], "handle") || has_context(&rows[r], "current"))
			assert_refused(m, &rows[r], vcpu.handle, -16, 1);
	}
	world_end(m);
}

static void test_a_replaced_vcpu_stays_bound_until_it_is_put(void **state)
{
	struct machine *m = world_up(2);
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu first = world_vcpu(&vm, 0);
	const struct world_vcpu second = world_vcpu(&vm, 1);
	const struct pkvm_vcpu_handle handle = {first.handle};
	const struct pkvm_value rflags = {0x202};
	struct pkvm_reclaim list;
	struct pkvm_value out;

	(void)state;
	world_load(&first);
	assert_int_equal(pkvm_hc_set_rflags(&rflags).error, 0);
	world_load(&first);
	world_load(&second);
	assert_int_equal(pkvm_hc_get_rflags(&out).error, 0);
	assert_int_equal(out.value, 0x2);
	assert_int_equal(pkvm_hc_vcpu_free(&handle, &list).error, -16);
	assert_true(machine_enter_cpu(m, 1));
	assert_int_equal(pkvm_hc_vcpu_load(&handle).error, -16);
	assert_int_equal(pkvm_hc_vcpu_put(&handle).error, -16);
	assert_true(machine_enter_cpu(m, 0));
	world_put(&first);
	assert_int_equal(pkvm_hc_get_rflags(&out).error, 0);
	assert_int_equal(out.value, 0x2);
	assert_true(machine_enter_cpu(m, 1));
	world_load(&first);
	assert_int_equal(pkvm_hc_get_rflags(&out).error, 0);
	assert_int_equal(out.value, 0x202);
	world_end(m);
}

static void test_a_vcpu_that_is_not_bound_cannot_be_put(void **state)
{
	struct machine *m = world_up(1);
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);
	const struct world_result result = world_call(m, 0x0303, 1, 0, vcpu.handle);

	(void)state;
	assert_int_equal(result.error, -22);
	assert_int_equal(result.refused, 1);
	world_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_and_stale_handles_are_not_found),
		cmocka_unit_test(test_calls_on_the_loaded_vcpu_need_one),
		cmocka_unit_test(test_a_vcpu_bound_to_another_cpu_is_busy),
		cmocka_unit_test(test_a_replaced_vcpu_stays_bound_until_it_is_put),
		cmocka_unit_test(test_a_vcpu_that_is_not_bound_cannot_be_put),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
