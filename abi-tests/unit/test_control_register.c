/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests set_cr0, set_cr4, set_efer and set_dr7: judgement, fields, masks, shadows, LMA. */
#include "register_fixture.h"

#define SET_CR0   0x0408u
#define SET_CR4   0x0409u
#define SET_EFER  0x040au
#define SET_DR7   0x040du
#define CACHE_REG 0x040eu

/* SDM "Field Encoding in VMCS". */
#define ENTRY_CONTROLS 0x4012u
#define CR0_MASK       0x6000u
#define CR4_MASK       0x6002u
#define CR0_SHADOW     0x6004u
#define CR4_SHADOW     0x6006u
#define GUEST_CR0      0x6800u
#define GUEST_CR4      0x6804u
#define GUEST_DR7      0x681au
#define GUEST_EFER     0x2806u

#define IA32E_MODE_GUEST 0x200u

static uint64_t seen_cr0(const struct loaded *l)
{
	return world_call(l->m, CACHE_REG, 1, 4, (uint64_t)18).out[0];
}

static uint64_t seen_cr4(const struct loaded *l)
{
	return world_call(l->m, CACHE_REG, 1, 4, (uint64_t)20).out[0];
}

static void test_the_reset_value_of_cr0_is_accepted_and_seen_though_vmx_fixes_ne(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(call1(&l, SET_CR0, 0x60000010));
	assert_int_equal(field(GUEST_CR0), 0x60000030);
	assert_int_equal(field(CR0_SHADOW), 0x60000010);
	assert_int_equal(field(CR0_MASK), 0xffffffffe0000031);
	assert_int_equal(seen_cr0(&l), 0x60000010);
	loaded_end(&l);
}

/* PE MP EM TS ET NE WP AM NW CD PG; PG needs PE, NW needs CD (SDM "Control Registers"). */
static bool cr0_is_valid(uint64_t value)
{
	if (value & ~(uint64_t)0xe005003f)
		return false;
	if ((value & 0x80000001) == 0x80000000)
		return false;
	return (value & 0x60000000) != 0x20000000;
}

static void check_cr0(const struct loaded *l, uint64_t value)
{
	if (!cr0_is_valid(value)) {
		assert_refused(call1(l, SET_CR0, value), -22, 1);
		return;
	}
	assert_done(call1(l, SET_CR0, value));
	assert_int_equal(field(CR0_SHADOW), value | 0x10);
	assert_int_equal(field(GUEST_CR0), value | 0x30);
	assert_int_equal(seen_cr0(l), value | 0x10);
}

static void test_every_pair_of_cr0_bits_is_judged_alone(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int i = 0; i < 64; i++) {
		for (unsigned int j = i; j < 64; j++)
			check_cr0(&l, (uint64_t)1 << i | (uint64_t)1 << j);
	}
	loaded_end(&l);
}

static void test_every_combination_of_defined_cr0_bits_is_judged_alone(void **state)
{
	static const unsigned int bit[11] = {0, 1, 2, 3, 4, 5, 16, 18, 29, 30, 31};
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int set = 0; set < 1u << 11; set++) {
		uint64_t value = 0;

		for (unsigned int i = 0; i < 11; i++)
			value |= (uint64_t)(set >> i & 1) << bit[i];
		check_cr0(&l, value);
	}
	loaded_end(&l);
}

/* With these features of CR4 on the processor, these may be set. */
static void check_cr4(uint64_t fixed1, uint64_t settable, uint64_t mask)
{
	struct pkvm_vmx_caps caps = machine_default_caps();
	struct loaded l;

	caps.cr4_fixed1 = fixed1;
	l = loaded_with(&caps, NPVM);
	assert_int_equal(field(CR4_MASK), mask);
	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t value = (uint64_t)1 << bit;

		if (!(value & settable)) {
			assert_refused(call1(&l, SET_CR4, value), -22, 1);
			continue;
		}
		assert_done(call1(&l, SET_CR4, value));
		assert_int_equal(field(GUEST_CR4), value | 0x2040);
		assert_int_equal(field(CR4_SHADOW), value);
		assert_int_equal(seen_cr4(&l), value);
	}
	assert_done(call1(&l, SET_CR4, settable));
	assert_int_equal(seen_cr4(&l), settable);
	assert_refused(call1(&l, SET_CR4, settable | 0x2000), -22, 1);
	loaded_end(&l);
}

