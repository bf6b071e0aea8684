/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The reference of exceptions over the core: what the guest reads in CR2 and DR6
 * when its handler runs, and what the VMM reads before.
 */
#include "host_machine_fixture.h"
#include "host/exception_vcpu.h"

static struct pkvm_host_exceptions queued;

/* Every vector leads to a handler that prints a byte of a control or debug register. */
static void begin(struct world *w, uint64_t type, const char *mov, uint64_t reg)
{
	const uint16_t entry[2] = {HANDLER, 0};

	create(w, type);
	pkvm_host_add_exceptions(&w->vcpu, &queued);
	for (int i = 0; i < 4; i++)
		emit(w, "hlt", 0, 0, 0);
	load_code(w, CODE);
	emit(w, mov, 2, 0, reg);
	emit(w, "mov_imm", 2, 2, 0x3f8);
	emit(w, "out8_dx", 0, 0, 0);
	emit(w, "hlt", 0, 0, 0);
	load_code(w, HANDLER);
	for (uint64_t vector = 0; vector < 256; vector++)
		assert_int_equal(pkvm_host_memory_write(&w->vm, 4 * vector, entry,
							sizeof(entry)), 0);
	prepare(w);
	w->vcpu.page->regs.cr2 = 'o';
	w->vcpu.page->regs.dr6 = 0xffff0ff0;
}

static struct pkvm_host_outcome run_exits(struct world *w, uint64_t exits)
{
	const struct pkvm_host_devices devices = devices_of(&w->vmm);

	return pkvm_host_run(&w->vcpu, &devices, exits);
}

static const struct pkvm_exception page_fault = {
	.vector = 14, .has_error_code = 1, .has_payload = 1, .payload = 'n',
};
static const struct pkvm_exception breakpoint = {
	.vector = 1, .has_payload = 1, .payload = 0x1001,
};

static void test_handler_reads_the_address_of_a_page_fault_in_cr2(void **state)
{
	struct world w;

	(void)state;
	begin(&w, PKVM_VM_NPVM, "mov_from_cr", 2);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	pkvm_host_raise_exception(&w.vcpu, &page_fault);
	assert_int_equal(w.vcpu.page->regs.cr2, 'o');
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_string_equal(w.vmm.text, "n");
	assert_false(pkvm_host_exception_waits(&w.vcpu));
	finish(&w);
}

/* B0 and no bit 12: 0xf1 is the low byte of 0xffff0ff1. */
static void test_handler_reads_the_breakpoint_in_dr6(void **state)
{
	struct world w;

	(void)state;
	begin(&w, PKVM_VM_NPVM, "mov_from_dr", 6);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	pkvm_host_raise_exception(&w.vcpu, &breakpoint);
	assert_int_equal(w.vcpu.page->regs.dr6, 0xffff0ff0);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_string_equal(w.vmm.text, "\xf1");
	assert_int_equal(w.vcpu.page->regs.dr6, 0xffff0ff1);
	finish(&w);
}

/* The stack's page is not backed at first: the delivery's exit is an EPT violation. */
static void test_delivery_that_an_exit_cut_short_is_told_as_injected(void **state)
{
	struct pkvm_host_vcpu_events events;
	struct world w;

	(void)state;
	begin(&w, PKVM_VM_NPVM, "mov_from_cr", 2);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	pkvm_host_raise_exception(&w.vcpu, &page_fault);
	assert_int_equal(run_exits(&w, 1).exit.word0, 48);
	assert_int_equal(w.vcpu.page->exit.vectoring_information, 0x8000030e);
	pkvm_host_save_events(&w.vcpu, &events);
	assert_true(events.injected);
	assert_int_equal(events.vector, 14);
	assert_int_equal(w.vcpu.page->regs.cr2, 'n');
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_string_equal(w.vmm.text, "n");
	finish(&w);
}

/* Without the capability, whatever is saved first: then all of it fits together. */
static void test_saves_deliver_the_payload_unless_the_capability_is_on(void **state)
{
	struct pkvm_host_vcpu_events events;
	struct pkvm_host_sregs sregs;
	struct world w;

	(void)state;
	for (int on = 0; on < 2; on++) {
		begin(&w, PKVM_VM_NPVM, "mov_from_cr", 2);
		w.vm.exception_payload = on;
		pkvm_host_raise_exception(&w.vcpu, &page_fault);
		pkvm_host_get_sregs(&w.vcpu, &sregs);
		assert_int_equal(sregs.cr2, on ? 'o' : 'n');
		pkvm_host_save_events(&w.vcpu, &events);
		assert_int_equal(events.pending, on);
		assert_int_equal(events.injected, !on);
		assert_int_equal(events.payload, on ? 'n' : 0);
		assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
		assert_string_equal(w.vmm.text, "n");
		finish(&w);
	}
}

