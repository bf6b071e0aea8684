/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests the core group: what abi_query tells, init's page, and the life of CPUs. */
#include "register_fixture.h"

#define INIT        0x0001u
#define FINALIZE    0x0002u
#define CHECK       0x0003u
#define ENABLE      0x0004u
#define REPRIVILEGE 0x0005u
#define HAS_WBINVD  0x0006u

/* Secondary controls in IA32_VMX_PROCBASED_CTLS2's allowed 1-settings. */
#define ALLOW_SECONDARY(BIT) ((uint64_t)1 << (32 + (BIT)))
#define EPT                  ALLOW_SECONDARY(1)
#define WBINVD_EXITING       ALLOW_SECONDARY(6)
#define UNRESTRICTED_GUEST   ALLOW_SECONDARY(7)
#define APIC_REGISTERS       ALLOW_SECONDARY(8)
#define VIRTUAL_INTERRUPTS   ALLOW_SECONDARY(9)
#define TSC_SCALING          ALLOW_SECONDARY(25)

static struct pkvm_answer query(uint64_t major, uint64_t minor, uint64_t features)
{
	const struct pkvm_query in = {major, minor, features};
	struct pkvm_answer out;

	assert_int_equal(pkvm_hc_abi_query(&in, &out).error, 0);
	return out;
}

/* A machine on which nothing was negotiated, with other VMX features. */
static struct machine *fresh_with(const struct pkvm_vmx_caps *caps)
{
	const struct machine_config config = {
		.ram_size = 16 << 20, .hyp_size = 1 << 20, .caps = caps};
	struct machine *m = machine_create(&config, NULL);

	assert_non_null(m);
	return m;
}

static void test_the_answer_tells_version_features_and_limits(void **state)
{
	struct machine *m = world_fresh(1);
	const struct pkvm_answer answer = query(1, 0, 0x1f);

	(void)state;
	assert_int_equal(answer.major, 1);
	assert_int_equal(answer.minor, 0);
	assert_int_equal(answer.features, 0x1f);
	assert_int_equal(answer.vm_area_size % 4096, 0);
	assert_int_equal(answer.vcpu_area_size % 4096, 0);
	assert_int_equal(answer.fpstate_size % 4096, 0);
	assert_int_not_equal(answer.vm_area_size, 0);
	assert_int_not_equal(answer.vcpu_area_size, 0);
	assert_int_not_equal(answer.fpstate_size, 0);
	assert_int_not_equal(answer.max_vms, 0);
	assert_int_not_equal(answer.max_vcpus, 0);
	world_end(m);
}

static void test_each_feature_is_in_force_when_both_sides_know_it(void **state)
{
	struct machine *m = world_fresh(1);
	const uint64_t known = query(1, 0, ~(uint64_t)0).features;

	(void)state;
	/* No feature but the six of ABI 1.0 (features.inc: 0 to 5). */
	assert_int_equal(known, 0x3f);
	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t feature = (uint64_t)1 << bit;

		assert_int_equal(query(1, 0, feature).features, feature & known);
	}
	assert_int_equal(query(1, 0, 0).features, 0);
	world_end(m);
}

static void test_another_major_version_gets_no_feature_and_is_told_ours(void **state)
{
	static const uint64_t major[] = {0, 2, 0x100000001, ~(uint64_t)0};
	struct machine *m = world_fresh(1);

	(void)state;
	for (size_t i = 0; i < sizeof(major) / sizeof(major[0]); i++) {
		const struct pkvm_answer answer = query(major[i], 7, ~(uint64_t)0);

		assert_int_equal(answer.major, 1);
		assert_int_equal(answer.minor, 0);
		assert_int_equal(answer.features, 0);
		assert_refused(world_call(m, HAS_WBINVD, 0, 1), -71, 0);
	}
	world_end(m);
}

static void test_capabilities_follow_the_processors_controls(void **state)
{
	static const struct {
		uint64_t controls;
		uint64_t capabilities;
	} row[] = {
		{TSC_SCALING, 0x02}, {WBINVD_EXITING, 0x40}, {APIC_REGISTERS, 0x81},
		{VIRTUAL_INTERRUPTS, 0x81},
	};
	struct pkvm_vmx_caps caps = machine_default_caps();
	struct machine *m = fresh_with(&caps);
	const uint64_t all = query(1, 0, 1).capabilities;

	(void)state;
	machine_destroy(m);
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_int_equal(all & row[i].capabilities, row[i].capabilities);
		caps = machine_default_caps();
		caps.procbased_ctls2 &= ~row[i].controls;
		m = fresh_with(&caps);
		assert_int_equal(query(1, 0, 1).capabilities, all & ~row[i].capabilities);
		machine_destroy(m);
	}
}

