/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests set_gdt, get_gdt, set_idt and get_idt: each its own register, both parts. */
#include "register_fixture.h"

#define SET_GDT 0x0404u
#define GET_GDT 0x0405u
#define SET_IDT 0x0406u
#define GET_IDT 0x0407u

/* SDM "Field Encoding in VMCS". */
#define GDTR_LIMIT 0x4810u
#define IDTR_LIMIT 0x4812u
#define GDTR_BASE  0x6816u
#define IDTR_BASE  0x6818u

static void assert_table(const struct loaded *l, uint64_t number, uint64_t base, uint64_t limit)
{
	const struct world_result got = world_call(l->m, number, 0, 2);

	assert_done(got);
	assert_int_equal(got.out[0], base);
	assert_int_equal(got.out[1], limit);
}

static void test_gdt_and_idt_are_two_registers(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	assert_done(call2(&l, SET_GDT, 0x11000, 0x7f));
	assert_done(call2(&l, SET_IDT, 0x22000, 0xfff));
	assert_int_equal(field(GDTR_BASE), 0x11000);
	assert_int_equal(field(GDTR_LIMIT), 0x7f);
	assert_int_equal(field(IDTR_BASE), 0x22000);
	assert_int_equal(field(IDTR_LIMIT), 0xfff);
	assert_table(&l, GET_GDT, 0x11000, 0x7f);
	assert_table(&l, GET_IDT, 0x22000, 0xfff);
	loaded_end(&l);
}

static void test_every_limit_round_trips(void **state)
{
	const struct loaded l = loaded_up(NPVM);
	struct pkvm_descriptor_table got;

	(void)state;
	for (uint64_t limit = 0; limit <= 0xffff; limit++) {
		const struct pkvm_descriptor_table gdt = {0x1000, limit};
		const struct pkvm_descriptor_table idt = {0x2000, 0xffff - limit};

		assert_int_equal(pkvm_hc_set_gdt(&gdt).error, 0);
		assert_int_equal(pkvm_hc_set_idt(&idt).error, 0);
		assert_int_equal(pkvm_hc_get_gdt(&got).error, 0);
		assert_int_equal(got.limit, limit);
		assert_int_equal(pkvm_hc_get_idt(&got).error, 0);
		assert_int_equal(got.limit, 0xffff - limit);
	}
	loaded_end(&l);
}

static void test_random_canonical_bases_round_trip(void **state)
{
	const struct loaded l = loaded_up(PVM);
	uint64_t random = random_seed();

	(void)state;
	for (unsigned int i = 0; i < 500; i++) {
		const uint64_t word = random_word(&random);
		const uint64_t low = word >> 17, high = ~(uint64_t)0 << 47 | word >> 17;

		assert_done(call2(&l, SET_GDT, high, word & 0xffff));
		assert_done(call2(&l, SET_IDT, low, word >> 48));
		assert_table(&l, GET_GDT, high, word & 0xffff);
		assert_table(&l, GET_IDT, low, word >> 48);
	}
	loaded_end(&l);
}

static void test_a_limit_beyond_16_bits_is_refused(void **state)
{
	const struct loaded l = loaded_up(NPVM);

	(void)state;
	for (unsigned int bit = 16; bit < 64; bit++) {
		assert_refused(call2(&l, SET_GDT, 0, (uint64_t)1 << bit), -22, 2);
		assert_refused(call2(&l, SET_IDT, 0, (uint64_t)1 << bit), -22, 2);
	}
	loaded_end(&l);
}

static void check_canonical(unsigned int bits)
{
	static const uint64_t number[2] = {SET_GDT, SET_IDT};
	static const uint32_t base[2] = {GDTR_BASE, IDTR_BASE};
	struct pkvm_vmx_caps caps = machine_default_caps();
	const uint64_t low_end = ((uint64_t)1 << (bits - 1)) - 1;
	struct loaded l;

	caps.linear_address_bits = bits;
	l = loaded_with(&caps, NPVM);
	for (unsigned int i = 0; i < 2; i++) {
		assert_done(call2(&l, number[i], low_end, 0));
		assert_int_equal(field(base[i]), low_end);
		assert_done(call2(&l, number[i], ~low_end, 0));
		assert_int_equal(field(base[i]), ~low_end);
		assert_refused(call2(&l, number[i], low_end + 1, 0), -22, 1);
		assert_refused(call2(&l, number[i], ~low_end - 1, 0), -22, 1);
		assert_int_equal(field(base[i]), ~low_end);
	}
	loaded_end(&l);
}

static void test_a_base_that_is_not_canonical_is_refused(void **state)
{
	(void)state;
	check_canonical(48);
	check_canonical(57);
}

static void test_a_pvms_tables_are_the_hosts_until_its_first_run(void **state)
{
	const struct loaded l = loaded_up(PVM);

	(void)state;
	assert_done(call2(&l, SET_GDT, 0x1000, 0x7f));
	run_once(&l);
	assert_refused(call2(&l, SET_GDT, 0, 0), -1, 0);
	assert_refused(call2(&l, SET_IDT, 0, 0), -1, 0);
	assert_refused(world_call(l.m, GET_GDT, 0, 2), -1, 0);
	assert_refused(world_call(l.m, GET_IDT, 0, 2), -1, 0);
	loaded_end(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gdt_and_idt_are_two_registers),
		cmocka_unit_test(test_every_limit_round_trips),
		cmocka_unit_test(test_random_canonical_bases_round_trip),
		cmocka_unit_test(test_a_limit_beyond_16_bits_is_refused),
		cmocka_unit_test(test_a_base_that_is_not_canonical_is_refused),
		cmocka_unit_test(test_a_pvms_tables_are_the_hosts_until_its_first_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
