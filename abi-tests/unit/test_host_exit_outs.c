/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* OUTS of an npVM: its operand is read by the host, or is a page fault of the guest. */
#include "host_run_fixture.h"
#include "host/exception_vcpu.h"

#define RCX 1
#define RSI 6
#define OUTS 0x10               /* exit qualification: string, and with REP */
#define REP  0x30

static struct pkvm_host_exceptions queued;

/* Paging off, memory at 0x10000, its first bytes 1 2 3 ...; addresses of 32 bits. */
static void begin(uint64_t linear)
{
	uint8_t bytes[16];

	reset(false);
	pkvm_host_add_exceptions(&fake_vcpu, &queued);
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)(i + 1);
	assert_int_equal(pkvm_host_memory_add(&fake_vm, 0x10000, 0x1000), 0);
	assert_int_equal(pkvm_host_memory_write(&fake_vm, 0x10000, bytes, sizeof(bytes)), 0);
	fake_page.exit.linear_address = linear;
	fake_page.exit.instruction_information = 1 << 7;
	fake_page.regs.gpr[RSI] = linear;
	fake_page.regs.rip = 0x100;
}

static enum pkvm_host_stop outs(uint64_t qualification)
{
	return run_once(&devices, 1, 30, 0x600000 | qualification, 0, 2).stop;
}

static void test_operand_goes_to_the_port_at_its_width(void **state)
{
	static const uint64_t values[] = {0x03, 0x0403, 0x06050403};

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		begin(0x10002);
		(void)outs(OUTS | ((1u << i) - 1));
		assert_int_equal(vmm.address, 0x60);
		assert_int_equal(vmm.size, 1u << i);
		assert_int_equal(vmm.value, values[i]);
		assert_int_equal(fake_page.regs.gpr[RSI], 0x10002 + (1u << i));
		assert_int_equal(fake_page.regs.rip, 0x102);
	}
}

static void test_direction_flag_goes_down(void **state)
{
	(void)state;
	begin(0x10002);
	fake_page.regs.rflags = 0x402;
	(void)outs(OUTS | 1);
	assert_int_equal(fake_page.regs.gpr[RSI], 0x10000);
}

/* One element an exit; the prefix has the instruction executed again. */
static void test_repeated_one_is_skipped_behind_its_last_element(void **state)
{
	(void)state;
	begin(0x10000);
	fake_page.regs.gpr[RCX] = 2;
	(void)outs(REP);
	assert_int_equal(fake_page.regs.gpr[RCX], 1);
	assert_int_equal(fake_page.regs.rip, 0x100);
	(void)outs(REP);
	assert_int_equal(fake_page.regs.gpr[RCX], 0);
	assert_int_equal(fake_page.regs.rip, 0x102);
}

static void test_registers_of_16_bits_keep_the_rest(void **state)
{
	(void)state;
	begin(0x10000);
	fake_page.exit.instruction_information = 0;
	fake_page.regs.gpr[RSI] = 0x1ffff;
	fake_page.regs.gpr[RCX] = 0x50001;
	(void)outs(REP);
	assert_int_equal(fake_page.regs.gpr[RSI], 0x10000);
	assert_int_equal(fake_page.regs.gpr[RCX], 0x50000);
	assert_int_equal(fake_page.regs.rip, 0x102);
}

/* 32-bit paging with an empty directory at 0x10000; DPL of SS is the CPL. */
static void enable_paging(uint64_t ss)
{
	static const uint8_t empty[16];

	assert_int_equal(pkvm_host_memory_write(&fake_vm, 0x10000, empty, sizeof(empty)), 0);
	fake_page.regs.cr0 = 0x80000011;
	fake_page.regs.cr3 = 0x10000;
	fake_page.summary.ss_access_rights = ss;
	fake.answer[0x401].word[2] = ss;
}

static void test_operand_that_is_not_mapped_is_a_page_fault(void **state)
{
	static const struct {
		uint64_t ss;
		uint32_t error_code;
	} rows[] = {{0xc093, 0}, {0xc0f3, 4}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin(0x2000);
		enable_paging(rows[i].ss);
		assert_int_equal(outs(OUTS | 3), PKVM_HOST_STOP_EXITS);
		assert_int_equal(queued.exception.vector, 14);
		assert_int_equal(queued.exception.error_code, rows[i].error_code);
		assert_int_equal(queued.exception.payload, 0x2000);
		assert_int_equal(fake_page.regs.rip, 0x100);
		assert_int_equal(fake_page.regs.gpr[RSI], 0x2000);
		assert_int_equal(vmm.size, 0);
	}
}

static void test_operand_where_no_memory_is_ends_the_loop(void **state)
{
	(void)state;
	begin(0x50000);
	assert_int_equal(outs(OUTS), PKVM_HOST_STOP_NO_MEMORY);
	assert_int_equal(fake_page.regs.rip, 0x100);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operand_goes_to_the_port_at_its_width),
		cmocka_unit_test(test_direction_flag_goes_down),
		cmocka_unit_test(test_repeated_one_is_skipped_behind_its_last_element),
		cmocka_unit_test(test_registers_of_16_bits_keep_the_rest),
		cmocka_unit_test(test_operand_that_is_not_mapped_is_a_page_fault),
		cmocka_unit_test(test_operand_where_no_memory_is_ends_the_loop),
	};

	return cmocka_run_group_tests_name("host exit outs", tests, NULL, NULL);
}
