/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of the calls about interrupts, NMIs and exceptions, and of injection. */
#include "run_fixture.h"

#define RAX 0

/* A guest that enables interrupts, tells so, and goes on telling. */
static void begin_with_interrupts(struct guest *g, uint64_t type)
{
	guest_begin(g, type);
	OP(g, "sti");
	OP(g, "nop");
	OP(g, "mov_imm", RAX, 1);
	for (unsigned int i = 0; i < 8; i++)
		OP(g, "out8", 0x10);
	guest_ready(g);
}

static int64_t inject_irq(uint64_t vector, uint64_t soft, uint64_t length, uint64_t *refused)
{
	const struct pkvm_irq irq = {vector, soft, length};
	const struct pkvm_status status = pkvm_hc_inject_irq(&irq);

	if (refused)
		*refused = status.refused;
	return status.error;
}

/* interrupt_allowed's answer, or its error. */
static int64_t irq_allowed(uint64_t for_injection)
{
	const struct pkvm_flag in = {for_injection};
	struct pkvm_flag out;
	const struct pkvm_status status = pkvm_hc_interrupt_allowed(&in, &out);

	return status.error ? status.error : (int64_t)out.value;
}

static int64_t nmi_allowed(uint64_t for_injection)
{
	const struct pkvm_flag in = {for_injection};
	struct pkvm_flag out;
	const struct pkvm_status status = pkvm_hc_nmi_allowed(&in, &out);

	return status.error ? status.error : (int64_t)out.value;
}

static void test_an_allowed_interrupt_is_delivered_at_the_next_entry(void **state)
{
	struct guest g;

	(void)state;
	begin_with_interrupts(&g, PKVM_VM_PVM);
	assert_int_equal(irq_allowed(1), 0);
	assert_int_equal(inject_irq(0x30, 0, 0, NULL), -16);
	guest_run_out(&g, 0x10, 1);
	assert_int_equal(irq_allowed(1), 1);
	assert_int_equal(inject_irq(0x31, 0, 0, NULL), 0);
	assert_int_equal(irq_allowed(1), 0);
	assert_int_equal(irq_allowed(0), 0);
	assert_int_equal(inject_irq(0x32, 0, 0, NULL), -16);
	guest_run_out(&g, 0x20, 0x31);
	guest_end(&g);
}

static void test_a_pvm_takes_neither_exceptions_nor_software_interrupts(void **state)
{
	const struct pkvm_exception exception = {13, 1, 0, 0, 0, 0};
	uint64_t refused;
	struct guest g;

	(void)state;
	begin_with_interrupts(&g, PKVM_VM_PVM);
	guest_run_out(&g, 0x10, 1);
	for (uint64_t vector = 0; vector < 32; vector++) {
		const struct pkvm_vector fused = {vector};
		struct pkvm_flag delivered;

		assert_int_equal(inject_irq(vector, 0, 0, &refused), -1);
		assert_int_equal(refused, 1);
		assert_int_equal(pkvm_hc_inject_irq_if_allowed(&fused, &delivered).error, -1);
	}
	assert_int_equal(inject_irq(0x80, 1, 2, &refused), -1);
	assert_int_equal(refused, 2);
	assert_int_equal(pkvm_hc_inject_exception(&exception).error, -1);
	guest_run_out(&g, 0x10, 1);
	guest_end(&g);
}

static void test_the_length_of_a_software_interrupt_is_judged(void **state)
{
	uint64_t refused;
	struct guest g;

	(void)state;
	begin_with_interrupts(&g, PKVM_VM_NPVM);
	assert_int_equal(inject_irq(0x80, 0, 1, &refused), -22);
	assert_int_equal(refused, 3);
	assert_int_equal(inject_irq(0x80, 1, 16, &refused), -22);
	assert_int_equal(refused, 3);
	assert_int_equal(inject_irq(0x80, 1, 2, NULL), 0);
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 30);
	assert_int_equal(world_page(&g.vcpu)->regs.gpr[RAX], 0x80);
	guest_end(&g);
}

