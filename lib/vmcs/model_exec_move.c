/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Operations that never exit by themselves: moves, stack, arithmetic with its
 * flags, XMM registers and PKRU.
 *
 * SDM: chapters "Instruction Set Reference"; section "EFLAGS Register".
 */
#include "model_access.h"
#include "../platform.h"

#define STATUS_FLAGS (RFLAGS_CF | RFLAGS_PF | RFLAGS_AF | RFLAGS_ZF | RFLAGS_SF | RFLAGS_OF)

enum alu { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };

static uint64_t result_flags(uint64_t result, unsigned int size)
{
	uint64_t flags = 0, low = result & 0xff;

	low ^= low >> 4;
	low ^= low >> 2;
	low ^= low >> 1;
	if (!(low & 1))
		flags |= RFLAGS_PF;
	if (!(result & model_mask(size)))
		flags |= RFLAGS_ZF;
	if (result >> (8 * size - 1) & 1)
		flags |= RFLAGS_SF;
	return flags;
}

/* Carries of a + b + in, or borrows of a - b - in, as CF, AF and OF. */
static uint64_t carry_flags(uint64_t a, uint64_t b, uint64_t result, bool subtract,
			    unsigned int size)
{
	uint64_t carries =
		subtract ? (~a & b) | (~(a ^ b) & result) : (a & b) | ((a | b) & ~result);
	uint64_t overflow = subtract ? (a ^ b) & (a ^ result) : ~(a ^ b) & (a ^ result);
	unsigned int top = 8 * size - 1;
	uint64_t flags = 0;

	if (carries >> top & 1)
		flags |= RFLAGS_CF;
	if (carries >> 3 & 1)
		flags |= RFLAGS_AF;
	if (overflow >> top & 1)
		flags |= RFLAGS_OF;
	return flags;
}

static uint64_t alu(struct model_run *run, enum alu op, uint64_t a, uint64_t b)
{
	unsigned int size = run->insn.operand_size;
	uint64_t *rflags = &MODEL_FIELD(run, GUEST_RFLAGS);
	uint64_t carry = *rflags & RFLAGS_CF, result = 0, flags = 0;

	switch (op) {
	case ALU_OR:
		result = a | b;
		break;
	case ALU_AND:
		result = a & b;
		break;
	case ALU_XOR:
		result = a ^ b;
		break;
	case ALU_ADD:
	case ALU_ADC:
		result = a + b + (op == ALU_ADC ? carry : 0);
		flags = carry_flags(a, b, result, false, size);
		break;
	case ALU_SUB:
	case ALU_SBB:
	case ALU_CMP:
		result = a - b - (op == ALU_SBB ? carry : 0);
		flags = carry_flags(a, b, result, true, size);
		break;
	}
	*rflags = (*rflags & ~STATUS_FLAGS) | flags | result_flags(result, size);
	return result;
}

static void exec_alu(struct model_run *run, enum alu op, uint64_t b)
{
	unsigned int size = run->insn.operand_size;
	uint64_t result =
		alu(run, op, model_reg_read(run, run->insn.rm, size), b & model_mask(size));

	if (op != ALU_CMP)
		model_reg_write(run, run->insn.rm, size, result);
}

/* INC and DEC leave CF alone. */
static void exec_step(struct model_run *run, enum alu op)
{
	uint64_t carry = MODEL_FIELD(run, GUEST_RFLAGS) & RFLAGS_CF;

	exec_alu(run, op, 1);
	MODEL_FIELD(run, GUEST_RFLAGS) = (MODEL_FIELD(run, GUEST_RFLAGS) & ~RFLAGS_CF) | carry;
}

static enum model_result exec_load(struct model_run *run)
{
	uint64_t value;
	enum model_result result = model_operand_read(run, &value);

	if (result == MODEL_OK)
		model_reg_write(run, run->insn.reg, run->insn.operand_size, value);
	return result;
}

static enum model_result exec_pop(struct model_run *run)
{
	unsigned int size = run->insn.operand_size;
	uint64_t value;
	enum model_result result = model_pop(run, size, 0, &value);

	if (result != MODEL_OK)
		return result;
	model_add_rsp(run, (int64_t)size);
	model_reg_write(run, run->insn.rm, size, value);
	return MODEL_OK;
}

/* Bits that POPF and IRET may change at this privilege level. */
uint64_t model_writable_flags(const struct model_run *run, unsigned int cpl)
{
	uint64_t iopl = MODEL_FIELD(run, GUEST_RFLAGS) >> 12 & 3;
	uint64_t bits =
		STATUS_FLAGS | RFLAGS_TF | RFLAGS_DF | RFLAGS_NT | RFLAGS_AC | 1ull << 21;

	if (cpl == 0)
		bits |= RFLAGS_IOPL;
	if (cpl <= iopl)
		bits |= RFLAGS_IF;
	return bits;
}

