/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Guest operations as the model executes them: results, and the VM exits of
 * instructions with their qualification, length and instruction information.
 */
#include "interpreter_fixture.h"

static void test_mov_load_store_and_alu_compute_as_the_sdm_says(void **state)
{
	(void)state;
	CODE(0x48, 0xb8, 0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11, /* mov rax, imm64 */
	     0xb9, 0x00, 0x90, 0x00, 0x00,      /* mov ecx, 0x9000 */
	     0x48, 0x89, 0x01,                  /* mov [rcx], rax  */
	     0x66, 0x8b, 0x11,                  /* mov dx, [rcx]   */
	     0x8a, 0x21,                        /* mov ah, [rcx]   */
	     0x48, 0x81, 0xc1, 0xff, 0xff, 0xff, 0xff, /* add rcx, -1 */
	     0x48, 0x39, 0xc8);                 /* cmp rax, rcx    */
	GPR(RDX) = 0xaaaaaaaaaaaaaaaaull;
	run(5);
	assert_int_equal(peek(DATA), 0x1122334455667788ull);
	assert_int_equal(GPR(RDX), 0xaaaaaaaaaaaa7788ull);
	assert_int_equal(GPR(RAX), 0x1122334455668888ull);
	run(1);
	assert_int_equal(GPR(RCX), 0x8fff);
	assert_int_equal(F(GUEST_RFLAGS) & 0x8d5, 0x5);         /* CF, PF */
	run(1);
	assert_int_equal(F(GUEST_RFLAGS) & 0x8d5, 0x10);        /* AF     */
	assert_int_equal(F(GUEST_RIP), CODE_AT + 33);
}

static void test_counted_loop_ends_with_zero(void **state)
{
	(void)state;
	CODE(0xb9, 3, 0, 0, 0, 0x48, 0xff, 0xc9, 0x75, 0xfb, 0xf4);
	F(CPU_BASED_VM_EXEC_CONTROL) |= 0x80;
	run(7);
	assert_int_equal(GPR(RCX), 0);
	exits(12, 0);
	assert_int_equal(vmexit.instruction_length, 1);
	assert_int_equal(F(GUEST_RIP), CODE_AT + 10);
}

static void test_hlt_without_exiting_makes_the_guest_inactive(void **state)
{
	(void)state;
	CODE(0xf4);
	run(1);
	assert_int_equal(F(GUEST_ACTIVITY_STATE), 1);
	assert_int_equal(F(GUEST_RIP), CODE_AT + 1);
}

static void test_bytes_outside_the_list_are_an_invalid_opcode(void **state)
{
	(void)state;
	CODE(0x0f, 0xff);
	faults(6, false, 0);
	CODE(0xf0, 0x90);
	faults(6, false, 0);
	assert_int_equal(F(GUEST_RFLAGS), 0x10002);     /* RF, as for any fault */
}

static void test_out_qualification_has_port_size_and_operand_kind(void **state)
{
	(void)state;
	F(CPU_BASED_VM_EXEC_CONTROL) |= 1u << 24;
	CODE(0xe6, 0x80);                       /* out 0x80, al  */
	exits(30, 0x00800040);
	assert_int_equal(vmexit.instruction_length, 2);
	CODE(0xef);                             /* out dx, eax   */
	GPR(RDX) = 0xffff0cf8;
	exits(30, 0x0cf80003);
	CODE(0x66, 0xed);                       /* in ax, dx     */
	exits(30, 0x0cf80009);
	CODE(0xf3, 0x6c);                       /* rep insb      */
	GPR(RCX) = 2;
	GPR(RDI) = DATA;
	exits(30, 0x0cf80038);
	assert_int_equal(vmexit.guest_linear, DATA);
	assert_int_equal(vmexit.instruction_info, 0x100);
	CODE(0x6e);                             /* outsb         */
	exits(30, 0x0cf80010);
	assert_int_equal(vmexit.instruction_info, 0x18100);     /* DS, 64-bit */
}

static void test_io_bitmaps_decide_each_byte_of_the_access(void **state)
{
	(void)state;
	F(CPU_BASED_VM_EXEC_CONTROL) |= 1u << 25 | 1u << 24;
	F(IO_BITMAP_A) = IO_MAP_A;
	F(IO_BITMAP_B) = IO_MAP_B;
	memory[IO_MAP_A + 0x3fb / 8] = 1 << 0x3fb % 8;
	CODE(0xef, 0xef, 0xef, 0xec);
	GPR(RDX) = 0x3f7;
	run(1);
	GPR(RDX) = 0x3f8;
	exits(30, 0x03f80003);
	F(GUEST_RIP)++;
	GPR(RDX) = 0xfffe;                      /* wraps past 0xffff */
	exits(30, 0xfffe0003);
	F(GUEST_RIP)++;
	run(1);                                 /* nobody answers    */
	assert_int_equal(GPR(RAX), 0xff);
}

