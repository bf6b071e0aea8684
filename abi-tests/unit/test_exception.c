/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Tests of exceptions: what inject_exception refuses, payloads, and a debugger's share. */
#include "machine_fixture.h"
#include "run_fixture.h"

#define RAX 0

static void begin(struct guest *g)
{
	guest_begin(g, PKVM_VM_NPVM);
	OP(g, "hlt");
	guest_ready(g);
}

static void test_a_page_fault_payload_becomes_cr2_when_it_is_injected(void **state)
{
	const struct pkvm_exception fault = {14, 1, 2, 1, 0x123456789, 0};
	struct guest g;

	(void)state;
	begin(&g);
	assert_int_equal(pkvm_hc_inject_exception(&fault).error, 0);
	assert_int_equal(pkvm_hc_inject_exception(&fault).error, -16);
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(world_page(&g.vcpu)->regs.gpr[RAX], 14);
	assert_int_equal(world_page(&g.vcpu)->regs.cr2, 0x123456789);
	guest_end(&g);
}

static void test_a_debug_payload_has_the_polarity_of_pending_debug_exceptions(void **state)
{
	/* Breakpoint 1, single step, RTM, and the bit that DR6 does not have. */
	const struct pkvm_exception debug = {1, 0, 0, 1, 0x15002, 0};
	struct guest g;

	(void)state;
	begin(&g);
	world_page(&g.vcpu)->regs.dr6 = 0xffff0ff5;
	assert_int_equal(pkvm_hc_inject_exception(&debug).error, 0);
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(world_page(&g.vcpu)->regs.gpr[RAX], 1);
	assert_int_equal(world_page(&g.vcpu)->regs.dr6, 0xfffe4ff2);
	guest_end(&g);
}

static void test_an_exception_that_vm_entry_cannot_take_is_refused(void **state)
{
	static const struct {
		struct pkvm_exception in;
		uint64_t word;
	} rows[] = {
		{{2, 0, 0, 0, 0, 0}, 1},  /* an NMI is no exception        */
		{{13, 0, 0, 0, 0, 0}, 2}, /* #GP has an error code         */
		{{6, 1, 0, 0, 0, 0}, 2},  /* #UD has none                  */
		{{6, 0, 5, 0, 0, 0}, 3},
		{{13, 1, 0, 1, 0, 0}, 4}, /* #GP has no payload            */
		{{14, 1, 0, 0, 9, 0}, 5},
		{{1, 0, 0, 0, 1, 0}, 5},
		{{6, 0, 0, 0, 0, 1}, 6}, /* #UD has no length             */
	};
	struct guest g;

	(void)state;
	begin(&g);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct pkvm_status status = pkvm_hc_inject_exception(&rows[i].in);

		assert_int_equal(status.error, -22);
		assert_int_equal(status.refused, rows[i].word);
	}
	guest_end(&g);
}

/* DR6: bits 63:32 are #GP to whoever loads it, the other reserved ones never change. */
static void test_a_debug_payload_has_no_bit_that_dr6_does_not_have(void **state)
{
	struct pkvm_cancelled gone;
	struct guest g;

	(void)state;
	begin(&g);
	for (unsigned int bit = 0; bit < 64; bit++) {
		const struct pkvm_exception debug = {1, 0, 0, 1, 1ull << bit, 0};
		const bool exists = 0x1f80full >> bit & 1;
		const struct pkvm_status status = pkvm_hc_inject_exception(&debug);

		assert_int_equal(status.error, exists ? 0 : -22);
		assert_int_equal(status.refused, exists ? 0 : 5);
		if (exists)
			assert_int_equal(pkvm_hc_cancel_injection(&gone).error, 0);
	}
	guest_end(&g);
}

static struct guest broken;

static void run_broken(void)
{
	(void)guest_run_status(&broken);
}

/* No call can bring that about; were there one, the model would not hide it. */
static void test_entry_with_a_high_bit_of_dr6_stops_the_machine(void **state)
{
	(void)state;
	begin(&broken);
	guest_vcpu(&broken)->has_run = 1;
	guest_vcpu(&broken)->exception = (struct pkvm_event){
		.kind = PKVM_EVENT_EXCEPTION, .vector = 1, .has_payload = 1,
		.payload = 0x100000000,
	};
	assert_stops(run_broken);
	guest_end(&broken);
}

static void test_a_debugger_takes_breakpoints_only_when_it_asked(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_NPVM);
	OP(&g, "int3");
	OP(&g, "int3");
	guest_ready(&g);
	assert_int_equal(
		pkvm_hc_update_exception_bitmap(&(struct pkvm_guest_debug){0x10001}).error, 0);
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 0);
	assert_int_equal(world_page(&g.vcpu)->exit.interruption_information & 0xff, 3);
	assert_int_equal(pkvm_hc_update_exception_bitmap(&(struct pkvm_guest_debug){0}).error,
			 0);
	guest_run(&g, PKVM_EXIT_VMX);
	assert_int_equal(g.exit.word0, 30);
	assert_int_equal(world_page(&g.vcpu)->regs.gpr[RAX], 3);
	guest_end(&g);
}

static void test_int1_reaches_the_guest_as_itself(void **state)
{
	struct guest g;

	(void)state;
	guest_begin(&g, PKVM_VM_PVM);
	OP(&g, "int1");
	guest_ready(&g);
	guest_run_out(&g, 0x20, 1);
	assert_int_equal(guest_vcpu(&g)->regs.dr6, 0xffff0ff0);
	guest_end(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_page_fault_payload_becomes_cr2_when_it_is_injected),
		cmocka_unit_test(
			test_a_debug_payload_has_the_polarity_of_pending_debug_exceptions),
		cmocka_unit_test(test_a_debug_payload_has_no_bit_that_dr6_does_not_have),
		cmocka_unit_test(test_entry_with_a_high_bit_of_dr6_stops_the_machine),
		cmocka_unit_test(test_an_exception_that_vm_entry_cannot_take_is_refused),
		cmocka_unit_test(test_a_debugger_takes_breakpoints_only_when_it_asked),
		cmocka_unit_test(test_int1_reaches_the_guest_as_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
