/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The assembler proper: prefixes, opcode, ModRM, immediate and labels of one
 * operation in the encoding of the mode.
 *
 * SDM: chapter "Instruction Format".
 */
#include "assemble.h"

#define REX   0x40
#define REX_W 0x08
#define REX_R 0x04
#define REX_B 0x01

/* One instruction on its way into bytes. */
struct insn {
	const struct pkvm_asm_row *row;
	unsigned int reg;
	unsigned int rm;
	unsigned int size; /* operand size that is chosen, 0 none */
	bool has_modrm;
	bool memory;
	bool byte_register; /* 4 to 7 mean SPL to DIL, which need REX */
	uint64_t immediate;
	unsigned int immediate_size;
	uint8_t byte[15];
	unsigned int length;
};

void pkvm_asm_begin(struct pkvm_asm *a, uint8_t *out, size_t size, int mode)
{
	*a = (struct pkvm_asm){.out = out, .size = size, .mode = mode};
}

static enum pkvm_asm_status judge(const struct pkvm_asm *a, char kind, uint64_t value)
{
	uint64_t sign = ~0ull << 31;

	switch (kind) {
	case 'r':
	case 'm':
	case 'x':
		if (value > 15)
			return PKVM_ASM_RANGE;
		return value > 7 && a->mode != 64 ? PKVM_ASM_MODE : PKVM_ASM_OK;
	case 'c':
		if (value != 0 && value != 2 && value != 3 && value != 4 && value != 8)
			return PKVM_ASM_RANGE;
		return value == 8 && a->mode != 64 ? PKVM_ASM_MODE : PKVM_ASM_OK;
	case 'd':
		return value > 7 ? PKVM_ASM_RANGE : PKVM_ASM_OK;
	case 's':
		return value > 5 ? PKVM_ASM_RANGE : PKVM_ASM_OK;
	case 'l':
		return value >= PKVM_ASM_LABELS ? PKVM_ASM_RANGE : PKVM_ASM_OK;
	case 'b':
		return value > 0xff ? PKVM_ASM_RANGE : PKVM_ASM_OK;
	case 'w':
		return value > 0xffff ? PKVM_ASM_RANGE : PKVM_ASM_OK;
	case 'i':
		return value >> 32 && (value & sign) != sign ? PKVM_ASM_RANGE : PKVM_ASM_OK;
	default:
		return PKVM_ASM_OK;
	}
}

static enum pkvm_asm_status judge_all(const struct pkvm_asm *a, const char *kinds,
				      const uint64_t *operands, unsigned int n)
{
	unsigned int count = 0;

	while (kinds[count])
		count++;
	if (count != n)
		return PKVM_ASM_COUNT;
	for (unsigned int i = 0; i < n; i++) {
		enum pkvm_asm_status status = judge(a, kinds[i], operands[i]);

		if (status != PKVM_ASM_OK)
			return status;
	}
	return PKVM_ASM_OK;
}

static unsigned int operand_size(const struct pkvm_asm *a, const struct pkvm_asm_row *row)
{
	switch (row->size) {
	case PKVM_ASM_SIZE_N:
		return a->mode == 64 ? 8 : 4;
	case PKVM_ASM_SIZE_S:
		return (unsigned int)a->mode / 8;
	default:
		return row->size;
	}
}

/* Operands into ModRM and immediate, as the form says. */
static void place(const struct pkvm_asm *a, struct insn *insn, const uint64_t *operands,
		  unsigned int n)
{
	const struct pkvm_asm_row *row = insn->row;
	const char *kinds = row->operands;

	insn->has_modrm = row->form == PKVM_ASM_RM_REG || row->form == PKVM_ASM_REG_RM ||
			  row->form == PKVM_ASM_RM;
	insn->reg = row->digit;
	if (row->form == PKVM_ASM_OPREG || row->form == PKVM_ASM_RM ||
	    row->form == PKVM_ASM_RM_REG)
		insn->rm = (unsigned int)operands[0];
	if (row->form == PKVM_ASM_RM_REG)
		insn->reg = (unsigned int)operands[1];
	if (row->form == PKVM_ASM_REG_RM) {
		insn->reg = (unsigned int)operands[0];
		insn->rm = (unsigned int)operands[1];
	}
	for (unsigned int i = 0; i < n; i++) {
		insn->memory |= kinds[i] == 'm';
		if (kinds[i] == 'r' && insn->size == 1 && operands[i] >= 4 && operands[i] < 8)
			insn->byte_register = true;
		if (kinds[i] != 'b' && kinds[i] != 'i' && kinds[i] != 'q' && kinds[i] != 'l')
			continue;
		insn->immediate = operands[i];
		insn->immediate_size = kinds[i] == 'b' ? 1 : 4;
		if (kinds[i] == 'l' && a->mode == 16)
			insn->immediate_size = 2;
		if (kinds[i] == 'q' && operands[i] >> 32)
			insn->immediate_size = 8;
	}
	/* a 32-bit move zero-extends: the short form of a small number */
	if (insn->immediate_size == 4 && row->form == PKVM_ASM_OPREG && insn->size == 8)
		insn->size = 4;
}

