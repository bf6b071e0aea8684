/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Exceptions and interrupts in the model: frames in every mode, stack switches,
 * nested faults, what exits during delivery report, and returns.
 */
#include "interpreter_fixture.h"

#define HARDWARE(vector) (0x80000300u | (vector))

static enum model_step deliver(uint32_t info, uint32_t error, uint32_t length, bool injected)
{
	memset(&vmexit, 0, sizeof(vmexit));
	return model_deliver(&cpu, info, error, length, injected, &vmexit);
}

static void test_int_n_pushes_a_64_bit_frame_and_iretq_returns(void **state)
{
	(void)state;
	gate64(0x40, 3, 0, 0xe);
	CODE(0xcd, 0x40);
	memcpy(memory + HANDLER, "\x48\xcf", 2);
	F(GUEST_RFLAGS) = 0x202;
	GPR(RSP) = STACK_TOP - 4;               /* is aligned to 16 */
	run(1);
	assert_int_equal(F(GUEST_RIP), HANDLER);
	assert_int_equal(F(GUEST_RFLAGS), 2);
	assert_int_equal(GPR(RSP), STACK_TOP - 16 - 40);
	assert_int_equal(peek(GPR(RSP)), CODE_AT + 2);
	assert_int_equal(peek(GPR(RSP) + 8), 0x08);
	assert_int_equal(peek(GPR(RSP) + 16), 0x202);
	assert_int_equal(peek(GPR(RSP) + 24), STACK_TOP - 4);
	assert_int_equal(peek(GPR(RSP) + 32), 0x10);
	run(1);
	assert_int_equal(F(GUEST_RIP), CODE_AT + 2);
	assert_int_equal(GPR(RSP), STACK_TOP - 4);
	assert_int_equal(F(GUEST_RFLAGS), 0x202);
}

static void test_event_from_user_mode_switches_stack_and_back(void **state)
{
	(void)state;
	user();
	poke(TSS + 4, 0x7000);
	gate64(0x40, 3, 0, 0xe);
	memcpy(memory + HANDLER, "\x48\xcf", 2);
	CODE(0xcd, 0x40);
	run(1);
	assert_int_equal(F(GUEST_SS_SELECTOR), 0);
	assert_int_equal(F(GUEST_SS_AR_BYTES), 0x10000);
	assert_int_equal(F(GUEST_CS_SELECTOR), 0x08);
	assert_int_equal(GPR(RSP), 0x7000 - 40);
	assert_int_equal(peek(0x7000 - 8), 0x23);
	run(1);
	assert_int_equal(F(GUEST_CS_SELECTOR), 0x1b);
	assert_int_equal(F(GUEST_SS_SELECTOR), 0x23);
	assert_int_equal(F(GUEST_SS_AR_BYTES) >> 5 & 3, 3);
	assert_int_equal(GPR(RSP), STACK_TOP);
}

static void test_software_interrupt_through_a_kernel_gate_is_gp_of_the_gate(void **state)
{
	(void)state;
	user();
	gate64(0x40, 0, 0, 0xe);
	CODE(0xcd, 0x40);
	F(EXCEPTION_BITMAP) = 1u << 13;
	exits(0, 0);
	assert_int_equal(vmexit.interruption_info, HARDWARE(13) | 0x800);
	assert_int_equal(vmexit.interruption_error, 0x40 * 8 + 2);
	assert_int_equal(F(IDT_VECTORING_INFO_FIELD), 0x80000440);
	assert_int_equal(vmexit.instruction_length, 2);
}

static void test_page_fault_handler_gets_error_code_cr2_and_rf(void **state)
{
	(void)state;
	gate64(14, 0, 1, 0xf);                  /* interrupt stack 1 */
	poke(TSS + 0x24, 0x7800);
	poke(PT + 8 * 9, 0);
	CODE(0x48, 0x89, 0x03);
	GPR(RBX) = DATA + 5;
	run(1);
	assert_int_equal(regs.cr2, DATA + 5);
	assert_int_equal(GPR(RSP), 0x7800 - 48);
	assert_int_equal(peek(0x7800 - 48), 2);
	assert_int_equal(peek(0x7800 - 40), CODE_AT);
	assert_int_equal(peek(0x7800 - 24), 0x10002);
}

