/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's code over the core: VMs of both kinds are made, run by the run
 * loop and taken apart, and every page comes back.
 */
#include "host_machine_fixture.h"

/* Port I/O, a forwarded MSR, both TSC registers, CPUID, then HLT with IF clear. */
static void emit_devices(struct world *w)
{
	emit(w, "write_port8", 2, 0x3f8, 'a');
	emit(w, "read_port8", 1, 0x3fd, 0);
	emit(w, "mov_imm", 2, 2, 0x3f8);
	emit(w, "out8_dx", 0, 0, 0);
	emit(w, "write_msr", 2, 0x6e0, 0x123456789);
	emit(w, "read_msr", 1, 0x6e0, 0);
	emit(w, "mov_imm", 2, 2, 0x3f8);
	emit(w, "out8_dx", 0, 0, 0);
	emit(w, "write_msr", 2, 0x10, 5000000);
	emit(w, "write_msr", 2, 0x3b, 77);
	emit(w, "cpuid", 0, 0, 0);
	emit(w, "hlt", 0, 0, 0);
	load_code(w, CODE);
}

static void test_loop_serves_devices_of(uint64_t type)
{
	struct pkvm_host_outcome outcome;
	struct world w;
	uint64_t value;

	create(&w, type);
	emit_devices(&w);
	prepare(&w);
	outcome = run(&w);
	assert_int_equal(outcome.stop, PKVM_HOST_STOP_HALTED);
	assert_string_equal(w.vmm.text, "ai\x89");
	assert_int_equal(w.vmm.msr, 0x123456789);
	assert_int_equal(w.vcpu.tsc.adjust, 77);
	assert_int_equal(pkvm_host_get_msr(&w.vcpu, 0x3b, &value), 0);
	assert_int_equal(value, 77);
	assert_false(pkvm_host_get_if_flag(&w.vcpu));
	finish(&w);
}

static void test_run_loop_serves_the_devices_of_an_npvm(void **state)
{
	(void)state;
	test_loop_serves_devices_of(PKVM_VM_NPVM);
}

static void test_run_loop_serves_the_devices_of_a_pvm(void **state)
{
	(void)state;
	test_loop_serves_devices_of(PKVM_VM_PVM);
}

/* STI, HLT; the handler prints; behind the HLT the guest prints and halts again. */
static void emit_interrupts(struct world *w)
{
	const uint16_t entry[2] = {HANDLER, 0};

	emit(w, "sti", 0, 0, 0);
	emit(w, "hlt", 0, 0, 0);
	emit(w, "write_port8", 2, 0x3f8, 'e');
	for (int i = 0; i < 4; i++)
		emit(w, "hlt", 0, 0, 0);
	load_code(w, CODE);
	emit(w, "write_port8", 2, 0x3f8, 'h');
	emit(w, "iret", 0, 0, 0);
	load_code(w, HANDLER);
	for (uint64_t vector = 0; vector < 256; vector++)
		assert_int_equal(pkvm_host_memory_write(&w->vm, 4 * vector, entry,
							sizeof(entry)), 0);
}

static void test_interrupt_wakes(uint64_t type, uint64_t features)
{
	struct world w;

	create(&w, type);
	w.host.answer.features &= features;
	emit_interrupts(&w);
	prepare(&w);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_true(pkvm_host_get_if_flag(&w.vcpu));
	assert_string_equal(w.vmm.text, "");
	w.vmm.irq = 0x40;
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_string_equal(w.vmm.text, "he");
	assert_int_equal(w.vmm.acks, 1);
	pkvm_host_queue_nmi(&w.vcpu);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_false(w.vcpu.nmi_pending);
	assert_int_equal(w.vmm.text[2], 'h');
	finish(&w);
}

static void test_interrupt_wakes_a_halted_vcpu_by_one_call_or_by_two(void **state)
{
	(void)state;
	test_interrupt_wakes(PKVM_VM_NPVM, ~0ull);
	test_interrupt_wakes(PKVM_VM_PVM, ~0ull);
	test_interrupt_wakes(PKVM_VM_NPVM, ~8ull);
	test_interrupt_wakes(PKVM_VM_PVM, ~8ull);
}

static void test_pvm_gets_no_interrupt_below_32_and_the_loop_goes_on(void **state)
{
	struct world w;

	(void)state;
	create(&w, PKVM_VM_PVM);
	emit_interrupts(&w);
	prepare(&w);
	w.vmm.irq = 0x1f;
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	assert_string_equal(w.vmm.text, "");
	assert_int_equal(w.vcpu.stats.dropped, 1);
	finish(&w);
}