/* Writes regions into a fresh page and calls init with it; the page is freed. */
static struct world_result init_with(struct machine *m, const uint64_t (*region)[3],
				     uint64_t count)
{
	const uint64_t page = world_pages(1);
	struct world_result result;

	assert_true(machine_host_write(page, region, count * 24));
	result = world_call(m, INIT, 2, 0, page, count);
	assert_true(machine_host_free(page, 1));
	return result;
}

/* 16 MiB of RAM, the last 1 MiB of it the hypervisor's. */
static void test_a_bad_region_is_refused_and_init_can_be_tried_again(void **state)
{
	static const uint64_t bad[][2][3] = {
		{{0, 0xf00000, 0}, {0xeff000, 0x101000, 1}},             /* overlap         */
		{{0, 0x1000000, 0}, {0x1000, 0x1000, 2}},                /* one in another  */
		{{0x1000, 0x1000, 2}, {0, 0xf00000, 0}},                 /* one around one  */
		{{0, 0xf00000, 0}, {0, 0xf00000, 0}},                    /* twice           */
		{{0, 0xf00000, 0}, {0xf00800, 0x100000, 1}},             /* address         */
		{{0, 0xf00000, 0}, {0xf00000, 0x100800, 1}},             /* size            */
		{{0, 0xf00000, 0}, {0xf00000, 0, 1}},                    /* empty           */
		{{0, 0xf00000, 0}, {0xfffffffffffff000, 0x2000, 2}},     /* wraps           */
		{{0, 0xf00000, 0}, {0xf00000, 0x100000, 3}},             /* kind            */
		{{0, 0xf00000, 0}, {0xf00000, 0x100000, 0x100000000}},   /* kind, 64 bits   */
	};
	static const uint64_t not_ram[2][3] = {{0, 0xf00000, 0}, {0xf00000, 0x101000, 1}};
	struct machine *m = world_negotiated(1);

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_refused(init_with(m, bad[i], 2), -22, 1);
	assert_refused(init_with(m, not_ram, 2), -14, 1);
	assert_int_equal(world_init(m), 0);
	assert_int_equal(world_init(m), -16);
	world_end(m);
}

static void test_the_list_has_to_be_a_page_of_ram_that_holds_its_regions(void **state)
{
	struct machine *m = world_negotiated(1);
	const uint64_t page = world_pages(1);

	(void)state;
	assert_refused(world_call(m, INIT, 2, 0, page, (uint64_t)0), -22, 2);
	/* 170 regions of 24 bytes fit. */
	assert_refused(world_call(m, INIT, 2, 0, page, (uint64_t)171), -22, 2);
	assert_refused(world_call(m, INIT, 2, 0, page, ~(uint64_t)0), -22, 2);
	assert_refused(world_call(m, INIT, 2, 0, page + 8, (uint64_t)2), -22, 1);
	assert_refused(world_call(m, INIT, 2, 0, (uint64_t)0x1000000, (uint64_t)2), -14, 1);
	assert_refused(world_call(m, INIT, 2, 0, (uint64_t)0xf00000, (uint64_t)2), -1, 1);
	assert_true(machine_host_free(page, 1));
	world_end(m);
}

/* MMIO regions, which need no RAM, and as many regions as a page holds. */
static void test_170_regions_are_taken(void **state)
{
	struct machine *m = world_negotiated(1);
	uint64_t region[170][3];

	(void)state;
	for (unsigned int i = 0; i < 168; i++) {
		region[i][0] = 0x100000000 + i * (uint64_t)0x2000;
		region[i][1] = 0x1000;
		region[i][2] = 2;
	}
	region[168][0] = 0;
	region[168][1] = 0xf00000;
	region[168][2] = 0;
	region[169][0] = 0xf00000;
	region[169][1] = 0x100000;
	region[169][2] = 1;
	assert_done(init_with(m, (const uint64_t(*)[3])region, 170));
	world_end(m);
}

