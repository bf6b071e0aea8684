/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The TPR threshold on a vCPU without APICv, through the real core: every flow
 * that changes TPR or PPR, under every policy. An entry with a threshold above
 * the guest's TPR fails with VM-instruction error 7.
 */
#include "run_fixture.h"
#include "host/irqchip.h"
#include "host/x86_ops.h"
#include "lib/vmcs/access.h"

#define RAX 0
#define RCX 1
#define RDX 2

#define APIC_ACCESSES (1u << 0)         /* secondary controls */
#define INTERRUPT_DELIVERY (1u << 9)

enum { IF_DELIVERABLE, EVERY_EXIT, EVERY_PPR };
enum flow { GUEST_CR8, GUEST_MSR, HOST_CR8, MMIO, EOI, ISR, RESTORE, RESTORE_CR8 };

static struct {
	struct guest guest;
	struct pkvm_host host;
	struct pkvm_host_vm vm;
	struct pkvm_host_vcpu vcpu;
	struct pkvm_host_irqchip chip;
	struct pkvm_host_lapic apic;
} t;

static void emit_wrmsr(uint64_t index, uint64_t value)
{
	OP(&t.guest, "mov_imm", RCX, index);
	OP(&t.guest, "mov_imm", RAX, value);
	OP(&t.guest, "mov_imm", RDX, 0);
	OP(&t.guest, "wrmsr");
}

/* Port 0x80 is where the host acts, 0x81 the end. */
static void emit_program(enum flow flow)
{
	OP(&t.guest, "out8", 0x80);
	if (flow == GUEST_CR8) {
		OP(&t.guest, "mov_imm", RAX, 4);
		OP(&t.guest, "mov_to_cr", 8, RAX);
	} else if (flow == GUEST_MSR) {
		emit_wrmsr(0x808, 0x40);
	} else if (flow == EOI) {
		emit_wrmsr(0x80b, 0);
	}
	OP(&t.guest, "out8", 0x81);
	OP(&t.guest, "hlt");
}

/* 0x71 is in service, 0x51 waits, TPR is 0x60: the threshold becomes 5. */
static void begin(enum flow flow, uint64_t type, int policy)
{
	memset(&t, 0, sizeof(t));
	guest_begin(&t.guest, type);
	emit_program(flow);
	guest_ready(&t.guest);
	t.vm = (struct pkvm_host_vm){.host = &t.host, .handle = t.guest.vm.handle,
				     .protected_vm = type == PKVM_VM_PVM};
	t.vcpu = (struct pkvm_host_vcpu){.vm = &t.vm, .handle = t.guest.vcpu.handle,
					 .page = world_page(&t.guest.vcpu),
					 .apic_base = flow == MMIO ? 0xfee00800 : 0xfee00c00};
	assert_int_equal(pkvm_host_irqchip_init(&t.chip, 2, 0), 0);
	assert_int_equal(t.chip.tpr_policy, EVERY_PPR);
	t.chip.tpr_policy = (enum pkvm_host_tpr_policy)policy;
	assert_int_equal(pkvm_host_irqchip_add_lapic(&t.chip, &t.apic, &t.vcpu, 0), 0);
	t.apic.reg[0xf0 / 16] = 0x1ff;
	assert_true(pkvm_host_lapic_accept(&t.apic, 0x71, false));
	assert_int_equal(pkvm_host_lapic_ack(&t.apic), 0x71);
	assert_true(pkvm_host_lapic_accept(&t.apic, 0x51, false));
	pkvm_host_lapic_set_tpr(&t.apic, 0x60);
	pkvm_host_lapic_sync(&t.apic);
	assert_int_equal(pkvm_vmread(PKVM_VMCS_TPR_THRESHOLD), 5);
	assert_int_equal(pkvm_vmread(PKVM_VMCS_SECONDARY_VM_EXEC_CONTROL) &
			 (APIC_ACCESSES | INTERRUPT_DELIVERY), 0);
}

/* The guest's WRMSR to its APIC is answered; false: no such exit. */
static bool serve_wrmsr(void)
{
	const struct pkvm_run_exit *exit = &t.guest.exit;
	uint64_t *gpr = t.vcpu.page->regs.gpr;

	if (exit->kind == PKVM_EXIT_WRMSR) {
		const struct pkvm_msr_answer answer = {0, 0, 0};

		assert_int_equal(pkvm_host_lapic_wrmsr(&t.apic, (uint32_t)exit->word0,
						       exit->word1), 0);
		assert_int_equal(pkvm_hc_complete_emulated_msr(&answer).error, 0);
		return true;
	}
	if (exit->kind != PKVM_EXIT_VMX || exit->word0 != 32)
		return false;
	assert_int_equal(pkvm_host_lapic_wrmsr(&t.apic, (uint32_t)gpr[RCX], gpr[RAX]), 0);
	t.vcpu.page->regs.rip += exit->word3;
	return true;
}