static void test_interrupt_window_opens_for_an_interrupt_that_cannot_go_yet(void **state)
{
	struct world w;

	(void)state;
	for (uint64_t type = 0; type < 2; type++) {
		create(&w, type);
		emit_interrupts(&w);
		prepare(&w);
		w.vmm.irq = 0x40;
		assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
		assert_int_equal(w.vmm.acks, 1);
		assert_int_equal(w.vmm.text[0], 'h');
		assert_int_equal(type ? w.vcpu.stats.exits[PKVM_EXIT_IRQ_WINDOW] :
					w.vcpu.stats.vmx_exits[7], 1);
		finish(&w);
	}
}

static void test_pvm_is_denied_to_its_host_after_the_first_run(void **state)
{
	struct pkvm_host_sregs sregs;
	uint64_t calls;
	struct world w;
	uint8_t byte;

	(void)state;
	create(&w, PKVM_VM_PVM);
	emit_devices(&w);
	prepare(&w);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
	calls = w.vcpu.stats.calls;
	pkvm_host_get_sregs(&w.vcpu, &sregs);
	assert_int_equal(sregs.cs.limit, 0);
	assert_int_equal(sregs.cr0, 0);
	assert_int_equal(pkvm_host_get_rflags(&w.vcpu), 0);
	assert_int_equal(w.vcpu.stats.calls, calls);
	assert_int_equal(w.vcpu.page->regs.rip, 0);
	assert_int_equal(pkvm_host_memory_read(&w.vm, CODE, &byte, 1), -14);
	finish(&w);
}

static void test_special_registers_of_an_npvm_round_trip(void **state)
{
	struct pkvm_host_sregs in, out;
	struct world w;

	(void)state;
	create(&w, PKVM_VM_NPVM);
	pkvm_host_vcpu_load(&w.vcpu);
	pkvm_host_vcpu_reset(&w.vcpu, false);
	pkvm_host_get_sregs(&w.vcpu, &in);
	assert_int_equal(in.cr0, 0x60000010);
	assert_int_equal(in.cs.selector, 0xf000);
	in.cr0 = 0x80000011;
	in.cr3 = 0x9000;
	in.cr4 = 0x20;
	in.efer = 0x500;
	in.cr8 = 5;
	in.gdt = (struct pkvm_descriptor_table){0x500, 0x1f};
	in.cs = (struct pkvm_host_segment){.selector = 0x10, .limit = 0xffffffff, .type = 0xb,
					   .present = 1, .s = 1, .l = 1, .g = 1};
	assert_int_equal(pkvm_host_set_sregs(&w.vcpu, &in), 0);
	w.vcpu.regs.avail = 0;
	pkvm_host_get_sregs(&w.vcpu, &out);
	assert_memory_equal(&in.cs, &out.cs, sizeof(in.cs));
	assert_int_equal(out.cr0, 0x80000011);
	assert_int_equal(out.cr3, 0x9000);
	assert_int_equal(out.cr4, 0x20);
	assert_int_equal(out.efer, 0x500);
	assert_int_equal(out.cr8, 5);
	assert_int_equal(out.gdt.base, 0x500);
	assert_int_equal(out.gdt.limit, 0x1f);
	finish(&w);
}

static void test_access_beyond_memory_stops_the_loop(void **state)
{
	struct pkvm_host_outcome outcome;
	struct world w;

	(void)state;
	for (uint64_t type = 0; type < 2; type++) {
		create(&w, type);
		emit(&w, "mov_imm", 2, 3, RAM + 0x123);
		emit(&w, "store8", 2, 3, 0);
		load_code(&w, CODE);
		prepare(&w);
		outcome = run(&w);
		assert_int_equal(outcome.stop, PKVM_HOST_STOP_NO_MEMORY);
		assert_int_equal(type ? outcome.exit.word0 : outcome.exit.word2,
				 type ? RAM : RAM + 0x123);
		finish(&w);
	}
}

/* As when two vCPUs have faulted on it before either was answered. */
static void test_a_page_that_is_mapped_already_answers_a_second_fault(void **state)
{
	struct world w;

	(void)state;
	for (uint64_t type = 0; type < 2; type++) {
		create(&w, type);
		emit(&w, "hlt", 0, 0, 0);
		load_code(&w, CODE);
		prepare(&w);
		assert_int_equal(run(&w).stop, PKVM_HOST_STOP_HALTED);
		assert_int_equal(pkvm_host_memory_map(&w.vcpu, CODE), 0);
		assert_int_equal(pkvm_host_memory_map(&w.vcpu, STACK), 0);
		assert_int_equal(pkvm_host_memory_map(&w.vcpu, STACK), 0);
		finish(&w);
	}
}