static enum pkvm_asm_status encodable(const struct pkvm_asm *a, const struct insn *insn)
{
	if (a->mode == 64)
		return PKVM_ASM_OK;
	if (insn->size == 8 || insn->immediate_size == 8 || insn->byte_register ||
	    insn->row->opcode == 0x0f01f8)
		return PKVM_ASM_MODE;
	return PKVM_ASM_OK;
}

static void put(struct insn *insn, uint64_t value, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		insn->byte[insn->length++] = (uint8_t)(value >> (8 * i));
}

static void put_prefixes(const struct pkvm_asm *a, struct insn *insn)
{
	unsigned int usual = a->mode == 16 ? 2 : 4;
	unsigned int rex = 0;

	if (insn->memory && a->mode == 16)
		put(insn, 0x67, 1);
	if ((insn->size == 2 || insn->size == 4) && insn->size != usual)
		put(insn, 0x66, 1);
	if (insn->row->prefix)
		put(insn, insn->row->prefix, 1);
	if (insn->size == 8)
		rex |= REX | REX_W;
	if (insn->has_modrm && insn->reg > 7)
		rex |= REX | REX_R;
	if (insn->rm > 7)
		rex |= REX | REX_B;
	if (insn->byte_register)
		rex |= REX;
	if (rex)
		put(insn, rex, 1);
}

static void put_opcode(struct insn *insn)
{
	uint32_t opcode = insn->row->opcode;

	if (insn->row->form == PKVM_ASM_OPREG)
		opcode |= insn->rm & 7;
	if (opcode >> 16)
		put(insn, opcode >> 16, 1);
	if (opcode >> 8)
		put(insn, opcode >> 8 & 0xff, 1);
	put(insn, opcode & 0xff, 1);
}

/* [RSP] and [R12] need a SIB byte, [RBP] and [R13] a displacement. */
static void put_modrm(struct insn *insn)
{
	unsigned int low = insn->rm & 7;
	unsigned int mod = insn->memory ? (low == 5 ? 1 : 0) : 3;

	if (!insn->has_modrm)
		return;
	put(insn, mod << 6 | (insn->reg & 7) << 3 | low, 1);
	if (insn->memory && low == 4)
		put(insn, 0x24, 1);
	if (insn->memory && low == 5)
		put(insn, 0, 1);
}

static enum pkvm_asm_status append(struct pkvm_asm *a, const struct insn *insn)
{
	bool label = insn->row->operands[0] == 'l';

	if (insn->length > a->size - a->used || (label && a->fixups == PKVM_ASM_FIXUPS)) {
		a->overflow = true;
		return PKVM_ASM_SPACE;
	}
	for (unsigned int i = 0; i < insn->length; i++)
		a->out[a->used + i] = insn->byte[i];
	a->used += insn->length;
	if (label)
		a->fixup[a->fixups++] = (struct pkvm_asm_fixup){
			.at = a->used - insn->immediate_size,
			.size = insn->immediate_size,
			.label = (unsigned int)insn->immediate,
		};
	return PKVM_ASM_OK;
}

enum pkvm_asm_status pkvm_asm_op(struct pkvm_asm *a, const char *name, const uint64_t *operands,
				 unsigned int n)
{
	struct insn insn = {.row = pkvm_asm_find(name)};
	size_t used = a->used;
	enum pkvm_asm_status status;

	if (!insn.row)
		return PKVM_ASM_UNKNOWN;
	status = judge_all(a, insn.row->operands, operands, n);
	if (status != PKVM_ASM_OK)
		return status;
	if (insn.row->form == PKVM_ASM_SEQUENCE) {
		status = pkvm_asm_sequence(a, name, operands);
		if (status != PKVM_ASM_OK)
			a->used = used;
		return status;
	}
	insn.size = operand_size(a, insn.row);
	place(a, &insn, operands, n);
	status = encodable(a, &insn);
	if (status != PKVM_ASM_OK)
		return status;
	put_prefixes(a, &insn);
	put_opcode(&insn);
	put_modrm(&insn);
	put(&insn, insn.immediate, insn.immediate_size);
	return append(a, &insn);
}

enum pkvm_asm_status pkvm_asm_label(struct pkvm_asm *a, unsigned int label)
{
	if (label >= PKVM_ASM_LABELS)
		return PKVM_ASM_RANGE;
	if (a->defined & 1u << label)
		return PKVM_ASM_LABEL;
	a->defined |= 1u << label;
	a->label[label] = a->used;
	return PKVM_ASM_OK;
}

enum pkvm_asm_status pkvm_asm_finish(struct pkvm_asm *a)
{
	if (a->overflow)
		return PKVM_ASM_SPACE;
	for (unsigned int i = 0; i < a->fixups; i++) {
		const struct pkvm_asm_fixup *fixup = &a->fixup[i];
		uint64_t distance;

		if (!(a->defined & 1u << fixup->label))
			return PKVM_ASM_LABEL;
		distance = a->label[fixup->label] - (fixup->at + fixup->size);
		for (unsigned int j = 0; j < fixup->size; j++)
			a->out[fixup->at + j] = (uint8_t)(distance >> (8 * j));
	}
	return PKVM_ASM_OK;
}