static enum model_result exec_popf(struct model_run *run)
{
	unsigned int size = run->insn.operand_size;
	uint64_t *rflags = &MODEL_FIELD(run, GUEST_RFLAGS);
	uint64_t value, bits = model_writable_flags(run, model_cpl(run)) & model_mask(size);
	enum model_result result = model_pop(run, size, 0, &value);

	if (result != MODEL_OK)
		return result;
	model_add_rsp(run, (int64_t)size);
	*rflags = (*rflags & ~bits) | (value & bits);
	return MODEL_OK;
}

/* Sections of MOVD/MOVQ, RDPKRU and WRPKRU: what must be enabled. */
static enum model_result exec_xmm(struct model_run *run)
{
	uint64_t *xmm = pkvm_model_xmm() + 2 * run->insn.reg;
	uint64_t cr0 = MODEL_FIELD(run, GUEST_CR0);

	if ((cr0 & CR0_EM) || !(MODEL_FIELD(run, GUEST_CR4) & CR4_OSFXSR))
		return model_fault(run, VECTOR_UD);
	if (cr0 & CR0_TS)
		return model_fault(run, VECTOR_NM);
	if (run->insn.op == MODEL_OP_MOV_TO_XMM) {
		xmm[0] = model_reg_read(run, run->insn.rm, run->insn.operand_size);
		xmm[1] = 0;
	} else {
		model_reg_write(run, run->insn.rm, run->insn.operand_size == 8 ? 8 : 4, xmm[0]);
	}
	return MODEL_OK;
}

static enum model_result exec_pkru(struct model_run *run)
{
	bool write = run->insn.op == MODEL_OP_WRPKRU;

	if (!(MODEL_FIELD(run, GUEST_CR4) & CR4_PKE))
		return model_fault(run, VECTOR_UD);
	if (model_reg_read(run, PKVM_GPR_RCX, 4) ||
	    (write && model_reg_read(run, PKVM_GPR_RDX, 4)))
		return model_fault_code(run, VECTOR_GP, 0);
	if (write) {
		pkvm_plat_write_pkru((uint32_t)MODEL_GPR(run, PKVM_GPR_RAX));
		return MODEL_OK;
	}
	MODEL_GPR(run, PKVM_GPR_RAX) = pkvm_plat_read_pkru();
	MODEL_GPR(run, PKVM_GPR_RDX) = 0;
	return MODEL_OK;
}

/* Operations that touch no memory and cannot fault. */
static enum model_result exec_registers(struct model_run *run)
{
	const struct model_insn *insn = &run->insn;
	unsigned int size = insn->operand_size;

	switch (insn->op) {
	case MODEL_OP_MOV_IMM:
		model_reg_write(run, insn->rm, size, insn->immediate);
		break;
	case MODEL_OP_ALU:
		exec_alu(run, (enum alu)(insn->opcode >> 3 & 7),
			 model_reg_read(run, insn->reg, size));
		break;
	case MODEL_OP_ALU_IMM:
		exec_alu(run, (enum alu)(insn->reg & 7), insn->immediate);
		break;
	case MODEL_OP_INC:
		exec_step(run, ALU_ADD);
		break;
	case MODEL_OP_DEC:
		exec_step(run, ALU_SUB);
		break;
	case MODEL_OP_CLD:
		MODEL_FIELD(run, GUEST_RFLAGS) &= ~RFLAGS_DF;
		break;
	case MODEL_OP_STD:
		MODEL_FIELD(run, GUEST_RFLAGS) |= RFLAGS_DF;
		break;
	default: /* NOP */
		break;
	}
	return MODEL_OK;
}

enum model_result model_exec_move(struct model_run *run)
{
	const struct model_insn *insn = &run->insn;
	unsigned int size = insn->operand_size;

	switch (insn->op) {
	case MODEL_OP_MOV_STORE:
		return model_operand_write(run, model_reg_read(run, insn->reg, size));
	case MODEL_OP_MOV_LOAD:
		return exec_load(run);
	case MODEL_OP_PUSH:
		return model_push(run, size, model_reg_read(run, insn->rm, size));
	case MODEL_OP_POP:
		return exec_pop(run);
	case MODEL_OP_PUSHF:
		return model_push(run, size,
				  MODEL_FIELD(run, GUEST_RFLAGS) & ~(RFLAGS_RF | RFLAGS_VM));
	case MODEL_OP_POPF:
		return exec_popf(run);
	case MODEL_OP_MOV_TO_XMM:
	case MODEL_OP_MOV_FROM_XMM:
		return exec_xmm(run);
	case MODEL_OP_RDPKRU:
	case MODEL_OP_WRPKRU:
		return exec_pkru(run);
	default:
		return exec_registers(run);
	}
}
