/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Exhaustive: what every row allows the host of an npVM, of a pVM, and of a pVM that has run. */
#include "world.h"
#include "rows.h"

#include <string.h>

/* The gate's word on policy, by kind of VM; 0: allowed, the handler judges. */
struct expected {
	const char *policy;
	int64_t npvm;
	int64_t pvm_before;
	int64_t pvm_after;
};
static const struct expected expected[] = {
	{"always", 0, 0, 0},      {"before_run", 0, 0, -1},  {"npvm_only", 0, -1, -1},
	{"pvm_only", -22, 0, 0},  {"pvm_before", -22, 0, -1}, {"na", 0, 0, 0},
};

static int64_t expect(const struct row *row, unsigned int stage)
{
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		if (!strcmp(expected[i].policy, row->policy))
			return stage == 0 ? expected[i].npvm :
			       stage == 1 ? expected[i].pvm_before :
					    expected[i].pvm_after;
	}
	fail_msg("%s: policy %s has no expectation", row->name, row->policy);
	return 0;
}

/* Every row on the loaded vCPU: refused exactly where its policy says so. */
static void judge_all(struct machine *m, uint64_t vm, unsigned int stage)
{
	unsigned int refusals = 0;

	for (size_t r = 0; r < NR_ROWS; r++) {
		const bool on_vm = !strcmp(rows[r].context, "vm");
		const uint64_t in[PKVM_MAX_WORDS] = {on_vm ? vm : 0};
		const int64_t wanted = expect(&rows[r], stage);
		struct world_result result;

		if (!wanted || (!on_vm && strcmp(rows[r].context, "vcpu")))
			continue;
		result = world_callv(m, rows[r].number, in, rows[r].n_in, rows[r].n_out);
		refusals++;
		if (result.error != wanted || result.refused)
			fail_msg("%s in stage %u: status %lld word %llu, expected %lld",
				 rows[r].name, stage, (long long)result.error,
				 (unsigned long long)result.refused, (long long)wanted);
	}
	assert_int_not_equal(refusals, 0);
}

static void test_an_npvm_refuses_what_is_for_pvms(void **state)
{
	struct machine *m = world_up(1);
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);

	(void)state;
	world_load(&vcpu);
	judge_all(m, vm.handle, 0);
	world_end(m);
}

static void test_a_pvm_refuses_by_policy_before_and_after_its_first_run(void **state)
{
	struct machine *m = world_up(1);
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);
	const struct pkvm_value rflags = {0x2};
	const struct pkvm_run run = {vcpu.handle, 0};
	struct pkvm_run_exit exit;

	(void)state;
	world_load(&vcpu);
	world_finalize(&vm);
	judge_all(m, vm.handle, 1);
	assert_int_equal(pkvm_hc_set_rflags(&rflags).error, 0);
	world_topup(&vm, 8);
	assert_int_equal(pkvm_hc_vcpu_run(&run, &exit).error, 0);
	assert_int_equal(pkvm_hc_set_rflags(&rflags).error, -1);
	judge_all(m, vm.handle, 2);
	world_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_npvm_refuses_what_is_for_pvms),
		cmocka_unit_test(test_a_pvm_refuses_by_policy_before_and_after_its_first_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
