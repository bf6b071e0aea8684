/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of the core on a processor of 2010: no XSAVE, hence no leaf 0xD, XCR0 or
 * IA32_XSS; and one without RDTSCP, hence without IA32_TSC_AUX. Accessing what is
 * not there would stop the machine.
 */
#include "run_fixture.h"
#include "../../lib/platform.h"
#include "../../lib/vmcs/model_access.h"

#define RAX  0
#define RCX  1
#define XMM3 3

/* Westmere, as far as somebody asks; the last basic leaf has data of its own. */
static struct machine_cpuid_row rows[] = {
	{0x00000000, 0, 0x0000000b, 0x756e6547, 0x6c65746e, 0x49656e69},
	{0x00000001, 0, 0x00020652, 0x00100800, 0x029ae3ff, 0xbfebfbff},
	{0x0000000b, 0, 0x0000000f, 0x00000002, 0x00000100, 0x00000000},
	{0x0000000b, 1, 0x0000000f, 0x00000004, 0x00000201, 0x00000000},
	{0x80000000, 0, 0x80000008, 0x00000000, 0x00000000, 0x00000000},
	{0x80000001, 0, 0x00000000, 0x00000000, 0x00000001, 0x20100800},
	{0x80000008, 0, 0x00003024, 0x00000000, 0x00000000, 0x00000000},
};
static const struct machine_cpuid old = {.row = rows, .count = sizeof(rows) / sizeof(rows[0])};

static void test_the_machine_lacks_what_the_processor_lacks(void **state)
{
	struct machine *m = world_up_on(&old);
	uint64_t value;

	(void)state;
	assert_false(pkvm_plat_rdmsr(0xda0, &value));
	assert_false(pkvm_plat_wrmsr(0xda0, 0));
	assert_false(pkvm_plat_rdmsr(0xc0000103, &value));
	assert_int_equal(pkvm_plat_read_xcr0(), 3);
	pkvm_plat_write_xcr0(1);
	assert_int_equal(pkvm_plat_read_xcr0(), 3);
	world_end(m);
}

static void test_capabilities_of_leaf_0xd_are_not_another_leafs_data(void **state)
{
	const struct pkvm_query query = {1, 0, ~0ull};
	struct machine *m = world_up_on(&old);
	struct pkvm_answer answer;

	(void)state;
	assert_int_equal(pkvm_hc_check_processor_compatibility().error, 0);
	assert_int_equal(pkvm_hc_abi_query(&query, &answer).error, 0);
	assert_int_equal(answer.capabilities & (1u << 3 | 1u << 4), 0);
	world_end(m);
}

/* The guest's XMM3 is there again at the next run, and never the host's to read. */
static void test_a_pvms_vector_registers_move_without_xsave(void **state)
{
	struct guest g;

	(void)state;
	guest_begin_on(&g, world_up_on(&old), PKVM_VM_PVM);
	OP(&g, "mov_from_cr", RAX, 4);
	OP(&g, "or_imm", RAX, 0x200);
	OP(&g, "mov_to_cr", 4, RAX);
	OP(&g, "mov_imm", RAX, 0x1122334455667788);
	OP(&g, "mov_to_xmm", XMM3, RAX);
	OP(&g, "hlt");
	OP(&g, "mov_from_xmm", RCX, XMM3);
	OP(&g, "hlt");
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_HLT);
	for (unsigned int i = 0; i < 32; i++)
		assert_int_equal(pkvm_model_xmm()[i], 0);
	pkvm_model_xmm()[2 * XMM3] = 0x4242;
	guest_run(&g, PKVM_EXIT_HLT);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RCX], 0x1122334455667788);
	assert_int_equal(pkvm_model_xmm()[2 * XMM3], 0);
	guest_end(&g);
}

static void test_an_npvm_runs_without_tsc_aux(void **state)
{
	struct guest g;

	(void)state;
	guest_begin_on(&g, world_up_on(&old), PKVM_VM_NPVM);
	OP(&g, "hlt");
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 12);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_machine_lacks_what_the_processor_lacks),
		cmocka_unit_test(test_capabilities_of_leaf_0xd_are_not_another_leafs_data),
		cmocka_unit_test(test_a_pvms_vector_registers_move_without_xsave),
		cmocka_unit_test(test_an_npvm_runs_without_tsc_aux),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
