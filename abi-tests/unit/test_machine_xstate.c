/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of the model machine's extended state: what XSAVES and XRSTORS, or XSAVE
 * and XRSTOR, write and read, and what of it is #GP.
 */
#include <string.h>
#include <time.h>

#include "lib/platform.h"
#include "lib/vmcs/model_access.h"
#include "machine_fixture.h"

/* x87, SSE, AVX, opmask, ZMM_Hi256, Hi16_ZMM, PKRU: 2440 bytes compacted. */
#define EVERYTHING 0x2e7ull
#define COMPACTED  0x8000000000000000ull

static _Alignas(64) uint8_t area[4096];

static int create(void **state)
{
	*state = machine_create(&(struct machine_config){0}, NULL);
	memset(area, 0, sizeof(area));
	return *state ? 0 : -1;
}

/* The default table, but without XSAVEC and XSAVES. */
static int create_without_xsaves(void **state)
{
	static struct machine_cpuid_row rows[] = {
		{0x0d, 0, 0x207, 0xa88, 0xa88, 0},
		{0x0d, 1, 0x1, 0, 0, 0},
		{0x0d, 2, 0x100, 0x240, 0, 0},
		{0x0d, 9, 0x8, 0xa80, 0, 0},
	};
	static const struct machine_cpuid table = {.row = rows, .count = 4};

	*state = machine_create(&(struct machine_config){.cpuid = &table}, NULL);
	memset(area, 0, sizeof(area));
	return *state ? 0 : -1;
}

static uint64_t word(unsigned int at)
{
	uint64_t value;

	memcpy(&value, area + at, sizeof(value));
	return value;
}

static void set_word(unsigned int at, uint64_t value)
{
	memcpy(area + at, &value, sizeof(value));
}

static void test_the_initial_state_leaves_an_area_unwritten(void **state)
{
	(void)state;
	assert_int_equal(pkvm_plat_read_xcr0(), EVERYTHING);
	memset(area, 0xee, sizeof(area));
	pkvm_plat_xsave(area, EVERYTHING);
	assert_int_equal(word(512), 0);
	assert_int_equal(word(520), COMPACTED | EVERYTHING);
	for (unsigned int i = 0; i < sizeof(area); i++)
		assert_int_equal(area[i], i / 8 == 64 || i / 8 == 65 ?
				 (uint8_t)(word(i & ~7u) >> 8 * (i % 8)) : 0xee);
}

static void test_registers_in_use_lie_at_their_compacted_places(void **state)
{
	uint64_t *xmm = pkvm_model_xmm();

	(void)state;
	xmm[0] = 0x1111;
	xmm[31] = 0x2222;
	memset(area, 0xee, sizeof(area));
	pkvm_plat_write_pkru(0x55555554);
	pkvm_plat_xsave(area, EVERYTHING);
	assert_int_equal(word(512), 0x202);
	assert_int_equal(word(160), 0x1111);
	assert_int_equal(word(160 + 31 * 8), 0x2222);
	assert_int_equal(word(24) & 0xffffffff, 0x1f80);
	/* 576 + AVX 256 + opmask 64 + ZMM_Hi256 512 + Hi16_ZMM 1024. */
	assert_int_equal(word(2432), 0x55555554);
	/* Without AVX-512 PKRU follows AVX. */
	pkvm_plat_xsave(area, 0x207);
	assert_int_equal(word(520), COMPACTED | 0x207);
	assert_int_equal(word(832), 0x55555554);
}

static void test_components_that_xcr0_lacks_are_not_moved(void **state)
{
	(void)state;
	pkvm_plat_write_xcr0(3);
	pkvm_plat_write_pkru(1);
	pkvm_plat_xsave(area, EVERYTHING);
	assert_int_equal(word(512), 0);
	assert_int_equal(word(520), COMPACTED | 3);
	pkvm_plat_xrstor(area, EVERYTHING);
	assert_int_equal(pkvm_plat_read_pkru(), 1);
}