static void test_page_fault_mask_and_match_turn_the_bitmap_around(void **state)
{
	(void)state;
	gate64(14, 0, 0, 0xe);
	poke(PT + 8 * 9, 0);
	CODE(0x48, 0x89, 0x03);
	GPR(RBX) = DATA;
	F(PAGE_FAULT_ERROR_CODE_MASK) = 1;
	F(PAGE_FAULT_ERROR_CODE_MATCH) = 1;     /* not equal: bit 14 clear exits */
	exits(0, DATA);
	F(EXCEPTION_BITMAP) = 1u << 14;
	run(1);
}

static void test_int3_is_a_software_exception_with_its_length(void **state)
{
	(void)state;
	CODE(0xcc);
	F(EXCEPTION_BITMAP) = 1u << 3;
	exits(0, 0);
	assert_int_equal(vmexit.interruption_info, 0x80000603);
	assert_int_equal(vmexit.instruction_length, 1);
}

static void test_contributory_faults_make_a_double_fault(void **state)
{
	(void)state;
	gate64(13, 0, 0, 0);                    /* no gate: #GP in delivery of #GP */
	gate64(8, 0, 0, 0xe);
	CODE(0x48, 0x8b, 0x03);
	GPR(RBX) = 1ull << 47;
	run(1);
	assert_int_equal(F(GUEST_RIP), HANDLER);
	assert_int_equal(peek(GPR(RSP)), 0);
	F(GUEST_RIP) = CODE_AT;
	F(EXCEPTION_BITMAP) = 1u << 8;
	exits(0, 0);
	assert_int_equal(vmexit.interruption_info, HARDWARE(8) | 0x800);
	assert_int_equal(F(IDT_VECTORING_INFO_FIELD), 0);
}

static void test_fault_in_delivery_of_a_double_fault_is_a_triple_fault(void **state)
{
	(void)state;
	F(GUEST_IDTR_LIMIT) = 0;
	CODE(0x0f, 0x0b);
	exits(2, 0);
	assert_int_equal(F(GUEST_RIP), CODE_AT);
	assert_int_equal(GPR(RSP), STACK_TOP);
}

static void test_ept_violation_in_delivery_reports_the_event(void **state)
{
	(void)state;
	gate64(0x30, 0, 0, 0xe);
	poke(EPT_PT + 8 * (IDT >> 12), 0);
	assert_int_equal(deliver(0x80000030, 0, 0, true), MODEL_STEP_EXIT);
	assert_int_equal(vmexit.reason, 48);
	assert_int_equal(vmexit.guest_linear, IDT + 0x300);
	assert_int_equal(F(IDT_VECTORING_INFO_FIELD), 0x80000030);
	assert_int_equal(F(GUEST_RIP), CODE_AT);
}

static void test_injected_exception_is_not_intercepted_and_leaves_cr2(void **state)
{
	(void)state;
	gate64(14, 0, 0, 0xe);
	F(EXCEPTION_BITMAP) = ~0ull;
	regs.cr2 = 0x1234;
	assert_int_equal(deliver(HARDWARE(14) | 0x800, 7, 0, true), MODEL_STEP_NEXT);
	assert_int_equal(F(GUEST_RIP), HANDLER);
	assert_int_equal(peek(GPR(RSP)), 7);
	assert_int_equal(regs.cr2, 0x1234);
}

static void test_injected_fault_pushes_rf_as_it_was_loaded(void **state)
{
	(void)state;
	gate64(6, 0, 0, 0xe);
	F(GUEST_RFLAGS) = 2;
	assert_int_equal(deliver(HARDWARE(6), 0, 0, true), MODEL_STEP_NEXT);
	assert_int_equal(peek(GPR(RSP) + 16), 2);
	F(GUEST_RFLAGS) = 0x10002;
	assert_int_equal(deliver(HARDWARE(6), 0, 0, true), MODEL_STEP_NEXT);
	assert_int_equal(peek(GPR(RSP) + 16), 0x10002);
}

