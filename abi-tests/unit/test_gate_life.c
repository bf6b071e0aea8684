/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Exhaustive: every row in every stage of the system's life, and in every stage of a VM's. */
#include "world.h"
#include "rows.h"

#include <string.h>

/* What the gate says by the life column; 0: nothing, later steps judge. */
struct expected {
	const char *life;
	int64_t fresh;
	int64_t booting;
	int64_t up;
};
static const struct expected expected[] = {
	{"any",     0,  0,   0},   {"fresh",  0,  -16, -16}, {"booting", -1, 0,  -16},
	{"enabled", -1, 0,   0},   {"up",     -1, -1,  0},   {"config",  -1, -1, 0},
	{"seal",    -1, -1,  0},   {"build",  -1, -1,  0},   {"run",     -1, -1, 0},
	{"destroy", -1, -1,  0},
};

static const struct expected *expect(const struct row *row)
{
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		if (!strcmp(expected[i].life, row->life))
			return &expected[i];
	}
	fail_msg("%s: life %s has no expectation", row->name, row->life);
	return NULL;
}

static struct world_result zeros(struct machine *m, const struct row *row)
{
	const uint64_t in[PKVM_MAX_WORDS] = {0};

	return world_callv(m, row->number, in, row->n_in, row->n_out);
}

static void assert_status(struct machine *m, const struct row *row, int64_t error)
{
	const struct world_result result = zeros(m, row);

	if (result.error != error || result.refused)
		fail_msg("%s: status %lld word %llu, expected %lld", row->name,
			 (long long)result.error, (unsigned long long)result.refused,
			 (long long)error);
}

static void test_before_a_version_is_agreed_only_abi_query_is_answered(void **state)
{
	struct machine *m = world_fresh(1);

	(void)state;
	for (size_t r = 1; r < NR_ROWS; r++)
		assert_status(m, &rows[r], -71);
	assert_int_equal(rows[0].number, 0);
	assert_status(m, &rows[0], 0);
	/* Major 0 was asked for: told the version, still nothing agreed. */
	for (size_t r = 1; r < NR_ROWS; r++)
		assert_status(m, &rows[r], -71);
	world_end(m);
}

static void test_each_row_keeps_to_the_systems_life(void **state)
{
	struct machine *m = world_negotiated(1);

	(void)state;
	for (size_t r = 0; r < NR_ROWS; r++) {
		if (expect(&rows[r])->fresh)
			assert_status(m, &rows[r], expect(&rows[r])->fresh);
	}
	world_end(m);
	m = world_booting(1);
	for (size_t r = 0; r < NR_ROWS; r++) {
		if (expect(&rows[r])->booting)
			assert_status(m, &rows[r], expect(&rows[r])->booting);
	}
	world_end(m);
	m = world_up(1);
	for (size_t r = 0; r < NR_ROWS; r++) {
		if (expect(&rows[r])->up)
			assert_status(m, &rows[r], expect(&rows[r])->up);
	}
	world_end(m);
}

static void test_once_only_steps_are_busy_when_repeated(void **state)
{
	struct machine *m = world_up(1);
	const struct world_vm pvm = world_vm(PKVM_VM_PVM);

	(void)state;
	assert_int_equal(world_init(m), -16);
	assert_int_equal(world_call(m, 0x0002, 0, 0).error, -16);
	world_finalize(&pvm);
	assert_int_equal(world_call(m, 0x0203, 1, 0, pvm.handle).error, -16);
	world_end(m);
}

static void test_capabilities_freeze_with_the_first_vcpu(void **state)
{
	struct machine *m = world_up(1);
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	struct world_vcpu vcpu;

	(void)state;
	assert_int_equal(world_call(m, 0x0201, 6, 0, vm.handle, (uint64_t)0, (uint64_t)2,
				    (uint64_t)0, (uint64_t)0, (uint64_t)0).error, 0);
	vcpu = world_vcpu(&vm, 0);
	assert_int_equal(world_call(m, 0x0201, 6, 0, vm.handle, (uint64_t)1, (uint64_t)1,
				    (uint64_t)0, (uint64_t)0, (uint64_t)0).error, -16);
	assert_int_equal(world_call(m, 0x0202, 2, 1, vm.handle, (uint64_t)0).error, -16);
	world_free_vcpu(&vcpu);
	assert_int_equal(world_call(m, 0x0202, 2, 1, vm.handle, (uint64_t)0).error, -16);
	world_end(m);
}

