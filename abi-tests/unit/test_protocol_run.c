/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests of what vcpu_run and its neighbours owe the protocol at their edges: two
 * CPUs at one vCPU, events that cannot go, the end of a vCPU, and its APIC at INIT.
 */
#include "run_fixture.h"
#include "../../lib/apic/page.h"
#include "../../lib/guest_dispatch.h"
#include "../../lib/vmcs/access.h"

#define RAX 0

/* A call as it looks behind a gate that found the vCPU bound nowhere. */
static struct pkvm_call behind_the_gate(const struct guest *g)
{
	struct pkvm_vcpu *vcpu = guest_vcpu(g);
	struct pkvm_hyp *hyp = machine_hyp(g->m);

	return (struct pkvm_call){.hyp = hyp, .cpu = pkvm_hyp_cpu(hyp, 0), .vm = vcpu->vm,
				  .vcpu = vcpu};
}

static void test_a_vcpu_that_another_cpu_bound_since_the_gate_stays_bound_there(void **state)
{
	struct guest g;
	struct pkvm_call call;
	struct pkvm_run_exit out;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "hlt");
	guest_ready(&g);
	world_put(&g.vcpu);
	call = behind_the_gate(&g);
	call.vcpu->bound_cpu = 2;
	assert_int_equal(pkvm_hyp_vcpu_put(&call, &(struct pkvm_vcpu_handle){0}), -16);
	assert_int_equal(call.refused, 1);
	assert_int_equal(pkvm_hyp_vcpu_load(&call, &(struct pkvm_vcpu_handle){0}), -16);
	assert_int_equal(call.refused, 1);
	/* Not even its page is looked at. */
	call.vcpu->answer = PKVM_ANSWER_IN;
	assert_int_equal(pkvm_hyp_vcpu_run(&call, &(struct pkvm_run){0}, &out), -16);
	assert_int_equal(call.refused, 1);
	assert_int_equal(call.vcpu->bound_cpu, 2);
	call.vcpu->answer = PKVM_ANSWER_NONE;
	call.vcpu->bound_cpu = 0;
	world_load(&g.vcpu);
	guest_end(&g);
}

static void test_a_run_without_its_answer_leaves_the_vcpu_bound_nowhere(void **state)
{
	struct pkvm_run run = {0};
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "in8", 0x60);
	OP(&g, "hlt");
	guest_ready(&g);
	guest_run(&g, PKVM_EXIT_IN);
	world_put(&g.vcpu);
	run.vcpu = g.vcpu.handle;
	assert_int_equal(pkvm_hc_vcpu_run(&run, &g.exit).error, -16);
	assert_int_equal(guest_vcpu(&g)->bound_cpu, 0);
	assert_null(pkvm_hyp_cpu(machine_hyp(g.m), 0)->current);
	world_page(&g.vcpu)->reply.valid = 1;
	assert_int_equal(pkvm_hc_vcpu_run(&run, &g.exit).error, 0);
	assert_int_equal(g.exit.kind, PKVM_EXIT_HLT);
	assert_int_equal(guest_vcpu(&g)->bound_cpu, 1);
	guest_end(&g);
}

static void test_a_pvms_vcpu_that_shut_down_is_never_entered_again(void **state)
{
	struct pkvm_startup again = {0, 0x1000};
	struct pkvm_call call;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "ud2");
	guest_ready(&g);
	/* No IDT: #UD cannot be delivered, nor can #DF. */
	assert_int_equal(pkvm_hc_set_idt(&(struct pkvm_descriptor_table){0, 0}).error, 0);
	guest_run(&g, PKVM_EXIT_SHUTDOWN);
	/* Even if the state were good again. */
	pkvm_vmwrite(PKVM_VMCS_GUEST_IDTR_BASE, GUEST_IDT);
	pkvm_vmwrite(PKVM_VMCS_GUEST_IDTR_LIMIT, 0xfff);
	guest_run(&g, PKVM_EXIT_SHUTDOWN);
	assert_int_equal(g.exit.word0, 0);
	world_put(&g.vcpu);
	world_load(&g.vcpu);
	guest_run(&g, PKVM_EXIT_SHUTDOWN);
	assert_int_equal(pkvm_hc_set_rflags(&(struct pkvm_value){2}).error, -1);
	call = behind_the_gate(&g);
	call.vcpu->id = 1;
	call.vm->vcpu[1] = g.vcpu.area;
	again.apic_id = 1;
	assert_int_equal(pkvm_hyp_guest_start_cpu(&call, &again), -16);
	call.vm->vcpu[1] = 0;
	call.vcpu->id = 0;
	guest_end(&g);
}

