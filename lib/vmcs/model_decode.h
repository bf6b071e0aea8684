/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One decoded guest instruction: the closed list of operations that the model
 * engine interprets, and how their bytes become a struct.
 *
 * The list is closed on purpose: a scenario's guest consists of these
 * operations and nothing else, so that it runs alike here and on a processor.
 * Bytes that are not in the rows of model_decode.inc raise #UD; that is the
 * interpreter's limit, not the SDM's. SDM: chapter "Instruction Format".
 */
#ifndef PKVM_LIB_VMCS_MODEL_DECODE_H
#define PKVM_LIB_VMCS_MODEL_DECODE_H

#include <stdbool.h>
#include <stdint.h>

enum model_op {
	MODEL_OP_NONE,
	/* model_exec_move.c */
	MODEL_OP_NOP, MODEL_OP_MOV_STORE, MODEL_OP_MOV_LOAD, MODEL_OP_MOV_IMM,
	MODEL_OP_PUSH, MODEL_OP_POP, MODEL_OP_PUSHF, MODEL_OP_POPF,
	MODEL_OP_ALU, MODEL_OP_ALU_IMM, MODEL_OP_INC, MODEL_OP_DEC,
	MODEL_OP_CLD, MODEL_OP_STD, MODEL_OP_MOV_TO_XMM, MODEL_OP_MOV_FROM_XMM,
	MODEL_OP_RDPKRU, MODEL_OP_WRPKRU,
	MODEL_OP_LAST_MOVE = MODEL_OP_WRPKRU,
	/* model_exec_flow.c */
	MODEL_OP_JMP, MODEL_OP_JCC, MODEL_OP_CALL, MODEL_OP_RET,
	MODEL_OP_RETF, MODEL_OP_IRET, MODEL_OP_INT, MODEL_OP_INT3, MODEL_OP_INTO,
	MODEL_OP_INT1, MODEL_OP_UD2,
	MODEL_OP_LAST_FLOW = MODEL_OP_UD2,
	/* model_exec_io.c */
	MODEL_OP_IN, MODEL_OP_OUT, MODEL_OP_INS, MODEL_OP_OUTS,
	MODEL_OP_LAST_IO = MODEL_OP_OUTS,
	/* model_exec_msr.c */
	MODEL_OP_RDMSR, MODEL_OP_WRMSR, MODEL_OP_RDTSC, MODEL_OP_RDTSCP,
	MODEL_OP_RDPMC, MODEL_OP_XGETBV, MODEL_OP_SWAPGS,
	MODEL_OP_LAST_MSR = MODEL_OP_SWAPGS,
	/* model_exec_cr.c, the debug registers in model_exec_dr.c */
	MODEL_OP_MOV_TO_CR, MODEL_OP_MOV_FROM_CR, MODEL_OP_MOV_TO_DR,
	MODEL_OP_MOV_FROM_DR, MODEL_OP_CLTS, MODEL_OP_LMSW, MODEL_OP_SMSW,
	MODEL_OP_LAST_CR = MODEL_OP_SMSW,
	/* model_exec_table.c */
	MODEL_OP_MOV_TO_SEG, MODEL_OP_MOV_FROM_SEG, MODEL_OP_SGDT, MODEL_OP_SIDT,
	MODEL_OP_LGDT, MODEL_OP_LIDT, MODEL_OP_SLDT, MODEL_OP_STR, MODEL_OP_LLDT,
	MODEL_OP_LTR,
	MODEL_OP_LAST_TABLE = MODEL_OP_LTR,
	/* model_exec_system.c */
	MODEL_OP_HLT, MODEL_OP_STI, MODEL_OP_CLI, MODEL_OP_PAUSE, MODEL_OP_CPUID,
	MODEL_OP_INVLPG, MODEL_OP_INVPCID, MODEL_OP_INVD, MODEL_OP_WBINVD,
	MODEL_OP_MONITOR, MODEL_OP_MWAIT, MODEL_OP_XSETBV, MODEL_OP_GETSEC,
	MODEL_OP_VMFUNC, MODEL_OP_VMCALL, MODEL_OP_VMX,
};

struct model_insn {
	uint8_t op;             /* enum model_op                                 */
	uint8_t detail;         /* of the row: exit reason, ALU number, ...      */
	uint8_t length;         /* bytes                                         */
	uint8_t opcode;         /* last opcode byte                              */
	uint8_t operand_size;   /* 1, 2, 4 or 8 bytes                            */
	uint8_t address_size;   /* 2, 4 or 8 bytes                               */
	uint8_t reg;            /* ModRM.reg with REX.R                          */
	uint8_t rm;             /* register operand: ModRM.rm or the opcode's    */
	uint8_t base;           /* memory operand; MODEL_NO_REGISTER: none       */
	uint8_t index;
	uint8_t scale;          /* 0 to 3                                        */
	bool memory;            /* the operand rm is in memory                   */
	bool rip_relative;
	bool immediate_port;    /* IN, OUT: the port is the instruction's        */
	bool repeat;            /* F3 or F2                                      */
	bool rex;
	bool operand_prefix;    /* 66                                            */
	uint64_t displacement;  /* sign extended                                 */
	uint64_t immediate;     /* sign extended where the SDM does              */
};

#define MODEL_NO_REGISTER 0xff

#endif