static void test_inject_irq_if_allowed_opens_a_window_instead_of_refusing(void **state)
{
	const struct pkvm_vector vector = {0x40};
	struct pkvm_flag delivered = {7};
	struct guest g;

	(void)state;
	begin_with_interrupts(&g, PKVM_VM_PVM);
	assert_int_equal(pkvm_hc_inject_irq_if_allowed(&vector, &delivered).error, 0);
	assert_int_equal(delivered.value, 0);
	guest_run(&g, PKVM_EXIT_IRQ_WINDOW);
	assert_int_equal(pkvm_hc_inject_irq_if_allowed(&vector, &delivered).error, 0);
	assert_int_equal(delivered.value, 1);
	guest_run_out(&g, 0x20, 0x40);
	guest_end(&g);
}

static void test_an_nmi_blocks_the_next_one_until_it_is_unmasked(void **state)
{
	struct pkvm_flag masked;
	struct guest g;

	(void)state;
	begin_with_interrupts(&g, PKVM_VM_NPVM);
	assert_int_equal(nmi_allowed(1), 1);
	assert_int_equal(pkvm_hc_inject_nmi().error, 0);
	assert_int_equal(pkvm_hc_inject_nmi().error, -16);
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(world_page(&g.vcpu)->regs.gpr[RAX], 2);
	assert_int_equal(pkvm_hc_get_nmi_mask(&masked).error, 0);
	assert_int_equal(masked.value, 1);
	assert_int_equal(nmi_allowed(1), 0);
	assert_int_equal(pkvm_hc_inject_nmi().error, -16);
	assert_int_equal(pkvm_hc_set_nmi_mask(&(struct pkvm_flag){0}).error, 0);
	assert_int_equal(pkvm_hc_inject_nmi().error, 0);
	guest_end(&g);
}

static void test_cancelling_takes_what_would_come_next_and_then_finds_nothing(void **state)
{
	const struct pkvm_exception fault = {13, 1, 0x18, 0, 0, 0};
	struct pkvm_cancelled gone;
	struct guest g;

	(void)state;
	begin_with_interrupts(&g, PKVM_VM_NPVM);
	assert_int_equal(pkvm_hc_inject_nmi().error, 0);
	assert_int_equal(pkvm_hc_inject_exception(&fault).error, 0);
	assert_int_equal(pkvm_hc_cancel_injection(&gone).error, 0);
	assert_int_equal(gone.kind, 3);
	assert_int_equal(gone.vector, 13);
	assert_int_equal(gone.has_error_code, 1);
	assert_int_equal(gone.error_code, 0x18);
	assert_int_equal(pkvm_hc_cancel_injection(&gone).error, 0);
	assert_int_equal(gone.kind, 2);
	assert_int_equal(gone.vector, 2);
	assert_int_equal(pkvm_hc_cancel_injection(&gone).error, 0);
	assert_int_equal(gone.kind, 0);
	assert_int_equal(gone.vector, 0);
	guest_end(&g);
}

static void test_a_pvm_exception_is_neither_cancelled_nor_shown(void **state)
{
	const struct pkvm_msr_answer refusal = {1, 0, 0};
	struct pkvm_cancelled gone;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "read_msr", 0x802);
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_RDMSR);
	assert_int_equal(irq_allowed(1), -16);
	assert_int_equal(pkvm_hc_complete_emulated_msr(&refusal).error, 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(pkvm_hc_cancel_injection(&gone).error, 0);
		assert_int_equal(gone.kind, 0);
		assert_int_equal(gone.vector, 0);
		assert_int_equal(gone.has_error_code, 0);
	}
	assert_int_equal(irq_allowed(1), -16);
	guest_run_out(&g, 0x20, 13);
	guest_end(&g);
}

/* The handler of a vector enables interrupts, waits for one, and halts. */
static void waiting_handler(struct guest *g, uint32_t vector)
{
	struct pkvm_asm handler;

	pkvm_asm_begin(&handler, g->memory + GUEST_HANDLER + vector * 16, 16, 64);
	guest_op(&handler, "sti", (const uint64_t[]){0}, 0);
	guest_op(&handler, "nop", (const uint64_t[]){0}, 0);
	guest_op(&handler, "nop", (const uint64_t[]){0}, 0);
	guest_op(&handler, "hlt", (const uint64_t[]){0}, 0);
	assert_int_equal(pkvm_asm_finish(&handler), PKVM_ASM_OK);
}