static void test_nmi_blocks_until_iret_and_a_faulting_iret_tells(void **state)
{
	(void)state;
	gate64(2, 0, 0, 0xe);
	memcpy(memory + HANDLER, "\x48\xcf", 2);
	assert_int_equal(deliver(0x80000202, 0, 0, false), MODEL_STEP_NEXT);
	assert_int_equal(F(GUEST_INTERRUPTIBILITY_INFO), 8);
	poke(GPR(RSP) + 8, 0x48);               /* CS: no such descriptor */
	F(EXCEPTION_BITMAP) = 1u << 13;
	exits(0, 0);
	assert_int_equal(vmexit.interruption_info, HARDWARE(13) | 0x1800);
	assert_int_equal(vmexit.interruption_error, 0x48);
	assert_int_equal(F(GUEST_INTERRUPTIBILITY_INFO), 0);
}

static void test_trap_flag_sets_bs_and_saves_the_next_rip(void **state)
{
	(void)state;
	gate64(1, 0, 0, 0xe);
	CODE(0x90, 0x90);
	F(GUEST_RFLAGS) |= 0x100;
	run(1);
	assert_int_equal(F(GUEST_RIP), HANDLER);
	assert_int_equal(peek(GPR(RSP)), CODE_AT + 1);
	assert_int_equal(regs.dr6, 0xffff4ff0);
	F(GUEST_RIP) = CODE_AT;
	F(GUEST_RFLAGS) |= 0x100;
	F(EXCEPTION_BITMAP) = 2;
	exits(0, 0x4000);
	assert_int_equal(F(GUEST_RIP), CODE_AT + 1);
}

static void test_real_mode_uses_the_vector_table_and_16_bit_frames(void **state)
{
	(void)state;
	(void)guest16(state);
	F(GUEST_IDTR_LIMIT) = 0x3ff;
	poke(IDT + 4 * 0x21, 0x0d000000u | 0x0010);     /* 0d00:0010 */
	memory[0xd010] = 0xcf;
	CODE(0xcd, 0x21);
	F(GUEST_RFLAGS) = 0x202;
	run(1);
	assert_int_equal(F(GUEST_CS_BASE), 0xd000);
	assert_int_equal(F(GUEST_RIP), 0x10);
	assert_int_equal(GPR(RSP), STACK_TOP - 6);
	assert_int_equal(peek(STACK_TOP - 6) & 0xffffffffffffull, 0x020200004002ull);
	run(1);
	assert_int_equal(F(GUEST_RIP), CODE_AT + 2);
	assert_int_equal(F(GUEST_CS_BASE), 0);
	assert_int_equal(F(GUEST_RFLAGS), 0x202);
}

static void test_real_mode_exceptions_have_no_error_code(void **state)
{
	(void)state;
	(void)guest16(state);
	CODE(0x67, 0x8a, 0x03);                 /* mov al, [ebx] past the limit */
	GPR(RBX) = 0x10000;
	faults(13, false, 0);
}

static void test_32_bit_gate_pushes_the_error_code(void **state)
{
	(void)state;
	(void)guest32(state);
	poke(IDT + 8 * 13, 0x00008e0000280000ull | HANDLER);
	CODE(0x0f, 0x22, 0xc0);                 /* mov cr0, eax: NW without CD */
	GPR(RAX) = 0x20000033;
	run(1);
	assert_int_equal(F(GUEST_RIP), HANDLER);
	assert_int_equal(GPR(RSP), STACK_TOP - 16);
	assert_int_equal(peek(STACK_TOP - 16), (uint64_t)CODE_AT << 32);
	assert_int_equal(peek(STACK_TOP - 8), 0x0001000200000028ull);
}

static void test_task_gate_is_a_task_switch_exit(void **state)
{
	(void)state;
	(void)guest32(state);
	poke(IDT + 8 * 0x20, 0x0000e50000400000ull);
	poke(GDT + 0x40, 0x000089000c000067ull);
	CODE(0xcd, 0x20);
	exits(9, 0xc0000040);
	assert_int_equal(vmexit.instruction_length, 2);
	assert_int_equal(F(IDT_VECTORING_INFO_FIELD), 0x80000420);
}