static void test_msr_bitmap_decides_and_vmcs_msrs_are_the_guests(void **state)
{
	(void)state;
	F(CPU_BASED_VM_EXEC_CONTROL) |= 1u << 28;
	F(MSR_BITMAP) = MSR_MAP;
	memory[MSR_MAP + 3072 + 0x81 / 8] = 1 << 1;     /* write C0000081 */
	CODE(0x0f, 0x32, 0x0f, 0x30, 0x0f, 0x32, 0x0f, 0x32);
	star = 0x1122334455667788ull;
	GPR(RCX) = 0xc0000081;
	run(1);
	assert_int_equal(GPR(RAX), 0x55667788);
	assert_int_equal(GPR(RDX), 0x11223344);
	exits(32, 0);
	assert_int_equal(vmexit.instruction_length, 2);
	F(GUEST_RIP) += 2;
	GPR(RCX) = 0xc0000080;
	run(1);
	assert_int_equal(GPR(RAX), 0xd01);
	GPR(RCX) = 0x2000;                      /* outside both ranges */
	exits(31, 0);
}

static void test_unknown_msr_is_a_general_protection_fault(void **state)
{
	(void)state;
	F(CPU_BASED_VM_EXEC_CONTROL) |= 1u << 28;
	F(MSR_BITMAP) = MSR_MAP;
	CODE(0x0f, 0x32);
	GPR(RCX) = 0x1234;
	faults(13, true, 0);
}

static void test_privilege_is_checked_before_the_exit(void **state)
{
	(void)state;
	user();
	memory[TSS + 102] = 0x68;       /* the I/O permission bit map is past the limit */
	F(CPU_BASED_VM_EXEC_CONTROL) |= 0x80 | 1u << 24 | 1u << 30;
	CODE(0xf4);                     /* hlt    */
	faults(13, true, 0);
	CODE(0x0f, 0x32);               /* rdmsr  */
	faults(13, true, 0);
	CODE(0xe6, 0x80);               /* out with CPL above IOPL */
	faults(13, true, 0);
	memory[TSS + 102] = 0x40;       /* now it allows the port */
	exits(30, 0x00800040);
	CODE(0x0f, 0x01, 0xc9);         /* mwait  */
	faults(6, false, 0);
	CODE(0xf3, 0x90);               /* pause is not privileged */
	exits(40, 0);
	CODE(0x0f, 0x01, 0xc1);         /* nor is vmcall */
	exits(18, 0);
	assert_int_equal(vmexit.instruction_length, 3);
}

static void test_control_register_exits_name_register_and_direction(void **state)
{
	(void)state;
	F(CPU_BASED_VM_EXEC_CONTROL) |= 1u << 15 | 1u << 16 | 1u << 19 | 1u << 20;
	CODE(0x41, 0x0f, 0x22, 0xd9);           /* mov cr3, r9  */
	exits(28, 0x903);
	assert_int_equal(vmexit.instruction_length, 4);
	CODE(0x0f, 0x20, 0xda);                 /* mov rdx, cr3 */
	exits(28, 0x213);
	CODE(0x44, 0x0f, 0x22, 0xc0);           /* mov cr8, rax */
	exits(28, 0x008);
	CODE(0x44, 0x0f, 0x20, 0xc1);           /* mov rcx, cr8 */
	exits(28, 0x118);
	F(CR3_TARGET_COUNT) = 1;
	F(CR3_TARGET_VALUE0) = PML4;
	regs.gpr[9] = PML4;
	CODE(0x41, 0x0f, 0x22, 0xd9);
	run(1);
}

static void test_masked_bits_of_cr0_and_cr4_exit_and_read_as_the_shadow(void **state)
{
	(void)state;
	F(CR0_GUEST_HOST_MASK) = 0x80000029;    /* PG, NE, TS, PE */
	F(CR0_READ_SHADOW) = 0x80000011;
	F(CR4_GUEST_HOST_MASK) = 0x2000;
	CODE(0x0f, 0x20, 0xc0, 0x0f, 0x22, 0xc0, 0x0f, 0x20, 0xe3,
	     0x0f, 0x22, 0xc0, 0x0f, 0x06);
	run(1);
	assert_int_equal(GPR(RAX), 0x80000013);
	GPR(RAX) |= 1u << 16;                   /* WP is the guest's */
	run(1);
	assert_int_equal(F(GUEST_CR0), 0x80010033);
	run(1);
	assert_int_equal(GPR(RBX), 0x20);       /* VMXE is hidden    */
	GPR(RAX) = 0x00010033;
	exits(28, 0x000);
	F(GUEST_RIP) += 3;
	F(CR0_READ_SHADOW) |= 8;
	exits(28, 0x020);                       /* CLTS              */
}

