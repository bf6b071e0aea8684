/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The assembler's sequences: what they are made of, one row a step.
 */
#include "assemble.h"

enum { RAX, RCX, RDX };
enum { SS = 2 };

#define X2APIC_EOI 0x80b

/* Where a step's operand comes from: itself, or an operand of the sequence. */
enum source { NUMBER, FIRST, SECOND, SECOND_LOW, SECOND_HIGH };

static const struct step {
	const char *sequence;
	const char *op;
	unsigned int n;
	struct {
		enum source source;
		uint64_t number;
	} operand[2];
} steps[] = {
	{ "mov_ss",       "mov_to_seg", 2, { { NUMBER, SS },  { FIRST, 0 } } },

	{ "touch",        "mov_imm",    2, { { NUMBER, RAX }, { FIRST, 0 } } },
	{ "touch",        "load8",      2, { { NUMBER, RAX }, { NUMBER, RAX } } },

	{ "touch_write",  "mov_imm",    2, { { NUMBER, RAX }, { FIRST, 0 } } },
	{ "touch_write",  "mov_imm",    2, { { NUMBER, RCX }, { SECOND, 0 } } },
	{ "touch_write",  "store8",     2, { { NUMBER, RAX }, { NUMBER, RCX } } },

	{ "write_cr8",    "mov_imm",    2, { { NUMBER, RAX }, { FIRST, 0 } } },
	{ "write_cr8",    "mov_to_cr",  2, { { NUMBER, 8 },   { NUMBER, RAX } } },

	{ "eoi",          "mov_imm",    2, { { NUMBER, RCX }, { NUMBER, X2APIC_EOI } } },
	{ "eoi",          "mov_imm",    2, { { NUMBER, RAX }, { NUMBER, 0 } } },
	{ "eoi",          "mov_imm",    2, { { NUMBER, RDX }, { NUMBER, 0 } } },
	{ "eoi",          "wrmsr",      0, { { NUMBER, 0 },   { NUMBER, 0 } } },

	{ "read_msr",     "mov_imm",    2, { { NUMBER, RCX }, { FIRST, 0 } } },
	{ "read_msr",     "rdmsr",      0, { { NUMBER, 0 },   { NUMBER, 0 } } },

	{ "write_msr",    "mov_imm",    2, { { NUMBER, RCX }, { FIRST, 0 } } },
	{ "write_msr",    "mov_imm",    2, { { NUMBER, RAX }, { SECOND_LOW, 0 } } },
	{ "write_msr",    "mov_imm",    2, { { NUMBER, RDX }, { SECOND_HIGH, 0 } } },
	{ "write_msr",    "wrmsr",      0, { { NUMBER, 0 },   { NUMBER, 0 } } },

	{ "read_port8",   "mov_imm",    2, { { NUMBER, RDX }, { FIRST, 0 } } },
	{ "read_port8",   "in8_dx",     0, { { NUMBER, 0 },   { NUMBER, 0 } } },
	{ "read_port16",  "mov_imm",    2, { { NUMBER, RDX }, { FIRST, 0 } } },
	{ "read_port16",  "in16_dx",    0, { { NUMBER, 0 },   { NUMBER, 0 } } },
	{ "read_port32",  "mov_imm",    2, { { NUMBER, RDX }, { FIRST, 0 } } },
	{ "read_port32",  "in32_dx",    0, { { NUMBER, 0 },   { NUMBER, 0 } } },

	{ "write_port8",  "mov_imm",    2, { { NUMBER, RDX }, { FIRST, 0 } } },
	{ "write_port8",  "mov_imm",    2, { { NUMBER, RAX }, { SECOND, 0 } } },
	{ "write_port8",  "out8_dx",    0, { { NUMBER, 0 },   { NUMBER, 0 } } },
	{ "write_port16", "mov_imm",    2, { { NUMBER, RDX }, { FIRST, 0 } } },
	{ "write_port16", "mov_imm",    2, { { NUMBER, RAX }, { SECOND, 0 } } },
	{ "write_port16", "out16_dx",   0, { { NUMBER, 0 },   { NUMBER, 0 } } },
	{ "write_port32", "mov_imm",    2, { { NUMBER, RDX }, { FIRST, 0 } } },
	{ "write_port32", "mov_imm",    2, { { NUMBER, RAX }, { SECOND_LOW, 0 } } },
	{ "write_port32", "out32_dx",   0, { { NUMBER, 0 },   { NUMBER, 0 } } },
};

static uint64_t operand(enum source source, uint64_t number, const uint64_t *operands)
{
	switch (source) {
	case FIRST:
		return operands[0];
	case SECOND:
		return operands[1];
	case SECOND_LOW:
		return operands[1] & 0xffffffff;
	case SECOND_HIGH:
		return operands[1] >> 32;
	case NUMBER:
		break;
	}
	return number;
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

enum pkvm_asm_status pkvm_asm_sequence(struct pkvm_asm *a, const char *name,
				       const uint64_t *operands)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct step *step = &steps[i];
		uint64_t value[2];
		enum pkvm_asm_status status;

		if (!same(step->sequence, name))
			continue;
		for (unsigned int j = 0; j < step->n; j++)
			value[j] = operand(step->operand[j].source, step->operand[j].number,
					   operands);
		status = pkvm_asm_op(a, step->op, value, step->n);
		if (status != PKVM_ASM_OK)
			return status;
	}
	return PKVM_ASM_OK;
}