static void test_an_npvm_between_init_and_sipi_exits_wait_for_sipi(void **state)
{
	const struct pkvm_flag init = {1};
	struct guest g;
	struct world_vcpu second;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	OP(&g, "hlt");
	second = world_vcpu(&g.vm, 1);
	guest_ready(&g);
	world_load(&second);
	assert_int_equal(pkvm_hc_vcpu_reset(&init).error, 0);
	guest_run(&g, PKVM_EXIT_WAIT_FOR_SIPI);
	assert_int_equal(pkvm_hc_deliver_sipi(&(struct pkvm_vector){8}).error, 0);
	guest_run(&g, PKVM_EXIT_VMX);
	world_put(&second);
	world_free_vcpu(&second);
	guest_end(&g);
}

/* Without a way on the guest would exit for the window again and again. */
static void test_a_window_behind_an_nmi_that_cannot_go_is_the_hosts(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	OP(&g, "nop");
	OP(&g, "hlt");
	guest_ready(&g);
	assert_int_equal(pkvm_hc_set_rflags(&(struct pkvm_value){0x202}).error, 0);
	assert_int_equal(pkvm_hc_inject_nmi().error, 0);
	assert_int_equal(pkvm_hc_set_nmi_mask(&(struct pkvm_flag){1}).error, 0);
	assert_int_equal(pkvm_hc_enable_irq_window().error, 0);
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 7);
	/* It comes once. */
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 12);
	assert_int_equal(guest_vcpu(&g)->interrupt.kind, PKVM_EVENT_NMI);
	guest_end(&g);
}

/* A processor without a TPR shadow exits for CR8: the same way, the shadow left on. */
static void test_a_tpr_written_by_an_exit_is_that_of_the_next_entry(void **state)
{
	const uint32_t cr8_exiting = 0x00180000;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "mov_imm", RAX, 5);
	OP(&g, "mov_to_cr", 8, RAX);
	OP(&g, "mov_imm", RAX, 0);
	OP(&g, "mov_from_cr", RAX, 8);
	OP(&g, "out8", 0x80);
	guest_ready(&g);
	pkvm_vmwrite_bits(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL, cr8_exiting, true);
	guest_run_out(&g, 0x80, 5);
	assert_int_equal(world_page(&g.vcpu)->apic.tpr, 0x50);
	guest_end(&g);
}

static uint64_t status_field(void)
{
	return pkvm_vmread(PKVM_VMCS_GUEST_INTR_STATUS);
}

static void test_init_leaves_nothing_requested_or_in_service(void **state)
{
	struct pkvm_vcpu *vcpu;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	OP(&g, "hlt");
	guest_ready(&g);
	vcpu = guest_vcpu(&g);
	pkvm_apic_reg_write(vcpu, 0x210, 0x2);
	pkvm_apic_reg_write(vcpu, 0x120, 0x4);
	pkvm_apic_reg_write(vcpu, 0x080, 0x60);
	pkvm_vmwrite(PKVM_VMCS_GUEST_INTR_STATUS, 0x4221);
	pkvm_vmwrite(PKVM_VMCS_TPR_THRESHOLD, 3);
	assert_int_equal(pkvm_hc_vcpu_reset(&(struct pkvm_flag){1}).error, 0);
	assert_int_equal(pkvm_apic_reg_read(vcpu, 0x210), 0);
	assert_int_equal(pkvm_apic_reg_read(vcpu, 0x120), 0);
	assert_int_equal(pkvm_apic_reg_read(vcpu, 0x080), 0);
	assert_int_equal(world_page(&g.vcpu)->apic.tpr, 0);
	assert_int_equal(status_field(), 0);
	assert_int_equal(pkvm_vmread(PKVM_VMCS_TPR_THRESHOLD), 0);
	guest_end(&g);
}

/* The page came by another vCPU's exit while share_mem was on its way. */
static void test_share_mem_whose_pages_came_meanwhile_just_repeats(void **state)
{
	const struct pkvm_range range = {0x7000, 0x2000};
	struct pkvm_run_exit out = {0};
	struct pkvm_call call;
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "hlt");
	guest_ready(&g);
	call = behind_the_gate(&g);
	assert_false(pkvm_guest_wants_page(&call, &range, &out));
	assert_int_equal(out.kind, 0);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_vcpu_that_another_cpu_bound_since_the_gate_stays_bound_there),
		cmocka_unit_test(test_a_run_without_its_answer_leaves_the_vcpu_bound_nowhere),
		cmocka_unit_test(test_a_pvms_vcpu_that_shut_down_is_never_entered_again),
		cmocka_unit_test(test_an_npvm_between_init_and_sipi_exits_wait_for_sipi),
		cmocka_unit_test(test_a_window_behind_an_nmi_that_cannot_go_is_the_hosts),
		cmocka_unit_test(test_a_tpr_written_by_an_exit_is_that_of_the_next_entry),
		cmocka_unit_test(test_init_leaves_nothing_requested_or_in_service),
		cmocka_unit_test(test_share_mem_whose_pages_came_meanwhile_just_repeats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