static void test_segment_load_checks_presence_and_sets_the_accessed_flag(void **state)
{
	(void)state;
	poke(GDT + 0x10, 0x00cf92000000ffffull);
	CODE(0x8e, 0xd8);                       /* mov ds, eax        */
	GPR(RAX) = 0x10;
	run(1);
	assert_int_equal(peek(GDT + 0x10), 0x00cf93000000ffffull);
	assert_int_equal(F(GUEST_DS_AR_BYTES), 0xc093);
	F(GUEST_RIP) = CODE_AT;
	poke(GDT + 0x10, 0x00cf12000000ffffull);
	faults(11, true, 0x10);
	GPR(RAX) = 0x30;                        /* a TSS              */
	faults(13, true, 0x30);
	GPR(RAX) = 0x80;                        /* past the limit     */
	faults(13, true, 0x80);
	GPR(RAX) = 0;
	run(1);
	assert_int_equal(F(GUEST_DS_AR_BYTES), 0x10000);
}

static void test_return_to_a_segment_of_another_level_faults(void **state)
{
	(void)state;
	CODE(0x48, 0xcb);
	GPR(RSP) = STACK_TOP - 32;
	poke(STACK_TOP - 32, HANDLER);
	poke(STACK_TOP - 24, 0x0b);             /* level 0 code, asked for level 3 */
	faults(13, true, 0x08);
	assert_int_equal(GPR(RSP), STACK_TOP - 32);
}

static void test_enabling_paging_with_lme_enters_ia32e_mode(void **state)
{
	(void)state;
	(void)guest32(state);
	F(GUEST_IA32_EFER) = 0x100;
	F(GUEST_CR4) |= 0x20;
	F(GUEST_CR3) = PML4;
	CODE(0x0f, 0x22, 0xc0, 0xcb);           /* mov cr0, eax; retf */
	GPR(RAX) = 0x80000033;
	GPR(RSP) = STACK_TOP - 8;
	poke(STACK_TOP - 8, 8ull << 32 | HANDLER);
	run(2);
	assert_int_equal(F(GUEST_IA32_EFER), 0x500);
	assert_int_equal(F(GUEST_CS_AR_BYTES), 0xa09b);
	assert_int_equal(F(GUEST_RIP), HANDLER);
	assert_int_equal(GPR(RSP), STACK_TOP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(NAME) cmocka_unit_test_setup(NAME, guest64)
		T(test_int_n_pushes_a_64_bit_frame_and_iretq_returns),
		T(test_event_from_user_mode_switches_stack_and_back),
		T(test_software_interrupt_through_a_kernel_gate_is_gp_of_the_gate),
		T(test_page_fault_handler_gets_error_code_cr2_and_rf),
		T(test_page_fault_mask_and_match_turn_the_bitmap_around),
		T(test_int3_is_a_software_exception_with_its_length),
		T(test_contributory_faults_make_a_double_fault),
		T(test_fault_in_delivery_of_a_double_fault_is_a_triple_fault),
		T(test_ept_violation_in_delivery_reports_the_event),
		T(test_injected_exception_is_not_intercepted_and_leaves_cr2),
		T(test_injected_fault_pushes_rf_as_it_was_loaded),
		T(test_nmi_blocks_until_iret_and_a_faulting_iret_tells),
		T(test_trap_flag_sets_bs_and_saves_the_next_rip),
		T(test_real_mode_uses_the_vector_table_and_16_bit_frames),
		T(test_real_mode_exceptions_have_no_error_code),
		T(test_32_bit_gate_pushes_the_error_code),
		T(test_task_gate_is_a_task_switch_exit),
		T(test_segment_load_checks_presence_and_sets_the_accessed_flag),
		T(test_return_to_a_segment_of_another_level_faults),
		T(test_enabling_paging_with_lme_enters_ia32e_mode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
