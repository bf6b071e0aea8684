/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Debug registers: MOV DR with its VM exit, general detect and reserved bits.
 *
 * SDM: instruction "MOV - Move to/from Debug Registers"; section "Debug
 * Registers"; table "Exit Qualification for MOV DR".
 */
#include "model_access.h"

#define DR6_FIXED    0xffff0ff0ull
#define DR6_WRITABLE 0x0000e00full
#define DR7_FIXED    0x00000400ull
#define DR7_WRITABLE 0xffff23ffull

/* DR4 and DR5 are DR6 and DR7, unless CR4.DE says that they are not there. */
enum model_result model_mov_dr(struct model_run *run)
{
	bool to = run->insn.op == MODEL_OP_MOV_TO_DR;
	unsigned int dr = run->insn.reg;
	uint64_t value = model_reg_read(run, run->insn.rm, run->insn.operand_size);
	uint64_t *dr7 = &MODEL_FIELD(run, GUEST_DR7), *target;

	if (dr > 7)
		return model_fault(run, VECTOR_UD);
	if (model_proc(run, PKVM_VMX_CPU_MOV_DR_EXITING))
		return model_exit_insn(run, PKVM_VMX_REASON_MOV_DR,
				       dr | (to ? 0u : 1u << 4) | (uint64_t)run->insn.rm << 8);
	if ((dr == 4 || dr == 5) && (MODEL_FIELD(run, GUEST_CR4) & CR4_DE))
		return model_fault(run, VECTOR_UD);
	if (model_cpl(run))
		return model_fault_code(run, VECTOR_GP, 0);
	if (*dr7 & DR7_GD) {
		(void)model_fault(run, VECTOR_DB);
		run->event.payload = DR6_BD;
		return MODEL_FAULT;
	}
	target = dr < 4 ? &run->cpu->regs->dr[dr] : dr & 1 ? dr7 : &run->cpu->regs->dr6;
	if (!to) {
		model_reg_write(run, run->insn.rm, run->insn.operand_size, *target);
		return MODEL_OK;
	}
	if (dr >= 4 && value >> 32)
		return model_fault_code(run, VECTOR_GP, 0);
	if (dr >= 4)
		value = dr & 1 ? (value & DR7_WRITABLE) | DR7_FIXED
			       : (value & DR6_WRITABLE) | DR6_FIXED;
	*target = value;
	return MODEL_OK;
}
