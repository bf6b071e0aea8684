/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of guest memory: the EPT entries that map writes, as literals of the SDM's
 * "EPT Translation Mechanism"; what unmap and age change and what they report.
 */
#include "ownership.h"
#include "register_fixture.h"
#include "lib/mmu.h"

#define MAP_CALL   0x0800
#define UNMAP_CALL 0x0801
#define AGE_CALL   0x0802

static int begin(void **state)
{
	static struct scene scene;

	scene = scene_begin();
	world_topup(&scene.pvm, 20);
	world_topup(&scene.npvm, 20);
	world_load(&scene.npvm_vcpu);
	*state = &scene;
	return 0;
}

static int end(void **state)
{
	assert_accounted(((struct scene *)*state)->m);
	world_end(((struct scene *)*state)->m);
	return 0;
}

static struct world_result map(const struct scene *s, uint64_t gpa, uint64_t hpa,
			       uint64_t pages, uint64_t writable)
{
	const uint64_t in[] = {gpa, hpa, pages * 4096, writable};

	return world_callv(s->m, MAP_CALL, in, 4, 0);
}

static struct world_result unmap(const struct scene *s, uint64_t gpa, uint64_t pages)
{
	const uint64_t in[] = {s->npvm.handle, gpa, pages * 4096};

	return world_callv(s->m, UNMAP_CALL, in, 3, 0);
}

static struct world_result age(const struct scene *s, uint64_t gpa, uint64_t pages,
			       uint64_t mkold)
{
	const uint64_t in[] = {s->npvm.handle, gpa, pages * 4096, mkold};

	return world_callv(s->m, AGE_CALL, in, 4, 1);
}

/* The entry of a level (4 to 1) for an address, by the SDM's bit positions. */
static uint64_t *entry(const struct world_vm *vm, uint64_t gpa, unsigned int level)
{
	const struct pkvm_vm *inside = pkvm_plat_private(vm->area);
	uint64_t table = inside->ept_root;

	for (unsigned int at = 4;; at--) {
		uint64_t *word = pkvm_plat_private(table);

		word += gpa >> (12 + 9 * (at - 1)) & 511;
		if (at == level)
			return word;
		assert_int_equal(*word & 0xfff0000000000fffull, 0x7);
		table = *word & 0x000ffffffffff000ull;
	}
}

static void test_ept_entries_are_as_the_sdm_has_them(void **state)
{
	const struct scene *s = *state;
	const uint64_t gpa = 0x3456789000, hpa = world_pages(2);
	uint64_t eptp;

	assert_int_equal(map(s, gpa, hpa, 1, 1).error, 0);
	assert_int_equal(map(s, gpa + 0x1000, hpa + 0x1000, 1, 0).error, 0);
	/* Read, write, execute; write-back; no large page, no accessed flag. */
	assert_int_equal(*entry(&s->npvm, gpa, 1), hpa | 0x37);
	assert_int_equal(*entry(&s->npvm, gpa + 0x1000, 1), (hpa + 0x1000) | 0x35);
	assert_int_equal(*entry(&s->npvm, gpa + 0x2000, 1), 0);
	eptp = pkvm_mmu_eptp(pkvm_plat_private(s->npvm.area));
	/* Write-back, 4 levels, accessed and dirty flags. */
	assert_int_equal(eptp & 0xfff, 0x5e);
}

/* Whatever a pool page held before, its link included, is no entry. */
static void test_a_new_table_holds_the_one_entry_that_was_needed(void **state)
{
	const struct scene *s = *state;
	const uint64_t gpa = 0x8040201000;      /* entry 1 of each level */

	assert_int_equal(map(s, gpa, world_pages(1), 1, 1).error, 0);
	for (unsigned int level = 1; level <= 4; level++) {
		const uint64_t *table = entry(&s->npvm, gpa, level) - 1;

		for (unsigned int i = 0; i < 512; i++)
			assert_int_equal(table[i] != 0, i == 1);
	}
}

