/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The assembler's names: operations as ops.inc lists them, and registers.
 */
#include "assemble.h"

#define SIZE_0 0
#define SIZE_1 1
#define SIZE_2 2
#define SIZE_4 4
#define SIZE_8 8
#define SIZE_N PKVM_ASM_SIZE_N
#define SIZE_S PKVM_ASM_SIZE_S

static const struct pkvm_asm_row rows[] = {
#define PKVM_GUEST_OP(NAME, OPERANDS, FORM, SIZE, PREFIX, OPCODE, DIGIT, TEXT) \
	{#NAME, OPERANDS, TEXT, OPCODE, PKVM_ASM_##FORM, SIZE_##SIZE, PREFIX, DIGIT},
#define PKVM_GUEST_SEQUENCE(NAME, OPERANDS, TEXT) \
	{#NAME, OPERANDS, TEXT, 0, PKVM_ASM_SEQUENCE, 0, 0, 0},
#include "ops.inc"
#undef PKVM_GUEST_OP
#undef PKVM_GUEST_SEQUENCE
};

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct pkvm_asm_row *pkvm_asm_find(const char *name)
{
	for (size_t i = 0; i < NR_ROWS; i++)
		if (same(rows[i].name, name))
			return &rows[i];
	return NULL;
}

const char *pkvm_asm_name(unsigned int n)
{
	return n < NR_ROWS ? rows[n].name : NULL;
}

const char *pkvm_asm_operands(const char *name)
{
	const struct pkvm_asm_row *row = pkvm_asm_find(name);

	return row ? row->operands : NULL;
}

const char *pkvm_asm_text(const char *name)
{
	const struct pkvm_asm_row *row = pkvm_asm_find(name);

	return row ? row->text : NULL;
}

/* A decimal number below the limit, as the whole of the text; else -1. */
static int number(const char *text, int limit)
{
	int value = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -1;
		value = value * 10 + (*text - '0');
		if (value >= limit)
			return -1;
	}
	return value;
}

static int listed(const char *name, const char list[][4], int n)
{
	for (int i = 0; i < n; i++)
		if (same(name, list[i]))
			return i;
	return -1;
}

static int general(const char *name)
{
	static const char wide[8][4] = {
		"rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
	};
	static const char narrow[8][4] = {
		"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi",
	};
	int found = listed(name, wide, 8);

	if (found < 0)
		found = listed(name, narrow, 8);
	if (found < 0 && name[0] == 'r')
		found = number(name + 1, 16) >= 8 ? number(name + 1, 16) : -1;
	return found;
}

int pkvm_asm_register(char kind, const char *name)
{
	static const char segment[6][4] = {"es", "cs", "ss", "ds", "fs", "gs"};

	switch (kind) {
	case 'r':
	case 'm':
		return general(name);
	case 's':
		return listed(name, segment, 6);
	case 'c':
	case 'd':
		return name[0] == kind && name[1] == 'r'
			       ? number(name + 2, kind == 'c' ? 16 : 8)
			       : -1;
	case 'x':
		return name[0] == 'x' && name[1] == 'm' && name[2] == 'm' ? number(name + 3, 16)
									  : -1;
	default:
		return -1;
	}
}
