/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of what the model machine's processors answer: VMX capabilities, MSRs,
 * the CPUID instruction, and captures that a CPUID table is read from.
 */
#include <string.h>

#include "lib/platform.h"
#include "machine_fixture.h"

static uint64_t rdmsr(uint32_t index)
{
	uint64_t value = 0;

	assert_true(pkvm_plat_rdmsr(index, &value));
	return value;
}

static void test_capability_msrs_tell_the_features_of_a_skylake_server(void **state)
{
	(void)state;
	assert_int_equal(rdmsr(0x480), 0x00d810000000002bull);
	assert_int_equal(rdmsr(0x481), 0x0000007f00000016ull);
	assert_int_equal(rdmsr(0x482), 0xf7f9fffe0401e172ull);
	assert_int_equal(rdmsr(0x485), 0x00000000600401e0ull);
	assert_int_equal(rdmsr(0x486), 0x80000021ull);
	assert_int_equal(rdmsr(0x488), 0x2000ull);
	assert_int_equal(rdmsr(0x489), 0x7767ffull);
	assert_int_equal(rdmsr(0x48b), 0x02177fff00000000ull);
	assert_int_equal(rdmsr(0x48c), 0x00000f0106334141ull);
	assert_int_equal(rdmsr(0x491), 1);
	assert_int_equal(pkvm_vmcs_caps()->basic, 0x00d810000000002bull);
	assert_int_equal(pkvm_vmcs_caps()->maxphyaddr, 46);
	assert_int_equal(pkvm_vmcs_caps()->linear_address_bits, 48);
	assert_int_equal(rdmsr(0x3a), 5);
	assert_false(pkvm_plat_wrmsr(0x480, 0x00d810000000002bull));
	assert_false(pkvm_plat_wrmsr(0x3a, 5));
}

static void test_given_capabilities_are_taken_as_they_are(void **state)
{
	struct pkvm_vmx_caps caps = machine_default_caps();
	struct machine *m;

	(void)state;
	caps.cr4_fixed1 = 0x2000;
	caps.maxphyaddr = 39;
	m = machine_create(&(struct machine_config){.caps = &caps}, NULL);
	assert_non_null(m);
	assert_int_equal(rdmsr(0x489), 0x2000);
	assert_int_equal(pkvm_vmcs_caps()->maxphyaddr, 39);
	assert_true(pkvm_plat_wrmsr(0x200, 0x7ffffff000ull));
	assert_false(pkvm_plat_wrmsr(0x200, 0x8000000000ull));
	machine_destroy(m);
}

static void test_widths_and_cr4_follow_the_cpuid_table(void **state)
{
	/* FSGSBASE and LA57; 39 bits of physical, 57 of linear address. */
	static struct machine_cpuid_row rows[] = {
		{7, 0, 0, 0x1, 0x10000, 0},
		{0x80000008, 0, 0x3927, 0, 0, 0},
	};
	static const struct machine_cpuid table = {.row = rows, .count = 2};
	struct machine *m = machine_create(&(struct machine_config){.cpuid = &table}, NULL);

	(void)state;
	assert_non_null(m);
	assert_int_equal(pkvm_vmcs_caps()->maxphyaddr, 39);
	assert_int_equal(pkvm_vmcs_caps()->linear_address_bits, 57);
	/* PCE and VMXE need no feature. */
	assert_int_equal(rdmsr(0x489), 0x13100);
	machine_destroy(m);
}

struct write {
	uint32_t index;
	uint64_t value;
	bool accepted;
};