static void test_cr4_takes_what_processor_and_protocol_know_but_vmxe(void **state)
{
	(void)state;
	check_cr4(0x7767ff, 0x7707ff, 0xffffffffff88f860);
	/* UMIP and LA57 too; SMX, CET and PKS exist, and are not for guests. */
	check_cr4(0x1f77fff, 0x771fff, 0xffffffffff88e060);
	/* Neither SMAP nor PKE. */
	check_cr4(0x1767ff, 0x1707ff, 0xffffffffffe8f860);
}

static void test_efer_takes_its_four_bits_and_ignores_a_written_lma(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t value = (uint64_t)1 << bit;

		if (value & 0xd01) {
			assert_done(call1(&l, SET_EFER, value));
			assert_int_equal(field(GUEST_EFER), value & ~(uint64_t)0x400);
		} else {
			assert_refused(call1(&l, SET_EFER, value), -22, 1);
		}
	}
	loaded_end(&l);
}

static void assert_long_mode(uint64_t efer, bool active)
{
	assert_int_equal(field(GUEST_EFER), efer);
	assert_int_equal(field(ENTRY_CONTROLS) & IA32E_MODE_GUEST,
			 active ? IA32E_MODE_GUEST : 0);
}

static void test_lma_is_pg_and_lme_in_whatever_order_they_come(void **state)
{
	const struct loaded l = loaded_up(PVM);

	(void)state;
	/* LME, then PG; PG goes. */
	assert_done(call1(&l, SET_EFER, 0x100));
	assert_long_mode(0x100, false);
	assert_done(call1(&l, SET_CR0, 0x80000011));
	assert_long_mode(0x500, true);
	assert_done(call1(&l, SET_CR0, 0x11));
	assert_long_mode(0x100, false);
	/* PG, then LME; LME goes. A written LMA counts for nothing. */
	assert_done(call1(&l, SET_EFER, 0xc00));
	assert_done(call1(&l, SET_CR0, 0x80000011));
	assert_long_mode(0x800, false);
	assert_done(call1(&l, SET_EFER, 0x400));
	assert_long_mode(0, false);
	assert_done(call1(&l, SET_EFER, 0x901));
	assert_long_mode(0xd01, true);
	assert_done(call1(&l, SET_EFER, 0x801));
	assert_long_mode(0x801, false);
	loaded_end(&l);
}

static void test_a_refused_cr0_leaves_lma_as_it_was(void **state)
{
	const struct loaded l = loaded_up(PVM);

	(void)state;
	assert_done(call1(&l, SET_EFER, 0x100));
	assert_done(call1(&l, SET_CR0, 0x80000011));
	assert_refused(call1(&l, SET_CR0, 0x80000010), -22, 1);
	assert_long_mode(0x500, true);
	loaded_end(&l);
}

static void test_dr7_takes_its_defined_bits_and_bit_10_reads_as_one(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t value = (uint64_t)1 << bit;

		/* [63:32], 15, 14 and 12 are reserved (SDM "Debug Control Register (DR7)"). */
		if (value & 0xffffffff0000d000) {
			assert_refused(call1(&l, SET_DR7, value), -22, 1);
		} else {
			assert_done(call1(&l, SET_DR7, value));
			assert_int_equal(field(GUEST_DR7), value | 0x400);
		}
	}
	loaded_end(&l);
}

static void test_a_pvms_control_registers_are_the_hosts_until_its_first_run(void **state)
{
	const struct loaded l = loaded_up(PVM);

	(void)state;
	assert_done(call1(&l, SET_CR4, 0x20));
	assert_refused(call1(&l, SET_DR7, 0x400), -1, 0);
	run_once(&l);
	assert_refused(call1(&l, SET_CR0, 0x60000010), -1, 0);
	assert_refused(call1(&l, SET_CR4, 0x20), -1, 0);
	assert_refused(call1(&l, SET_EFER, 0), -1, 0);
	assert_refused(call1(&l, SET_DR7, 0x400), -1, 0);
	loaded_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_the_reset_value_of_cr0_is_accepted_and_seen_though_vmx_fixes_ne),
		cmocka_unit_test(test_every_pair_of_cr0_bits_is_judged_alone),
		cmocka_unit_test(test_every_combination_of_defined_cr0_bits_is_judged_alone),
		cmocka_unit_test(test_cr4_takes_what_processor_and_protocol_know_but_vmxe),
		cmocka_unit_test(test_efer_takes_its_four_bits_and_ignores_a_written_lma),
		cmocka_unit_test(test_lma_is_pg_and_lme_in_whatever_order_they_come),
		cmocka_unit_test(test_a_refused_cr0_leaves_lma_as_it_was),
		cmocka_unit_test(test_dr7_takes_its_defined_bits_and_bit_10_reads_as_one),
		cmocka_unit_test(
			test_a_pvms_control_registers_are_the_hosts_until_its_first_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
