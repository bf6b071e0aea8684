/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests set_msr and get_msr: where values go, that a write never depends on what
 * was there, and what never reaches the processor. test_msr_policy.c has who may.
 */
#include "register_fixture.h"
#include "../../lib/platform.h"

#define SET_CR0 0x0408u
#define SET_MSR 0x040fu
#define GET_MSR 0x0410u

#define PRED_CMD  0x49u
#define FLUSH_CMD 0x10bu
#define XSS       0xda0u
#define EFER      0xc0000080u

static struct world_result get_msr(const struct loaded *l, uint64_t index)
{
	return world_call(l->m, GET_MSR, 1, 1, index);
}

static void assert_msr(const struct loaded *l, uint64_t index, uint64_t value)
{
	const struct world_result got = get_msr(l, index);

	assert_done(got);
	assert_int_equal(got.out[0], value);
}

static void test_msrs_with_a_vmcs_field_reach_it(void **state)
{
	static const struct {
		uint32_t index;
		uint32_t encoding;
		uint64_t value;
	} row[] = {
		{0x174, 0x482a, 0x10},               /* SYSENTER_CS  */
		{0x175, 0x6824, 0xffff800000001000}, /* SYSENTER_ESP */
		{0x176, 0x6826, 0xffff800000002000}, /* SYSENTER_EIP */
		{0x1d9, 0x2802, 0x2},                /* DEBUGCTL     */
		{0x277, 0x2804, 0x0007010600070106}, /* PAT          */
		{EFER, 0x2806, 0x901},               /* EFER         */
		{0xc0000100, 0x680e, 0x00007f0000003000}, /* FS_BASE */
		{0xc0000101, 0x6810, 0xffff888000004000}, /* GS_BASE */
	};
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		assert_done(call2(&l, SET_MSR, row[i].index, row[i].value));
		assert_int_equal(field(row[i].encoding), row[i].value);
		assert_msr(&l, row[i].index, row[i].value);
	}
	loaded_end(&l);
}

/* A value that the MSR may hold and that no other index below gets. */
static uint64_t own_value(uint32_t index, uint64_t i)
{
	uint64_t types = 0;

	if (index == 0x277 || (index >= 0x250 && index <= 0x26f)) {
		for (unsigned int byte = 0; byte < 8; byte++)
			types |= (uint64_t)(i >> byte & 1 ? 6 : 4) << 8 * byte;
		return types;
	}
	if (index == 0x2ff)
		return 0xc06;
	return (i + 1) << 12 | (index >= 0x200 && index <= 0x20f && index & 1 ? 0x800 : 0);
}

static void test_each_msr_keeps_its_own_value(void **state)
{
	static const uint32_t index[] = {
		0x174, 0x175, 0x176, 0x200, 0x201, 0x202, 0x203, 0x204, 0x205, 0x206,
		0x207, 0x208, 0x209, 0x20a, 0x20b, 0x20c, 0x20d, 0x20e, 0x20f, 0x250,
		0x258, 0x259, 0x268, 0x269, 0x26a, 0x26b, 0x26c, 0x26d, 0x26e, 0x26f,
		0x277, 0x2ff, 0xc0000081, 0xc0000082, 0xc0000083, 0xc0000084,
		0xc0000100, 0xc0000101, 0xc0000102, 0xc0000103,
	};
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (size_t i = 0; i < sizeof(index) / sizeof(index[0]); i++)
		assert_done(call2(&l, SET_MSR, index[i], own_value(index[i], i)));
	for (size_t i = 0; i < sizeof(index) / sizeof(index[0]); i++)
		assert_msr(&l, index[i], own_value(index[i], i));
	loaded_end(&l);
}

static void test_random_values_round_trip(void **state)
{
	static const uint32_t canonical[] = {0x175, 0x176, 0xc0000082, 0xc0000083, 0xc0000102};
	const struct loaded l = loaded_up(PVM);
	uint64_t random = random_seed();

	(void)state;
	for (unsigned int i = 0; i < 500; i++) {
		const uint64_t word = random_word(&random);
		const uint64_t address = i % 2 ? word >> 17 : ~(uint64_t)0 << 47 | word >> 17;

		assert_done(call2(&l, SET_MSR, canonical[i % 5], address));
		assert_msr(&l, canonical[i % 5], address);
		assert_done(call2(&l, SET_MSR, 0xc0000081, word));
		assert_msr(&l, 0xc0000081, word);
		assert_done(call2(&l, SET_MSR, 0xc0000084, word >> 32));
		assert_msr(&l, 0xc0000084, word >> 32);
	}
	loaded_end(&l);
}

static void test_msrs_begin_as_after_reset(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_msr(&l, 0x277, 0x0007040600070406);
	assert_msr(&l, 0x1a0, 0x1801);
	assert_msr(&l, 0x2ff, 0);
	assert_msr(&l, EFER, 0);
	assert_msr(&l, 0xc0000081, 0);
	loaded_end(&l);
}

static void test_an_index_beyond_32_bits_is_refused(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int bit = 32; bit < 64; bit++) {
		assert_refused(call2(&l, SET_MSR, (uint64_t)1 << bit | 0x174, 0), -22, 1);
		assert_refused(get_msr(&l, (uint64_t)1 << bit | 0x174), -22, 1);
	}
	loaded_end(&l);
}

