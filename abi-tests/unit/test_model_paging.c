/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Guest memory in the model: page faults of every paging mode, accessed and
 * dirty flags, EPT violations and misconfigurations, the APIC-access page.
 */
#include "interpreter_fixture.h"

#define PTE(linear)  (PT + 8 * ((uint64_t)(linear) >> 12))
#define EPTE(gpa)    (EPT_PT + 8 * ((uint64_t)(gpa) >> 12))

static void load(uint64_t address)
{
	CODE(0x48, 0x8b, 0x03);                 /* mov rax, [rbx] */
	GPR(RBX) = address;
}

static void store(uint64_t address)
{
	CODE(0x48, 0x89, 0x03);                 /* mov [rbx], rax */
	GPR(RBX) = address;
}

static void page_faults(uint64_t address, uint32_t error)
{
	faults(14, true, error);
	assert_int_equal(vmexit.qualification, address);
	assert_int_equal(regs.cr2, 0);
}

static void test_page_fault_error_code_tells_presence_write_and_mode(void **state)
{
	(void)state;
	poke(PTE(DATA), 0);
	load(DATA + 8);
	page_faults(DATA + 8, 0);
	store(DATA + 8);
	page_faults(DATA + 8, 2);
	poke(PTE(DATA), DATA | 0x65);           /* read-only          */
	F(GUEST_CR0) |= 1u << 16;
	store(DATA);
	page_faults(DATA, 3);
	user();
	poke(PTE(DATA), DATA | 0x63);           /* supervisor         */
	load(DATA);
	page_faults(DATA, 5);
}

static void test_supervisor_write_ignores_read_only_without_cr0_wp(void **state)
{
	(void)state;
	poke(PTE(DATA), DATA | 0x25);
	store(DATA);
	run(1);
	assert_int_equal(peek(PTE(DATA)), DATA | 0x65);         /* dirty now */
}

static void test_reserved_bits_are_reported_in_the_error_code(void **state)
{
	(void)state;
	poke(PTE(DATA), 1ull << 39 | DATA | 0x67);
	load(DATA);
	page_faults(DATA, 9);
	F(GUEST_IA32_EFER) = 0x501;             /* NXE off: XD is reserved */
	poke(PTE(DATA), 1ull << 63 | DATA | 0x67);
	page_faults(DATA, 9);
}

static void test_execute_disable_faults_the_fetch(void **state)
{
	(void)state;
	poke(PTE(CODE_AT), 1ull << 63 | CODE_AT | 0x67);
	page_faults(CODE_AT, 0x11);
	poke(PTE(CODE_AT), CODE_AT | 0x67);
	F(GUEST_CR4) |= 1u << 20;               /* SMEP, user page    */
	page_faults(CODE_AT, 0x11);
}

static void test_smap_and_protection_keys_stop_data_accesses(void **state)
{
	(void)state;
	load(DATA);
	F(GUEST_CR4) |= 1u << 21;
	page_faults(DATA, 1);
	F(GUEST_RFLAGS) |= 1u << 18;            /* AC                 */
	run(1);
	F(GUEST_RIP) = CODE_AT;
	F(GUEST_CR4) |= 1u << 22;
	poke(PTE(DATA), 2ull << 59 | DATA | 0x67);
	pkru = 1u << 4;                         /* access disable, key 2 */
	page_faults(DATA, 0x21);
}

static void test_accessed_and_dirty_flags_are_set_by_use(void **state)
{
	(void)state;
	poke(PTE(DATA), DATA | 7);
	load(DATA);
	run(1);
	assert_int_equal(peek(PTE(DATA)), DATA | 0x27);
	F(GUEST_RIP) = CODE_AT;
	store(DATA);
	run(1);
	assert_int_equal(peek(PTE(DATA)), DATA | 0x67);
}

static void test_access_across_two_pages_touches_both_or_none(void **state)
{
	(void)state;
	poke(PTE(DATA + 0x1000), 0);
	memset(memory + DATA, 0xee, 0x1000);
	store(DATA + 0xffc);
	GPR(RAX) = 0;
	page_faults(DATA + 0x1000, 2);
	assert_int_equal(peek(DATA + 0xff8), 0xeeeeeeeeeeeeeeeeull);
	poke(PTE(DATA + 0x1000), 0xe067);
	GPR(RAX) = 0x1122334455667788ull;
	run(1);
	assert_int_equal(peek(DATA + 0xff8) >> 32, 0x55667788);
	assert_int_equal(peek(0xe000) & 0xffffffff, 0x11223344);
}

static void test_two_megabyte_page_and_non_canonical_address(void **state)
{
	(void)state;
	poke(PD + 8, 0 | 0xe7);                 /* linear 2 MBytes on: 0 on */
	poke(DATA, 0x77);
	load(0x200000 + DATA);
	run(1);
	assert_int_equal(GPR(RAX), 0x77);
	F(GUEST_RIP) = CODE_AT;
	GPR(RBX) = 1ull << 47;
	faults(13, true, 0);
}

static void test_ept_violation_tells_access_rights_and_addresses(void **state)
{
	(void)state;
	poke(EPTE(DATA), 0);
	load(DATA + 0x123);
	exits(48, 0x181);
	assert_int_equal(vmexit.guest_physical, DATA + 0x123);
	assert_int_equal(vmexit.guest_linear, DATA + 0x123);
	assert_int_equal(F(GUEST_RFLAGS), 0x10002);
	poke(EPTE(DATA), DATA | 0x35);          /* R, X               */
	store(DATA);
	exits(48, 0x1aa);
	poke(EPTE(CODE_AT), CODE_AT | 0x33);    /* R, W               */
	exits(48, 0x19c);
}

