/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The guest's assembler: turns the operations of ops.inc into machine code, for
 * whoever writes a guest's memory. Freestanding, no allocation.
 *
 *	struct pkvm_asm a;
 *	const uint64_t port_value[] = { 0x3f8, 'A' };
 *
 *	pkvm_asm_begin(&a, buffer, sizeof(buffer), 64);
 *	status = pkvm_asm_op(&a, "write_port8", port_value, 2);
 *	status = pkvm_asm_op(&a, "hlt", NULL, 0);
 *	status = pkvm_asm_finish(&a);           a.used bytes of code
 *
 * Code is position independent: labels become relative displacements.
 */
#ifndef PKVM_GUEST_ASSEMBLE_H
#define PKVM_GUEST_ASSEMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PKVM_ASM_LABELS 32      /* numbers 0 to 31                               */
#define PKVM_ASM_FIXUPS 64      /* jumps and calls of one program                */

enum pkvm_asm_status {
	PKVM_ASM_OK,
	PKVM_ASM_UNKNOWN,       /* no such operation                             */
	PKVM_ASM_COUNT,         /* wrong number of operands                      */
	PKVM_ASM_RANGE,         /* an operand does not fit its kind              */
	PKVM_ASM_MODE,          /* not encodable in this mode                    */
	PKVM_ASM_SPACE,         /* buffer or fixup table full                    */
	PKVM_ASM_LABEL,         /* label defined twice, or never                 */
};

struct pkvm_asm_fixup {
	size_t at;              /* of the displacement, which ends the insn      */
	unsigned int size;
	unsigned int label;
};

struct pkvm_asm {
	uint8_t *out;
	size_t size;
	size_t used;
	int mode;               /* 16, 32 or 64                                  */
	bool overflow;          /* set once something did not fit                */
	uint32_t defined;       /* labels, one bit each                          */
	size_t label[PKVM_ASM_LABELS];
	unsigned int fixups;
	struct pkvm_asm_fixup fixup[PKVM_ASM_FIXUPS];
};

/** Starts a program for a mode: 16, 32 or 64. */
void pkvm_asm_begin(struct pkvm_asm *a, uint8_t *out, size_t size, int mode);

/**
 * Appends one operation by name. Operands are numbers: registers by hardware
 * number, labels by their own. A failed operation appends nothing.
 */
enum pkvm_asm_status pkvm_asm_op(struct pkvm_asm *a, const char *name, const uint64_t *operands,
				 unsigned int n);

/** Gives a label the place where the next operation will be. */
enum pkvm_asm_status pkvm_asm_label(struct pkvm_asm *a, unsigned int label);

/** Resolves labels; afterwards out[0] to out[used - 1] are the program. */
enum pkvm_asm_status pkvm_asm_finish(struct pkvm_asm *a);

/**
 * The operand letters of an operation as ops.inc explains them, NULL if there
 * is no such operation; and the line that says what it does.
 */
const char *pkvm_asm_operands(const char *name);
const char *pkvm_asm_text(const char *name);

/** Name of the n-th operation, sequences last; NULL past the end. */
const char *pkvm_asm_name(unsigned int n);

/**
 * Number of a register of a kind ('r' or 'm', 'c', 'd', 's', 'x') by its name:
 * "rax", "r15", "eax", "cr4", "dr7", "ss", "xmm3"; -1 for any other text.
 */
int pkvm_asm_register(char kind, const char *name);

/* assemble_table.c, for assemble.c: rows by number. */
enum pkvm_asm_form {
	PKVM_ASM_PLAIN, PKVM_ASM_OPREG, PKVM_ASM_RM_REG, PKVM_ASM_REG_RM, PKVM_ASM_RM,
	PKVM_ASM_SEQUENCE,
};

enum {
	PKVM_ASM_SIZE_N = 16,   /* of the mode: 8, 4, 4                          */
	PKVM_ASM_SIZE_S = 17,   /* of the stack frame: 8, 4, 2                   */
};

struct pkvm_asm_row {
	const char *name;
	const char *operands;
	const char *text;
	uint32_t opcode;
	uint8_t form;
	uint8_t size;
	uint8_t prefix;
	uint8_t digit;
};

const struct pkvm_asm_row *pkvm_asm_find(const char *name);

/* assemble_sequence.c: the sequences. */
enum pkvm_asm_status pkvm_asm_sequence(struct pkvm_asm *a, const char *name,
				       const uint64_t *operands);

#endif
