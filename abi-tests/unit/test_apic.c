/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of the calls about the virtual local APIC, and of TPR in the shared page. */
#include "run_fixture.h"
#include "../../lib/apic/page.h"
#include "../../lib/vmcs/access.h"

static void begin(struct guest *g, uint64_t type, uint64_t irqchip)
{
	guest_begin(g, type);
	OP(g, "write_cr8", 5);
	for (unsigned int i = 0; i < 4; i++)
		OP(g, "out8", 0x10);
	OP(g, "write_cr8", 2);
	OP(g, "hlt");
	guest_ready(g);
	guest_vcpu(g)->vm->irqchip = (uint32_t)irqchip + 1;
}

static int64_t refresh(uint64_t active)
{
	return pkvm_hc_refresh_apicv_exec_ctrl(&(struct pkvm_flag){active}).error;
}

static int64_t threshold(uint64_t tpr, uint64_t irr)
{
	return pkvm_hc_update_cr8_intercept(&(struct pkvm_cr8_intercept){tpr, irr}).error;
}

static void test_the_threshold_is_the_pending_class_unless_it_is_above_tpr(void **state)
{
	struct guest g;

	(void)state;
	begin(&g, PKVM_VM_PVM, PKVM_IRQCHIP_SPLIT);
	for (uint64_t tpr = 0; tpr < 16; tpr++) {
		for (uint64_t irr = 0; irr < 16; irr++) {
			assert_int_equal(threshold(tpr, irr), 0);
			assert_int_equal(pkvm_vmread(0x401c), irr <= tpr ? irr : 0);
		}
		assert_int_equal(threshold(tpr, ~(uint64_t)0), 0);
		assert_int_equal(pkvm_vmread(0x401c), 0);
	}
	guest_end(&g);
}

static void test_tpr_goes_out_on_every_exit_and_in_at_every_entry(void **state)
{
	struct guest g;

	(void)state;
	begin(&g, PKVM_VM_PVM, PKVM_IRQCHIP_SPLIT);
	guest_run(&g, PKVM_EXIT_OUT);
	assert_int_equal(world_page(&g.vcpu)->apic.tpr, 0x50);
	/* A threshold above the TPR that the host writes: VM-instruction error 7. */
	assert_int_equal(threshold(5, 3), 0);
	world_page(&g.vcpu)->apic.tpr = 0x20;
	guest_run(&g, PKVM_EXIT_ENTRY_FAILED);
	assert_int_equal(g.exit.word0, 0);
	assert_int_equal(g.exit.word1, 7);
	world_page(&g.vcpu)->apic.tpr = 0x30;
	guest_run(&g, PKVM_EXIT_OUT);
	guest_run(&g, PKVM_EXIT_OUT);
	guest_run(&g, PKVM_EXIT_OUT);
	guest_run(&g, PKVM_EXIT_TPR_BELOW_THRESHOLD);
	assert_int_equal(g.exit.word0, 0);
	assert_int_equal(world_page(&g.vcpu)->apic.tpr, 0x20);
	guest_end(&g);
}

static void test_apicv_needs_an_in_kernel_apic(void **state)
{
	struct pkvm_optional_vector vector;
	struct pkvm_flag flag;
	struct guest g;

	(void)state;
	begin(&g, PKVM_VM_PVM, PKVM_IRQCHIP_NONE);
	assert_int_equal(refresh(1), -22);
	assert_int_equal(pkvm_hc_sync_pir_to_irr(&vector).error, -95);
	assert_int_equal(pkvm_hc_protected_apic_has_interrupt(&flag).error, -95);
	vector.vector = 0x30;
	assert_int_equal(pkvm_hc_hwapic_isr_update(&vector).error, -95);
	guest_end(&g);
}

static void test_apicv_changes_the_secondary_controls(void **state)
{
	struct guest g;
	uint64_t off;

	(void)state;
	begin(&g, PKVM_VM_PVM, PKVM_IRQCHIP_SPLIT);
	off = pkvm_vmread(0x401e);
	assert_int_equal(off & 0x310, 0);
	assert_int_equal(refresh(1), 0);
	assert_int_equal(pkvm_vmread(0x401e), off | 0x310);
	assert_int_equal(refresh(0), 0);
	assert_int_equal(pkvm_vmread(0x401e), off);
	guest_end(&g);
}

