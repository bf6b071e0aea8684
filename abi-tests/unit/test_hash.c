/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of the hash by which every other test sees that a refused call changed
 * nothing: no byte of private memory escapes it but counters of the trace.
 */
#include "ownership.h"

static int begin(void **state)
{
	static struct scene scene;

	scene = scene_begin();
	world_topup(&scene.pvm, 8);
	world_load(&scene.pvm_vcpu);
	(void)world_map(0x1000, 2);
	*state = &scene;
	return 0;
}

static int end(void **state)
{
	world_end(((struct scene *)*state)->m);
	return 0;
}

static bool is_hashed(const struct scene *s, uint64_t pa)
{
	return !machine_host_sees(pa) && !pkvm_hyp_is_trace_page(machine_hyp(s->m), pa);
}

/* Every byte of a page, one after the other. */
static void assert_each_byte_counts(struct machine *m, uint64_t pa)
{
	uint8_t *byte = pkvm_plat_private(pa);
	const uint64_t before = machine_hash_page(m, pa);

	for (unsigned int i = 0; i < 4096; i++) {
		byte[i] ^= (uint8_t)(1u << i % 8);
		if (machine_hash_page(m, pa) == before)
			fail_msg("byte 0x%x of page 0x%llx escapes the hash", i,
				 (unsigned long long)pa);
		byte[i] ^= (uint8_t)(1u << i % 8);
	}
	assert_int_equal(machine_hash_page(m, pa), before);
}

static void test_each_byte_of_each_private_page_changes_the_pages_hash(void **state)
{
	const struct scene *s = *state;
	unsigned int pages = 0;

	for (uint64_t pa = 0; pa < machine_ram_size(s->m); pa += 4096) {
		if (!is_hashed(s, pa))
			continue;
		assert_each_byte_counts(s->m, pa);
		pages++;
	}
	/* The carve-out and the areas, less the trace's. */
	assert_in_range(pages, 100, 512);
}

/* Not of the hypervisor's own root, on which finding the pages depends. */
static void test_each_private_page_is_part_of_the_whole_hash(void **state)
{
	const struct scene *s = *state;
	const uint64_t root_end = machine_hyp_base(s->m) + sizeof(struct pkvm_hyp);
	const uint64_t before = machine_hash_private(s->m);

	for (uint64_t pa = 0; pa < machine_ram_size(s->m); pa += 4096) {
		uint8_t *byte = pkvm_plat_private(pa);

		if (pa >= machine_hyp_base(s->m) && pa < root_end)
			continue;
		byte[pa / 4096 % 4096] ^= 0x10;
		if ((machine_hash_private(s->m) != before) != is_hashed(s, pa))
			fail_msg("page 0x%llx", (unsigned long long)pa);
		byte[pa / 4096 % 4096] ^= 0x10;
	}
	assert_int_equal(machine_hash_private(s->m), before);
}

static void test_the_hypervisors_root_is_part_of_the_whole_hash(void **state)
{
	const struct scene *s = *state;
	struct pkvm_hyp *hyp = machine_hyp(s->m);
	const uint64_t before = machine_hash_private(s->m);

	hyp->trace_on ^= 1;
	assert_int_not_equal(machine_hash_private(s->m), before);
	hyp->trace_on ^= 1;
	hyp->cpu[63].enabled ^= 1;
	assert_int_not_equal(machine_hash_private(s->m), before);
	hyp->cpu[63].enabled ^= 1;
	assert_int_equal(machine_hash_private(s->m), before);
}

static void test_each_vmcs_field_is_part_of_the_whole_hash(void **state)
{
	const struct scene *s = *state;
	static const uint32_t field[] = {0x0000, 0x2000, 0x201a, 0x4002, 0x4800, 0x4826, 0x6000,
					 0x6800, 0x681c, 0x681e, 0x6820, 0x6c16};

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++) {
		const uint64_t before = machine_hash_private(s->m);
		uint64_t value;

		assert_int_equal(pkvm_vmcs_read(field[i], &value), 0);
		assert_int_equal(pkvm_vmcs_write(field[i], value ^ 0x40), 0);
		if (machine_hash_private(s->m) == before)
			fail_msg("field 0x%x", field[i]);
		assert_int_equal(pkvm_vmcs_write(field[i], value), 0);
		assert_int_equal(machine_hash_private(s->m), before);
	}
}

static void test_what_the_host_sees_is_no_part_of_it(void **state)
{
	const struct scene *s = *state;
	const uint64_t before = machine_hash_private(s->m);
	const uint64_t page = world_pages(1), word = 1;

	assert_true(machine_host_write(page, &word, sizeof(word)));
	assert_true(machine_host_write(s->pvm_vcpu.page + 0x400, &word, sizeof(word)));
	assert_int_equal(machine_hash_private(s->m), before);
}

#define IN_SCENE(TEST) cmocka_unit_test_setup_teardown(TEST, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_SCENE(test_each_byte_of_each_private_page_changes_the_pages_hash),
		IN_SCENE(test_each_private_page_is_part_of_the_whole_hash),
		IN_SCENE(test_the_hypervisors_root_is_part_of_the_whole_hash),
		IN_SCENE(test_each_vmcs_field_is_part_of_the_whole_hash),
		IN_SCENE(test_what_the_host_sees_is_no_part_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
