/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of an event that was accepted and has to wait: nothing takes its place. */
#include "run_fixture.h"
#include "../../lib/vmcs/access.h"

#define RAX 0
#define RSP 4

/* Behind the guest's memory: a stack, or an IDT, that is not there yet. */
#define MISSING 0x11000u

static void handler_begin(struct guest *g, struct pkvm_asm *handler, uint32_t vector)
{
	pkvm_asm_begin(handler, g->memory + GUEST_HANDLER + vector * 16, 16, 64);
}

/* INT 0x21 on a stack that is not there, then interrupts on. */
static void handler_with_int(struct guest *g, uint32_t vector)
{
	struct pkvm_asm handler;

	handler_begin(g, &handler, vector);
	guest_op(&handler, "mov_imm", (const uint64_t[]){RSP, MISSING + 0x1000}, 2);
	guest_op(&handler, "int", (const uint64_t[]){0x21}, 1);
	guest_op(&handler, "sti", (const uint64_t[]){0}, 0);
	guest_op(&handler, "nop", (const uint64_t[]){0}, 0);
	guest_op(&handler, "hlt", (const uint64_t[]){0}, 0);
	assert_int_equal(pkvm_asm_finish(&handler), PKVM_ASM_OK);
	handler_begin(g, &handler, 0x21);
	guest_op(&handler, "iret", (const uint64_t[]){0}, 0);
	assert_int_equal(pkvm_asm_finish(&handler), PKVM_ASM_OK);
}

static void map_missing(const struct guest *g, uint32_t from)
{
	const uint64_t hpa = world_pages(1);
	const struct pkvm_mapping mapping = {MISSING, hpa, 4096, 1};

	assert_true(machine_host_write(hpa, g->memory + from, 4096));
	assert_int_equal(pkvm_hc_vm_mmu_map(&mapping).error, 0);
}

static void set_rflags(uint64_t value)
{
	assert_int_equal(pkvm_hc_set_rflags(&(struct pkvm_value){value}).error, 0);
}

static void inject_irq(uint64_t vector)
{
	assert_int_equal(pkvm_hc_inject_irq(&(struct pkvm_irq){vector, 0, 0}).error, 0);
}

/* An npVM's exit by OUT; whoever wrote says which handler it is. */
static void run_npvm_out(struct guest *g, uint64_t value)
{
	guest_run(g, PKVM_EXIT_VMX);
	assert_int_equal(g->exit.word0, 30);
	assert_int_equal(world_page(&g->vcpu)->regs.gpr[RAX] & 0xff, value);
}

static void test_an_int_that_an_exit_cuts_short_leaves_the_waiting_interrupt(void **state)
{
	const struct pkvm_exception ud = {6, 0, 0, 0, 0, 0};
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	handler_with_int(&g, 6);
	OP(&g, "hlt");
	guest_ready(&g);
	set_rflags(0x202);
	inject_irq(0x30);
	assert_int_equal(pkvm_hc_inject_exception(&ud).error, 0);
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 48);
	assert_int_equal(world_page(&g.vcpu)->exit.vectoring_information, 0x80000421);
	map_missing(&g, 0);
	run_npvm_out(&g, 0x30);
	guest_end(&g);
}

static void test_it_does_so_behind_a_single_step_of_a_pvm(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	handler_with_int(&g, 1);
	OP(&g, "in8", 0x60);
	OP(&g, "hlt");
	guest_ready(&g);
	set_rflags(0x302);
	guest_run(&g, PKVM_EXIT_IN);
	inject_irq(0x30);
	world_page(&g.vcpu)->reply.valid = 1;
	guest_run(&g, PKVM_EXIT_EPT_VIOLATION);
	map_missing(&g, 0);
	guest_run_out(&g, 0x20, 0x30);
	guest_end(&g);
}

