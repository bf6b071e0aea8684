/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Decodes the instructions with which a guest reaches a device in memory: MOV
 * between memory and a general register or an immediate, in each of its encodings
 * (SDM "MOV—Move"). String moves and read-modify-write instructions are not among them.
 */
#ifndef PKVM_HOST_DECODE_H
#define PKVM_HOST_DECODE_H

#include <stdbool.h>
#include <stdint.h>

#define PKVM_HOST_INSN_MAX 15u  /* bytes of an instruction */

/* By the code segment: the default sizes of operand and address. */
enum pkvm_host_decode_mode {
	PKVM_HOST_DECODE_16,
	PKVM_HOST_DECODE_32,
	PKVM_HOST_DECODE_64
};

struct pkvm_host_insn {
	bool write;             /* to memory                             */
	bool has_immediate;     /* it writes that, not a register        */
	uint32_t size;          /* bytes of the operand                  */
	uint32_t reg;           /* hardware number of the register       */
	uint32_t shift;         /* 8: AH, CH, DH or BH; else 0           */
	uint32_t length;        /* bytes of the instruction              */
	uint64_t immediate;
};

/* False: not one of these instructions, or cut short. */
bool pkvm_host_decode(struct pkvm_host_insn *insn, const uint8_t *byte, uint32_t n,
		      enum pkvm_host_decode_mode mode);

/* The register after a load: 8 and 16 bits keep the others, 32 bits clear them. */
uint64_t pkvm_host_insn_result(const struct pkvm_host_insn *insn, uint64_t old,
			       uint64_t loaded);

#endif
