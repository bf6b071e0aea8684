/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The APIC-access page of an npVM in xAPIC mode: when it is there, whose it is, and
 * that it comes back.
 */
#include "run_fixture.h"
#include "lib/mmu.h"
#include "lib/vmcs/access.h"

#define APIC          0xfee00000u
#define CPU2_CONTROLS 0x401e
#define ACCESS_ADDR   0x2014
#define APIC_ACCESSES 0x1u

static int64_t set_mode(uint64_t base)
{
	return pkvm_hc_set_virtual_apic_mode(&(struct pkvm_value){base}).error;
}

/* A guest that stores to TPR in memory, reads another register, and halts. */
static void begin(struct guest *g, uint64_t irqchip)
{
	guest_begin(g, PKVM_VM_NPVM);
	guest_word(g, GUEST_PDPT + 24, 0xc0000083);
	OP(g, "mov_imm", 0, APIC + 0x80);
	OP(g, "mov_imm", 1, 0x40);
	OP(g, "store32", 0, 1);
	OP(g, "mov_imm", 0, APIC + 0x30);
	OP(g, "load32", 1, 0);
	OP(g, "hlt");
	guest_ready(g);
	guest_vcpu(g)->vm->irqchip = (uint32_t)irqchip + 1;
}

static bool is_on(void)
{
	return pkvm_vmread(CPU2_CONTROLS) & APIC_ACCESSES;
}

static void assert_exit(const struct guest *g, uint64_t reason)
{
	assert_int_equal(g->exit.kind, PKVM_EXIT_VMX);
	assert_int_equal(g->exit.word0, reason);
}

/* SDM "Virtualizing Memory-Mapped APIC Accesses": TPR is virtual, others exit. */
static void test_accesses_are_virtualized_in_xapic_mode(void **state)
{
	struct guest g;
	bool writable;
	uint64_t page;

	(void)state;
	begin(&g, PKVM_IRQCHIP_SPLIT);
	assert_int_equal(set_mode(0xfee00900), 0);
	assert_int_equal(guest_run_status(&g), 0);
	assert_exit(&g, 44);
	assert_int_equal(g.exit.word1, 0x030);
	assert_int_equal(world_page(&g.vcpu)->apic.tpr, 0x40);
	assert_true(is_on());
	assert_true(pkvm_mmu_lookup(guest_vcpu(&g)->vm, APIC, &page, &writable));
	assert_int_equal(pkvm_vmread(ACCESS_ADDR), page);
	assert_false(machine_host_sees(page));
	guest_end(&g);
}

/* The accesses are EPT violations in every other mode, and for a VMM's APIC. */
static void test_other_modes_and_a_vmms_apic_have_no_such_page(void **state)
{
	static const struct {
		uint64_t irqchip;
		uint64_t base;
	} list[] = {
		{PKVM_IRQCHIP_SPLIT, 0xfee00d00}, {PKVM_IRQCHIP_SPLIT, 0xfee00100},
		{PKVM_IRQCHIP_SPLIT, 0xfed00900}, {PKVM_IRQCHIP_NONE, 0xfee00900},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		struct guest g;

		begin(&g, list[i].irqchip);
		assert_int_equal(set_mode(list[i].base), 0);
		assert_int_equal(guest_run_status(&g), 0);
		assert_exit(&g, 48);
		assert_int_equal(g.exit.word2, APIC + 0x80);
		assert_false(is_on());
		guest_end(&g);
	}
}

static void test_mode_that_changes_turns_it_off_again(void **state)
{
	struct guest g;

	(void)state;
	begin(&g, PKVM_IRQCHIP_KERNEL);
	assert_int_equal(set_mode(0xfee00900), 0);
	assert_int_equal(guest_run_status(&g), 0);
	assert_true(is_on());
	assert_int_equal(set_mode(0xfee00d00), 0);
	assert_false(is_on());
	guest_end(&g);
}

