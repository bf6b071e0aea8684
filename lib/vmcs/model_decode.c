/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Fetches the bytes at CS:RIP and finds them in the table of the operations
 * that the interpreter knows.
 *
 * SDM: chapter "Instruction Format", appendix "Opcode Map". Not in the list, so
 * #UD: segment overrides, LOCK, and 16-bit addressing forms of ModRM.
 */
#include "model_access.h"

#define M_MODRM  0x0001u /* a ModRM byte follows */
#define M_REG    0x0002u /* its rm must be a register */
#define M_MEM    0x0004u /* its rm must be memory */
#define M_BYTE   0x0008u /* operand size 1 */
#define M_IMM8   0x0010u /* immediate of 8 bits, zero extended */
#define M_IMM8S  0x0020u /* ... sign extended */
#define M_IMMZ   0x0040u /* 16 or 32 bits by operand size, sign extended */
#define M_IMMV   0x0080u /* 16, 32 or 64 bits by operand size */
#define M_OPREG  0x0100u /* register in opcode [2:0] */
#define M_CC     0x0200u /* condition in opcode [3:0] */
#define M_ALU    0x0400u /* operation in opcode [5:3] */
#define M_D64    0x0800u /* operand size 64 without REX.W */
#define M_NATIVE 0x1000u /* operand size 64 or 32 by mode, no prefix */
#define M_N64    0x2000u /* #UD in 64-bit mode */
#define M_O64    0x4000u /* #UD outside 64-bit mode */
#define M_REGMEM (M_MODRM | M_REG)
#define M_MEMORY (M_MODRM | M_MEM)

#define P_ANY  0x00 /* mandatory prefix: none asked for */
#define P_NONE 0x01 /* neither 66 nor F3 */
#define D_ANY  0x08 /* ModRM.reg is an operand; 0xc0..0xff: the byte */

/* maps */
#define ONE   0
#define TWO   1 /* 0F */
#define THREE 2 /* 0F 38 */