static void test_triple_fault_and_invalid_state_stop_the_loop(void **state)
{
	static const struct pkvm_descriptor_table no_idt = {0, 0};
	struct pkvm_host_outcome outcome;
	struct world w;

	(void)state;
	for (uint64_t type = 0; type < 2; type++) {
		create(&w, type);
		emit(&w, "ud2", 0, 0, 0);
		load_code(&w, CODE);
		prepare(&w);
		pkvm_host_set_idt(&w.vcpu, &no_idt);
		assert_int_equal(run(&w).stop, PKVM_HOST_STOP_SHUTDOWN);
		finish(&w);
		create(&w, type);
		prepare(&w);
		pkvm_host_set_rflags(&w.vcpu, 0x20002);
		pkvm_host_set_cr0(&w.vcpu, 0x80000011);
		assert_int_equal(pkvm_host_set_efer(&w.vcpu, 0x500), 0);
		outcome = run(&w);
		assert_int_equal(outcome.stop, PKVM_HOST_STOP_ENTRY_FAILED);
		finish(&w);
	}
}

/* An npVM switches to protected mode by MOV to CR0; the host writes what it asks. */
static void test_npvm_reaches_protected_mode_through_its_host(void **state)
{
	struct world w;

	(void)state;
	create(&w, PKVM_VM_NPVM);
	emit(&w, "mov_from_cr", 2, 0, 0);
	emit(&w, "or_imm", 2, 0, 1);
	emit(&w, "mov_to_cr", 2, 0, 0);
	emit(&w, "mov_imm", 2, 0, 0x2000);
	emit(&w, "mov_to_cr", 2, 4, 0);
	emit(&w, "hlt", 0, 0, 0);
	load_code(&w, CODE);
	prepare(&w);
	assert_int_equal(run(&w).stop, PKVM_HOST_STOP_SHUTDOWN);
	assert_int_equal(pkvm_host_read_cr0(&w.vcpu) & 0xffff, 0x11);
	assert_int_equal(w.vcpu.stats.vmx_exits[28], 2);
	finish(&w);
}

/* The second table takes the first one's place, whose pages are freed. */
static void test_cpuid_table_and_fpstate_come_back(void **state)
{
	const struct pkvm_cpuid_entry entry[] = {
		{.function = 0, .eax = 1},
		{.function = 1, .eax = 0x50654},
	};
	uint64_t allocated;
	struct world w;

	(void)state;
	for (uint64_t type = 0; type < 2; type++) {
		create(&w, type);
		pkvm_host_vcpu_load(&w.vcpu);
		assert_int_equal(pkvm_host_vcpu_after_set_cpuid(&w.vcpu, entry, 2), 0);
		allocated = machine_page_counts(w.machine).allocated;
		assert_int_equal(pkvm_host_vcpu_after_set_cpuid(&w.vcpu, entry, 2), 0);
		assert_int_equal(machine_page_counts(w.machine).allocated, allocated);
		assert_int_equal(pkvm_host_vcpu_add_fpstate(&w.vcpu, 10752), 0);
		assert_int_equal(machine_page_counts(w.machine).allocated,
				 allocated + (type ? 2 : 0));
		pkvm_host_vcpu_reset(&w.vcpu, false);
		assert_int_equal(w.vcpu.page->regs.gpr[2], 0x50654);
		finish(&w);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_loop_serves_the_devices_of_an_npvm),
		cmocka_unit_test(test_run_loop_serves_the_devices_of_a_pvm),
		cmocka_unit_test(test_interrupt_wakes_a_halted_vcpu_by_one_call_or_by_two),
		cmocka_unit_test(test_pvm_gets_no_interrupt_below_32_and_the_loop_goes_on),
		cmocka_unit_test(
			test_interrupt_window_opens_for_an_interrupt_that_cannot_go_yet),
		cmocka_unit_test(test_pvm_is_denied_to_its_host_after_the_first_run),
		cmocka_unit_test(test_special_registers_of_an_npvm_round_trip),
		cmocka_unit_test(test_access_beyond_memory_stops_the_loop),
		cmocka_unit_test(test_a_page_that_is_mapped_already_answers_a_second_fault),
		cmocka_unit_test(test_triple_fault_and_invalid_state_stop_the_loop),
		cmocka_unit_test(test_cpuid_table_and_fpstate_come_back),
		cmocka_unit_test(test_npvm_reaches_protected_mode_through_its_host),
	};

	return cmocka_run_group_tests_name("host machine", tests, NULL, NULL);
}
