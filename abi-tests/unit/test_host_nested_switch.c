/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* VMLAUNCH of L1 and exits from L2: which registers of the vCPU change, by which calls. */
#include "host_run_fixture.h"
#include "host/exception_vcpu.h"

#define VMLAUNCH 20
#define VMRESUME 24

static struct pkvm_host_exceptions queued;

static const struct pkvm_host_nested a_vmcs = {
	.controls = {.exception_bitmap = 1 << 14},
	.guest = {.rip = 0x2000, .rsp = 0x2800, .rflags = 0x102, .cr3 = 0x20000,
		  .dr7 = 0x401, .idt = {0x22000, 0xfff}},
	.host = {.rip = 0x1000, .rsp = 0x1800, .cr3 = 0x10000, .idt = {0x12000, 0xfff}},
};

/* What an exit does not change: RAX, CR2, DR0 and DR6. */
static void begin(const struct pkvm_host_nested *vmcs)
{
	reset(false);
	pkvm_host_add_exceptions(&fake_vcpu, &queued);
	fake_page.regs.gpr[0] = 0x55;
	fake_page.regs.cr2 = 0x1234;
	fake_page.regs.dr[0] = 0x777;
	fake_page.regs.dr6 = 0xffff0ff0;
	fake_page.regs.rip = 0x100;
	if (vmcs)
		assert_int_equal(pkvm_host_set_nested_vmcs(&queued, vmcs), 0);
}

static const struct pkvm_regs *call_of(uint64_t number)
{
	for (unsigned int i = 0; i < fake.calls; i++) {
		if (fake.call[i].rax == number)
			return &fake.call[i];
	}
	fail_msg("no call 0x%llx", (unsigned long long)number);
	return NULL;
}

static void assert_loaded(uint64_t rflags, uint64_t cr3, uint64_t dr7, uint64_t idt)
{
	assert_int_equal(call_of(0x40b)->word[0], rflags);
	assert_int_equal(call_of(0x411)->word[0], 1);
	assert_int_equal(call_of(0x411)->word[1], cr3);
	assert_int_equal(call_of(0x40d)->word[0], dr7);
	assert_int_equal(call_of(0x406)->word[0], idt);
	assert_int_equal(call_of(0x500)->word[0], 0);
}

static void assert_untouched(void)
{
	assert_int_equal(fake_page.regs.gpr[0], 0x55);
	assert_int_equal(fake_page.regs.cr2, 0x1234);
	assert_int_equal(fake_page.regs.dr[0], 0x777);
	assert_int_equal(fake_page.regs.dr6, 0xffff0ff0);
}

static void test_vmlaunch_gives_the_vcpu_the_registers_of_l2(void **state)
{
	(void)state;
	begin(&a_vmcs);
	(void)run_once(&devices, 1, VMLAUNCH, 0, 0, 3);
	assert_true(queued.nested.guest_mode);
	assert_int_equal(fake_page.regs.rip, 0x2000);
	assert_int_equal(fake_page.regs.gpr[4], 0x2800);
	assert_loaded(0x102, 0x20000, 0x401, 0x22000);
	assert_untouched();
}

/* RFLAGS and DR7 are what an exit loads, the rest L1's; L2's are kept for VMRESUME. */
static void test_exit_gives_it_those_of_l1_and_keeps_l2s(void **state)
{
	const struct pkvm_exception fault = {.vector = 14, .has_error_code = 1,
					     .has_payload = 1, .payload = 0x9000};

	(void)state;
	begin(&a_vmcs);
	(void)run_once(&devices, 1, VMLAUNCH, 0, 0, 3);
	fake_page.regs.rip = 0x2010;
	fake.answer[0x407] = (struct fake_answer){0, {0x22000, 0xfff}};
	pkvm_host_raise_exception(&fake_vcpu, &fault);
	(void)run_once(&devices, 1, 1, 0, 0, 0);
	assert_false(queued.nested.guest_mode);
	assert_int_equal(queued.nested.exit.qualification, 0x9000);
	assert_int_equal(queued.nested.guest.rip, 0x2010);
	assert_int_equal(queued.nested.guest.rflags, 0x102);
	assert_int_equal(queued.nested.guest.idt.base, 0x22000);
	assert_int_equal(fake_page.regs.rip, 0x1000);
	assert_int_equal(fake_page.regs.gpr[4], 0x1800);
	assert_loaded(2, 0x10000, 0x400, 0x12000);
	assert_untouched();
	(void)run_once(&devices, 1, VMRESUME, 0, 0, 3);
	assert_int_equal(fake_page.regs.rip, 0x2010);
}

