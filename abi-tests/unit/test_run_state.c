/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of what a run and a reset leave behind: extended state, PKRU, registers, traces. */
#include "run_fixture.h"
#include "../../lib/vmcs/access.h"
#include "../../lib/vmcs/model_access.h"

#define RAX 0
#define RCX 1
#define RDX 2

/* A table that the policy fills: what the processor offers. */
static void give_cpuid(void)
{
	const struct pkvm_cpuid_table table = {world_pages(1), 4096, 0};
	struct pkvm_reclaim back;

	assert_int_equal(pkvm_hc_vcpu_after_set_cpuid(&table, &back).error, 0);
}

static void test_xmm_registers_of_a_pvm_are_gone_after_an_exit_and_come_back(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 0x220);
	OP(&g, "mov_to_cr", 4, RAX);
	OP(&g, "mov_from_xmm", RCX, 3);
	OP(&g, "mov_imm", RAX, 0x5ec9e75ec9e7);
	OP(&g, "mov_to_xmm", 3, RAX);
	OP(&g, "out8", 0x10);
	OP(&g, "mov_from_xmm", RAX, 3);
	OP(&g, "hlt");
	guest_ready(&g);
	pkvm_model_xmm()[6] = 0x4057; /* the host's: not the guest's to see */
	guest_run(&g, PKVM_EXIT_OUT);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RCX], 0);
	for (unsigned int i = 0; i < 32; i++)
		assert_int_equal(pkvm_model_xmm()[i], 0);
	guest_run(&g, PKVM_EXIT_HLT);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RAX], 0x5ec9e75ec9e7);
	guest_end(&g);
}

static void test_xmm_registers_of_an_npvm_are_the_hosts(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	OP(&g, "mov_from_xmm", RCX, 3);
	OP(&g, "mov_imm", RAX, 77);
	OP(&g, "mov_to_xmm", 3, RAX);
	OP(&g, "hlt");
	guest_ready(&g);
	assert_int_equal(pkvm_hc_set_cr4(&(struct pkvm_value){0x220}).error, 0);
	pkvm_model_xmm()[6] = 0x4057;
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RCX], 0x4057);
	assert_int_equal(pkvm_model_xmm()[6], 77);
	guest_end(&g);
}

/* A guest reaches PKRU by CR4.PKE, whether or not its CPUID table tells of it. */
static void check_pkru(bool has_table)
{
	struct guest g;

	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 0x400020);
	OP(&g, "mov_to_cr", 4, RAX);
	OP(&g, "mov_imm", RAX, 0x33);
	OP(&g, "mov_imm", RCX, 0);
	OP(&g, "mov_imm", RDX, 0);
	OP(&g, "wrpkru");
	OP(&g, "out8", 0x10);
	OP(&g, "rdpkru");
	OP(&g, "hlt");
	guest_ready(&g);
	if (has_table)
		give_cpuid();
	pkvm_plat_write_pkru(0x5);
	guest_run(&g, PKVM_EXIT_OUT);
	assert_int_equal(pkvm_plat_read_pkru(), 0x5);
	pkvm_plat_write_pkru(0x6); /* changed between load and entry */
	guest_run(&g, PKVM_EXIT_HLT);
	assert_int_equal(pkvm_plat_read_pkru(), 0x6);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RAX], 0x33);
	guest_end(&g);
}

static void test_pkru_of_the_host_is_what_it_was_right_before_the_entry(void **state)
{
	(void)state;
	check_pkru(true);
	check_pkru(false);
}

static void test_xcr0_of_the_host_comes_back(void **state)
{
	struct guest g;
	uint64_t host;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 0x40020);
	OP(&g, "mov_to_cr", 4, RAX);
	OP(&g, "mov_imm", RAX, 7);
	OP(&g, "mov_imm", RCX, 0);
	OP(&g, "mov_imm", RDX, 0);
	OP(&g, "xsetbv");
	OP(&g, "out8", 0x10);
	OP(&g, "xgetbv");
	OP(&g, "hlt");
	guest_ready(&g);
	give_cpuid();
	host = pkvm_plat_read_xcr0();
	guest_run(&g, PKVM_EXIT_OUT);
	assert_int_equal(pkvm_plat_read_xcr0(), host);
	guest_run(&g, PKVM_EXIT_HLT);
	assert_int_equal(guest_vcpu(&g)->regs.gpr[RAX], 7);
	guest_end(&g);
}

/* The table "IA-32 and Intel 64 Processor States Following Power-up, Reset, or INIT". */
static void assert_reset_state(uint64_t cr0)
{
	static const struct {
		uint32_t field;
		uint64_t value;
	} rows[] = {
		{0x6820, 2},      {0x681e, 0xfff0},     {0x681c, 0},      {0x6802, 0},
		{0x0802, 0xf000}, {0x6808, 0xffff0000}, {0x4802, 0xffff}, {0x4816, 0x93},
		{0x0804, 0},      {0x680a, 0},          {0x4804, 0xffff}, {0x4818, 0x93},
		{0x0800, 0},      {0x4814, 0x93},       {0x0806, 0},      {0x481a, 0x93},
		{0x0808, 0},      {0x481c, 0x93},       {0x080a, 0},      {0x481e, 0x93},
		{0x6816, 0},      {0x4810, 0xffff},     {0x6818, 0},      {0x4812, 0xffff},
		{0x080c, 0},      {0x4820, 0x82},       {0x480c, 0xffff}, {0x080e, 0},
		{0x4822, 0x8b},   {0x480e, 0xffff},     {0x681a, 0x400},  {0x2806, 0},
		{0x4824, 0},      {0x4826, 0},          {0x6822, 0},
	};
	struct pkvm_words4 words;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (pkvm_vmread(rows[i].field) != rows[i].value)
			fail_msg("field 0x%x is 0x%llx", rows[i].field,
				 (unsigned long long)pkvm_vmread(rows[i].field));
	}
	assert_int_equal(pkvm_hc_cache_reg(&(struct pkvm_cached_reg){18}, &words).error, 0);
	assert_int_equal(words.word0, cr0);
	assert_int_equal(pkvm_hc_cache_reg(&(struct pkvm_cached_reg){20}, &words).error, 0);
	assert_int_equal(words.word0, 0);
}