/* IA32_MISC_ENABLE's BTS and PEBS "unavailable" bits, 11 and 12, always read as 1. */
static void test_misc_enable_reads_with_both_unavailable_bits(void **state)
{
	struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int type = 0; type < 2; type++) {
		assert_done(call2(&l, SET_MSR, 0x1a0, 0));
		assert_msr(&l, 0x1a0, 0x1800);
		assert_done(call2(&l, SET_MSR, 0x1a0, 1));
		assert_msr(&l, 0x1a0, 0x1801);
		unload(&l);
		load_new(&l, PVM);
	}
	loaded_end(&l);
}

/* FLUSH_CMD and PRED_CMD cannot be read, so that no comparison could come first. */
static void test_a_write_only_msr_can_be_written_and_repeated_without_being_read(void **state)
{
	static const uint32_t command[2] = {PRED_CMD, FLUSH_CMD};
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int i = 0; i < 2; i++) {
		assert_refused(get_msr(&l, command[i]), -22, 1);
		assert_done(call2(&l, SET_MSR, command[i], 1));
		assert_done(call2(&l, SET_MSR, command[i], 1));
		assert_done(call2(&l, SET_MSR, command[i], 0));
		assert_refused(call2(&l, SET_MSR, command[i], 2), -22, 2);
	}
	loaded_end(&l);
}

static void test_command_msrs_never_reach_the_processor(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(call2(&l, SET_MSR, PRED_CMD, 1));
	assert_done(call2(&l, SET_MSR, FLUSH_CMD, 1));
	run_once(&l);
	assert_int_equal(machine_command_msr_writes(l.m), 0);
	loaded_end(&l);
}

/* "Same value, fine" would let these pass: every one holds what is written. */
static void test_what_a_pvms_host_may_not_write_is_refused_with_the_same_value_too(void **state)
{
	static const struct {
		uint32_t index;
		uint64_t value;
	} row[] = {
		{PRED_CMD, 0}, {PRED_CMD, 1}, {FLUSH_CMD, 0}, {FLUSH_CMD, 1},
		{XSS, 0}, {EFER, 0}, {0x48, 0}, {0x277, 0x0007040600070406},
		{0x1d9, 0}, {0xc0000100, 0}, {0xc0000101, 0}, {0xc0000103, 0},
		{0x10, 0}, {0x3b, 0}, {0x1b, 0xfee00d00},
	};
	const struct loaded l = loaded_up(PVM);

	(void)state;
	for (size_t i = 0; i < sizeof(row) / sizeof(row[0]); i++)
		assert_refused(call2(&l, SET_MSR, row[i].index, row[i].value), -1, 1);
	assert_int_equal(machine_command_msr_writes(l.m), 0);
	loaded_end(&l);
}

static void test_efer_by_msr_follows_the_rules_of_set_efer(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(call2(&l, SET_MSR, EFER, 0x500));
	assert_msr(&l, EFER, 0x100);
	assert_done(call1(&l, SET_CR0, 0x80000011));
	assert_msr(&l, EFER, 0x500);
	assert_int_equal(field(0x4012) & 0x200, 0x200);
	assert_done(call2(&l, SET_MSR, EFER, 0x800));
	assert_msr(&l, EFER, 0x800);
	assert_int_equal(field(0x4012) & 0x200, 0);
	assert_refused(call2(&l, SET_MSR, EFER, 0x1000), -22, 2);
	loaded_end(&l);
}

static void test_a_pvms_msrs_are_the_hosts_until_its_first_run(void **state)
{
	const struct loaded l = loaded_up(PVM);

	(void)state;
	assert_done(call2(&l, SET_MSR, 0xc0000082, 0xffffffff81000000));
	run_once(&l);
	assert_refused(call2(&l, SET_MSR, 0xc0000082, 0xffffffff81000000), -1, 0);
	assert_refused(get_msr(&l, 0xc0000082), -1, 0);
	assert_refused(call2(&l, SET_MSR, XSS, 0), -1, 0);
	loaded_end(&l);
}

static void test_after_a_run_guest_and_host_each_have_their_own_values(void **state)
{
	static const uint32_t saved[] = {0xc0000081, 0xc0000082, 0xc0000083,
					 0xc0000084, 0xc0000102, 0xc0000103};
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (size_t i = 0; i < 6; i++) {
		assert_true(pkvm_plat_wrmsr(saved[i], 0x2000 + i));
		assert_done(call2(&l, SET_MSR, saved[i], 0x1000 + i));
	}
	run_once(&l);
	for (size_t i = 0; i < 6; i++) {
		uint64_t physical = 0;

		assert_msr(&l, saved[i], 0x1000 + i);
		assert_true(pkvm_plat_rdmsr(saved[i], &physical));
		assert_int_equal(physical, 0x2000 + i);
	}
	loaded_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_msrs_with_a_vmcs_field_reach_it),
		cmocka_unit_test(test_each_msr_keeps_its_own_value),
		cmocka_unit_test(test_random_values_round_trip),
		cmocka_unit_test(test_msrs_begin_as_after_reset),
		cmocka_unit_test(test_an_index_beyond_32_bits_is_refused),
		cmocka_unit_test(test_misc_enable_reads_with_both_unavailable_bits),
		cmocka_unit_test(
			test_a_write_only_msr_can_be_written_and_repeated_without_being_read),
		cmocka_unit_test(test_command_msrs_never_reach_the_processor),
		cmocka_unit_test(
			test_what_a_pvms_host_may_not_write_is_refused_with_the_same_value_too),
		cmocka_unit_test(test_efer_by_msr_follows_the_rules_of_set_efer),
		cmocka_unit_test(test_a_pvms_msrs_are_the_hosts_until_its_first_run),
		cmocka_unit_test(test_after_a_run_guest_and_host_each_have_their_own_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