/* The processor took the vector from the virtual IRR by itself: there it is again. */
static void test_a_virtual_interrupt_that_is_cut_short_leaves_the_waiting_nmi(void **state)
{
	const struct pkvm_page_apic *apic;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	for (unsigned int i = 0; i < 4; i++)
		OP(&g, "nop");
	OP(&g, "hlt");
	guest_ready(&g);
	apic = &world_page(&g.vcpu)->apic;
	guest_vcpu(&g)->vm->irqchip = PKVM_IRQCHIP_SPLIT + 1;
	assert_int_equal(
		pkvm_hc_set_virtual_apic_mode(&(struct pkvm_value){0xfee00c00}).error, 0);
	assert_int_equal(pkvm_hc_refresh_apicv_exec_ctrl(&(struct pkvm_flag){1}).error, 0);
	set_rflags(0x202);
	assert_int_equal(
		pkvm_hc_set_idt(&(struct pkvm_descriptor_table){MISSING, 0xfff}).error, 0);
	assert_int_equal(pkvm_hc_inject_nmi().error, 0);
	assert_int_equal(pkvm_hc_set_nmi_mask(&(struct pkvm_flag){1}).error, 0);
	world_page(&g.vcpu)->apic.posted[1] = 1; /* vector 0x40 */
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 48);
	assert_int_equal(world_page(&g.vcpu)->exit.vectoring_information, 0x80000040);
	assert_int_equal(apic->irr[1], 1);
	assert_int_equal(apic->isr[1], 0);
	assert_int_equal(pkvm_vmread(0x0810) >> 8, 0); /* SVI */
	assert_int_equal(world_page(&g.vcpu)->summary.pending_vector, 0x40);
	map_missing(&g, GUEST_IDT);
	run_npvm_out(&g, 0x40);
	assert_int_equal(apic->isr[1], 1);
	assert_int_equal(pkvm_hc_set_nmi_mask(&(struct pkvm_flag){0}).error, 0);
	run_npvm_out(&g, 2);
	guest_end(&g);
}

/* The handler of a vector enables interrupts, or does not, and halts. */
static void handler_that_halts(struct guest *g, uint32_t vector, const char *first)
{
	struct pkvm_asm handler;

	handler_begin(g, &handler, vector);
	guest_op(&handler, first, (const uint64_t[]){0}, 0);
	guest_op(&handler, "hlt", (const uint64_t[]){0}, 0);
	assert_int_equal(pkvm_asm_finish(&handler), PKVM_ASM_OK);
}

/* An npVM's HLT exit in the handler of #UD, behind which an interrupt waits. */
static void halt_behind_ud(struct guest *g, const char *first)
{
	const struct pkvm_exception ud = {6, 0, 0, 0, 0, 0};

	guest_begin(g, PKVM_VM_NPVM);
	handler_that_halts(g, 6, first);
	OP(g, "hlt");
	guest_ready(g);
	set_rflags(0x202);
	inject_irq(0x30);
	assert_int_equal(pkvm_hc_inject_exception(&ud).error, 0);
	guest_run(g, PKVM_EXIT_VMX);
	assert_int_equal(g->exit.word0, 12);
	world_page(&g->vcpu)->regs.rip++;
}

static int64_t allowed_for_injection(
	struct pkvm_status (*call)(const struct pkvm_flag *, struct pkvm_flag *))
{
	const struct pkvm_flag in = {1};
	struct pkvm_flag out;
	const struct pkvm_status status = call(&in, &out);

	return status.error ? status.error : (int64_t)out.value;
}

static void test_a_pvm_does_not_halt_while_an_accepted_interrupt_can_go(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	handler_that_halts(&g, 1, "sti");
	OP(&g, "in8", 0x60);
	OP(&g, "hlt");
	guest_ready(&g);
	set_rflags(0x302);
	guest_run(&g, PKVM_EXIT_IN);
	inject_irq(0x30);
	world_page(&g.vcpu)->reply.valid = 1;
	guest_run_out(&g, 0x20, 0x30);
	guest_end(&g);
}