static void test_cr8_goes_to_the_virtual_tpr_and_below_threshold_exits_after(void **state)
{
	(void)state;
	F(CPU_BASED_VM_EXEC_CONTROL) |= 1u << 21;
	F(VIRTUAL_APIC_PAGE_ADDR) = VAPIC;
	F(TPR_THRESHOLD) = 3;
	CODE(0x44, 0x0f, 0x22, 0xc0, 0x44, 0x0f, 0x20, 0xc1, 0x44, 0x0f, 0x22, 0xc2);
	GPR(RAX) = 3;
	GPR(RDX) = 2;
	run(2);
	assert_int_equal(memory[VAPIC + 0x80], 0x30);
	assert_int_equal(GPR(RCX), 3);
	exits(43, 0);
	assert_int_equal(memory[VAPIC + 0x80], 0x20);
	assert_int_equal(F(GUEST_RIP), CODE_AT + 12);
}

static void test_x2apic_tpr_and_eoi_are_virtualized(void **state)
{
	(void)state;
	F(CPU_BASED_VM_EXEC_CONTROL) |= 1u << 21 | 1u << 28;
	F(SECONDARY_VM_EXEC_CONTROL) |= 1u << 4 | 1u << 9;
	F(MSR_BITMAP) = MSR_MAP;
	F(VIRTUAL_APIC_PAGE_ADDR) = VAPIC;
	F(GUEST_INTR_STATUS) = 0x5100;          /* SVI 0x51, RVI 0 */
	F(EOI_EXIT_BITMAP1) = 1ull << 0x11;
	memory[VAPIC + 0x112] = 0x02;           /* ISR 0x31        */
	memory[VAPIC + 0x122] = 0x02;           /* ISR 0x51        */
	CODE(0x0f, 0x30, 0x0f, 0x30);
	GPR(RCX) = 0x808;
	GPR(RAX) = 0x10;
	run(1);
	assert_int_equal(memory[VAPIC + 0x80], 0x10);
	assert_int_equal(memory[VAPIC + 0xa0], 0x50);   /* PPR by SVI      */
	GPR(RCX) = 0x80b;
	GPR(RAX) = 0;
	exits(45, 0x51);
	assert_int_equal(F(GUEST_INTR_STATUS), 0x3100);
	assert_int_equal(memory[VAPIC + 0xa0], 0x30);
}

static void test_mov_dr_exit_comes_before_privilege(void **state)
{
	(void)state;
	user();
	CODE(0x0f, 0x23, 0xfb);                 /* mov dr7, rbx */
	faults(13, true, 0);
	F(CPU_BASED_VM_EXEC_CONTROL) |= 1u << 23;
	exits(29, 0x307);
	CODE(0x41, 0x0f, 0x21, 0xf0);           /* mov r8, dr6  */
	exits(29, 0x816);
}

static void test_descriptor_table_exits_tell_the_operand(void **state)
{
	(void)state;
	F(SECONDARY_VM_EXEC_CONTROL) |= 4;
	CODE(0x0f, 0x01, 0x53, 0x10);           /* lgdt [rbx + 0x10] */
	exits(46, 0x10);
	assert_int_equal(vmexit.instruction_info, 0x21c18900);
	CODE(0x0f, 0x00, 0xd8);                 /* ltr ax            */
	exits(47, 0);
	assert_int_equal(vmexit.instruction_info, 0x30000400);
}

static void test_exit_of_an_instruction_saves_rf_as_zero(void **state)
{
	(void)state;
	CODE(0x0f, 0x09);                       /* WBINVD */
	F(SECONDARY_VM_EXEC_CONTROL) |= 0x40;
	F(GUEST_RFLAGS) = 0x10002;
	exits(54, 0);
	assert_int_equal(F(GUEST_RFLAGS), 2);
}

static void test_sti_and_mov_ss_block_for_one_instruction(void **state)
{
	(void)state;
	CODE(0xfb, 0x90, 0x8e, 0xd0, 0x90, 0xfb, 0xfa);
	GPR(RAX) = 0x10;
	run(1);
	assert_int_equal(F(GUEST_INTERRUPTIBILITY_INFO), 1);
	run(1);
	assert_int_equal(F(GUEST_INTERRUPTIBILITY_INFO), 0);
	run(1);
	assert_int_equal(F(GUEST_INTERRUPTIBILITY_INFO), 2);
	run(1);
	assert_int_equal(F(GUEST_INTERRUPTIBILITY_INFO), 0);
	run(1);                                 /* IF was set already */
	assert_int_equal(F(GUEST_INTERRUPTIBILITY_INFO), 0);
}