static void test_msrs_accept_what_the_sdm_says(void **state)
{
	static const struct write writes[] = {
		{0xc0000081, 0x0023001000000000ull, true},  /* STAR             */
		{0xc0000082, 0xffff800000000000ull, true},  /* LSTAR            */
		{0xc0000082, 0x0000800000000000ull, false},
		{0xc0000083, 0x00007fffffffffffull, true},  /* CSTAR            */
		{0xc0000083, 0xff7f800000000000ull, false},
		{0xc0000084, 0xffffffffull,         true},  /* FMASK            */
		{0xc0000084, 0x100000000ull,        false},
		{0xc0000102, 0x8000000000000000ull, false}, /* KERNEL_GS_BASE   */
		{0xc0000103, 0xffffffffull,         true},  /* TSC_AUX          */
		{0xc0000103, 0x100000000ull,        false},
		{0x277,      0x0007010600070406ull, true},  /* PAT              */
		{0x277,      0x0002040600070406ull, false},
		{0x277,      0x0803040600070406ull, false},
		{0x250,      0x0006050401000606ull, true},  /* MTRR, no UC-     */
		{0x250,      0x0007050401000606ull, false},
		{0x200,      0x00003ffffffff006ull, true},  /* 46 address bits  */
		{0x200,      0x0000400000000006ull, false},
		{0x2ff,      0xc06,                 true},
		{0x2ff,      0x1c06,                false},
		{0x48,       7,                     true},  /* SPEC_CTRL        */
		{0x48,       8,                     false},
		{0xc0000080, 0xd00,                 true},  /* EFER             */
		{0xc0000080, 0xc01,                 false}, /* LME under paging */
		{0xc0000080, 0xd03,                 false},
		{0xda0,      0,                     true},  /* XSS: no features */
		{0xda0,      0x100,                 false},
		{0x1c4,      0,                     false}, /* no XFD           */
		{0x10,       0,                     false}, /* TSC              */
		{0xfe,       0x508,                 false}, /* MTRRCAP          */
		{0x12345,    0,                     false},
		{0x48a,      0,                     false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
		const struct write *w = &writes[i];
		uint64_t before = 0, after = 0;
		const bool readable = pkvm_plat_rdmsr(w->index, &before);

		assert_int_equal(pkvm_plat_wrmsr(w->index, w->value), w->accepted);
		if (!readable || w->index == 0x10)
			continue;
		assert_true(pkvm_plat_rdmsr(w->index, &after));
		assert_int_equal(after, w->accepted ? w->value : before);
	}
}

static void test_every_cpu_has_msrs_of_its_own(void **state)
{
	/* LMA is not the writer's. */
	assert_true(pkvm_plat_wrmsr(0xc0000080, 0x900));
	assert_int_equal(rdmsr(0xc0000080), 0xd00);
	assert_true(pkvm_plat_wrmsr(0xc0000102, 0x1234));
	assert_int_equal(rdmsr(0x1b), 0xfee00d00);
	assert_true(machine_enter_cpu(*state, 1));
	assert_int_equal(rdmsr(0xc0000102), 0);
	assert_int_equal(rdmsr(0x1b), 0xfee00c00);
}

static void test_command_msrs_are_write_only_and_counted(void **state)
{
	uint64_t value;

	assert_false(pkvm_plat_rdmsr(0x49, &value));
	assert_false(pkvm_plat_rdmsr(0x10b, &value));
	assert_false(pkvm_plat_wrmsr(0x49, 2));
	assert_int_equal(machine_command_msr_writes(*state), 0);
	assert_true(pkvm_plat_wrmsr(0x49, 1));
	assert_true(machine_enter_cpu(*state, 1));
	assert_true(pkvm_plat_wrmsr(0x10b, 1));
	assert_int_equal(machine_command_msr_writes(*state), 2);
}

static void assert_cpuid(uint32_t leaf, uint32_t subleaf, uint32_t eax, uint32_t ebx,
			 uint32_t ecx, uint32_t edx)
{
	struct pkvm_cpuid_regs regs;

	pkvm_plat_cpuid(leaf, subleaf, &regs);
	assert_int_equal(regs.eax, eax);
	assert_int_equal(regs.ebx, ebx);
	assert_int_equal(regs.ecx, ecx);
	assert_int_equal(regs.edx, edx);
}

static void test_cpuid_answers_by_cpu_and_by_what_it_runs(void **state)
{
	/* VMX and OSXSAVE are there; the APIC id is the CPU's number. */
	assert_cpuid(1, 0, 0x00050654, 0x00100800, 0x7ffefbff, 0xbfebfbff);
	assert_cpuid(7, 0, 0, 0xd19f27eb, 0x00000018, 0x9c000000);
	/* All of XCR0: standard 0xa80 + 8, compacted 2440; x87 and SSE alone: 576. */
	assert_cpuid(0xd, 0, 0x2e7, 0xa88, 0xa88, 0);
	assert_cpuid(0xd, 1, 0xf, 2440, 0, 0);
	pkvm_plat_write_xcr0(3);
	assert_cpuid(0xd, 0, 0x2e7, 576, 0xa88, 0);
	assert_cpuid(0xd, 1, 0xf, 576, 0, 0);
	assert_true(machine_enter_cpu(*state, 1));
	assert_cpuid(1, 0, 0x00050654, 0x01100800, 0x7ffefbff, 0xbfebfbff);
	assert_cpuid(0xd, 0, 0x2e7, 0xa88, 0xa88, 0);
}

static void test_cpuid_of_absent_leaves_and_subleaves(void **state)
{
	(void)state;
	/* Above the last basic or extended leaf: as the last basic leaf, 0xD. */
	assert_cpuid(0xe, 0, 0x2e7, 0xa88, 0xa88, 0);
	assert_cpuid(0x80000009, 2, 0x100, 0x240, 0, 0);
	assert_cpuid(0x40000000, 1, 0xf, 2440, 0, 0);
	/* In range but without a row: zero; no subleaves: ECX does not matter. */
	assert_cpuid(2, 0, 0, 0, 0, 0);
	assert_cpuid(7, 1, 0, 0, 0, 0);
	assert_cpuid(0xd, 3, 0, 0, 0, 0);
	assert_cpuid(0x80000008, 5, 0x302e, 0, 0, 0);
}

#define ROW_0 "   0x00000000 0x00: eax=0x00000001 ebx=0x756e6547 ecx=0x6c65746e edx=0x49656e69\n"
#define ROW_1 "   0x00000001 0x00: eax=0x000806F8 ebx=0x00020800 ecx=0x81202000 edx=0x0f8bfbff"
#define ROW_X "   0x80000000 0x00: eax=0x80000000 ebx=0x0 ecx=0x0 edx=0x0\n"

static bool parse(const char *text, struct machine_cpuid *table, char *error, size_t size)
{
	FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	bool good;

	assert_non_null(file);
	good = machine_cpuid_parse(file, "capture", table, error, size);
	fclose(file);
	return good;
}

static void test_a_capture_is_read_with_comments_flags_and_one_processor(void **state)
{
	struct machine_cpuid table;
	char error[128];

	(void)state;
	assert_true(parse("# comment\nCPU 0:\n" ROW_0 ROW_1 " flags=0x1\n\n" ROW_X
			  "CPU 1:\n" ROW_0, &table, error, sizeof(error)));
	assert_int_equal(table.count, 3);
	assert_int_equal(table.row[1].leaf, 1);
	assert_int_equal(table.row[1].subleaf, 0);
	assert_int_equal(table.row[1].eax, 0x000806f8);
	assert_int_equal(table.row[1].edx, 0x0f8bfbff);
	machine_cpuid_free(&table);
	assert_null(table.row);
}

struct bad_capture {
	const char *text;
	const char *error;
};

static void test_a_bad_capture_is_refused_with_its_line(void **state)
{
	static const char row[] = "capture:2: not a CPUID row, expected \"0xLEAF 0xSUBLEAF: "
				  "eax=0x... ebx=0x... ecx=0x... edx=0x...\"";
	static const struct bad_capture bad[] = {
		{"#\n" ROW_0, "capture:2: a row before \"CPU:\""},
		{"CPU x:\n", "capture:1: expected \"CPU:\" or \"CPU <number>:\""},
		{"CPU:\nhello\n", row},
		{"CPU:\n   0x0 0x00: eax=0x1 ebx=0x2 ecx=0x3\n", row},
		{"CPU:\n   0x0 0x00: eax=0x1 ebx=0x2 ecx=0x3 edx=\n", row},
		{"CPU:\n   0x0 0x00: eax=0x123456789 ebx=0x2 ecx=0x3 edx=0x4\n", row},
		{"CPU:\n   0x0 0x00: eax=0x1 ebx=0x2 ecx=0x3 edx=0x4 more\n", row},
		{"CPU:\n" ROW_0 ROW_0, "capture:3: leaf 0x0 subleaf 0x0 a second time"},
		{"CPU:\n" ROW_X, "capture:2: truncated: no row for leaf 0x0"},
		{"CPU:\n" ROW_0,
		 "capture:2: truncated: no row for leaf 0x1, the last one by leaf 0x0"},
		{"CPU:\n" ROW_0 ROW_1 "\n", "capture:3: truncated: no row for leaf 0x80000000"},
	};
	char error[256];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct machine_cpuid table;

		assert_false(parse(bad[i].text, &table, error, sizeof(error)));
		assert_string_equal(error, bad[i].error);
		assert_null(table.row);
	}
}