static void test_a_component_that_the_area_lacks_is_initialised(void **state)
{
	(void)state;
	pkvm_model_xmm()[5] = 7;
	pkvm_plat_write_pkru(7);
	set_word(520, COMPACTED | EVERYTHING);
	pkvm_plat_xrstor(area, 0x2e5);
	assert_int_equal(pkvm_plat_read_pkru(), 0);
	assert_int_equal(pkvm_model_xmm()[5], 7);
	pkvm_plat_xrstor(area, 2);
	assert_int_equal(pkvm_model_xmm()[5], 0);
}

static uint64_t draw(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void fill_registers(uint64_t *seed, uint64_t components)
{
	memset(area, 0, sizeof(area));
	for (unsigned int i = 0; i < 2432; i += 8)
		set_word(i, draw(seed));
	set_word(24, 0x1f80);                   /* MXCSR; its mask is not written   */
	for (unsigned int i = 416; i < 512; i += 8)
		set_word(i, 0);                 /* no register is there             */
	for (unsigned int i = 512; i < 576; i += 8)
		set_word(i, 0);
	set_word(512, components);
	set_word(520, COMPACTED | EVERYTHING);
	set_word(2432, draw(seed) >> 32);
	pkvm_plat_xrstor(area, EVERYTHING);
}

static void test_what_was_saved_comes_back(void **state)
{
	uint64_t seed = (uint64_t)time(NULL) | 1;
	uint8_t saved[4096];

	(void)state;
	print_message("seed %llu\n", (unsigned long long)seed);
	for (int i = 0; i < 200; i++) {
		fill_registers(&seed, EVERYTHING);
		memcpy(saved, area, sizeof(saved));
		memset(area, 0, sizeof(area));
		pkvm_plat_xsave(area, EVERYTHING);
		assert_memory_equal(area, saved, sizeof(saved));
		fill_registers(&seed, draw(&seed) & EVERYTHING);
		memcpy(area, saved, sizeof(saved));
		pkvm_plat_xrstor(area, EVERYTHING);
		memset(area, 0, sizeof(area));
		pkvm_plat_xsave(area, EVERYTHING);
		assert_memory_equal(area, saved, sizeof(saved));
	}
}

static void test_a_processor_without_xsavec_uses_the_standard_format(void **state)
{
	(void)state;
	pkvm_model_xmm()[0] = 3;
	pkvm_plat_write_pkru(9);
	set_word(512, 0x8000000000000004ull);
	set_word(520, 0x77);
	memset(area + 576, 0xee, 256);
	pkvm_plat_xsave(area, 0x207);
	/* XSAVE keeps the header's other bits and bytes, and writes all of AVX. */
	assert_int_equal(word(512), 0x8000000000000202ull);
	assert_int_equal(word(520), 0x77);
	assert_int_equal(word(160), 3);
	assert_int_equal(word(576), 0);
	assert_int_equal(word(0xa80), 9);
	set_word(512, 0x200);
	set_word(520, 0);
	set_word(0xa80, 11);
	pkvm_plat_xrstor(area, 0x207);
	assert_int_equal(pkvm_plat_read_pkru(), 11);
	assert_int_equal(pkvm_model_xmm()[0], 0);
}

static void test_aligned_components_begin_at_multiples_of_64(void **state)
{
	/* AMX, and as a supervisor component the 808 bytes of LBR. */
	static struct machine_cpuid_row rows[] = {
		{0x00, 0, 0xd, 0, 0, 0},
		{0x0d, 0, 0x60207, 0x2b00, 0x2b00, 0},
		{0x0d, 1, 0xf, 0, 0x8000, 0},
		{0x0d, 2, 0x100, 0x240, 0, 0},
		{0x0d, 9, 0x8, 0xa80, 0, 0},
		{0x0d, 15, 0x328, 0, 3, 0},
		{0x0d, 17, 0x40, 0xac0, 2, 0},
		{0x0d, 18, 0x2000, 0xb00, 6, 0},
	};
	static const struct machine_cpuid table = {.row = rows, .count = 8};
	struct machine *m = machine_create(&(struct machine_config){.cpuid = &table}, NULL);
	struct pkvm_cpuid_regs regs;

	(void)state;
	assert_non_null(m);
	assert_false(pkvm_plat_wrmsr(0xda0, 0x18000));
	assert_true(pkvm_plat_wrmsr(0xda0, 0x8000));
	/* PKRU ends at 840, LBR is at 896 to 1704, AMX at 1728 and 1792. */
	pkvm_plat_cpuid(0xd, 1, &regs);
	assert_int_equal(regs.ebx, 1792 + 8192);
	/* The standard format has no place for a supervisor component. */
	pkvm_plat_cpuid(0xd, 0, &regs);
	assert_int_equal(regs.ebx, 0xb00 + 8192);
	machine_destroy(m);
}

static void not_aligned(void)
{
	pkvm_plat_xsave(area + 8, 3);
}

static void not_compacted(void)
{
	pkvm_plat_xrstor(area, 3);
}

static void beyond_xcr0(void)
{
	set_word(520, COMPACTED | 8);
	pkvm_plat_xrstor(area, 3);
}

static void beyond_xcomp_bv(void)
{
	set_word(512, 4);
	set_word(520, COMPACTED | 3);
	pkvm_plat_xrstor(area, 3);
}

static void reserved_header_byte(void)
{
	set_word(520, COMPACTED | 3);
	area[575] = 1;
	pkvm_plat_xrstor(area, 3);
}

static void reserved_mxcsr_bit(void)
{
	set_word(512, 2);
	set_word(520, COMPACTED | 3);
	set_word(24, 0x10000);
	pkvm_plat_xrstor(area, 3);
}

static void xcr0_without_x87(void)
{
	pkvm_plat_write_xcr0(2);
}

static void xcr0_avx_without_sse(void)
{
	pkvm_plat_write_xcr0(5);
}

static void xcr0_half_of_avx512(void)
{
	pkvm_plat_write_xcr0(0x27);
}

static void xcr0_unsupported(void)
{
	pkvm_plat_write_xcr0(0xb);
}

static void test_what_the_processor_refuses_stops_the_machine(void **state)
{
	(void)state;
	assert_stops(not_aligned);
	assert_stops(not_compacted);
	assert_stops(beyond_xcr0);
	assert_stops(beyond_xcomp_bv);
	assert_stops(reserved_header_byte);
	assert_stops(reserved_mxcsr_bit);
	assert_stops(xcr0_without_x87);
	assert_stops(xcr0_avx_without_sse);
	assert_stops(xcr0_half_of_avx512);
	assert_stops(xcr0_unsupported);
}

static void compacted_here(void)
{
	set_word(520, COMPACTED | 3);
	pkvm_plat_xrstor(area, 3);
}

static void test_without_xsavec_the_compacted_format_stops_the_machine(void **state)
{
	(void)state;
	pkvm_plat_xrstor(area, 3);
	assert_stops(compacted_here);
}

#define WITH_AREA(TEST) cmocka_unit_test_setup_teardown(TEST, create, machine_end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_AREA(test_the_initial_state_leaves_an_area_unwritten),
		WITH_AREA(test_registers_in_use_lie_at_their_compacted_places),
		WITH_AREA(test_components_that_xcr0_lacks_are_not_moved),
		WITH_AREA(test_a_component_that_the_area_lacks_is_initialised),
		WITH_AREA(test_what_was_saved_comes_back),
		cmocka_unit_test_setup_teardown(
			test_a_processor_without_xsavec_uses_the_standard_format,
			create_without_xsaves, machine_end),
		cmocka_unit_test_setup_teardown(
			test_without_xsavec_the_compacted_format_stops_the_machine,
			create_without_xsaves, machine_end),
		cmocka_unit_test(test_aligned_components_begin_at_multiples_of_64),
		WITH_AREA(test_what_the_processor_refuses_stops_the_machine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