/* By its generation every vCPU of the VM knows that it has to flush. */
static void test_the_generation_rises_when_a_mapping_goes_or_changes(void **state)
{
	const struct scene *s = *state;
	const struct pkvm_vm *vm = pkvm_plat_private(s->npvm.area);
	const uint64_t hpa = world_pages(1);
	uint64_t generation = vm->ept_generation;

	assert_int_equal(map(s, 0x5000, hpa, 1, 1).error, 0);
	assert_int_equal(vm->ept_generation, generation);
	assert_int_equal(map(s, 0x5000, hpa, 1, 0).error, 0);
	assert_true(vm->ept_generation > generation);
	generation = vm->ept_generation;
	*entry(&s->npvm, 0x5000, 1) |= 0x100;
	assert_int_equal(age(s, 0x5000, 1, 0).error, 0);
	assert_int_equal(vm->ept_generation, generation);
	assert_int_equal(age(s, 0x5000, 1, 1).error, 0);
	assert_true(vm->ept_generation > generation);
	generation = vm->ept_generation;
	assert_int_equal(unmap(s, 0x5000, 1).error, 0);
	assert_true(vm->ept_generation > generation);
}

static void test_a_donated_page_keeps_its_content_and_leaves_the_hosts_view(void **state)
{
	const struct scene *s = *state;
	struct pkvm_hyp *hyp = machine_hyp(s->m);
	const uint64_t hpa = world_pages(3);
	uint64_t hash[3];

	for (uint64_t i = 0; i < 3; i++)
		hash[i] = machine_hash_page(s->m, hpa + i * 4096);
	world_load(&s->pvm_vcpu);
	assert_int_equal(map(s, 0x1ff000, hpa, 3, 1).error, 0);
	for (uint64_t i = 0; i < 3; i++) {
		const uint64_t at = hpa + i * 4096;

		assert_int_equal(machine_hash_page(s->m, at), hash[i]);
		assert_false(machine_host_sees(at));
		assert_int_equal(pkvm_page_state(hyp, at), PKVM_PAGE_GUEST);
		assert_int_equal(pkvm_page_value(hyp, at), 0x1ff + i);
		assert_int_equal(*entry(&s->pvm, 0x1ff000 + i * 4096, 1), at | 0x37);
	}
}

static void test_a_pvms_memory_is_always_writable(void **state)
{
	const struct scene *s = *state;

	world_load(&s->pvm_vcpu);
	assert_refused(map(s, 0, world_pages(1), 1, 0), -22, 4);
	assert_refused(map(s, 0, world_pages(1), 1, 2), -22, 4);
}

static void test_another_page_at_the_address_is_eexist_and_nothing_is_done(void **state)
{
	const struct scene *s = *state;
	const struct world_vcpu *vcpu[] = {&s->npvm_vcpu, &s->pvm_vcpu};

	for (int i = 0; i < 2; i++) {
		const uint64_t range = world_pages(5);

		world_load(vcpu[i]);
		(void)world_map(0x3000, 1);
		for (uint64_t start = 0; start < 4; start++) {
			assert_refused(map(s, start * 4096, range, 4, 1), -17, 1);
			for (uint64_t page = 0; page < 4; page++)
				assert_int_equal(pkvm_page_state(machine_hyp(s->m),
								 range + page * 4096),
						 PKVM_PAGE_HOST);
		}
		assert_int_equal(map(s, 0, range, 3, 1).error, 0);
	}
}

static void test_mapping_a_page_again_changes_its_access_and_not_its_uses(void **state)
{
	const struct scene *s = *state;
	const uint64_t hpa = world_pages(2);

	assert_int_equal(map(s, 0x5000, hpa, 1, 1).error, 0);
	assert_int_equal(map(s, 0x5000, hpa, 2, 0).error, 0);
	assert_int_equal(*entry(&s->npvm, 0x5000, 1), hpa | 0x35);
	assert_int_equal(map(s, 0x5000, hpa, 2, 1).error, 0);
	assert_int_equal(*entry(&s->npvm, 0x6000, 1), (hpa + 0x1000) | 0x37);
	assert_int_equal(pkvm_page_value(machine_hyp(s->m), hpa), 1);
	assert_int_equal(pkvm_page_value(machine_hyp(s->m), hpa + 0x1000), 1);
}