static const struct encoding {
	uint8_t map, opcode, prefix, digit;
	uint8_t op, detail;
	uint16_t flags;
} encodings[] = {
#define MODEL_ENCODING(MAP, OPCODE, PREFIX, DIGIT, OP, DETAIL, FLAGS) \
	{MAP, OPCODE, PREFIX, DIGIT, MODEL_OP_##OP, DETAIL, FLAGS},
#include "model_decode.inc"
#undef MODEL_ENCODING
};

/* The bytes of one instruction as they are fetched. */
struct stream {
	uint64_t rip;
	uint64_t pa; /* of the next byte in the page */
	bool mapped;
	uint8_t rex;
	uint8_t modrm;
	bool has_modrm;
	bool address_prefix;
};

static enum model_result fetch(struct model_run *run, struct stream *s, uint8_t *byte)
{
	uint64_t linear;
	enum model_result result;

	if (run->insn.length == 15)
		return model_fault_code(run, VECTOR_GP, 0);
	result = model_linear(run, MODEL_CS, NULL, s->rip, 1, MODEL_FETCH, &linear);
	if (result != MODEL_OK)
		return result;
	if (!s->mapped || !(linear & 0xfff)) {
		result = model_translate(run, linear, MODEL_FETCH, &s->pa);
		if (result == MODEL_OK &&
		    model_proc2(run, PKVM_VMX_CPU2_VIRTUALIZE_APIC_ACCESSES) &&
		    (s->pa & ~0xfffull) == MODEL_FIELD(run, APIC_ACCESS_ADDR))
			result = model_apic_access(run, s->pa, 1, MODEL_FETCH, NULL, NULL);
		if (result != MODEL_OK)
			return result;
		s->mapped = true;
	}
	*byte = (uint8_t)model_load(s->pa++, 1);
	s->rip = s->rip + 1;
	run->insn.length++;
	return MODEL_OK;
}

/* A little-endian value of 1, 2, 4 or 8 bytes, sign extended if asked. */
static enum model_result fetch_value(struct model_run *run, struct stream *s, unsigned int size,
				     bool sign, uint64_t *value)
{
	uint64_t top = 1ull << (8 * size - 1);

	*value = 0;
	for (unsigned int i = 0; i < size; i++) {
		uint8_t byte = 0;
		enum model_result result = fetch(run, s, &byte);

		if (result != MODEL_OK)
			return result;
		*value |= (uint64_t)byte << (8 * i);
	}
	if (sign && size < 8 && (*value & top))
		*value |= ~model_mask(size);
	return MODEL_OK;
}

/* Prefixes, REX and escape bytes; leaves the opcode in insn.opcode. */
static enum model_result fetch_opcode(struct model_run *run, struct stream *s, uint8_t *map)
{
	struct model_insn *insn = &run->insn;
	enum model_result result;

	*map = ONE;
	for (;;) {
		result = fetch(run, s, &insn->opcode);
		if (result != MODEL_OK)
			return result;
		if (insn->opcode == 0x66)
			insn->operand_prefix = true;
		else if (insn->opcode == 0x67)
			s->address_prefix = true;
		else if (insn->opcode == 0xf3 || insn->opcode == 0xf2)
			insn->repeat = true;
		else
			break;
	}
	if (model_64bit(run) && (insn->opcode & 0xf0) == 0x40) {
		s->rex = insn->opcode;
		insn->rex = true;
		result = fetch(run, s, &insn->opcode);
	}
	if (result == MODEL_OK && insn->opcode == 0x0f) {
		*map = TWO;
		result = fetch(run, s, &insn->opcode);
		if (result == MODEL_OK && insn->opcode == 0x38) {
			*map = THREE;
			result = fetch(run, s, &insn->opcode);
		}
	}
	return result;
}

static bool row_matches(const struct encoding *row, const struct model_insn *insn, uint8_t map,
			uint8_t modrm)
{
	unsigned int wild = 0;

	if (row->flags & M_OPREG)
		wild = 0x07;
	if (row->flags & M_CC)
		wild = 0x0f;
	if (row->flags & M_ALU)
		wild = 0x38;
	if (row->map != map || row->opcode != (insn->opcode & ~wild))
		return false;
	if ((row->prefix == P_NONE && (insn->operand_prefix || insn->repeat)) ||
	    (row->prefix == 0x66 && !insn->operand_prefix) ||
	    (row->prefix == 0xf3 && !insn->repeat))
		return false;
	if (row->digit >= 0xc0)
		return modrm == row->digit;
	if (row->digit != D_ANY && row->digit != (modrm >> 3 & 7))
		return false;
	return !((row->flags & M_REG) && modrm < 0xc0) &&
	       !((row->flags & M_MEM) && modrm >= 0xc0);
}

static const struct encoding *find_row(const struct model_insn *insn, uint8_t map,
				       uint8_t modrm)
{
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++)
		if (row_matches(&encodings[i], insn, map, modrm))
			return &encodings[i];
	return NULL;
}

/* Does any row of this opcode, whatever its ModRM, have one? */
static bool opcode_has_modrm(uint8_t map, uint8_t opcode)
{
	for (size_t i = 0; i < sizeof(encodings) / sizeof(encodings[0]); i++) {
		unsigned int wild = encodings[i].flags & M_ALU ? 0x38u : 0u;

		if (encodings[i].map == map && (encodings[i].flags & M_MODRM) &&
		    encodings[i].opcode == (opcode & ~wild))
			return true;
	}
	return false;
}

static void set_sizes(struct model_run *run, const struct stream *s, const struct encoding *row)
{
	struct model_insn *insn = &run->insn;
	bool big = MODEL_FIELD(run, GUEST_CS_AR_BYTES) & AR_DB;
	bool wide = model_64bit(run);

	if (wide) {
		insn->address_size = s->address_prefix ? 4 : 8;
		insn->operand_size = insn->operand_prefix ? 2 : 4;
		if ((s->rex & 8) || ((row->flags & M_D64) && !insn->operand_prefix))
			insn->operand_size = 8;
	} else {
		insn->address_size = big != s->address_prefix ? 4 : 2;
		insn->operand_size = big != insn->operand_prefix ? 4 : 2;
	}
	if (row->flags & M_NATIVE)
		insn->operand_size = wide ? 8 : 4;
	if (row->flags & M_BYTE)
		insn->operand_size = 1;
}

