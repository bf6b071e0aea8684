/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Two CPUs at VMs: making, setting, finalizing and destroying them at once. */
#include "race.h"

#define ROUNDS 1500

static int64_t destroy_step(uint64_t vm, struct pkvm_reclaim_more *out)
{
	const struct pkvm_vm_handle handle = {vm};

	return pkvm_hc_vm_destroy(&handle, out).error;
}

/* Pages of the list that the call returned. */
static uint64_t pages_of(const struct pkvm_reclaim_more *list)
{
	uint64_t address = list->address, pages = list->pages, sum = 0;

	for (uint64_t i = 0; i < list->ranges; i++) {
		uint64_t words[2] = {0};

		sum += pages;
		if (!machine_host_read(address, words, sizeof(words)))
			return 0;
		address = words[0];
		pages = words[1];
	}
	return sum;
}

static uint64_t make(uint64_t area, int64_t *status)
{
	const struct pkvm_vm_config config = {area, 3 * 4096, 0, 1};
	struct pkvm_vm_handle handle;

	*status = pkvm_hc_vm_init(&config, &handle).error;
	return *status ? 0 : handle.vm;
}

static void make_and_destroy(struct race *race)
{
	const uint64_t area = world_pages(3);

	for (int i = 0; i < ROUNDS; i++) {
		struct pkvm_reclaim_more out;
		int64_t status;
		const uint64_t vm = make(area, &status);

		race_check(race, status == 0);
		race_check(race, destroy_step(vm, &out) == 0 && !out.more);
		race_check(race, pages_of(&out) == 3);
		race_check(race, destroy_step(vm, &out) == -2);
	}
}

static void test_vms_come_and_go_on_two_cpus(void **state)
{
	struct race *race = *state;

	race_begin(race, make_and_destroy, NULL);
	make_and_destroy(race);
	race_end(race);
}

struct contest {
	uint64_t area;
	uint64_t vm;
	int64_t status;
};

static void make_the_same(struct race *race)
{
	struct contest *contest = race->argument;

	while (race_wait(race)) {
		contest->vm = make(contest->area, &contest->status);
		race_done(race);
	}
}

static void test_one_area_makes_one_vm(void **state)
{
	struct race *race = *state;
	struct contest contest = {.area = world_pages(3)};

	race_begin(race, make_the_same, &contest);
	for (int i = 0; i < ROUNDS; i++) {
		struct pkvm_reclaim_more out;
		int64_t status;
		uint64_t vm;

		race_open(race);
		vm = make(contest.area, &status);
		race_close(race);
		assert_true((status == 0) != (contest.status == 0));
		assert_int_equal(status + contest.status, -1);
		assert_int_equal(destroy_step(vm ? vm : contest.vm, &out), 0);
		assert_int_equal(out.more, 0);
	}
	race_end(race);
}

struct both {
	uint64_t vm;
	uint64_t pages;
};

/* Until the handle is dead; what comes back, comes back to one of the two. */
static void destroy_all(struct race *race, struct both *both)
{
	struct pkvm_reclaim_more out;
	int64_t status;

	while (!(status = destroy_step(both->vm, &out)))
		__atomic_add_fetch(&both->pages, pages_of(&out), __ATOMIC_RELAXED);
	race_check(race, status == -2);
}

static void destroy_too(struct race *race)
{
	while (race_wait(race)) {
		destroy_all(race, race->argument);
		race_done(race);
	}
}

static void test_two_cpus_take_one_vm_apart(void **state)
{
	struct race *race = *state;
	const uint64_t area = world_pages(3), pool = world_pages(200);
	struct both both;

	race_begin(race, destroy_too, &both);
	for (int i = 0; i < ROUNDS / 10; i++) {
		int64_t status;

		both = (struct both){make(area, &status), 0};
		for (uint64_t page = 0; page < 200; page += 2) {
			const struct pkvm_vm_range range = {both.vm, pool + page * 4096, 4096};

			assert_int_equal(pkvm_hc_vm_topup(&range).error, 0);
		}
		race_open(race);
		destroy_all(race, &both);
		race_close(race);
		assert_int_equal(both.pages, 103);
	}
	race_end(race);
}

static void top_up_until_refused(struct race *race)
{
	const uint64_t page = world_pages(1);

	while (race_wait(race)) {
		const struct pkvm_vm_range range = {*(uint64_t *)race->argument, page, 4096};
		const int64_t status = pkvm_hc_vm_topup(&range).error;

		race_check(race, status == 0 || status == -1 || status == -2);
		race_done(race);
	}
}

static void test_a_topup_is_before_the_end_or_refused(void **state)
{
	struct race *race = *state;
	const uint64_t area = world_pages(3);
	uint64_t vm;

	race_begin(race, top_up_until_refused, &vm);
	for (int i = 0; i < ROUNDS; i++) {
		struct pkvm_reclaim_more out;
		int64_t status;

		vm = make(area, &status);
		assert_int_equal(status, 0);
		race_open(race);
		do
			status = destroy_step(vm, &out);
		while (!status && out.more);
		race_close(race);
		assert_int_equal(status, 0);
		assert_int_equal(machine_page_counts(race->m).private, 256);
	}
	race_end(race);
}

struct late {
	struct pkvm_vcpu_config config;
	int64_t status;
	struct pkvm_vcpu_handle vcpu;
};

static void create_late(struct race *race)
{
	struct late *late = race->argument;

	while (race_wait(race)) {
		late->status = pkvm_hc_vcpu_create(&late->config, &late->vcpu).error;
		race_done(race);
	}
}

static void test_a_vcpu_is_made_before_the_finalizing_or_not_at_all(void **state)
{
	struct race *race = *state;
	struct late late = {.config = {0, world_pages(1), world_pages(5), 0x5000,
				       world_pages(1), 0x1000, 0}};
	const uint64_t area = world_pages(3);

	race_begin(race, create_late, &late);
	for (int i = 0; i < ROUNDS; i++) {
		const struct pkvm_vm_config config = {area, 3 * 4096, 1, 1};
		struct pkvm_reclaim_more out;
		struct pkvm_vm_handle vm;
		struct pkvm_reclaim list;

		assert_int_equal(pkvm_hc_vm_init(&config, &vm).error, 0);
		late.config.vm = vm.vm;
		race_open(race);
		assert_int_equal(pkvm_hc_vm_finalize(&vm).error, 0);
		race_close(race);
		assert_true(late.status == 0 || late.status == -1);
		if (!late.status) {
			assert_int_equal(destroy_step(vm.vm, &out), -16);
			assert_int_equal(pkvm_hc_vcpu_free(&late.vcpu, &list).error, 0);
		}
		assert_int_equal(destroy_step(vm.vm, &out), 0);
	}
	race_end(race);
}

#define RACING(TEST) cmocka_unit_test_setup_teardown(TEST, race_setup, race_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RACING(test_vms_come_and_go_on_two_cpus),
		RACING(test_one_area_makes_one_vm),
		RACING(test_two_cpus_take_one_vm_apart),
		RACING(test_a_topup_is_before_the_end_or_refused),
		RACING(test_a_vcpu_is_made_before_the_finalizing_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