static void test_exit_of_an_instruction_keeps_the_blocking_before_it(void **state)
{
	(void)state;
	F(CPU_BASED_VM_EXEC_CONTROL) |= 0x80;
	CODE(0xfb, 0xf4);
	run(1);
	exits(12, 0);
	assert_int_equal(F(GUEST_INTERRUPTIBILITY_INFO), 1);
	assert_int_equal(F(GUEST_RIP), CODE_AT + 1);
}

static void test_rdtsc_applies_multiplier_and_offset(void **state)
{
	(void)state;
	F(CPU_BASED_VM_EXEC_CONTROL) |= 1u << 3;
	F(SECONDARY_VM_EXEC_CONTROL) |= 1u << 25;
	F(TSC_MULTIPLIER) = 3ull << 47;         /* times 1.5 */
	F(TSC_OFFSET) = 5;
	CODE(0x0f, 0x31);
	run(1);
	assert_int_equal(GPR(RDX), 1);
	assert_int_equal(GPR(RAX), 0x80000009);        /* rounded down */
}

static void test_xmm_and_pkru_are_the_processors(void **state)
{
	(void)state;
	F(GUEST_CR4) |= 1u << 9 | 1u << 22;
	CODE(0x66, 0x4c, 0x0f, 0x6e, 0xf8,      /* movq xmm15, rax */
	     0x66, 0x48, 0x0f, 0x7e, 0xc3,      /* movq rbx, xmm0  */
	     0x0f, 0x01, 0xef, 0x0f, 0x01, 0xee);
	xmm[0] = 0x0123456789abcdefull;
	GPR(RAX) = 0x55555554;
	run(3);
	assert_int_equal(xmm[30], 0x55555554);
	assert_int_equal(GPR(RBX), 0x0123456789abcdefull);
	assert_int_equal(pkru, 0x55555554);
	GPR(RAX) = 0;
	run(1);
	assert_int_equal(GPR(RAX), 0x55555554);
}

/* SDM "Saving RIP, RSP, RFLAGS, and SSP": as delivery would have pushed it. */
static void test_exit_of_a_software_exception_saves_rf_as_zero(void **state)
{
	(void)state;
	CODE(0xcc);                             /* INT3 */
	F(EXCEPTION_BITMAP) = 1 << 3;
	F(GUEST_RFLAGS) = 0x10002;
	exits(0, 0);
	assert_int_equal(vmexit.interruption_info, 0x80000603);
	assert_int_equal(F(GUEST_RFLAGS), 2);
}

static void test_vmx_instructions_exit_and_tell_their_operands(void **state)
{
	(void)state;
	CODE(0x0f, 0xc7, 0x34, 0x24);           /* vmptrld [rsp] */
	exits(21, 0);
	assert_int_equal(vmexit.instruction_info, 0x02410100);
	CODE(0x0f, 0x78, 0xc8);                 /* vmread rax, rcx */
	exits(23, 0);
	assert_int_equal(vmexit.instruction_info, 0x10000400);
	CODE(0x0f, 0x01, 0xc2);
	exits(20, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(NAME) cmocka_unit_test_setup(NAME, guest64)
		T(test_mov_load_store_and_alu_compute_as_the_sdm_says),
		T(test_counted_loop_ends_with_zero),
		T(test_hlt_without_exiting_makes_the_guest_inactive),
		T(test_bytes_outside_the_list_are_an_invalid_opcode),
		T(test_out_qualification_has_port_size_and_operand_kind),
		T(test_io_bitmaps_decide_each_byte_of_the_access),
		T(test_msr_bitmap_decides_and_vmcs_msrs_are_the_guests),
		T(test_unknown_msr_is_a_general_protection_fault),
		T(test_privilege_is_checked_before_the_exit),
		T(test_control_register_exits_name_register_and_direction),
		T(test_masked_bits_of_cr0_and_cr4_exit_and_read_as_the_shadow),
		T(test_cr8_goes_to_the_virtual_tpr_and_below_threshold_exits_after),
		T(test_x2apic_tpr_and_eoi_are_virtualized),
		T(test_mov_dr_exit_comes_before_privilege),
		T(test_descriptor_table_exits_tell_the_operand),
		T(test_exit_of_an_instruction_saves_rf_as_zero),
		T(test_exit_of_a_software_exception_saves_rf_as_zero),
		T(test_sti_and_mov_ss_block_for_one_instruction),
		T(test_exit_of_an_instruction_keeps_the_blocking_before_it),
		T(test_rdtsc_applies_multiplier_and_offset),
		T(test_xmm_and_pkru_are_the_processors),
		T(test_vmx_instructions_exit_and_tell_their_operands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