static void test_ept_and_unrestricted_guest_are_required(void **state)
{
	static const uint64_t missing[] = {EPT, UNRESTRICTED_GUEST, EPT | UNRESTRICTED_GUEST};

	(void)state;
	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
		struct pkvm_vmx_caps caps = machine_default_caps();
		struct machine *m;

		caps.procbased_ctls2 &= ~missing[i];
		m = fresh_with(&caps);
		(void)query(1, 0, 1);
		assert_refused(world_call(m, CHECK, 0, 0), -95, 0);
		assert_int_equal(world_init(m), 0);
		assert_refused(world_call(m, ENABLE, 0, 0), -95, 0);
		world_end(m);
	}
}

static void test_enabling_a_cpu_again_changes_nothing(void **state)
{
	struct machine *m = world_booting(1);
	uint64_t before;

	(void)state;
	assert_done(world_call(m, CHECK, 0, 0));
	assert_done(world_call(m, ENABLE, 0, 0));
	before = machine_hash_private(m);
	assert_done(world_call(m, ENABLE, 0, 0));
	assert_int_equal(machine_hash_private(m), before);
	world_end(m);
}

static void test_a_cpu_that_was_not_enabled_loads_no_vcpu(void **state)
{
	struct machine *m = world_booting(1);
	struct world_vm vm;
	struct world_vcpu vcpu;

	(void)state;
	assert_done(world_call(m, FINALIZE, 0, 0));
	vm = world_vm(NPVM);
	vcpu = world_vcpu(&vm, 0);
	assert_refused(world_call(m, 0x0302, 1, 0, vcpu.handle), -1, 0);
	assert_done(world_call(m, ENABLE, 0, 0));
	assert_done(world_call(m, 0x0302, 1, 0, vcpu.handle));
	world_end(m);
}

static void test_a_cpu_is_given_back_only_while_no_vm_exists(void **state)
{
	struct machine *m = world_up(2);
	const struct world_vm vm = world_vm(NPVM);

	(void)state;
	assert_refused(world_call(m, REPRIVILEGE, 0, 0), -16, 0);
	world_destroy(&vm);
	assert_done(world_call(m, REPRIVILEGE, 0, 0));
	assert_refused(world_call(m, HAS_WBINVD, 0, 1), -1, 0);
	assert_refused(world_call(m, ENABLE, 0, 0), -1, 0);
	assert_int_equal(query(1, 0, 1).major, 1);
	/* The other CPU goes on. */
	assert_true(machine_enter_cpu(m, 1));
	assert_done(world_call(m, HAS_WBINVD, 0, 1));
	world_end(m);
}

static void test_wbinvd_exits_where_the_processor_has_the_control(void **state)
{
	struct pkvm_vmx_caps caps = machine_default_caps();
	struct machine *m = fresh_with(&caps);

	(void)state;
	(void)query(1, 0, 1);
	assert_int_equal(world_call(m, HAS_WBINVD, 0, 1).out[0], 1);
	machine_destroy(m);
	caps.procbased_ctls2 &= ~WBINVD_EXITING;
	m = fresh_with(&caps);
	(void)query(1, 0, 1);
	assert_int_equal(world_call(m, HAS_WBINVD, 0, 1).out[0], 0);
	machine_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_answer_tells_version_features_and_limits),
		cmocka_unit_test(test_each_feature_is_in_force_when_both_sides_know_it),
		cmocka_unit_test(test_another_major_version_gets_no_feature_and_is_told_ours),
		cmocka_unit_test(test_capabilities_follow_the_processors_controls),
		cmocka_unit_test(test_a_bad_region_is_refused_and_init_can_be_tried_again),
		cmocka_unit_test(test_the_list_has_to_be_a_page_of_ram_that_holds_its_regions),
		cmocka_unit_test(test_170_regions_are_taken),
		cmocka_unit_test(test_ept_and_unrestricted_guest_are_required),
		cmocka_unit_test(test_enabling_a_cpu_again_changes_nothing),
		cmocka_unit_test(test_a_cpu_that_was_not_enabled_loads_no_vcpu),
		cmocka_unit_test(test_a_cpu_is_given_back_only_while_no_vm_exists),
		cmocka_unit_test(test_wbinvd_exits_where_the_processor_has_the_control),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