/* Memory forms of 32-bit and 64-bit addressing: base, SIB, displacement. */
static enum model_result fetch_memory(struct model_run *run, struct stream *s)
{
	struct model_insn *insn = &run->insn;
	unsigned int mod = s->modrm >> 6, low = s->modrm & 7;
	uint8_t sib;
	enum model_result result;

	insn->memory = true;
	insn->base = (uint8_t)(low | (s->rex & 1u) << 3);
	insn->index = MODEL_NO_REGISTER;
	if (low == 4) {
		result = fetch(run, s, &sib);
		if (result != MODEL_OK)
			return result;
		low = sib & 7;
		insn->base = (uint8_t)(low | (s->rex & 1u) << 3);
		insn->index = (uint8_t)((sib >> 3 & 7) | (unsigned int)(s->rex & 2) << 2);
		insn->scale = sib >> 6;
		if (insn->index == PKVM_GPR_RSP)
			insn->index = MODEL_NO_REGISTER;
	}
	if (mod == 0 && low == 5) {
		insn->base = MODEL_NO_REGISTER;
		insn->rip_relative = model_64bit(run) && (s->modrm & 7) == 5;
		return fetch_value(run, s, 4, true, &insn->displacement);
	}
	if (mod == 0)
		return MODEL_OK;
	return fetch_value(run, s, mod == 1 ? 1 : 4, true, &insn->displacement);
}

static enum model_result fetch_immediate(struct model_run *run, struct stream *s,
					 uint16_t flags)
{
	struct model_insn *insn = &run->insn;
	unsigned int size = insn->operand_size;

	insn->immediate_port = flags & M_IMM8;
	if (flags & (M_IMM8 | M_IMM8S))
		return fetch_value(run, s, 1, flags & M_IMM8S, &insn->immediate);
	if (flags & M_IMMZ)
		return fetch_value(run, s, size < 4 ? size : 4, true, &insn->immediate);
	if (flags & M_IMMV)
		return fetch_value(run, s, size, false, &insn->immediate);
	return MODEL_OK;
}

enum model_result model_decode(struct model_run *run)
{
	struct stream s = {.rip = MODEL_FIELD(run, GUEST_RIP)};
	struct model_insn *insn = &run->insn;
	const struct encoding *row;
	uint8_t map;
	enum model_result result = fetch_opcode(run, &s, &map);

	if (result == MODEL_OK && opcode_has_modrm(map, insn->opcode)) {
		s.has_modrm = true;
		result = fetch(run, &s, &s.modrm);
	}
	if (result != MODEL_OK)
		return result;
	row = find_row(insn, map, s.modrm);
	if (!row || (MODEL_FIELD(run, GUEST_RFLAGS) & RFLAGS_VM) ||
	    (row->flags & (model_64bit(run) ? M_N64 : M_O64)))
		return model_fault(run, VECTOR_UD);
	insn->op = row->op;
	insn->detail = row->detail;
	set_sizes(run, &s, row);
	insn->rm = (uint8_t)((insn->opcode & 7) | (s.rex & 1) << 3);
	if (s.has_modrm) {
		insn->reg = (uint8_t)((s.modrm >> 3 & 7) | (s.rex & 4) << 1);
		insn->rm = (uint8_t)((s.modrm & 7) | (s.rex & 1) << 3);
		/* MOV CR and DR take rm as a register whatever mod says */
		if (s.modrm < 0xc0 && !(map == TWO && (insn->opcode & 0xfc) == 0x20)) {
			if (insn->address_size == 2)
				return model_fault(run, VECTOR_UD);
			result = fetch_memory(run, &s);
		}
	}
	return result == MODEL_OK ? fetch_immediate(run, &s, row->flags) : result;
}