static void test_reset_and_init_follow_the_table_of_the_sdm(void **state)
{
	const struct pkvm_msr star = {0xc0000081, 0x1234};
	struct pkvm_page_regs *regs;
	struct pkvm_value value;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	OP(&g, "hlt");
	world_load(&g.vcpu);
	assert_reset_state(0x60000010);
	guest_ready(&g);
	regs = &world_page(&g.vcpu)->regs;
	guest_run(&g, PKVM_EXIT_VMX);
	/* CD and NW are clear here: INIT keeps that, and the MSRs; RESET does not. */
	assert_int_equal(pkvm_hc_set_msr(&star).error, 0);
	assert_int_equal(pkvm_hc_vcpu_reset(&(struct pkvm_flag){1}).error, 0);
	assert_reset_state(0x10);
	assert_int_equal(regs->rip, 0xfff0);
	assert_int_equal(regs->gpr[RDX], 0x600);
	assert_int_equal(regs->dr6, 0xffff0ff0);
	assert_int_equal(pkvm_hc_get_msr(&(struct pkvm_msr_index){0xc0000081}, &value).error,
			 0);
	assert_int_equal(value.value, 0x1234);
	assert_int_equal(pkvm_hc_vcpu_reset(&(struct pkvm_flag){0}).error, 0);
	assert_reset_state(0x60000010);
	assert_int_equal(pkvm_hc_get_msr(&(struct pkvm_msr_index){0xc0000081}, &value).error,
			 0);
	assert_int_equal(value.value, 0);
	guest_end(&g);
}

static void test_after_init_an_npvm_secondary_waits_for_its_sipi(void **state)
{
	const struct pkvm_run run = {0, 0};
	struct world_vcpu secondary;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	secondary = world_vcpu(&g.vm, 1);
	OP(&g, "hlt");
	guest_ready(&g);
	world_load(&secondary);
	assert_int_equal(pkvm_hc_vcpu_reset(&(struct pkvm_flag){1}).error, 0);
	assert_int_equal(pkvm_hc_vcpu_run(&run, &g.exit).error, 0);
	assert_int_equal(g.exit.kind, PKVM_EXIT_WAIT_FOR_SIPI);
	assert_int_equal(pkvm_hc_deliver_sipi(&(struct pkvm_vector){GUEST_CODE >> 12}).error,
			 0);
	assert_int_equal(world_page(&secondary)->regs.rip, 0);
	assert_int_equal(pkvm_vmread(0x0802), GUEST_CODE >> 4);
	assert_int_equal(pkvm_vmread(0x6808), GUEST_CODE);
	assert_int_equal(pkvm_hc_vcpu_run(&run, &g.exit).error, 0);
	assert_int_equal(g.exit.kind, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 12);
	world_put(&secondary);
	world_free_vcpu(&secondary);
	guest_end(&g);
}

static void test_every_exit_is_counted_by_its_reason(void **state)
{
	struct pkvm_vcpu_area *area;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	for (unsigned int i = 0; i < 3; i++)
		OP(&g, "cpuid");
	OP(&g, "out8", 0x10);
	OP(&g, "hlt");
	guest_ready(&g);
	assert_int_equal(pkvm_hc_enable_vmexit_trace(&(struct pkvm_flag){1}).error, 0);
	guest_run(&g, PKVM_EXIT_OUT);
	guest_run(&g, PKVM_EXIT_HLT);
	area = pkvm_plat_private(g.vcpu.area);
	assert_int_equal(area->tail.trace.exit[10].count, 3);
	assert_int_equal(area->tail.trace.exit[30].count, 1);
	assert_int_equal(area->tail.trace.exit[12].count, 1);
	guest_end(&g);
}

static void test_a_guest_that_never_exits_is_preempted(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	assert_int_equal(pkvm_asm_label(&g.code, 0), PKVM_ASM_OK);
	for (unsigned int i = 0; i < 50; i++)
		OP(&g, "pause");
	OP(&g, "jmp", 0);
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_PREEMPTION);
	assert_true(machine_raise_irq(g.m, 0, 0x20, 10));
	guest_run(&g, PKVM_EXIT_EXTERNAL_INTERRUPT);
	assert_int_equal(g.exit.word0, 0);
	assert_int_equal(machine_take_irq(), 0x20);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_xmm_registers_of_a_pvm_are_gone_after_an_exit_and_come_back),
		cmocka_unit_test(test_xmm_registers_of_an_npvm_are_the_hosts),
		cmocka_unit_test(test_pkru_of_the_host_is_what_it_was_right_before_the_entry),
		cmocka_unit_test(test_xcr0_of_the_host_comes_back),
		cmocka_unit_test(test_reset_and_init_follow_the_table_of_the_sdm),
		cmocka_unit_test(test_after_init_an_npvm_secondary_waits_for_its_sipi),
		cmocka_unit_test(test_every_exit_is_counted_by_its_reason),
		cmocka_unit_test(test_a_guest_that_never_exits_is_preempted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
