/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The guest's assembler: bytes of every operation against the SDM's encodings,
 * refusals, labels and register names.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "guest/assemble.h"

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

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

static void assemble(const struct row *row, char *hex, size_t size)
{
	struct pkvm_asm a;
	uint8_t out[64];
	size_t used = 0;

	pkvm_asm_begin(&a, out, sizeof(out), row->mode);
	assert_int_equal(pkvm_asm_op(&a, row->name, row->operand, row->n), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_finish(&a), PKVM_ASM_OK);
	hex[0] = 0;
	for (size_t i = 0; i < a.used; i++)
		used += (size_t)snprintf(hex + used, size - used, "%02x", out[i]);
}

static void test_operations_become_the_bytes_of_the_sdm(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_ROWS; i++) {
		char hex[160];

		assemble(&rows[i], hex, sizeof(hex));
		if (strcmp(hex, rows[i].hex))
			fail_msg("%d-bit %s: %s, not %s", rows[i].mode, rows[i].name, hex,
				 rows[i].hex);
	}
}

/* Jumps need a label and have their own test. */
static void test_every_operation_has_a_row_of_bytes(void **state)
{
	(void)state;
	for (unsigned int i = 0; pkvm_asm_name(i); i++) {
		const char *name = pkvm_asm_name(i);
		bool found = pkvm_asm_operands(name)[0] == 'l';

		for (size_t j = 0; j < NR_ROWS; j++)
			found |= !strcmp(rows[j].name, name);
		if (!found)
			fail_msg("%s has no row", name);
		assert_non_null(pkvm_asm_text(name));
	}
}

static enum pkvm_asm_status one(int mode, const char *name, uint64_t first, uint64_t second,
				unsigned int n)
{
	struct pkvm_asm a;
	uint8_t out[32];
	const uint64_t operand[2] = { first, second };
	enum pkvm_asm_status status;

	pkvm_asm_begin(&a, out, sizeof(out), mode);
	status = pkvm_asm_op(&a, name, operand, n);
	if (status != PKVM_ASM_OK)
		assert_int_equal(a.used, 0);
	return status;
}

static void test_wrong_operations_and_operands_are_refused(void **state)
{
	(void)state;
	assert_int_equal(one(64, "fly", 0, 0, 0), PKVM_ASM_UNKNOWN);
	assert_int_equal(one(64, "nop", 0, 0, 1), PKVM_ASM_COUNT);
	assert_int_equal(one(64, "mov", 0, 0, 1), PKVM_ASM_COUNT);
	assert_int_equal(one(64, "push", 16, 0, 1), PKVM_ASM_RANGE);
	assert_int_equal(one(64, "out8", 0x100, 0, 1), PKVM_ASM_RANGE);
	assert_int_equal(one(64, "mov_to_cr", 1, 0, 2), PKVM_ASM_RANGE);
	assert_int_equal(one(64, "mov_to_dr", 8, 0, 2), PKVM_ASM_RANGE);
	assert_int_equal(one(64, "mov_to_seg", 6, 0, 2), PKVM_ASM_RANGE);
	assert_int_equal(one(64, "add_imm", 0, 0x100000000ull, 2), PKVM_ASM_RANGE);
	assert_int_equal(one(64, "write_port8", 0x10000, 0, 2), PKVM_ASM_RANGE);
}

static void test_what_a_mode_cannot_encode_is_refused(void **state)
{
	(void)state;
	assert_int_equal(one(32, "push", 8, 0, 1), PKVM_ASM_MODE);
	assert_int_equal(one(32, "load64", 0, 1, 2), PKVM_ASM_MODE);
	assert_int_equal(one(32, "mov_imm", 0, 0x100000000ull, 2), PKVM_ASM_MODE);
	assert_int_equal(one(16, "swapgs", 0, 0, 0), PKVM_ASM_MODE);
	assert_int_equal(one(32, "mov_to_cr", 8, 0, 2), PKVM_ASM_MODE);
	assert_int_equal(one(32, "write_cr8", 5, 0, 1), PKVM_ASM_MODE);
	assert_int_equal(one(32, "load8", 6, 0, 2), PKVM_ASM_MODE);     /* DH, not SIL */
}

