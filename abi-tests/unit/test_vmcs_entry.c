/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests the model's VM entries and VM exits with guests of real machine code:
 * launch state, failed entries, what is loaded and saved, MSR areas, injection.
 */
#include "model_fixture.h"

static void msr_entry(unsigned int i, uint64_t index, uint64_t value)
{
	poke(MSR_PAGE + 16 * i, index);
	poke(MSR_PAGE + 16 * i + 8, value);
}

static void test_hlt_exits_with_reason_12_and_its_length(void **state)
{
	(void)state;
	CODE(0x90, 0xf4);
	regs.gpr[PKVM_GPR_RSP] = 0x5555;
	launch(12);
	assert_int_equal(get(0x681e), 0x1001);
	assert_int_equal(get(0x440c), 1);
	assert_int_equal(get(0x6400), 0);
	assert_int_equal(get(0x681c), 0x8000);
	assert_int_equal(regs.gpr[PKVM_GPR_RSP], 0x5555);
	assert_int_equal(processors[0].exits, 1);
	assert_int_equal(processors[0].instructions, 2);
}

static void test_guest_stack_pointer_comes_from_the_vmcs_and_returns_there(void **state)
{
	(void)state;
	CODE(0x50, 0xf4);               /* push ax; hlt */
	regs.gpr[PKVM_GPR_RAX] = 0x1234;
	launch(12);
	assert_int_equal(get(0x681c), 0x7ffe);
	assert_int_equal(peek(0x7ffe) & 0xffff, 0x1234);
}

static void test_vmlaunch_needs_a_clear_and_vmresume_a_launched_vmcs(void **state)
{
	(void)state;
	CODE(0xf4);
	assert_int_equal(pkvm_vmcs_enter(&regs, true), 5);
	assert_int_equal(get(0x4400), 5);
	launch(12);
	assert_int_equal(pkvm_vmcs_enter(&regs, false), 4);
	assert_int_equal(get(0x4400), 4);
	resume(12);
	assert_int_equal(pkvm_vmcs_clear(VMCS_A), 0);
	assert_int_equal(pkvm_vmcs_load(VMCS_A), 0);
	assert_int_equal(pkvm_vmcs_enter(&regs, true), 5);
}

static void test_bad_control_is_error_7_and_bad_host_state_error_8(void **state)
{
	(void)state;
	put(0x4000, 0);
	assert_int_equal(pkvm_vmcs_enter(&regs, false), 7);
	assert_int_equal(get(0x4400), 7);
	put(0x4000, 0x16);
	put(0x6c00, 0);
	assert_int_equal(pkvm_vmcs_enter(&regs, false), 8);
	assert_int_equal(get(0x4400), 8);
	assert_int_equal(get(0x4402), 0);
	assert_int_equal(pkvm_vmcs_enter(&regs, true), 5);
}

static void test_bad_guest_state_is_a_failed_entry_that_changes_no_guest_state(void **state)
{
	(void)state;
	without(0x4012, 4);             /* debug controls are not loaded */
	put(0x681a, 0x455);
	put(0x6800, 0x60000020u);
	put(0x6820, 0x200);             /* RFLAGS bit 1 is clear */
	put(0x4016, 0x80000020u);
	launch(0x80000021u);
	assert_int_equal(get(0x6400), 0);
	assert_int_equal(get(0x681a), 0x455);
	assert_int_equal(get(0x6800), 0x60000020u);
	assert_int_equal(get(0x4016), 0x80000020u);
	assert_int_equal(pkvm_vmcs_enter(&regs, true), 5);
}

static void test_bad_link_pointer_is_a_failed_entry_with_qualification_4(void **state)
{
	(void)state;
	put(0x2800, 0x1001);
	launch(0x80000021u);
	assert_int_equal(get(0x6400), 4);
}