static void test_ept_violation_in_a_page_walk_is_told_apart(void **state)
{
	(void)state;
	poke(EPTE(PT), 0);
	exits(48, 0x81);
	assert_int_equal(vmexit.guest_physical, PTE(CODE_AT));
	F(EPT_POINTER) |= 0x40;                 /* accessed and dirty flags */
	exits(48, 0x83);
}

static void test_ept_accessed_and_dirty_flags_follow_the_access(void **state)
{
	(void)state;
	F(EPT_POINTER) |= 0x40;
	load(DATA);
	run(1);
	assert_int_equal(peek(EPTE(DATA)), DATA | 0x137);
	assert_int_equal(peek(EPTE(PT)), PT | 0x337);   /* a walk counts as a write */
	F(GUEST_RIP) = CODE_AT;
	store(DATA);
	run(1);
	assert_int_equal(peek(EPTE(DATA)), DATA | 0x337);
}

static void test_write_only_and_reserved_ept_entries_are_misconfigured(void **state)
{
	(void)state;
	load(DATA);
	poke(EPTE(DATA), DATA | 0x32);          /* W without R        */
	exits(49, 0);
	assert_int_equal(vmexit.guest_physical, DATA);
	poke(EPTE(DATA), DATA | 0x17);          /* memory type 2      */
	exits(49, 0);
	poke(EPTE(DATA), 1ull << 40 | DATA | 0x37);
	exits(49, 0);
}

static void test_32_bit_paging_walks_two_levels_and_large_pages(void **state)
{
	(void)state;
	(void)guest32(state);
	F(GUEST_CR0) |= 1u << 31;
	F(GUEST_CR3) = 0x30000;
	memcpy(memory + 0x30000, &(uint32_t){ 0x83 }, 4);       /* 4 MBytes */
	memcpy(memory + 0x30004, &(uint32_t){ 0x31007 }, 4);
	memcpy(memory + 0x31000, &(uint32_t){ DATA | 7 }, 4);
	F(GUEST_CR4) |= 0x10;
	poke(DATA, 0x99);
	CODE(0x8b, 0x03);
	GPR(RBX) = 0x400000;
	run(1);
	assert_int_equal(GPR(RAX), 0x99);
	assert_int_equal(peek(0x31000) & 0xfff, 0x27);
	F(GUEST_RIP) = CODE_AT;
	GPR(RBX) = 0x401000;
	page_faults(0x401000, 0);
}

static void test_pae_paging_uses_the_pdptes_of_the_vmcs(void **state)
{
	(void)state;
	(void)guest32(state);
	F(GUEST_CR4) |= 0x20;
	F(GUEST_CR3) = 0x30020;
	poke(0x30020, PD | 1);
	poke(0x30028, PD | 1);
	CODE(0x0f, 0x22, 0xc0, 0x8b, 0x03);     /* mov cr0, eax; mov eax, [ebx] */
	GPR(RAX) = 0x80000033u;
	GPR(RBX) = 0x40000000u + DATA;
	poke(DATA, 0x5a);
	run(2);
	assert_int_equal(F(GUEST_PDPTR1), PD | 1);
	assert_int_equal(GPR(RAX), 0x5a);
	F(GUEST_RIP) = CODE_AT + 3;
	poke(0x30028, 0);                       /* the registers were loaded */
	run(1);
	F(GUEST_RIP) = CODE_AT;
	CODE(0x0f, 0x22, 0xd9);                 /* mov cr3, ecx: reserved bit */
	poke(0x30040, PD | 3);
	GPR(RCX) = 0x30040;
	faults(13, true, 0);
}

static void test_apic_access_page_exits_or_is_virtualized(void **state)
{
	(void)state;
	F(SECONDARY_VM_EXEC_CONTROL) |= 1;
	F(APIC_ACCESS_ADDR) = DATA;
	F(VIRTUAL_APIC_PAGE_ADDR) = VAPIC;
	CODE(0x8b, 0x03, 0x89, 0x03);
	GPR(RBX) = DATA + 0x80;
	exits(44, 0x0080);
	F(CPU_BASED_VM_EXEC_CONTROL) |= 1u << 21;
	memory[VAPIC + 0x80] = 0x40;
	run(1);
	assert_int_equal(GPR(RAX), 0x40);
	GPR(RBX) = DATA + 0xb0;
	exits(44, 0x10b0);
	GPR(RBX) = DATA + 0x80;
	GPR(RAX) = 0x20;
	F(TPR_THRESHOLD) = 5;
	exits(43, 0);
	assert_int_equal(memory[VAPIC + 0x80], 0x20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(NAME) cmocka_unit_test_setup(NAME, guest64)
		T(test_page_fault_error_code_tells_presence_write_and_mode),
		T(test_supervisor_write_ignores_read_only_without_cr0_wp),
		T(test_reserved_bits_are_reported_in_the_error_code),
		T(test_execute_disable_faults_the_fetch),
		T(test_smap_and_protection_keys_stop_data_accesses),
		T(test_accessed_and_dirty_flags_are_set_by_use),
		T(test_access_across_two_pages_touches_both_or_none),
		T(test_two_megabyte_page_and_non_canonical_address),
		T(test_ept_violation_tells_access_rights_and_addresses),
		T(test_ept_violation_in_a_page_walk_is_told_apart),
		T(test_ept_accessed_and_dirty_flags_follow_the_access),
		T(test_write_only_and_reserved_ept_entries_are_misconfigured),
		T(test_32_bit_paging_walks_two_levels_and_large_pages),
		T(test_pae_paging_uses_the_pdptes_of_the_vmcs),
		T(test_apic_access_page_exits_or_is_virtualized),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