static void test_a_capture_that_is_not_there_is_one_line(void **state)
{
	struct machine_cpuid table;
	char error[128], little[8];

	(void)state;
	assert_false(machine_cpuid_load("/no/such", &table, error, sizeof(error)));
	assert_string_equal(error, "/no/such: No such file or directory");
	assert_false(machine_cpuid_load("/no/such", &table, little, sizeof(little)));
	assert_string_equal(little, "/no/suc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_MACHINE(test_capability_msrs_tell_the_features_of_a_skylake_server),
		cmocka_unit_test(test_given_capabilities_are_taken_as_they_are),
		cmocka_unit_test(test_widths_and_cr4_follow_the_cpuid_table),
		WITH_MACHINE(test_msrs_accept_what_the_sdm_says),
		WITH_MACHINE(test_every_cpu_has_msrs_of_its_own),
		WITH_MACHINE(test_command_msrs_are_write_only_and_counted),
		WITH_MACHINE(test_cpuid_answers_by_cpu_and_by_what_it_runs),
		WITH_MACHINE(test_cpuid_of_absent_leaves_and_subleaves),
		cmocka_unit_test(test_a_capture_is_read_with_comments_flags_and_one_processor),
		cmocka_unit_test(test_a_bad_capture_is_refused_with_its_line),
		cmocka_unit_test(test_a_capture_that_is_not_there_is_one_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