static void test_an_exception_goes_first_and_the_interrupt_follows_by_itself(void **state)
{
	const struct pkvm_exception fault = {6, 0, 0, 0, 0, 0};
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	waiting_handler(&g, 6);
	OP(&g, "hlt");
	guest_ready(&g);
	assert_int_equal(pkvm_hc_set_rflags(&(struct pkvm_value){0x202}).error, 0);
	assert_int_equal(inject_irq(0x30, 0, 0, NULL), 0);
	assert_int_equal(pkvm_hc_inject_exception(&fault).error, 0);
	/* No window is told: the host did not ask for one. */
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 30);
	assert_int_equal(world_page(&g.vcpu)->regs.gpr[RAX], 0x30);
	guest_end(&g);
}

static void test_a_completed_instruction_ends_the_shadow_of_sti(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "sti");
	OP(&g, "out8", 0x10);
	OP(&g, "hlt");
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_OUT);
	assert_int_equal(irq_allowed(1), 1);
	assert_int_equal(inject_irq(0x30, 0, 0, NULL), 0);
	guest_run_out(&g, 0x20, 0x30);
	guest_end(&g);
}

static void test_an_event_that_an_exit_interrupts_is_injected_again(void **state)
{
	const struct pkvm_descriptor_table idt = {0x11000, 0xfff};
	struct guest g;
	uint64_t hpa;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 1);
	OP(&g, "out8", 0x10);
	OP(&g, "hlt");
	guest_ready(&g);
	assert_int_equal(pkvm_hc_set_idt(&idt).error, 0);
	assert_int_equal(pkvm_hc_set_rflags(&(struct pkvm_value){0x202}).error, 0);
	assert_int_equal(inject_irq(0x33, 0, 0, NULL), 0);
	guest_run(&g, PKVM_EXIT_EPT_VIOLATION);
	assert_int_equal(g.exit.word0, 0x11000);
	assert_int_equal(irq_allowed(1), -16);
	hpa = world_pages(1);
	assert_true(machine_host_write(hpa, g.memory + GUEST_IDT, 4096));
	assert_int_equal(
		pkvm_hc_vm_mmu_map(&(struct pkvm_mapping){0x11000, hpa, 4096, 1}).error, 0);
	guest_run_out(&g, 0x20, 0x33);
	guest_end(&g);
}

static void test_the_shadow_is_set_read_and_blocks_interrupts(void **state)
{
	struct pkvm_interrupt_shadow shadow;
	struct guest g;

	(void)state;
	begin_with_interrupts(&g, PKVM_VM_NPVM);
	assert_int_equal(pkvm_hc_set_rflags(&(struct pkvm_value){0x202}).error, 0);
	for (uint64_t mask = 0; mask < 3; mask++) {
		shadow.mask = mask;
		assert_int_equal(pkvm_hc_set_interrupt_shadow(&shadow).error, 0);
		shadow.mask = 9;
		assert_int_equal(pkvm_hc_get_interrupt_shadow(&shadow).error, 0);
		assert_int_equal(shadow.mask, mask);
		assert_int_equal(irq_allowed(0), mask ? 0 : 1);
		assert_int_equal(nmi_allowed(0), mask ? 0 : 1);
	}
	shadow.mask = 3;
	assert_int_equal(pkvm_hc_set_interrupt_shadow(&shadow).error, -22);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_allowed_interrupt_is_delivered_at_the_next_entry),
		cmocka_unit_test(test_a_pvm_takes_neither_exceptions_nor_software_interrupts),
		cmocka_unit_test(test_the_length_of_a_software_interrupt_is_judged),
		cmocka_unit_test(test_inject_irq_if_allowed_opens_a_window_instead_of_refusing),
		cmocka_unit_test(test_an_nmi_blocks_the_next_one_until_it_is_unmasked),
		cmocka_unit_test(
			test_cancelling_takes_what_would_come_next_and_then_finds_nothing),
		cmocka_unit_test(test_a_pvm_exception_is_neither_cancelled_nor_shown),
		cmocka_unit_test(
			test_an_exception_goes_first_and_the_interrupt_follows_by_itself),
		cmocka_unit_test(test_a_completed_instruction_ends_the_shadow_of_sti),
		cmocka_unit_test(test_an_event_that_an_exit_interrupts_is_injected_again),
		cmocka_unit_test(test_the_shadow_is_set_read_and_blocks_interrupts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