static void test_msr_that_cannot_be_loaded_fails_the_entry_with_its_number(void **state)
{
	(void)state;
	CODE(0xf4);
	msr_entry(0, 0x176, 0x7777);
	msr_entry(1, LSTAR, 0x1111);
	msr_entry(2, 0xc0000100u, 0);
	put(0x200a, MSR_PAGE);
	put(0x4014, 3);
	launch(0x80000022u);
	assert_int_equal(get(0x6400), 3);
	assert_int_equal(get(0x6826), 0);
	assert_int_equal(pkvm_vmcs_enter(&regs, true), 5);
	msr_entry(1, 0x100000000ull | LSTAR, 0);
	launch(0x80000022u);
	assert_int_equal(get(0x6400), 2);
	msr_entry(1, 0x12345, 0);
	launch(0x80000022u);
	assert_int_equal(get(0x6400), 2);
	put(0x4014, 1);
	launch(12);
	assert_int_equal(get(0x6826), 0x7777);
}

static void test_x2apic_msr_in_an_area_fails_the_entry_in_any_mode_of_the_apic(void **state)
{
	(void)state;
	CODE(0xf4);
	msr_entry(0, 0x808, 0);
	put(0x200a, MSR_PAGE);
	put(0x4014, 1);
	apic_base = 0xc00;
	launch(0x80000022u);
	apic_base = 0x800;
	launch(0x80000022u);
	msr_entry(0, 0x900, 0);
	put(0x4014, 0);
	launch(12);
}

static void test_a_value_that_wrmsr_refuses_fails_the_entry(void **state)
{
	(void)state;
	CODE(0xf4);
	put(0x200a, MSR_PAGE);
	put(0x4014, 1);
	msr_entry(0, 0x176, 0x800000000000);
	launch(0x80000022u);
	assert_int_equal(get(0x6400), 1);
	msr_entry(0, 0x277, 2);
	launch(0x80000022u);
	msr_entry(0, 0xc0000080u, 0x2);
	launch(0x80000022u);
	msr_entry(0, 0x176, 0x7fffffffffff);
	launch(12);
	assert_int_equal(get(0x6826), 0x7fffffffffff);
}

static void test_the_area_does_not_change_lma(void **state)
{
	(void)state;
	CODE(0xf4);
	put(0x200a, MSR_PAGE);
	put(0x4014, 1);
	msr_entry(0, 0xc0000080u, 0xd01);
	put(0x400c, get(0x400c) | 0x100000);    /* save IA32_EFER */
	launch(12);
	assert_int_equal(get(0x2806), 0x901);
}

static void test_msr_areas_switch_msrs_between_host_and_guest(void **state)
{
	(void)state;
	CODE(0xf4);
	star_msrs[1] = 0xaaaa;
	msr_entry(0, LSTAR, 0x1111);    /* guest, loaded at entry */
	msr_entry(1, LSTAR, 0);         /* guest, stored at exit  */
	msr_entry(2, LSTAR, 0xbbbb);    /* host, loaded at exit   */
	msr_entry(3, STAR, 0xcccc);
	put(0x200a, MSR_PAGE);
	put(0x4014, 1);
	put(0x2006, MSR_PAGE + 16);
	put(0x400e, 1);
	put(0x2008, MSR_PAGE + 32);
	put(0x4010, 2);
	launch(12);
	assert_int_equal(peek(MSR_PAGE + 24), 0x1111);
	assert_int_equal(star_msrs[1], 0xbbbb);
	assert_int_equal(star_msrs[0], 0xcccc);
}

static void test_host_msr_that_cannot_be_loaded_is_a_vmx_abort(void **state)
{
	(void)state;
	CODE(0xf4);
	msr_entry(0, 0x12345, 0);
	put(0x2008, MSR_PAGE);
	put(0x4010, 1);
	assert_int_equal(pkvm_vmcs_enter(&regs, false), 0);
	assert_int_equal(peek(VMCS_A) >> 32, 4);
	assert_int_equal(pkvm_vmcs_load(VMCS_A), -1);
}

