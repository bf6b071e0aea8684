/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Decoding of a guest's access to a device: encodings of the SDM, byte by byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "guest/assemble.h"
#include "host/decode.h"

#define BITS16 PKVM_HOST_DECODE_16
#define BITS32 PKVM_HOST_DECODE_32
#define BITS64 PKVM_HOST_DECODE_64

struct row {
	const char *bytes;
	uint32_t length;
	enum pkvm_host_decode_mode mode;
	bool write;
	uint32_t size;
	uint32_t reg;
	uint32_t shift;
};

static const struct row rows[] = {
	/* bytes                              length mode    write size reg shift */
	{"\x89\x08",                              2, BITS64, true,  4,  1, 0}, /* [rax], ecx    */
	{"\x48\x89\x08",                          3, BITS64, true,  8,  1, 0}, /* [rax], rcx    */
	{"\x66\x89\x08",                          3, BITS64, true,  2,  1, 0}, /* [rax], cx     */
	{"\x88\x20",                              2, BITS64, true,  1,  0, 8}, /* [rax], ah     */
	{"\x40\x88\x20",                          3, BITS64, true,  1,  4, 0}, /* [rax], spl    */
	{"\x44\x8b\x38",                          3, BITS64, false, 4, 15, 0}, /* r15d, [rax]   */
	{"\x8a\x38",                              2, BITS64, false, 1,  3, 8}, /* bh, [rax]     */
	{"\x8b\x40\x10",                          3, BITS64, false, 4,  0, 0}, /* disp8         */
	{"\x8b\x80\x10\x00\x00\x00",              6, BITS64, false, 4,  0, 0}, /* disp32        */
	{"\x8b\x44\x24\x08",                      4, BITS64, false, 4,  0, 0}, /* [rsp + 8]     */
	{"\x8b\x05\x10\x00\x00\x00",              6, BITS64, false, 4,  0, 0}, /* [rip + 16]    */
	{"\x8b\x04\x25\x80\x00\xe0\x0e",          7, BITS64, false, 4,  0, 0}, /* [disp32]      */
	{"\x67\x8b\x00",                          3, BITS64, false, 4,  0, 0}, /* [eax]         */
	{"\x66\x48\x89\x08",                      4, BITS64, true,  8,  1, 0}, /* REX.W wins    */
	{"\x48\x66\x89\x08",                      4, BITS64, true,  2,  1, 0}, /* REX is lost   */
	{"\x89\x08",                              2, BITS32, true,  4,  1, 0},
	{"\x66\x89\x08",                          3, BITS32, true,  2,  1, 0},
	{"\x67\x89\x4e\x02",                      4, BITS32, true,  4,  1, 0}, /* [bp + 2]      */
	{"\x89\x0e\x34\x12",                      4, BITS16, true,  2,  1, 0}, /* [1234], cx    */
	{"\x66\x89\x0f",                          3, BITS16, true,  4,  1, 0}, /* [bx], ecx     */
	{"\x67\x89\x08",                          3, BITS16, true,  2,  1, 0}, /* [eax], cx     */
	{"\x8b\x87\x00\x01",                      4, BITS16, false, 2,  0, 0}, /* [bx + 0x100]  */
	{"\xa1\x80\x00\xe0\xfe",                  5, BITS32, false, 4,  0, 0}, /* eax, [moffs]  */
	{"\xa2\x80\x00\xe0\xfe",                  5, BITS32, true,  1,  0, 0}, /* [moffs], al   */
	{"\x67\xa3\x34\x12",                      4, BITS32, true,  4,  0, 0}, /* 16-bit moffs  */
	{"\xa3\x34\x12",                          3, BITS16, true,  2,  0, 0},
	{"\x48\xa1\x80\x00\xe0\xfe\x00\x00\x00\x00", 10, BITS64, false, 8, 0, 0},
	{"\x67\xa1\x80\x00\xe0\xfe",              6, BITS64, false, 4,  0, 0}, /* 32-bit moffs  */
	{"\x65\x8b\x00",                          3, BITS64, false, 4,  0, 0}, /* gs:[rax]      */
	{"\x3e\x66\x89\x08",                      4, BITS32, true,  2,  1, 0}, /* ds:[eax], cx  */
};

static void test_moves_are_decoded_in_each_mode(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct pkvm_host_insn insn;
		uint8_t byte[15] = {0};

		memcpy(byte, row->bytes, row->length);
		if (!pkvm_host_decode(&insn, byte, sizeof(byte), row->mode))
			fail_msg("row %zu is not decoded", i);
		assert_int_equal(insn.length, row->length);
		assert_int_equal(insn.write, row->write);
		assert_int_equal(insn.size, row->size);
		assert_int_equal(insn.reg, row->reg);
		assert_int_equal(insn.shift, row->shift);
		assert_false(insn.has_immediate);
	}
}

static void test_immediates_have_the_operands_size_and_sign(void **state)
{
	static const struct {
		const char *bytes;
		uint32_t length;
		uint32_t size;
		uint64_t value;
	} list[] = {
		{"\xc7\x00\x78\x56\x34\x12",     6, 4, 0x12345678},
		{"\x48\xc7\x00\xfe\xff\xff\xff", 7, 8, 0xfffffffffffffffe},
		{"\x48\xc7\x00\x01\x00\x00\x00", 7, 8, 1},
		{"\x66\xc7\x00\x34\x12",         5, 2, 0x1234},
		{"\xc6\x00\xff",                 3, 1, 0xff},
	};
	struct pkvm_host_insn insn;

	(void)state;
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		assert_true(pkvm_host_decode(&insn, (const uint8_t *)list[i].bytes,
					     list[i].length, BITS64));
		assert_true(insn.has_immediate);
		assert_true(insn.write);
		assert_int_equal(insn.length, list[i].length);
		assert_int_equal(insn.size, list[i].size);
		assert_int_equal(insn.immediate, list[i].value);
	}
}