/* Runs to the next OUT, whose port comes back, or to a failed entry (-error). */
static int drive(void)
{
	for (unsigned int i = 0; i < 10; i++) {
		struct pkvm_run_exit *exit = &t.guest.exit;

		pkvm_host_lapic_sync(&t.apic);
		assert_int_equal(guest_run_status(&t.guest), 0);
		if (exit->kind == PKVM_EXIT_ENTRY_FAILED) {
			const char *rule, *sentence;

			assert_int_equal(machine_refused_entries(t.guest.m, 0, &rule, &sentence), 1);
			assert_string_equal(rule, "control.tpr_threshold.above_vtpr");
			assert_int_equal(exit->word0, 0);
			return -(int)exit->word1;
		}
		if (exit->kind == PKVM_EXIT_OUT)
			return (int)exit->word0;
		if (exit->kind == PKVM_EXIT_VMX && exit->word0 == 30) {
			t.vcpu.page->regs.rip += exit->word3;
			return (int)(exit->word1 >> 16);
		}
		if (!serve_wrmsr() && !pkvm_host_lapic_handle_exit(&t.apic, exit))
			fail_msg("exit kind %d", (int)exit->kind);
	}
	fail_msg("the guest does not end");
	return 0;
}

static void restore_with_tpr(uint32_t tpr)
{
	struct pkvm_host_lapic_state saved;

	pkvm_host_lapic_get_state(&t.apic, &saved);
	saved.reg[0x80 / 4] = tpr;
	assert_int_equal(pkvm_host_lapic_set_state(&t.apic, &saved), 0);
}

/* What the host does while the guest is at port 0x80. */
static void act(enum flow flow)
{
	switch (flow) {
	case HOST_CR8:
		assert_int_equal(pkvm_host_lapic_set_cr8(&t.apic, 4), 0);
		break;
	case MMIO:
		assert_int_equal(pkvm_host_lapic_mmio_write(&t.apic, 0x80, 4, 0x40), 0);
		break;
	case ISR:
		assert_true(pkvm_host_lapic_accept(&t.apic, 0x91, false));
		assert_int_equal(pkvm_host_lapic_ack(&t.apic), 0x91);
		break;
	case RESTORE:
		restore_with_tpr(0x40);
		break;
	case RESTORE_CR8:
		assert_int_equal(pkvm_host_lapic_restore_cr8(&t.apic, 4), 0);
		break;
	default:
		break;
	}
}

/* The end of the flow: port 0x81, or -7. */
static int end_of(enum flow flow, uint64_t type, int policy)
{
	int end;

	begin(flow, type, policy);
	assert_int_equal(drive(), 0x80);
	act(flow);
	end = drive();
	if (end == 0x81 && flow != EOI && flow != ISR)
		assert_int_equal(pkvm_vmread(PKVM_VMCS_TPR_THRESHOLD), 0);
	assert_false(pkvm_host_is_dead(&t.vm));
	guest_end(&t.guest);
	return end;
}

static void assert_flows(int policy, const int expected[8])
{
	for (uint64_t type = 0; type < 2; type++) {
		for (int flow = GUEST_CR8; flow <= RESTORE_CR8; flow++) {
			/* A pVM is in x2APIC mode, which has no page. */
			if (type == PKVM_VM_PVM && flow == MMIO)
				continue;
			if (end_of((enum flow)flow, type, policy) != expected[flow])
				fail_msg("type %d flow %d", (int)type, flow);
		}
	}
}

/* Nothing became deliverable, so nothing sets the threshold anew. */
static void test_wrong_policy_fails_the_entry_after_a_tpr_below_threshold_exit(void **state)
{
	static const int expected[8] = {-7, -7, -7, -7, 0x81, 0x81, 0x81, 0x81};

	(void)state;
	assert_flows(IF_DELIVERABLE, expected);
}

/* The exit is mended; emulated writes of TPR are the other flows with the same bug. */
static void test_minimal_policy_mends_the_exit_and_no_emulated_write(void **state)
{
	static const int expected[8] = {0x81, -7, -7, -7, 0x81, 0x81, 0x81, 0x81};

	(void)state;
	assert_flows(EVERY_EXIT, expected);
}

static void test_general_policy_fails_no_entry_in_any_flow(void **state)
{
	static const int expected[8] = {0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81, 0x81};

	(void)state;
	assert_flows(EVERY_PPR, expected);
}