static void test_intercepts_that_the_abi_has_are_asked_for_in_guest_mode(void **state)
{
	static const struct {
		uint32_t bitmap;
		uint64_t flags;
	} rows[] = {{0, 0}, {1 << 14, 0}, {1 << 1, 0x20001}, {1 << 3, 0x10001},
		    {1 << 1 | 1 << 3, 0x30001}};
	struct pkvm_host_nested vmcs = a_vmcs;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		vmcs.controls.exception_bitmap = rows[i].bitmap;
		begin(&vmcs);
		(void)run_once(&devices, 1, VMLAUNCH, 0, 0, 3);
		assert_int_equal(call_of(0x50d)->word[0], rows[i].flags);
		queued.triple_fault = true;
		(void)run_once(&devices, 1, 1, 0, 0, 0);
		assert_int_equal(call_of(0x50d)->word[0], 0);
	}
}

static void test_event_is_injected_once(void **state)
{
	struct pkvm_host_nested vmcs = a_vmcs;

	(void)state;
	vmcs.controls.entry_info = 0x80000306;
	begin(&vmcs);
	(void)run_once(&devices, 1, VMLAUNCH, 0, 0, 3);
	assert_true(queued.exception.injected);
	assert_int_equal(queued.nested.controls.entry_info, 0x80000306);
	queued.triple_fault = true;
	(void)run_once(&devices, 1, 1, 0, 0, 0);
	assert_int_equal(queued.nested.controls.entry_info, 0x306);
}

static void test_vmlaunch_without_a_vmcs_or_in_l2_is_undefined(void **state)
{
	(void)state;
	begin(NULL);
	(void)run_once(&devices, 1, VMLAUNCH, 0, 0, 3);
	assert_int_equal(queued.exception.vector, 6);
	assert_int_equal(fake_page.regs.rip, 0x100);
	begin(&a_vmcs);
	(void)run_once(&devices, 1, VMLAUNCH, 0, 0, 3);
	(void)run_once(&devices, 1, VMRESUME, 0, 0, 3);
	assert_int_equal(queued.exception.vector, 6);
	assert_true(queued.nested.guest_mode);
	fake_vcpu.exceptions = NULL;
	(void)run_once(&devices, 1, VMLAUNCH, 0, 0, 3);
	assert_int_equal(call_of(0x50b)->word[0], 6);
}

static void test_vmcs_is_not_changed_in_guest_mode_or_to_inject_no_exception(void **state)
{
	struct pkvm_host_nested vmcs = a_vmcs;

	(void)state;
	begin(NULL);
	vmcs.controls.entry_info = 0x80000051;
	assert_int_equal(pkvm_host_set_nested_vmcs(&queued, &vmcs), -22);
	assert_false(queued.nested.has_vmcs);
	begin(&a_vmcs);
	(void)run_once(&devices, 1, VMLAUNCH, 0, 0, 3);
	assert_int_equal(pkvm_host_set_nested_vmcs(&queued, &a_vmcs), -22);
}

static void test_register_of_l2_that_is_refused_ends_the_run_and_kills_no_vm(void **state)
{
	static const unsigned int refused[] = {0x40b, 0x411, 0x40d, 0x406};
	struct pkvm_host_outcome outcome;

	(void)state;
	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		begin(&a_vmcs);
		fake.answer[refused[i]].error = -22;
		outcome = run_once(&devices, 1, VMLAUNCH, 0, 0, 3);
		assert_int_equal(outcome.stop, PKVM_HOST_STOP_FAILED);
		assert_int_equal(outcome.error, -22);
		assert_false(pkvm_host_is_dead(&fake_vm));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vmlaunch_gives_the_vcpu_the_registers_of_l2),
		cmocka_unit_test(test_exit_gives_it_those_of_l1_and_keeps_l2s),
		cmocka_unit_test(test_intercepts_that_the_abi_has_are_asked_for_in_guest_mode),
		cmocka_unit_test(test_event_is_injected_once),
		cmocka_unit_test(test_vmlaunch_without_a_vmcs_or_in_l2_is_undefined),
		cmocka_unit_test(
			test_vmcs_is_not_changed_in_guest_mode_or_to_inject_no_exception),
		cmocka_unit_test(
			test_register_of_l2_that_is_refused_ends_the_run_and_kills_no_vm),
	};

	return cmocka_run_group_tests_name("host nested switch", tests, NULL, NULL);
}