static void test_what_is_cut_short_is_not_decoded(void **state)
{
	struct pkvm_host_insn insn;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint32_t n = 0; n < rows[i].length; n++)
			assert_false(pkvm_host_decode(&insn, (const uint8_t *)rows[i].bytes, n,
						      rows[i].mode));
	}
}

/*
 * Of 256 opcodes ten are moves: of C6 and C7 only /0, of those with ModRM only memory
 * operands, of A0 to A3 all.
 */
static void test_other_instructions_are_refused(void **state)
{
	static const uint8_t moves[] = {0x88, 0x89, 0x8a, 0x8b, 0xc6, 0xc7};
	static const uint8_t prefixes[] = {0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67};
	struct pkvm_host_insn insn;

	(void)state;
	for (unsigned int opcode = 0; opcode < 256; opcode++) {
		for (unsigned int modrm = 0; modrm < 256; modrm++) {
			const uint8_t byte[15] = {(uint8_t)opcode, (uint8_t)modrm};
			const bool is_move = memchr(moves, (int)opcode, sizeof(moves)) != NULL;
			const bool digit = opcode < 0xc6 || !(modrm >> 3 & 7);

			if (memchr(prefixes, (int)opcode, sizeof(prefixes)))
				continue;
			assert_int_equal(pkvm_host_decode(&insn, byte, 15, BITS32),
					 (is_move && modrm < 0xc0 && digit) ||
						 (opcode >= 0xa0 && opcode <= 0xa3));
		}
	}
}

static void test_prefixes_without_end_are_refused(void **state)
{
	struct pkvm_host_insn insn;
	uint8_t byte[15];

	(void)state;
	memset(byte, 0x66, sizeof(byte));
	assert_false(pkvm_host_decode(&insn, byte, sizeof(byte), BITS64));
	memset(byte, 0x48, sizeof(byte));
	assert_false(pkvm_host_decode(&insn, byte, sizeof(byte), BITS64));
}

/* Every load and store that a guest here has, with every pair of registers. */
static void test_every_guest_operation_on_memory_is_decoded(void **state)
{
	static const struct {
		const char *name;
		uint32_t size;
		bool write;
	} ops[] = {
		{"load8", 1, false}, {"load16", 2, false}, {"load32", 4, false},
		{"load64", 8, false}, {"store8", 1, true}, {"store16", 2, true},
		{"store32", 4, true}, {"store64", 8, true},
	};

	(void)state;
	for (size_t op = 0; op < sizeof(ops) / sizeof(ops[0]); op++) {
		for (uint64_t pair = 0; pair < 256; pair++) {
			const uint64_t reg = pair & 15, address = pair >> 4;
			const uint64_t operand[2] = {ops[op].write ? address : reg,
						     ops[op].write ? reg : address};
			struct pkvm_host_insn insn;
			struct pkvm_asm code;
			uint8_t byte[16];

			pkvm_asm_begin(&code, byte, sizeof(byte), 64);
			assert_int_equal(pkvm_asm_op(&code, ops[op].name, operand, 2),
					 PKVM_ASM_OK);
			assert_int_equal(pkvm_asm_finish(&code), PKVM_ASM_OK);
			assert_true(pkvm_host_decode(&insn, byte, (uint32_t)code.used, BITS64));
			assert_int_equal(insn.length, code.used);
			assert_int_equal(insn.size, ops[op].size);
			assert_int_equal(insn.write, ops[op].write);
			assert_int_equal(insn.reg, reg);
			assert_int_equal(insn.shift, 0);
		}
	}
}

static void test_loads_change_as_much_of_a_register_as_the_processor_would(void **state)
{
	const uint64_t old = 0x1122334455667788, loaded = 0xaabbccdd99aabbcc;
	struct pkvm_host_insn insn = {.size = 1};

	(void)state;
	assert_int_equal(pkvm_host_insn_result(&insn, old, loaded), 0x11223344556677cc);
	insn.shift = 8;
	assert_int_equal(pkvm_host_insn_result(&insn, old, loaded), 0x112233445566cc88);
	insn = (struct pkvm_host_insn){.size = 2};
	assert_int_equal(pkvm_host_insn_result(&insn, old, loaded), 0x112233445566bbcc);
	insn.size = 4;
	assert_int_equal(pkvm_host_insn_result(&insn, old, loaded), 0x99aabbcc);
	insn.size = 8;
	assert_int_equal(pkvm_host_insn_result(&insn, old, loaded), loaded);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves_are_decoded_in_each_mode),
		cmocka_unit_test(test_immediates_have_the_operands_size_and_sign),
		cmocka_unit_test(test_what_is_cut_short_is_not_decoded),
		cmocka_unit_test(test_other_instructions_are_refused),
		cmocka_unit_test(test_prefixes_without_end_are_refused),
		cmocka_unit_test(test_every_guest_operation_on_memory_is_decoded),
		cmocka_unit_test(
			test_loads_change_as_much_of_a_register_as_the_processor_would),
	};

	return cmocka_run_group_tests_name("host decode", tests, NULL, NULL);
}