static void test_guest_addresses_beyond_the_width_are_refused(void **state)
{
	const struct scene *s = *state;
	const uint64_t hpa = world_pages(2);
	const uint64_t limit = 1ull << pkvm_vmcs_caps()->maxphyaddr;

	assert_int_equal(map(s, limit - 0x1000, hpa, 1, 1).error, 0);
	assert_refused(map(s, limit, hpa, 1, 1), -22, 1);
	assert_refused(map(s, limit - 0x1000, hpa, 2, 1), -22, 1);
	assert_refused(map(s, 1ull << 48, hpa, 1, 1), -22, 1);
	assert_refused(map(s, 0x1001, hpa, 1, 1), -22, 1);
	assert_refused(map(s, 0xfffffffffffff000, hpa, 1, 1), -22, 3);
	assert_refused(map(s, 0xfffffffffffff000, hpa, 2, 1), -22, 3);
	assert_refused(unmap(s, limit, 1), -22, 2);
	assert_refused(unmap(s, 0x800, 1), -22, 2);
	assert_refused(unmap(s, 0, 0), -22, 3);
	assert_refused(unmap(s, 0, 513), -22, 3);
	assert_refused(unmap(s, 0xfffffffffffff000, 1), -22, 3);
}

static void test_unmap_clears_entries_and_passes_over_the_rest(void **state)
{
	const struct scene *s = *state;
	const uint64_t hpa = world_pages(4);

	assert_int_equal(unmap(s, 0, 512).error, 0);
	assert_int_equal(map(s, 0x1ff000, hpa, 4, 1).error, 0);
	assert_int_equal(unmap(s, 0x200000, 2).error, 0);
	assert_int_equal(*entry(&s->npvm, 0x1ff000, 1), hpa | 0x37);
	assert_int_equal(*entry(&s->npvm, 0x200000, 1), 0);
	assert_int_equal(*entry(&s->npvm, 0x201000, 1), 0);
	assert_int_equal(*entry(&s->npvm, 0x202000, 1), (hpa + 0x3000) | 0x37);
	assert_int_equal(pkvm_page_state(machine_hyp(s->m), hpa), PKVM_PAGE_SHARED);
	assert_int_equal(pkvm_page_state(machine_hyp(s->m), hpa + 0x1000), PKVM_PAGE_HOST);
	assert_int_equal(unmap(s, 0x1ff000, 512).error, 0);
	assert_true(machine_host_free(hpa, 4));
}

static void test_page_0_can_be_mapped_and_unmapped(void **state)
{
	const struct scene *s = *state;

	assert_int_equal(map(s, 0x7000, 0, 1, 1).error, 0);
	assert_int_equal(*entry(&s->npvm, 0x7000, 1), 0x37);
	assert_int_equal(pkvm_page_value(machine_hyp(s->m), 0), 1);
	assert_int_equal(unmap(s, 0x7000, 1).error, 0);
	assert_int_equal(*entry(&s->npvm, 0x7000, 1), 0);
	assert_int_equal(pkvm_page_state(machine_hyp(s->m), 0), PKVM_PAGE_HOST);
}

static void test_age_reports_and_clears_accessed_flags(void **state)
{
	const struct scene *s = *state;
	const uint64_t hpa = world_pages(4);

	assert_int_equal(map(s, 0x10000, hpa, 4, 1).error, 0);
	assert_int_equal(age(s, 0x10000, 4, 0).out[0], 0);
	*entry(&s->npvm, 0x12000, 1) |= 0x100;
	assert_int_equal(age(s, 0x10000, 2, 1).out[0], 0);
	assert_int_equal(age(s, 0x10000, 4, 0).out[0], 1);
	assert_int_equal(age(s, 0x12000, 1, 0).out[0], 1);
	assert_int_equal(*entry(&s->npvm, 0x12000, 1), (hpa + 0x2000) | 0x137);
	assert_int_equal(age(s, 0, 512, 1).out[0], 1);
	assert_int_equal(*entry(&s->npvm, 0x12000, 1), (hpa + 0x2000) | 0x37);
	assert_int_equal(age(s, 0x12000, 1, 0).out[0], 0);
	/* Nothing mapped is not young. */
	assert_int_equal(age(s, 0x40000000, 512, 1).out[0], 0);
}