static void test_posted_vectors_are_taken_once_and_exceptions_dropped(void **state)
{
	struct pkvm_optional_vector vector;
	struct pkvm_page_apic *apic;
	struct pkvm_flag flag;
	struct guest g;

	(void)state;
	begin(&g, PKVM_VM_PVM, PKVM_IRQCHIP_SPLIT);
	apic = &world_page(&g.vcpu)->apic;
	assert_int_equal(refresh(1), 0);
	assert_int_equal(pkvm_hc_sync_pir_to_irr(&vector).error, 0);
	assert_int_equal(vector.vector, ~(uint64_t)0);
	apic->posted[0] = 0x8000000080000003; /* 0, 1, 31 dropped; 63 */
	apic->posted[3] = 1;                  /* 192                  */
	assert_int_equal(pkvm_hc_sync_pir_to_irr(&vector).error, 0);
	assert_int_equal(vector.vector, 192);
	assert_int_equal(apic->posted[0] | apic->posted[3], 0);
	assert_int_equal(guest_vcpu(&g)->dropped_posts, 3);
	assert_int_equal(pkvm_apic_reg_read(guest_vcpu(&g), 0x200), 0);
	assert_int_equal(pkvm_apic_reg_read(guest_vcpu(&g), 0x210), 0x80000000);
	assert_int_equal(pkvm_apic_reg_read(guest_vcpu(&g), 0x260), 1);
	assert_int_equal(world_page(&g.vcpu)->summary.pending_vector, 192);
	assert_int_equal(pkvm_hc_protected_apic_has_interrupt(&flag).error, 0);
	assert_int_equal(flag.value, 1);
	guest_end(&g);
}

/* SDM "Virtualizing MSR-Based APIC Accesses": the host, asked, would not know them. */
static void test_with_apicv_a_guest_reads_irr_isr_and_ppr_without_an_exit(void **state)
{
	for (uint64_t type = PKVM_VM_NPVM; type <= PKVM_VM_PVM; type++) {
		struct guest g;

		(void)state;
		guest_begin(&g, type);
		OP(&g, "mov_imm", 1, 0x822);
		OP(&g, "rdmsr");
		OP(&g, "mov", 3, 0);
		OP(&g, "mov_imm", 1, 0x812);
		OP(&g, "rdmsr");
		OP(&g, "mov", 6, 0);
		OP(&g, "mov_imm", 1, 0x80a);
		OP(&g, "rdmsr");
		OP(&g, "out32", 0x10);
		guest_ready(&g);
		guest_vcpu(&g)->vm->irqchip = PKVM_IRQCHIP_SPLIT + 1;
		if (type == PKVM_VM_NPVM)
			assert_int_equal(pkvm_hc_set_virtual_apic_mode(
						 &(struct pkvm_value){0xfee00d00}).error, 0);
		assert_int_equal(refresh(1), 0);
		assert_int_equal(pkvm_hc_hwapic_isr_update(
					 &(struct pkvm_optional_vector){0x41}).error, 0);
		world_page(&g.vcpu)->apic.posted[1] = 1ull << (0x51 - 64);
		guest_run(&g, type == PKVM_VM_PVM ? PKVM_EXIT_OUT : PKVM_EXIT_VMX);
		assert_int_equal(g.exit.word0, type == PKVM_VM_PVM ? 0x10 : 30);
		assert_int_equal(guest_vcpu(&g)->regs.gpr[3], 1u << (0x51 - 64));
		assert_int_equal(guest_vcpu(&g)->regs.gpr[6], 1u << (0x41 - 64));
		assert_int_equal(guest_vcpu(&g)->regs.gpr[0], 0x40);
		guest_end(&g);
	}
}

static void test_isr_update_sets_svi_and_refuses_exceptions(void **state)
{
	struct pkvm_status status;
	struct guest g;

	(void)state;
	begin(&g, PKVM_VM_PVM, PKVM_IRQCHIP_SPLIT);
	assert_int_equal(refresh(1), 0);
	for (uint64_t vector = 0; vector < 32; vector++) {
		status = pkvm_hc_hwapic_isr_update(&(struct pkvm_optional_vector){vector});
		assert_int_equal(status.error, -1);
		assert_int_equal(status.refused, 1);
	}
	status = pkvm_hc_hwapic_isr_update(&(struct pkvm_optional_vector){0x91});
	assert_int_equal(status.error, 0);
	assert_int_equal(pkvm_vmread(0x0810), 0x9100);
	status = pkvm_hc_hwapic_isr_update(&(struct pkvm_optional_vector){~(uint64_t)0});
	assert_int_equal(status.error, 0);
	assert_int_equal(pkvm_vmread(0x0810), 0);
	guest_end(&g);
}

/* With APICv, an npVM in x2APIC mode. */
static void begin_apicv(struct guest *g, uint64_t type)
{
	const struct pkvm_value x2apic = {0xfee00d00};

	begin(g, type, PKVM_IRQCHIP_SPLIT);
	if (type == PKVM_VM_NPVM)
		assert_int_equal(pkvm_hc_set_virtual_apic_mode(&x2apic).error, 0);
	assert_int_equal(refresh(1), 0);
}