static void test_capability_is_remembered_when_the_hypervisor_took_it(void **state)
{
	struct pkvm_host_vm vm;
	struct world w;

	(void)state;
	begin(&w, PKVM_VM_NPVM, "mov_from_cr", 2);
	assert_int_equal(pkvm_host_vm_enable_cap(&w.vm, 1, 1), -16);
	assert_false(w.vm.exception_payload);
	assert_int_equal(pkvm_host_vm_init(&vm, &w.host, PKVM_VM_NPVM, 1), 0);
	assert_int_equal(pkvm_host_vm_enable_cap(&vm, 1, 2), -22);
	assert_false(vm.exception_payload);
	assert_int_equal(pkvm_host_vm_enable_cap(&vm, 1, 1), 0);
	assert_true(vm.exception_payload);
	assert_int_equal(pkvm_host_vm_enable_cap(&vm, 1, 0), 0);
	assert_false(vm.exception_payload);
	assert_int_equal(pkvm_host_vm_destroy(&vm), 0);
	finish(&w);
}

/* DR7 bit 12 is reserved, and so are bits 63:32 of both. */
static void test_refused_debug_registers_leave_all_as_they_were(void **state)
{
	static const struct pkvm_host_debugregs bad[] = {
		{.db = {1, 2, 3, 4}, .dr6 = 0xffff0ff1, .dr7 = 0x1400},
		{.db = {1, 2, 3, 4}, .dr6 = 0x1ffff0ff0, .dr7 = 0x400},
		{.db = {1, 2, 3, 4}, .dr6 = 0xffff0ff1, .dr7 = 0x100000400},
	};
	const struct pkvm_host_debugregs good = {.db = {5, 6, 7, 8}, .dr6 = 0xffff0ff2,
						 .dr7 = 0x402};
	struct pkvm_host_debugregs debugregs;
	struct world w;

	(void)state;
	begin(&w, PKVM_VM_NPVM, "mov_from_dr", 7);
	assert_int_equal(pkvm_host_restore_debugregs(&w.vcpu, &good), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(pkvm_host_restore_debugregs(&w.vcpu, &bad[i]), -22);
		assert_int_equal(pkvm_host_save_debugregs(&w.vcpu, &debugregs), 0);
		assert_memory_equal(&debugregs, &good, sizeof(good));
	}
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	pkvm_host_raise_exception(&w.vcpu, &page_fault);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_string_equal(w.vmm.text, "\x02");
	finish(&w);
}

static void test_protected_vcpu_is_neither_saved_nor_raised_for(void **state)
{
	struct pkvm_host_debugregs debugregs;
	struct pkvm_host_copy_out out;
	struct pkvm_host_sregs sregs;
	struct world w;

	(void)state;
	begin(&w, PKVM_VM_PVM, "mov_from_cr", 2);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	pkvm_host_raise_exception(&w.vcpu, &page_fault);
	assert_false(pkvm_host_exception_waits(&w.vcpu));
	assert_int_equal(pkvm_host_save_debugregs(&w.vcpu, &debugregs), -22);
	assert_int_equal(pkvm_host_restore_debugregs(&w.vcpu, &debugregs), -22);
	pkvm_host_get_sregs(&w.vcpu, &sregs);
	assert_int_equal(sregs.cr2, 0);
	pkvm_host_copy_out(&w.vcpu, &out);
	assert_int_equal(out.cr2 | out.dr6 | out.events.pending | out.events.injected, 0);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_string_equal(w.vmm.text, "");
	finish(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handler_reads_the_address_of_a_page_fault_in_cr2),
		cmocka_unit_test(test_handler_reads_the_breakpoint_in_dr6),
		cmocka_unit_test(test_delivery_that_an_exit_cut_short_is_told_as_injected),
		cmocka_unit_test(test_saves_deliver_the_payload_unless_the_capability_is_on),
		cmocka_unit_test(test_capability_is_remembered_when_the_hypervisor_took_it),
		cmocka_unit_test(test_refused_debug_registers_leave_all_as_they_were),
		cmocka_unit_test(test_protected_vcpu_is_neither_saved_nor_raised_for),
	};

	return cmocka_run_group_tests_name("host exception machine", tests, NULL, NULL);
}