static void test_an_error_of_age_is_never_taken_for_young(void **state)
{
	const struct scene *s = *state;
	const struct {
		uint64_t vm, gpa, size, mkold;
		int64_t error;
		uint64_t word;
	} bad[] = {
		{s->npvm.handle, 0x10001, 4096, 0, -22, 2},
		{s->npvm.handle, 0x10000, 0, 0, -22, 3},
		{s->npvm.handle, 0x10000, 513 * 4096, 0, -22, 3},
		{s->npvm.handle, 0xfffffffffffff000, 4096, 0, -22, 3},
		{s->npvm.handle, 1ull << 50, 4096, 0, -22, 2},
		{s->npvm.handle, 0x10000, 4096, 2, -22, 4},
		{s->npvm.handle ^ 1ull << 40, 0x10000, 4096, 0, -2, 1},
		{s->pvm.handle, 0x10000, 4096, 0, -1, 0},
	};

	assert_int_equal(map(s, 0x10000, world_pages(1), 1, 1).error, 0);
	*entry(&s->npvm, 0x10000, 1) |= 0x100;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const uint64_t in[] = {bad[i].vm, bad[i].gpa, bad[i].size, bad[i].mkold};
		const struct pkvm_vm_age age_in = {in[0], in[1], in[2], in[3]};
		struct pkvm_flag young = {1};

		assert_refused(world_callv(s->m, AGE_CALL, in, 4, 1), bad[i].error,
			       bad[i].word);
		assert_int_equal(pkvm_hc_vm_mmu_age(&age_in, &young).error, bad[i].error);
		assert_int_equal(young.value, 0);
	}
}

static void test_a_processor_without_accessed_flags_does_not_age(void **state)
{
	struct pkvm_vmx_caps caps = machine_default_caps();
	struct loaded l;
	struct world_result result;

	(void)state;
	caps.ept_vpid_cap &= ~(1ull << 21);
	l = loaded_with(&caps, PKVM_VM_NPVM);
	result = world_call(l.m, AGE_CALL, 4, 1, l.vm.handle, (uint64_t)0, (uint64_t)4096,
			    (uint64_t)0);
	assert_refused(result, -95, 0);
	assert_int_equal(pkvm_mmu_eptp(pkvm_plat_private(l.vm.area)) & 0xfff, 0x1e);
	loaded_end(&l);
}

#define IN_SCENE(TEST) cmocka_unit_test_setup_teardown(TEST, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCENE(test_ept_entries_are_as_the_sdm_has_them),
		IN_SCENE(test_a_new_table_holds_the_one_entry_that_was_needed),
		IN_SCENE(test_the_generation_rises_when_a_mapping_goes_or_changes),
		IN_SCENE(test_a_donated_page_keeps_its_content_and_leaves_the_hosts_view),
		IN_SCENE(test_a_pvms_memory_is_always_writable),
		IN_SCENE(test_another_page_at_the_address_is_eexist_and_nothing_is_done),
		IN_SCENE(test_mapping_a_page_again_changes_its_access_and_not_its_uses),
		IN_SCENE(test_guest_addresses_beyond_the_width_are_refused),
		IN_SCENE(test_unmap_clears_entries_and_passes_over_the_rest),
		IN_SCENE(test_page_0_can_be_mapped_and_unmapped),
		IN_SCENE(test_age_reports_and_clears_accessed_flags),
		IN_SCENE(test_an_error_of_age_is_never_taken_for_young),
		cmocka_unit_test(test_a_processor_without_accessed_flags_does_not_age),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
