/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Operations that change the flow: jumps, call and return, and the software
 * interrupts; the far returns are in model_exec_return.c.
 *
 * SDM: instructions "JMP", "Jcc", "CALL", "RET", "INT n/INTO/INT3/INT1".
 */
#include "model_access.h"

static uint64_t rip_mask(const struct model_run *run)
{
	if (model_64bit(run))
		return ~0ull;
	return model_mask(run->insn.operand_size);
}

static enum model_result jump(struct model_run *run, uint64_t target)
{
	if (model_64bit(run) ? !model_canonical(run, target)
			     : target > MODEL_FIELD(run, GUEST_CS_LIMIT))
		return model_fault_code(run, VECTOR_GP, 0);
	run->next_rip = target;
	return MODEL_OK;
}

static uint64_t relative(const struct model_run *run)
{
	return (run->next_rip + run->insn.immediate) & rip_mask(run);
}

/* Conditions in the order of the opcode; the odd ones negate. */
static bool condition(const struct model_run *run)
{
	uint64_t flags = MODEL_FIELD(run, GUEST_RFLAGS);
	bool sign = flags & RFLAGS_SF, overflow = flags & RFLAGS_OF;
	bool holds = false;

	switch (run->insn.opcode >> 1 & 7) {
	case 0:
		holds = overflow;
		break;
	case 1:
		holds = flags & RFLAGS_CF;
		break;
	case 2:
		holds = flags & RFLAGS_ZF;
		break;
	case 3:
		holds = flags & (RFLAGS_CF | RFLAGS_ZF);
		break;
	case 4:
		holds = sign;
		break;
	case 5:
		holds = flags & RFLAGS_PF;
		break;
	case 6:
		holds = sign != overflow;
		break;
	case 7:
		holds = (flags & RFLAGS_ZF) || sign != overflow;
		break;
	}
	return holds != (run->insn.opcode & 1);
}

static enum model_result call(struct model_run *run)
{
	uint64_t back = run->next_rip, rsp = MODEL_GPR(run, PKVM_GPR_RSP);
	enum model_result result = jump(run, relative(run));

	if (result == MODEL_OK)
		result = model_push(run, run->insn.operand_size, back);
	if (result != MODEL_OK)
		MODEL_GPR(run, PKVM_GPR_RSP) = rsp;
	return result;
}

static enum model_result ret(struct model_run *run)
{
	unsigned int size = run->insn.operand_size;
	uint64_t target;
	enum model_result result = model_pop(run, size, 0, &target);

	if (result == MODEL_OK)
		result = jump(run, target);
	if (result == MODEL_OK)
		model_add_rsp(run, (int64_t)size);
	return result;
}

static enum model_result software(struct model_run *run, uint32_t type, unsigned int vector)
{
	run->event = (struct model_event){
		.info = PKVM_VMX_INTR_INFO_VALID | type | vector,
		.length = run->insn.length,
	};
	return MODEL_FAULT;
}

enum model_result model_exec_flow(struct model_run *run)
{
	switch (run->insn.op) {
	case MODEL_OP_JMP:
		return jump(run, relative(run));
	case MODEL_OP_JCC:
		return condition(run) ? jump(run, relative(run)) : MODEL_OK;
	case MODEL_OP_CALL:
		return call(run);
	case MODEL_OP_RET:
		return ret(run);
	case MODEL_OP_RETF:
		return model_far_return(run);
	case MODEL_OP_IRET:
		return model_interrupt_return(run);
	case MODEL_OP_INT:
		return software(run, PKVM_VMX_INTR_TYPE_SOFTWARE_INTERRUPT,
				(unsigned int)run->insn.immediate);
	case MODEL_OP_INT3:
		return software(run, PKVM_VMX_INTR_TYPE_SOFTWARE_EXCEPTION, VECTOR_BP);
	case MODEL_OP_INT1:
		return software(run, PKVM_VMX_INTR_TYPE_PRIV_SOFT_EXCEPTION, VECTOR_DB);
	case MODEL_OP_INTO:
		if (!(MODEL_FIELD(run, GUEST_RFLAGS) & RFLAGS_OF))
			return MODEL_OK;
		return software(run, PKVM_VMX_INTR_TYPE_SOFTWARE_EXCEPTION, VECTOR_OF);
	default:
		return model_fault(run, VECTOR_UD); /* UD2 */
	}
}
