/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Two CPUs at one vCPU: it is bound to one of them, freed once, and gone then. */
#include "race.h"

#define ROUNDS 1500

static int64_t load(uint64_t vcpu)
{
	const struct pkvm_vcpu_handle handle = {vcpu};

	return pkvm_hc_vcpu_load(&handle).error;
}

static int64_t put(uint64_t vcpu)
{
	const struct pkvm_vcpu_handle handle = {vcpu};

	return pkvm_hc_vcpu_put(&handle).error;
}

static int64_t release(uint64_t vcpu)
{
	const struct pkvm_vcpu_handle handle = {vcpu};
	struct pkvm_reclaim list;

	return pkvm_hc_vcpu_free(&handle, &list).error;
}

static bool keeps_rflags(uint64_t value)
{
	const struct pkvm_value set = {value};
	struct pkvm_value got = {0};

	return !pkvm_hc_set_rflags(&set).error && !pkvm_hc_get_rflags(&got).error &&
	       got.value == value;
}

/* Loads, uses and puts; what is loaded here is loaded nowhere else. */
static void use(struct race *race, uint64_t vcpu, uint64_t *users, uint64_t rflags)
{
	const int64_t status = load(vcpu);

	if (status) {
		race_check(race, status == -16);
		return;
	}
	race_check(race, __atomic_add_fetch(users, 1, __ATOMIC_RELAXED) == 1);
	race_check(race, keeps_rflags(rflags));
	race_check(race, load(vcpu) == 0);
	__atomic_sub_fetch(users, 1, __ATOMIC_RELAXED);
	race_check(race, put(vcpu) == 0);
}

static uint64_t target, users;

static void use_until_stopped(struct race *race)
{
	while (!race_stopped(race))
		use(race, target, &users, 0x42);
}

static void test_a_vcpu_is_loaded_on_one_cpu_at_a_time(void **state)
{
	struct race *race = *state;
	const struct world_vm vm = world_vm(PKVM_VM_PVM);
	const struct world_vcpu vcpu = world_vcpu(&vm, 0);

	target = vcpu.handle;
	race_begin(race, use_until_stopped, NULL);
	for (int i = 0; i < ROUNDS; i++)
		use(race, target, &users, 0x2);
	race_end(race);
	world_free_vcpu(&vcpu);
	world_destroy(&vm);
}

static uint64_t freed;

/* Loads, puts and frees it, whatever the other CPU does. */
static void load_put_and_free(struct race *race)
{
	const uint64_t vcpu = __atomic_load_n(&target, __ATOMIC_RELAXED);
	int64_t status = load(vcpu);

	race_check(race, status == 0 || status == -16 || status == -2);
	if (!status) {
		race_check(race, keeps_rflags(0x46));
		race_check(race, release(vcpu) == -16);
		race_check(race, put(vcpu) == 0);
	} else {
		status = put(vcpu);
		race_check(race, status == -16 || status == -22 || status == -2);
	}
	status = release(vcpu);
	race_check(race, status == 0 || status == -16 || status == -2);
	if (!status)
		__atomic_add_fetch(&freed, 1, __ATOMIC_RELAXED);
}

static void join_each_round(struct race *race)
{
	while (race_wait(race)) {
		load_put_and_free(race);
		race_done(race);
	}
}

static void test_a_vcpu_is_freed_once_and_never_used_after(void **state)
{
	struct race *race = *state;
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	struct pkvm_vcpu_config config = {vm.handle, world_pages(1), world_pages(5), 0x5000,
					  0, 0, 0};

	race_begin(race, join_each_round, NULL);
	for (int i = 0; i < ROUNDS; i++) {
		struct pkvm_vcpu_handle handle;

		assert_int_equal(pkvm_hc_vcpu_create(&config, &handle).error, 0);
		target = handle.vcpu;
		freed = 0;
		race_open(race);
		load_put_and_free(race);
		race_close(race);
		if (!freed)
			freed = release(target) == 0;
		assert_int_equal(freed, 1);
		assert_int_equal(load(target), -2);
		assert_int_equal(release(target), -2);
	}
	race_end(race);
	world_destroy(&vm);
}

/* Its pages are the host's as soon as the call returns, and full of ones. */
static void create_free_and_scribble(struct race *race)
{
	static uint8_t ones[4096];
	const struct pkvm_vcpu_config *config = race->argument;

	memset(ones, 0xff, sizeof(ones));
	while (!race_stopped(race)) {
		struct pkvm_vcpu_handle handle;
		struct pkvm_reclaim list;

		race_check(race, !pkvm_hc_vcpu_create(config, &handle).error);
		race_check(race, !pkvm_hc_vcpu_free(&handle, &list).error);
		race_check(race, machine_host_write(config->area, ones, sizeof(ones)));
	}
}

static void test_nobody_looks_into_a_vcpu_that_is_being_freed(void **state)
{
	struct race *race = *state;
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	struct pkvm_vcpu_config config = {vm.handle, world_pages(1), world_pages(5), 0x5000,
					  0, 0, 1};
	const struct pkvm_vm_range range = {vm.handle, 0, 4096};

	race_begin(race, create_free_and_scribble, &config);
	/* Unmapping makes every vCPU of the VM leave the guest. */
	for (int i = 0; i < 4 * ROUNDS; i++)
		assert_int_equal(pkvm_hc_vm_mmu_unmap(&range).error, 0);
	race_end(race);
	world_destroy(&vm);
}

static int64_t created;

static void create_the_same(struct race *race)
{
	while (race_wait(race)) {
		struct pkvm_vcpu_handle handle;
		const int64_t status = pkvm_hc_vcpu_create(race->argument, &handle).error;

		race_check(race, status == 0 || status == -17);
		__atomic_store_n(&created, status ? 0 : (int64_t)handle.vcpu, __ATOMIC_RELAXED);
		race_done(race);
	}
}

static void test_of_two_vcpus_with_one_id_one_is_made(void **state)
{
	struct race *race = *state;
	const struct world_vm vm = world_vm(PKVM_VM_NPVM);
	const struct pkvm_vcpu_config mine = {vm.handle, world_pages(1), world_pages(5), 0x5000,
					      0, 0, 2};
	struct pkvm_vcpu_config other = {vm.handle, world_pages(1), world_pages(5), 0x5000,
					 0, 0, 2};

	race_begin(race, create_the_same, &other);
	for (int i = 0; i < ROUNDS; i++) {
		struct pkvm_vcpu_handle handle;
		int64_t status;

		race_open(race);
		status = pkvm_hc_vcpu_create(&mine, &handle).error;
		race_close(race);
		assert_int_equal(status, created ? -17 : 0);
		assert_int_equal(release(created ? (uint64_t)created : handle.vcpu), 0);
		assert_true(machine_host_sees(mine.area) && machine_host_sees(other.area));
	}
	race_end(race);
	world_destroy(&vm);
}

#define RACING(TEST) cmocka_unit_test_setup_teardown(TEST, race_setup, race_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RACING(test_a_vcpu_is_loaded_on_one_cpu_at_a_time),
		RACING(test_a_vcpu_is_freed_once_and_never_used_after),
		RACING(test_nobody_looks_into_a_vcpu_that_is_being_freed),
		RACING(test_of_two_vcpus_with_one_id_one_is_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