/* With an interrupt that becomes deliverable even the wrong policy evaluates. */
static void test_deliverable_interrupt_hides_the_bug(void **state)
{
	(void)state;
	for (uint64_t type = 0; type < 2; type++) {
		begin(GUEST_CR8, type, IF_DELIVERABLE);
		pkvm_host_lapic_eoi(&t.apic);
		assert_int_equal(drive(), 0x80);
		assert_int_equal(drive(), 0x81);
		assert_int_equal(pkvm_host_lapic_pending(&t.apic), 0x51);
		guest_end(&t.guest);
	}
}

static unsigned int updates(void)
{
	const uint64_t before = t.vcpu.stats.calls;

	t.apic.evaluate = true;
	pkvm_host_lapic_sync(&t.apic);
	pkvm_host_lapic_set_tpr(&t.apic, 0x30);
	return (unsigned int)(t.vcpu.stats.calls - before);
}

static void test_threshold_is_left_alone_without_a_local_apic_or_with_apicv(void **state)
{
	(void)state;
	begin(HOST_CR8, PKVM_VM_NPVM, EVERY_PPR);
	assert_int_equal(updates(), 2);
	t.chip.mode = PKVM_IRQCHIP_NONE;
	assert_int_equal(updates(), 0);
	t.chip.mode = PKVM_IRQCHIP_SPLIT;
	t.vcpu.apicv_active = true;
	assert_int_equal(updates(), 0);
	guest_end(&t.guest);
}

static void test_evaluation_is_due_once(void **state)
{
	uint64_t before;

	(void)state;
	begin(HOST_CR8, PKVM_VM_NPVM, IF_DELIVERABLE);
	before = t.vcpu.stats.calls;
	pkvm_host_lapic_sync(&t.apic);
	assert_int_equal(t.vcpu.stats.calls, before);
	pkvm_host_lapic_eoi(&t.apic);
	pkvm_host_lapic_sync(&t.apic);
	assert_int_equal(t.vcpu.stats.calls, before + 1);
	guest_end(&t.guest);
}

static void test_apicv_takes_vectors_by_posting_and_never_exceptions_of_a_pvm(void **state)
{
	(void)state;
	for (uint64_t type = 0; type < 2; type++) {
		begin(HOST_CR8, type, EVERY_PPR);
		t.vcpu.apicv_active = true;
		assert_true(pkvm_host_lapic_accept(&t.apic, 0xc3, false));
		assert_true(pkvm_host_lapic_accept(&t.apic, 0x1f, false));
		assert_int_equal(t.vcpu.page->apic.posted[3], 0x8);
		assert_int_equal(t.vcpu.page->apic.posted[0], type ? 0 : 0x80000000);
		assert_int_equal(t.vcpu.stats.dropped, type);
		assert_int_equal(pkvm_host_lapic_pending(&t.apic), -1);
		guest_end(&t.guest);
	}
}

static void test_apicv_state_comes_from_the_page(void **state)
{
	struct pkvm_host_lapic_state saved;

	(void)state;
	for (uint64_t type = 0; type < 2; type++) {
		begin(HOST_CR8, type, EVERY_PPR);
		t.vcpu.apicv_active = true;
		t.vcpu.page->apic.irr[1] = 0x400000003;
		t.vcpu.page->apic.isr[3] = 0x8000000000000000;
		pkvm_host_lapic_get_state(&t.apic, &saved);
		assert_int_equal(saved.reg[0x220 / 4], type ? 0 : 3);
		assert_int_equal(saved.reg[0x230 / 4], type ? 0 : 4);
		assert_int_equal(saved.reg[0x170 / 4], type ? 0 : 0x80000000);
		assert_int_equal(saved.reg[0x130 / 4], 0);
		guest_end(&t.guest);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_wrong_policy_fails_the_entry_after_a_tpr_below_threshold_exit),
		cmocka_unit_test(test_minimal_policy_mends_the_exit_and_no_emulated_write),
		cmocka_unit_test(test_general_policy_fails_no_entry_in_any_flow),
		cmocka_unit_test(test_deliverable_interrupt_hides_the_bug),
		cmocka_unit_test(
			test_threshold_is_left_alone_without_a_local_apic_or_with_apicv),
		cmocka_unit_test(test_evaluation_is_due_once),
		cmocka_unit_test(
			test_apicv_takes_vectors_by_posting_and_never_exceptions_of_a_pvm),
		cmocka_unit_test(test_apicv_state_comes_from_the_page),
	};

	return cmocka_run_group_tests_name("host lapic tpr", tests, NULL, NULL);
}
