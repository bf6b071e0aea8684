/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The two ends of a guest operation agree: whatever the assembler writes, the
 * interpreter decodes, with the same length.
 */
#include "interpreter_fixture.h"
#include "guest/assemble.h"
#include "lib/vmcs/model_access.h"

struct row {
	int mode;
	const char *name;
	unsigned int n;
	uint64_t operand[2];
	const char *hex;
};

static const struct row rows[] = {
#include "guest_assemble_rows.inc"
};

static uint8_t digit(char c)
{
	return (uint8_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* Places the bytes of a row where RIP is; returns how many. */
static unsigned int place(const char *hex)
{
	unsigned int n = 0;

	for (; hex[2 * n]; n++)
		memory[CODE_AT + n] = (uint8_t)(digit(hex[2 * n]) << 4 | digit(hex[2 * n + 1]));
	return n;
}

/* Decodes what is at CODE_AT from offset on; returns the length, 0 for #UD. */
static unsigned int decode(unsigned int offset)
{
	struct model_run run = {.cpu = &cpu, .exit = &vmexit};

	F(GUEST_RIP) = CODE_AT + offset;
	return model_decode(&run) == MODEL_OK ? run.insn.length : 0;
}

static void test_what_the_assembler_writes_the_interpreter_decodes(void **state)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		unsigned int size, at = 0;

		(void)(rows[i].mode == 64 ? guest64(state) :
		       rows[i].mode == 32 ? guest32(state) : guest16(state));
		size = place(rows[i].hex);
		while (at < size) {
			unsigned int length = decode(at);

			if (!length || at + length > size)
				fail_msg("%d-bit %s at byte %u", rows[i].mode, rows[i].name,
					 at);
			at += length;
		}
	}
}

static void test_sixteen_bytes_of_prefixes_are_a_general_protection_fault(void **state)
{
	(void)state;
	memset(memory + CODE_AT, 0x66, 16);
	faults(13, true, 0);
}

static void test_an_instruction_may_cross_a_page(void **state)
{
	(void)state;
	memcpy(memory + CODE_AT + 0xffe, "\x48\xb8\x88\x77\x66\x55\x44\x33\x22\x11", 10);
	F(GUEST_RIP) = CODE_AT + 0xffe;
	run(1);
	assert_int_equal(GPR(RAX), 0x1122334455667788ull);
	F(GUEST_RIP) = CODE_AT + 0xffe;
	poke(PT + 8 * 5, 0);
	F(EXCEPTION_BITMAP) = ~0ull;
	exits(0, CODE_AT + 0x1000);
}

static void test_memory_operands_add_base_index_scale_and_displacement(void **state)
{
	(void)state;
	poke(DATA, 0x1234);
	/* mov rax, [rcx + rdx * 8 - 0x1000]; mov rbx, [rip + 0x4ff1] */
	CODE(0x48, 0x8b, 0x84, 0xd1, 0x00, 0xf0, 0xff, 0xff,
	     0x48, 0x8b, 0x1d, 0xf1, 0x4f, 0x00, 0x00);
	GPR(RCX) = DATA;
	GPR(RDX) = 0x200;
	run(2);
	assert_int_equal(GPR(RAX), 0x1234);
	assert_int_equal(GPR(RBX), 0x1234);
}

static void test_compatibility_mode_is_32_bit_code(void **state)
{
	(void)state;
	segment(1, 0x28, 0xffffffff, 0xc09b);
	CODE(0x48, 0xb8, 1, 0, 0, 0);           /* dec eax; mov eax, 1 */
	faults(6, false, 0);                    /* 48 is not listed    */
	CODE(0xb8, 1, 0, 0, 0);
	GPR(RAX) = ~0ull;
	run(1);
	assert_int_equal(GPR(RAX), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(NAME) cmocka_unit_test_setup(NAME, guest64)
		T(test_what_the_assembler_writes_the_interpreter_decodes),
		T(test_sixteen_bytes_of_prefixes_are_a_general_protection_fault),
		T(test_an_instruction_may_cross_a_page),
		T(test_memory_operands_add_base_index_scale_and_displacement),
		T(test_compatibility_mode_is_32_bit_code),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