static void test_a_finalized_vm_gets_no_more_vcpus(void **state)
{
	struct machine *m = world_up(1);
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	struct world_result result;

	(void)state;
	world_finalize(&vm);
	result = world_call(m, 0x0300, 7, 1, vm.handle, world_pages(1), world_pages(16),
			    (uint64_t)0x10000, world_pages(4), (uint64_t)0x4000, (uint64_t)0);
	assert_int_equal(result.error, -1);
	assert_int_equal(result.refused, 1);
	world_end(m);
}

static void test_a_pvm_neither_maps_nor_runs_before_it_is_finalized(void **state)
{
	struct machine *m = world_up(1);
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);

	(void)state;
	world_load(&vcpu);
	assert_int_equal(world_call(m, 0x0305, 2, 6, vcpu.handle, (uint64_t)0).error, -1);
	assert_int_equal(world_call(m, 0x0800, 4, 0, (uint64_t)0, world_pages(1), (uint64_t)4096,
				    (uint64_t)1).error, -1);
	world_end(m);
}

static void test_a_dying_vm_accepts_only_destroy(void **state)
{
	struct machine *m = world_up(1);
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	struct pkvm_vm_handle handle = {vm.handle};
	struct pkvm_reclaim_more out;

	(void)state;
	world_topup(&vm, 400);
	world_topup(&vm, 400);
	assert_int_equal(pkvm_hc_vm_destroy(&handle, &out).error, 0);
	assert_int_equal(out.more, 1);
	for (size_t r = 0; r < NR_ROWS; r++) {
		uint64_t in[PKVM_MAX_WORDS] = {vm.handle};
		struct world_result result;

		if (strcmp(rows[r].context, "vm") || !strcmp(rows[r].life, "destroy"))
			continue;
		result = world_callv(m, rows[r].number, in, rows[r].n_in, rows[r].n_out);
		if (result.error != -1 || result.refused != 1)
			fail_msg("%s: status %lld", rows[r].name, (long long)result.error);
	}
	while (out.more)
		assert_int_equal(pkvm_hc_vm_destroy(&handle, &out).error, 0);
	assert_int_equal(world_call(m, 0x0205, 1, 4, vm.handle).error, -2);
	world_end(m);
}

static void test_finalizing_again_is_busy_also_while_the_vm_dies(void **state)
{
	struct machine *m = world_up(1);
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	struct pkvm_vm_handle handle = {vm.handle};
	struct pkvm_reclaim_more out;

	(void)state;
	world_finalize(&vm);
	world_topup(&vm, 400);
	world_topup(&vm, 400);
	assert_int_equal(pkvm_hc_vm_destroy(&handle, &out).error, 0);
	assert_int_equal(out.more, 1);
	assert_int_equal(world_call(m, 0x0203, 1, 0, vm.handle).error, -16);
	world_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_a_version_is_agreed_only_abi_query_is_answered),
		cmocka_unit_test(test_each_row_keeps_to_the_systems_life),
		cmocka_unit_test(test_once_only_steps_are_busy_when_repeated),
		cmocka_unit_test(test_capabilities_freeze_with_the_first_vcpu),
		cmocka_unit_test(test_a_finalized_vm_gets_no_more_vcpus),
		cmocka_unit_test(test_a_pvm_neither_maps_nor_runs_before_it_is_finalized),
		cmocka_unit_test(test_a_dying_vm_accepts_only_destroy),
		cmocka_unit_test(test_finalizing_again_is_busy_also_while_the_vm_dies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