/* It needs a page for itself and, this far from other memory, two tables. */
static void test_run_asks_for_the_pages_that_the_pool_lacks(void **state)
{
	struct guest g;

	(void)state;
	begin(&g, PKVM_IRQCHIP_SPLIT);
	while (guest_vcpu(&g)->vm->pool_pages > 1)
		world_map((8 + guest_vcpu(&g)->vm->pool_pages) << 30, 1);
	assert_int_equal(set_mode(0xfee00900), 0);
	guest_run(&g, PKVM_EXIT_NEED_PAGES);
	assert_int_equal(g.exit.word0, 3 - guest_vcpu(&g)->vm->pool_pages);
	assert_false(is_on());
	world_topup(&g.vm, 2);
	assert_int_equal(guest_run_status(&g), 0);
	assert_exit(&g, 44);
	guest_end(&g);
}

static void test_host_can_neither_unmap_nor_replace_it(void **state)
{
	const uint64_t hpa_pages = 1;
	struct pkvm_mapping mapping = {.gpa = APIC, .size = 4096, .writable = 1};
	struct pkvm_vm_range range = {.address = APIC, .size = 4096};
	struct guest g;
	bool writable;
	uint64_t page;

	(void)state;
	begin(&g, PKVM_IRQCHIP_SPLIT);
	assert_int_equal(set_mode(0xfee00900), 0);
	assert_int_equal(guest_run_status(&g), 0);
	mapping.hpa = world_pages(hpa_pages);
	assert_int_equal(pkvm_hc_vm_mmu_map(&mapping).error, -17);
	assert_true(machine_host_free(mapping.hpa, hpa_pages));
	range.vm = g.vm.handle;
	assert_int_equal(pkvm_hc_vm_mmu_unmap(&range).error, 0);
	assert_true(pkvm_mmu_lookup(guest_vcpu(&g)->vm, APIC, &page, &writable));
	mapping.hpa = page;
	assert_int_equal(pkvm_hc_vm_mmu_map(&mapping).error, -1);
	guest_end(&g);
}

/* A page of the host's at the address is memory, as the host wanted it. */
static void test_host_that_mapped_memory_there_gets_memory(void **state)
{
	struct guest g;

	(void)state;
	begin(&g, PKVM_IRQCHIP_SPLIT);
	world_map(APIC, 1);
	assert_int_equal(set_mode(0xfee00900), 0);
	assert_int_equal(guest_run_status(&g), 0);
	assert_exit(&g, 12);
	assert_false(is_on());
	guest_end(&g);
}

/* SDM "TPR Virtualization": with APIC accesses virtualized it is an exit, no failure. */
static void test_threshold_above_tpr_exits_at_once(void **state)
{
	const struct pkvm_cr8_intercept intercept = {6, 5};
	struct guest g;

	(void)state;
	begin(&g, PKVM_IRQCHIP_SPLIT);
	assert_int_equal(set_mode(0xfee00900), 0);
	assert_int_equal(pkvm_hc_update_cr8_intercept(&intercept).error, 0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(guest_run_status(&g), 0);
		assert_exit(&g, 43);
		assert_int_equal(world_page(&g.vcpu)->regs.rip, GUEST_CODE);
	}
	guest_end(&g);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accesses_are_virtualized_in_xapic_mode),
		cmocka_unit_test(test_other_modes_and_a_vmms_apic_have_no_such_page),
		cmocka_unit_test(test_mode_that_changes_turns_it_off_again),
		cmocka_unit_test(test_run_asks_for_the_pages_that_the_pool_lacks),
		cmocka_unit_test(test_host_can_neither_unmap_nor_replace_it),
		cmocka_unit_test(test_host_that_mapped_memory_there_gets_memory),
		cmocka_unit_test(test_threshold_above_tpr_exits_at_once),
	};

	return cmocka_run_group_tests_name("apic access", tests, NULL, NULL);
}
