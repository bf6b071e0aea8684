/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Decodes MOV with a memory operand (SDM chapter "Instruction Format"). Where the
 * operand lies is known from the exit, so that of the address only its length counts.
 */
#include <pkvm/abi.h>
#include "decode.h"

/* SDM "Instruction Prefixes", "REX Prefixes" */
#define PREFIX_OPERAND_SIZE 0x66u
#define PREFIX_ADDRESS_SIZE 0x67u
#define REX_FIRST 0x40u
#define REX_LAST  0x4fu
#define REX_W     0x8u
#define REX_R     0x4u

/* Opcodes of MOV; with bit 0 clear the operand has 8 bits. */
#define MOV_STORE     0x88u
#define MOV_LOAD      0x8au
#define MOV_IMMEDIATE 0xc6u
#define MOV_FROM_OFFSET 0xa0u   /* AL or (R)AX; the address follows the opcode */
#define MOV_TO_OFFSET   0xa2u

struct bytes {
	const uint8_t *at;
	uint32_t n;
	uint32_t used;
	bool short_of;          /* a byte was wanted that is not there */
};

struct prefixes {
	bool operand_size;
	bool address_size;
	uint32_t rex;           /* 0: none */
};

static uint8_t next(struct bytes *b)
{
	if (b->used == b->n) {
		b->short_of = true;
		return 0;
	}
	return b->at[b->used++];
}

/* Where the operand lies is known, so that its segment does not matter. */
static bool is_segment(uint8_t byte)
{
	return byte == 0x26 || byte == 0x2e || byte == 0x36 || byte == 0x3e ||
	       byte == 0x64 || byte == 0x65;
}

/* REX counts only right before the opcode, which is returned. */
static uint8_t read_prefixes(struct bytes *b, enum pkvm_host_decode_mode mode,
			     struct prefixes *p)
{
	for (;;) {
		const uint8_t byte = next(b);

		if (byte == PREFIX_OPERAND_SIZE)
			p->operand_size = true;
		else if (byte == PREFIX_ADDRESS_SIZE)
			p->address_size = true;
		else if (is_segment(byte))
			;
		else if (mode != PKVM_HOST_DECODE_64 || byte < REX_FIRST || byte > REX_LAST)
			return byte;
		p->rex = byte >= REX_FIRST && byte <= REX_LAST ? byte : 0;
	}
}

static uint32_t operand_size(const struct prefixes *p, enum pkvm_host_decode_mode mode,
			     uint8_t opcode)
{
	const bool small = (mode == PKVM_HOST_DECODE_16) != p->operand_size;

	if (!(opcode & 1))
		return 1;
	if (p->rex & REX_W)
		return 8;
	return small ? 2 : 4;
}

/* SDM "Addressing-Mode Encoding of ModR/M and SIB Bytes": bytes behind ModR/M. */
static void skip_address(struct bytes *b, uint8_t modrm, bool address16)
{
	const uint32_t mod = modrm >> 6;
	const uint32_t rm = modrm & 7;
	uint32_t displacement = 0;
	uint32_t base = rm;

	if (!address16 && rm == 4)
		base = next(b) & 7;
	if (mod == 1)
		displacement = 1;
	else if (mod == 2)
		displacement = address16 ? 2 : 4;
	else if (address16 ? rm == 6 : base == 5)
		displacement = address16 ? 2 : 4;
	while (displacement--)
		(void)next(b);
}

/* 8, 16 or 32 bits; those of a 64-bit operand are 32, sign-extended. */
static uint64_t read_immediate(struct bytes *b, uint32_t size)
{
	const uint32_t bytes = size == 8 ? 4 : size;
	uint64_t value = 0;

	for (uint32_t i = 0; i < bytes; i++)
		value |= (uint64_t)next(b) << 8 * i;
	if (size == 8 && value & PKVM_BIT(31))
		value |= PKVM_BITS(63, 32);
	return value;
}

/* Without REX the byte registers 4 to 7 are AH, CH, DH and BH. */
static void read_register(struct pkvm_host_insn *insn, const struct prefixes *p, uint8_t modrm)
{
	insn->reg = (modrm >> 3 & 7u) | (p->rex & REX_R ? 8u : 0u);
	if (insn->size == 1 && !p->rex && insn->reg >= 4) {
		insn->reg -= 4;
		insn->shift = 8;
	}
}

/* Bytes of an address: its default is the mode's, which 67H makes smaller or larger. */
static uint32_t address_size(const struct prefixes *p, enum pkvm_host_decode_mode mode)
{
	if (mode == PKVM_HOST_DECODE_64)
		return p->address_size ? 4 : 8;
	return (mode == PKVM_HOST_DECODE_16) != p->address_size ? 2 : 4;
}

static bool decode_offset(struct pkvm_host_insn *insn, struct bytes *b,
			  const struct prefixes *p, enum pkvm_host_decode_mode mode, bool write)
{
	insn->write = write;
	for (uint32_t i = address_size(p, mode); i; i--)
		(void)next(b);
	insn->length = b->used;
	return !b->short_of;
}

static bool decode_modrm(struct pkvm_host_insn *insn, struct bytes *b,
			 const struct prefixes *p, enum pkvm_host_decode_mode mode, uint8_t kind)
{
	const uint8_t modrm = next(b);

	if (modrm >> 6 == 3 || (kind == MOV_IMMEDIATE && modrm >> 3 & 7))
		return false;
	insn->write = kind != MOV_LOAD;
	insn->has_immediate = kind == MOV_IMMEDIATE;
	skip_address(b, modrm, address_size(p, mode) == 2);
	if (insn->has_immediate)
		insn->immediate = read_immediate(b, insn->size);
	else
		read_register(insn, p, modrm);
	insn->length = b->used;
	return !b->short_of;
}

bool pkvm_host_decode(struct pkvm_host_insn *insn, const uint8_t *byte, uint32_t n,
		      enum pkvm_host_decode_mode mode)
{
	struct bytes b = { .at = byte, .n = n };
	struct prefixes p = { 0 };
	const uint8_t opcode = read_prefixes(&b, mode, &p);
	const uint8_t kind = opcode & 0xfe;

	*insn = (struct pkvm_host_insn){ .size = operand_size(&p, mode, opcode) };
	switch (kind) {
	case MOV_STORE:
	case MOV_LOAD:
	case MOV_IMMEDIATE:
		return decode_modrm(insn, &b, &p, mode, kind);
	case MOV_FROM_OFFSET:
	case MOV_TO_OFFSET:
		return decode_offset(insn, &b, &p, mode, kind == MOV_TO_OFFSET);
	default:
		return false;
	}
}

uint64_t pkvm_host_insn_result(const struct pkvm_host_insn *insn, uint64_t old,
			       uint64_t loaded)
{
	const uint64_t part = PKVM_BITS(insn->size * 8 - 1, 0) << insn->shift;

	if (insn->size >= 4)
		return loaded & part;
	return (old & ~part) | (loaded << insn->shift & part);
}