static void test_labels_resolve_backwards_and_forwards(void **state)
{
	static const uint8_t expected[] = {
		0x48, 0xff, 0xc9, 0x0f, 0x85, 0xf7, 0xff, 0xff, 0xff, /* dec rcx; jnz -9 */
		0xe9, 0x01, 0x00, 0x00, 0x00, 0x90, 0xf4,             /* jmp +1; nop; hlt */
	};
	struct pkvm_asm a;
	uint8_t out[32];

	(void)state;
	pkvm_asm_begin(&a, out, sizeof(out), 64);
	assert_int_equal(pkvm_asm_label(&a, 1), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_op(&a, "dec", (uint64_t[]){ 1 }, 1), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_op(&a, "jnz", (uint64_t[]){ 1 }, 1), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_op(&a, "jmp", (uint64_t[]){ 2 }, 1), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_op(&a, "nop", NULL, 0), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_finish(&a), PKVM_ASM_LABEL);
	assert_int_equal(pkvm_asm_label(&a, 2), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_label(&a, 2), PKVM_ASM_LABEL);
	assert_int_equal(pkvm_asm_op(&a, "hlt", NULL, 0), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_finish(&a), PKVM_ASM_OK);
	assert_int_equal(a.used, 16);
	assert_memory_equal(out, expected, 16);
}

static void test_a_16_bit_jump_has_a_16_bit_displacement(void **state)
{
	struct pkvm_asm a;
	uint8_t out[8];

	(void)state;
	pkvm_asm_begin(&a, out, sizeof(out), 16);
	assert_int_equal(pkvm_asm_label(&a, 0), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_op(&a, "jz", (uint64_t[]){ 0 }, 1), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_op(&a, "call", (uint64_t[]){ 0 }, 1), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_finish(&a), PKVM_ASM_OK);
	assert_int_equal(a.used, 7);
	assert_memory_equal(out, "\x0f\x84\xfc\xff\xe8\xf9\xff", 7);
}

static void test_full_buffer_appends_nothing_and_is_remembered(void **state)
{
	struct pkvm_asm a;
	uint8_t out[5] = { 0 };

	(void)state;
	pkvm_asm_begin(&a, out, 3, 64);
	assert_int_equal(pkvm_asm_op(&a, "cpuid", NULL, 0), PKVM_ASM_OK);
	assert_int_equal(pkvm_asm_op(&a, "cpuid", NULL, 0), PKVM_ASM_SPACE);
	assert_int_equal(a.used, 2);
	assert_int_equal(out[3], 0);
	assert_int_equal(pkvm_asm_finish(&a), PKVM_ASM_SPACE);
	pkvm_asm_begin(&a, out, 5, 64);         /* a sequence goes in whole */
	assert_int_equal(pkvm_asm_op(&a, "eoi", NULL, 0), PKVM_ASM_SPACE);
	assert_int_equal(a.used, 0);
}

static void test_register_names_are_numbers_of_their_kind(void **state)
{
	(void)state;
	assert_int_equal(pkvm_asm_register('r', "rax"), 0);
	assert_int_equal(pkvm_asm_register('m', "rsp"), 4);
	assert_int_equal(pkvm_asm_register('r', "edi"), 7);
	assert_int_equal(pkvm_asm_register('r', "r8"), 8);
	assert_int_equal(pkvm_asm_register('r', "r15"), 15);
	assert_int_equal(pkvm_asm_register('c', "cr8"), 8);
	assert_int_equal(pkvm_asm_register('d', "dr7"), 7);
	assert_int_equal(pkvm_asm_register('s', "gs"), 5);
	assert_int_equal(pkvm_asm_register('x', "xmm15"), 15);
	assert_int_equal(pkvm_asm_register('r', "r16"), -1);
	assert_int_equal(pkvm_asm_register('r', "r7"), -1);
	assert_int_equal(pkvm_asm_register('r', "r08"), -1);
	assert_int_equal(pkvm_asm_register('r', "raxx"), -1);
	assert_int_equal(pkvm_asm_register('d', "dr8"), -1);
	assert_int_equal(pkvm_asm_register('x', "xmm"), -1);
	assert_int_equal(pkvm_asm_register('s', "rax"), -1);
	assert_int_equal(pkvm_asm_register('b', "rax"), -1);
	assert_int_equal(pkvm_asm_register('r', ""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations_become_the_bytes_of_the_sdm),
		cmocka_unit_test(test_every_operation_has_a_row_of_bytes),
		cmocka_unit_test(test_wrong_operations_and_operands_are_refused),
		cmocka_unit_test(test_what_a_mode_cannot_encode_is_refused),
		cmocka_unit_test(test_labels_resolve_backwards_and_forwards),
		cmocka_unit_test(test_a_16_bit_jump_has_a_16_bit_displacement),
		cmocka_unit_test(test_full_buffer_appends_nothing_and_is_remembered),
		cmocka_unit_test(test_register_names_are_numbers_of_their_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