static void test_a_pvm_halts_while_an_accepted_interrupt_cannot_go(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	handler_that_halts(&g, 1, "cli");
	OP(&g, "in8", 0x60);
	guest_ready(&g);
	set_rflags(0x302);
	guest_run(&g, PKVM_EXIT_IN);
	inject_irq(0x30);
	world_page(&g.vcpu)->reply.valid = 1;
	guest_run(&g, PKVM_EXIT_HLT);
	assert_int_equal(allowed_for_injection(pkvm_hc_interrupt_allowed), 0);
	assert_int_equal(world_page(&g.vcpu)->summary.injection_busy, 0);
	guest_end(&g);
}

static void test_an_npvm_that_halts_is_busy_once_its_accepted_interrupt_can_go(void **state)
{
	const struct pkvm_page_summary *summary;
	struct guest g;

	(void)state;
	halt_behind_ud(&g, "sti");
	summary = &world_page(&g.vcpu)->summary;
	assert_int_equal(summary->interrupt_shadow, 2);
	assert_int_equal(allowed_for_injection(pkvm_hc_interrupt_allowed), 0);
	assert_int_equal(summary->injection_busy, 0);
	assert_int_equal(
		pkvm_hc_set_interrupt_shadow(&(struct pkvm_interrupt_shadow){0}).error, 0);
	assert_int_equal(allowed_for_injection(pkvm_hc_interrupt_allowed), -16);
	assert_int_equal(allowed_for_injection(pkvm_hc_nmi_allowed), -16);
	assert_int_equal(summary->injection_busy, 1);
	run_npvm_out(&g, 0x30);
	guest_end(&g);
}

static void test_an_npvm_that_halts_with_interrupts_off_is_not_busy(void **state)
{
	struct guest g;

	(void)state;
	halt_behind_ud(&g, "cli");
	assert_int_equal(allowed_for_injection(pkvm_hc_interrupt_allowed), 0);
	assert_int_equal(world_page(&g.vcpu)->summary.injection_busy, 0);
	/* It can go as soon as the host says so. */
	set_rflags(0x202);
	assert_int_equal(allowed_for_injection(pkvm_hc_interrupt_allowed), -16);
	assert_int_equal(world_page(&g.vcpu)->summary.injection_busy, 1);
	run_npvm_out(&g, 0x30);
	guest_end(&g);
}

static void test_a_masked_nmi_that_waits_does_not_make_a_halted_vcpu_busy(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	OP(&g, "hlt");
	OP(&g, "hlt");
	guest_ready(&g);
	assert_int_equal(pkvm_hc_inject_nmi().error, 0);
	assert_int_equal(pkvm_hc_set_nmi_mask(&(struct pkvm_flag){1}).error, 0);
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 12);
	assert_int_equal(allowed_for_injection(pkvm_hc_nmi_allowed), 0);
	assert_int_equal(pkvm_hc_set_nmi_mask(&(struct pkvm_flag){0}).error, 0);
	assert_int_equal(allowed_for_injection(pkvm_hc_nmi_allowed), -16);
	run_npvm_out(&g, 2);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_an_int_that_an_exit_cuts_short_leaves_the_waiting_interrupt),
		cmocka_unit_test(test_it_does_so_behind_a_single_step_of_a_pvm),
		cmocka_unit_test(
			test_a_virtual_interrupt_that_is_cut_short_leaves_the_waiting_nmi),
		cmocka_unit_test(test_a_pvm_does_not_halt_while_an_accepted_interrupt_can_go),
		cmocka_unit_test(test_a_pvm_halts_while_an_accepted_interrupt_cannot_go),
		cmocka_unit_test(
			test_an_npvm_that_halts_is_busy_once_its_accepted_interrupt_can_go),
		cmocka_unit_test(test_an_npvm_that_halts_with_interrupts_off_is_not_busy),
		cmocka_unit_test(
			test_a_masked_nmi_that_waits_does_not_make_a_halted_vcpu_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
