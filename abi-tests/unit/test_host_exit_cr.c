/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What the host does about an npVM's MOV to CR0 and CR4 that concern PAE paging. */
#include "host_run_fixture.h"

#define SET_CR0      0x408u
#define SET_CR4      0x409u
#define LOAD_MMU_PGD 0x411u
#define INJECT       0x50bu

/* Registers as they are after the exit; the four PDPTEs are at 0x2000. */
static void begin(uint64_t cr0, uint64_t cr4)
{
	reset(false);
	assert_int_equal(pkvm_host_memory_add(&fake_vm, 0, 0x4000), 0);
	fake_page.regs.cr0 = cr0;
	fake_page.regs.cr3 = 0x2000;
	fake_page.regs.cr4 = cr4;
	fake_page.regs.rip = 0x100;
}

/* MOV to the control register from RAX. */
static void mov_to(uint64_t number, uint64_t value)
{
	fake_page.regs.gpr[0] = value;
	(void)run_once(&devices, 1, 28, number, 0, 3);
}

static unsigned int sent(uint64_t number)
{
	unsigned int sum = 0;

	for (unsigned int i = 0; i < fake.calls; i++)
		sum += fake.call[i].rax == number;
	return sum;
}

/* The first word of the last call of that number. */
static uint64_t last(uint64_t number)
{
	uint64_t word = ~0ull;

	for (unsigned int i = 0; i < fake.calls; i++)
		word = fake.call[i].rax == number ? fake.call[i].word[0] : word;
	return word;
}

static void assert_gp(void)
{
	assert_int_equal(sent(INJECT), 1);
	assert_int_equal(last(INJECT), 13);
	assert_int_equal(fake_page.regs.rip, 0x100);
}

static void test_a_bad_pdpte_faults_and_cr0_stays_as_it_was(void **state)
{
	(void)state;
	begin(0x31, 0x20);
	fake.answer[LOAD_MMU_PGD].error = -22;
	mov_to(0, 0x80000031);
	assert_gp();
	assert_int_equal(sent(LOAD_MMU_PGD), 1);
	assert_int_equal(last(SET_CR0), 0x31);
	assert_int_equal(pkvm_host_read_cr0(&fake_vcpu), 0x31);
}

static void test_a_bad_pdpte_faults_and_cr4_stays_as_it_was(void **state)
{
	(void)state;
	begin(0x80000031, 0x10);
	fake.answer[LOAD_MMU_PGD].error = -22;
	mov_to(4, 0x30);
	assert_gp();
	assert_int_equal(sent(LOAD_MMU_PGD), 1);
	assert_int_equal(last(SET_CR4), 0x10);
	assert_int_equal(pkvm_host_read_cr4(&fake_vcpu), 0x10);
}

static void test_pdptes_outside_of_memory_are_bad(void **state)
{
	(void)state;
	begin(0x31, 0x20);
	fake_page.regs.cr3 = 0x100000;
	mov_to(0, 0x80000031);
	assert_gp();
	assert_int_equal(pkvm_host_read_cr0(&fake_vcpu), 0x31);
}

static void test_a_register_that_is_refused_loads_no_pdpte(void **state)
{
	(void)state;
	begin(0x80000031, 0x20);
	fake.answer[SET_CR0].error = -22;
	mov_to(0, 0xd0000031);
	assert_gp();
	assert_int_equal(sent(LOAD_MMU_PGD), 0);
	assert_int_equal(sent(SET_CR0), 1);
}

/* SDM "PDPTE Registers": CR0.CD, NW and PG; CR4.PAE, PGE, PSE and SMEP. */
static void test_pdptes_are_loaded_when_the_sdm_says_so(void **state)
{
	static const struct {
		uint64_t number, from, to;
		unsigned int loads;
	} rows[] = {
		{0, 0x00000031, 0x80000031, 1}, /* PG */
		{0, 0x80000031, 0xc0000031, 1}, /* CD */
		{0, 0xc0000031, 0xe0000031, 1}, /* NW */
		{0, 0x80000031, 0x80010031, 0}, /* WP */
		{0, 0x80000031, 0x80000031, 0},
		{4, 0x20, 0xa0, 1},             /* PGE  */
		{4, 0x20, 0x30, 1},             /* PSE  */
		{4, 0x20, 0x100020, 1},         /* SMEP */
		{4, 0x20, 0x24, 0},             /* TSD  */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].number)
			begin(0x80000031, rows[i].from);
		else
			begin(rows[i].from, 0x20);
		mov_to(rows[i].number, rows[i].to);
		assert_int_equal(sent(LOAD_MMU_PGD), rows[i].loads);
		assert_int_equal(sent(INJECT), 0);
		assert_int_equal(fake_page.regs.rip, 0x103);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_bad_pdpte_faults_and_cr0_stays_as_it_was),
		cmocka_unit_test(test_a_bad_pdpte_faults_and_cr4_stays_as_it_was),
		cmocka_unit_test(test_pdptes_outside_of_memory_are_bad),
		cmocka_unit_test(test_a_register_that_is_refused_loads_no_pdpte),
		cmocka_unit_test(test_pdptes_are_loaded_when_the_sdm_says_so),
	};

	return cmocka_run_group_tests_name("host exit cr", tests, NULL, NULL);
}