/* Of a pVM the page never shows either. */
static void test_an_npvms_page_shows_irr_and_isr_after_each_call_that_changes_them(void **state)
{
	(void)state;
	for (uint64_t type = PKVM_VM_NPVM; type <= PKVM_VM_PVM; type++) {
		const uint64_t shown = type == PKVM_VM_NPVM;
		struct pkvm_optional_vector vector;
		struct pkvm_page_apic *apic;
		struct guest g;

		begin_apicv(&g, type);
		apic = &world_page(&g.vcpu)->apic;
		apic->posted[1] = 0x100000002; /* 0x41 and 0x60 */
		assert_int_equal(pkvm_hc_sync_pir_to_irr(&vector).error, 0);
		assert_int_equal(vector.vector, 0x60);
		assert_int_equal(apic->irr[1], shown ? 0x100000002 : 0);
		assert_int_equal(apic->isr[1], 0);
		vector.vector = 0x83;
		assert_int_equal(pkvm_hc_hwapic_isr_update(&vector).error, 0);
		assert_int_equal(apic->irr[1], shown ? 0x100000002 : 0);
		assert_int_equal(apic->isr[2], shown ? 8 : 0);
		if (shown) {
			assert_int_equal(pkvm_hc_vcpu_reset(&(struct pkvm_flag){1}).error, 0);
			assert_int_equal(apic->irr[1] | apic->isr[2], 0);
		}
		guest_end(&g);
	}
}

static void test_the_eoi_exit_bitmap_reaches_the_vmcs(void **state)
{
	const struct pkvm_words4 map = {1, 2, 3, 0x8000000000000004};
	struct guest g;

	(void)state;
	begin(&g, PKVM_VM_PVM, PKVM_IRQCHIP_SPLIT);
	assert_int_equal(pkvm_hc_load_eoi_exitmap(&map).error, 0);
	assert_int_equal(pkvm_vmread(0x201c), 1);
	assert_int_equal(pkvm_vmread(0x201e), 2);
	assert_int_equal(pkvm_vmread(0x2020), 3);
	assert_int_equal(pkvm_vmread(0x2022), 0x8000000000000004);
	guest_end(&g);
}

static void test_the_apic_base_is_judged_and_npvm_only(void **state)
{
	static const uint64_t bad[] = {0xfee00801, 0xfee00a00, 0xfee00400, 0x1000000fee00800};
	struct guest g;

	(void)state;
	begin(&g, PKVM_VM_NPVM, PKVM_IRQCHIP_KERNEL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
			pkvm_hc_set_virtual_apic_mode(&(struct pkvm_value){bad[i]}).error, -22);
	guest_end(&g);
	begin(&g, PKVM_VM_PVM, PKVM_IRQCHIP_KERNEL);
	assert_int_equal(pkvm_hc_set_virtual_apic_mode(&(struct pkvm_value){0xfee00d00}).error,
			 -1);
	guest_end(&g);
}

/* Secondary controls: x2APIC mode, APIC registers, virtual-interrupt delivery. */
static void test_apicv_of_an_npvm_needs_x2apic_mode_and_ends_with_it(void **state)
{
	struct pkvm_optional_vector vector;
	struct guest g;

	(void)state;
	begin(&g, PKVM_VM_NPVM, PKVM_IRQCHIP_KERNEL);
	assert_int_equal(refresh(1), -95);
	assert_int_equal(refresh(0), 0);
	assert_int_equal(pkvm_hc_set_virtual_apic_mode(&(struct pkvm_value){0xfee00d00}).error,
			 0);
	assert_int_equal(refresh(1), 0);
	assert_int_equal(pkvm_vmread(0x401e) & 0x310, 0x310);
	assert_int_equal(pkvm_hc_set_virtual_apic_mode(&(struct pkvm_value){0xfee00900}).error,
			 0);
	assert_int_equal(pkvm_vmread(0x401e) & 0x310, 0);
	assert_int_equal(pkvm_hc_sync_pir_to_irr(&vector).error, -95);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_the_threshold_is_the_pending_class_unless_it_is_above_tpr),
		cmocka_unit_test(test_tpr_goes_out_on_every_exit_and_in_at_every_entry),
		cmocka_unit_test(test_apicv_needs_an_in_kernel_apic),
		cmocka_unit_test(test_apicv_changes_the_secondary_controls),
		cmocka_unit_test(test_posted_vectors_are_taken_once_and_exceptions_dropped),
		cmocka_unit_test(
			test_with_apicv_a_guest_reads_irr_isr_and_ppr_without_an_exit),
		cmocka_unit_test(test_isr_update_sets_svi_and_refuses_exceptions),
		cmocka_unit_test(
			test_an_npvms_page_shows_irr_and_isr_after_each_call_that_changes_them),
		cmocka_unit_test(test_the_eoi_exit_bitmap_reaches_the_vmcs),
		cmocka_unit_test(test_the_apic_base_is_judged_and_npvm_only),
		cmocka_unit_test(test_apicv_of_an_npvm_needs_x2apic_mode_and_ends_with_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
