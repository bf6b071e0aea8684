/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* One CPU maps, unmaps and ages memory while another one runs the guest in it. */
#include "race.h"
#include "run_fixture.h"

#define ROUNDS 300
#define DATA   0x200000u

static struct guest guest;

/* An npVM whose guest counts in a page that is not mapped at first. */
static void begin_guest(struct machine *m)
{
	guest = (struct guest){.m = m};
	guest.vm = world_vm(PKVM_VM_NPVM);
	guest.vcpu = world_vcpu(&guest.vm, 0);
	guest_word(&guest, GUEST_PML4, GUEST_PDPT | 7);
	guest_word(&guest, GUEST_PDPT, 0x87);
	guest_word(&guest, GUEST_GDT + 8, 0x00af9b000000ffffull);
	guest_word(&guest, GUEST_GDT + 16, 0x00cf93000000ffffull);
	pkvm_asm_begin(&guest.code, guest.memory + GUEST_CODE, 0x4000, 64);
	OP(&guest, "mov_imm", 1, DATA);
	assert_int_equal(pkvm_asm_label(&guest.code, 0), PKVM_ASM_OK);
	OP(&guest, "inc", 0);
	OP(&guest, "store64", 1, 0);
	OP(&guest, "jmp", 0);
	guest_ready(&guest);
}

static void end_guest(void)
{
	world_put(&guest.vcpu);
	world_free_vcpu(&guest.vcpu);
	world_destroy(&guest.vm);
}

static struct pkvm_vm_range data_range;

static int64_t unmap(void)
{
	return pkvm_hc_vm_mmu_unmap(&data_range).error;
}

static uint64_t word_at(uint64_t hpa)
{
	uint64_t word = 0;

	return machine_host_read(hpa, &word, sizeof(word)) ? word : ~0ull;
}

/*
 * CPU 1 maps through a second vCPU, because mapping needs a loaded one, waits
 * until the guest wrote, unmaps, and looks whether a write still comes.
 */
static void map_and_unmap(struct race *race)
{
	const struct world_vcpu *helper = race->argument;
	const struct pkvm_vcpu_handle handle = {helper->handle};
	const uint64_t hpa = machine_host_alloc(1), marker = 0x6d61726b6572;
	const struct pkvm_mapping mapping = {DATA, hpa, 4096, 1};
	const struct pkvm_vm_age age = {guest.vm.handle, DATA, 4096, 1};

	race_check(race, !pkvm_hc_vcpu_load(&handle).error);
	for (int i = 0; i < ROUNDS; i++) {
		struct pkvm_flag young = {0};

		race_check(race, machine_host_write(hpa, &marker, sizeof(marker)));
		race_check(race, !pkvm_hc_vm_mmu_map(&mapping).error);
		while (!young.value)
			race_check(race, !pkvm_hc_vm_mmu_age(&age, &young).error);
		race_check(race, !unmap());
		race_check(race, word_at(hpa) != ~0ull);
		race_check(race, machine_host_write(hpa, &marker, sizeof(marker)));
		sched_yield();
		race_check(race, word_at(hpa) == marker);
		race_check(race, machine_host_free(hpa, 1) && machine_host_alloc(1) == hpa);
	}
	race_check(race, !pkvm_hc_vcpu_put(&handle).error);
	__atomic_store_n(&race->stop, 1, __ATOMIC_RELEASE);
}

static void test_no_write_of_the_guest_arrives_after_unmap(void **state)
{
	struct race *race = *state;
	struct world_vcpu helper;

	begin_guest(race->m);
	helper = world_vcpu(&guest.vm, 1);
	data_range = (struct pkvm_vm_range){guest.vm.handle, DATA, 4096};
	world_topup(&guest.vm, 4);
	race_begin(race, map_and_unmap, &helper);
	while (!race_stopped(race)) {
		assert_int_equal(guest_run_status(&guest), 0);
		/* EPT violations while it is unmapped, kicks, the end of a quantum. */
		assert_int_equal(guest.exit.kind, PKVM_EXIT_VMX);
	}
	race_end(race);
	world_free_vcpu(&helper);
	end_guest();
}

/* Both CPUs give memory to one VM, each through its own vCPU. */
static void map_many(struct race *race, uint64_t gpa)
{
	for (uint64_t i = 0; i < ROUNDS; i++) {
		const uint64_t hpa = machine_host_alloc(1);
		const struct pkvm_mapping mapping = {gpa + i * 0x200000, hpa, 4096, 1};
		int64_t status = pkvm_hc_vm_mmu_map(&mapping).error;

		while (status == -11) {
			const struct pkvm_vm_range page = {guest.vm.handle,
							   machine_host_alloc(1), 4096};

			race_check(race, !pkvm_hc_vm_topup(&page).error);
			status = pkvm_hc_vm_mmu_map(&mapping).error;
		}
		race_check(race, status == 0);
	}
}

static void map_other_half(struct race *race)
{
	const struct pkvm_vcpu_handle handle = {((struct world_vcpu *)race->argument)->handle};

	race_check(race, !pkvm_hc_vcpu_load(&handle).error);
	map_many(race, 0x40000000);
	race_check(race, !pkvm_hc_vcpu_put(&handle).error);
}

static void test_two_cpus_map_into_one_vm(void **state)
{
	struct race *race = *state;
	struct world_vcpu first, second;

	guest.vm = world_vm(PKVM_VM_PVM);
	first = world_vcpu(&guest.vm, 0);
	second = world_vcpu(&guest.vm, 1);
	world_finalize(&guest.vm);
	world_load(&first);
	race_begin(race, map_other_half, &second);
	map_many(race, 0);
	race_end(race);
	assert_int_equal(machine_hyp(race->m)->pages.count[PKVM_PAGE_GUEST], 2 * ROUNDS);
	world_put(&first);
	world_free_vcpu(&first);
	world_free_vcpu(&second);
	world_destroy(&guest.vm);
	world_assert_conserved(race->m, 256);
}

#define RACING(TEST) cmocka_unit_test_setup_teardown(TEST, race_setup, race_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RACING(test_no_write_of_the_guest_arrives_after_unmap),
		RACING(test_two_cpus_map_into_one_vm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