static void test_fields_are_saved_only_as_the_exit_controls_say(void **state)
{
	(void)state;
	/* mov eax, 0x455; mov dr7, eax; hlt */
	CODE(0x66, 0xb8, 0x55, 0x04, 0x00, 0x00, 0x0f, 0x23, 0xf8, 0xf4);
	launch(12);
	assert_int_equal(get(0x681a), 0x455);
	put(0x681a, 0x400);
	put(0x681e, GUEST_CODE);
	without(0x400c, 4);
	resume(12);
	assert_int_equal(get(0x681a), 0x400);
}

static void test_guest_pat_is_saved_only_as_the_exit_control_says(void **state)
{
	(void)state;
	also(0x4002, 0x10000000);       /* MSR bitmaps: no MSR exits */
	put(0x2004, MSR_PAGE);
	/* mov ecx, 0x277; mov eax, 6; wrmsr; hlt */
	CODE(0x66, 0xb9, 0x77, 0x02, 0x00, 0x00, 0x66, 0xb8, 0x06, 0x00, 0x00, 0x00, 0x0f, 0x30,
	     0xf4);
	launch(12);
	assert_int_equal(get(0x2804), 0);
	put(0x681e, GUEST_CODE);
	also(0x400c, 0x40000);
	resume(12);
	assert_int_equal(get(0x2804), 6);
}

/* A guest with identity-mapped tables at 0x20000 that turns IA-32e mode on. */
static void ia32e_guest(void)
{
	also(0x4002, 0x10000000);
	put(0x2004, MSR_PAGE);
	poke(0x20000, 0x21000 | 3);
	poke(0x21000, 0x22000 | 3);
	poke(0x22000, 0x83);
	CODE(0x66, 0xb8, 0x00, 0x00, 0x02, 0x00, 0x0f, 0x22, 0xd8, /* cr3 = 0x20000 */
	     0x66, 0xb8, 0x20, 0x20, 0x00, 0x00, 0x0f, 0x22, 0xe0, /* cr4 = 0x2020 */
	     0x66, 0xb9, 0x80, 0x00, 0x00, 0xc0,
	     0x66, 0xb8, 0x00, 0x01, 0x00, 0x00, 0x0f, 0x30,       /* efer = 0x100 */
	     0x66, 0xb8, 0x31, 0x00, 0x00, 0x80, 0x0f, 0x22, 0xc0, /* cr0 = 0x80000031 */
	     0xf4);
}

static void test_exit_stores_the_mode_of_the_guest_in_the_entry_controls(void **state)
{
	(void)state;
	ia32e_guest();
	assert_int_equal(get(0x4012), 0x91ff);
	launch(12);
	assert_int_equal(get(0x4012), 0x93ff);
	assert_int_equal(get(0x2806), 0x500);
}

static void test_guest_efer_is_saved_only_as_the_exit_control_says(void **state)
{
	(void)state;
	ia32e_guest();
	without(0x400c, 0x100000);
	launch(12);
	assert_int_equal(get(0x4012), 0x93ff);
	assert_int_equal(get(0x2806), 0);
}

static void test_debug_controls_that_are_not_loaded_are_those_of_the_host(void **state)
{
	(void)state;
	/* mov eax, dr7; hlt */
	CODE(0x0f, 0x21, 0xf8, 0xf4);
	put(0x681a, 0x455);
	launch(12);
	assert_int_equal(regs.gpr[PKVM_GPR_RAX], 0x455);
	put(0x681e, GUEST_CODE);
	without(0x4012, 4);
	resume(12);
	assert_int_equal(regs.gpr[PKVM_GPR_RAX], 0x400);
}

static void test_cr0_takes_cd_nw_and_et_from_the_host(void **state)
{
	(void)state;
	CODE(0xf4);
	put(0x6800, 0x60000020u);
	launch(12);
	assert_int_equal(get(0x6800), 0x30);
}

static void test_injected_interrupt_runs_its_handler_and_is_not_injected_again(void **state)
{
	(void)state;
	CODE(0xf4);
	poke(4 * 0x20, 0x2000);         /* vector 0x20: 0000:2000 */
	memory[0x2000] = 0xf4;
	put(0x6820, 0x202);
	put(0x4016, 0x80000020u);
	launch(12);
	assert_int_equal(get(0x681e), 0x2000);
	assert_int_equal(get(0x4016), 0x20);
	assert_int_equal(get(0x4408) >> 31, 0);
	assert_int_equal(get(0x681c), 0x7ffa);
	assert_int_equal(peek(0x7ffa) & 0xffff, 0x1000);
	assert_int_equal(get(0x6820) & 0x200, 0);
}

static void test_exit_during_injection_reports_the_event_as_idt_vectoring(void **state)
{
	(void)state;
	poke(EPT_PD, 0);                /* the IVT is not mapped */
	put(0x4826, 1);
	put(0x6820, 0x202);
	put(0x4016, 0x80000020u);
	launch(48);
	assert_int_equal(get(0x4408), 0x80000020u);
	assert_int_equal(get(0x4016), 0x20);
	assert_int_equal(get(0x681e), GUEST_CODE);
	assert_int_equal(get(0x2400), 0x80);
	assert_int_equal(get(0x4826), 0);
}

static void test_injected_nmi_blocks_nmis(void **state)
{
	(void)state;
	poke(4 * 2, 0x2000);
	memory[0x2000] = 0xf4;
	put(0x4016, 0x80000202u);
	launch(12);
	assert_int_equal(get(0x681e), 0x2000);
	assert_int_equal(get(0x4824), 8);
}

static void test_injection_wakes_a_halted_guest(void **state)
{
	(void)state;
	poke(4 * 0x20, 0x2000);
	memory[0x2000] = 0xf4;
	put(0x4826, 1);
	put(0x6820, 0x202);
	put(0x4016, 0x80000020u);
	launch(12);
	assert_int_equal(get(0x681e), 0x2000);
	assert_int_equal(get(0x4826), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		GUEST(test_hlt_exits_with_reason_12_and_its_length),
		GUEST(test_guest_stack_pointer_comes_from_the_vmcs_and_returns_there),
		GUEST(test_vmlaunch_needs_a_clear_and_vmresume_a_launched_vmcs),
		GUEST(test_bad_control_is_error_7_and_bad_host_state_error_8),
		GUEST(test_bad_guest_state_is_a_failed_entry_that_changes_no_guest_state),
		GUEST(test_bad_link_pointer_is_a_failed_entry_with_qualification_4),
		GUEST(test_msr_that_cannot_be_loaded_fails_the_entry_with_its_number),
		GUEST(test_x2apic_msr_in_an_area_fails_the_entry_in_any_mode_of_the_apic),
		GUEST(test_a_value_that_wrmsr_refuses_fails_the_entry),
		GUEST(test_the_area_does_not_change_lma),
		GUEST(test_msr_areas_switch_msrs_between_host_and_guest),
		GUEST(test_host_msr_that_cannot_be_loaded_is_a_vmx_abort),
		GUEST(test_fields_are_saved_only_as_the_exit_controls_say),
		GUEST(test_guest_pat_is_saved_only_as_the_exit_control_says),
		GUEST(test_exit_stores_the_mode_of_the_guest_in_the_entry_controls),
		GUEST(test_guest_efer_is_saved_only_as_the_exit_control_says),
		GUEST(test_debug_controls_that_are_not_loaded_are_those_of_the_host),
		GUEST(test_cr0_takes_cd_nw_and_et_from_the_host),
		GUEST(test_injected_interrupt_runs_its_handler_and_is_not_injected_again),
		GUEST(test_exit_during_injection_reports_the_event_as_idt_vectoring),
		GUEST(test_injected_nmi_blocks_nmis),
		GUEST(test_injection_wakes_a_halted_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
