/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Segment and descriptor-table registers: MOV to and from segment registers,
 * GDTR, IDTR, LDTR and TR, with descriptor-table exiting.
 *
 * SDM: instructions "MOV", "LGDT/LIDT", "SGDT", "SIDT", "LLDT", "LTR", "SLDT",
 * "STR"; tables of the VM-exit instruction-information field for them.
 */
#include "model_access.h"

#define INFO_IDENTITY   28 /* [29:28]: which of the four instructions */
#define INFO_OPERAND_32 (1u << 11)

static enum model_result mov_to_seg(struct model_run *run)
{
	uint32_t selector = (uint32_t)(MODEL_GPR(run, run->insn.rm) & 0xffff);
	unsigned int reg = run->insn.reg & 7;
	enum model_result result;

	if (reg == MODEL_CS || reg > MODEL_GS)
		return model_fault(run, VECTOR_UD);
	result = model_load_data(run, (enum model_segment_index)reg, selector);
	if (result == MODEL_OK && reg == MODEL_SS)
		run->shadow = PKVM_VMX_BLOCKING_BY_MOV_SS;
	return result;
}

static enum model_result mov_from_seg(struct model_run *run)
{
	unsigned int reg = run->insn.reg & 7;

	if (reg > MODEL_GS)
		return model_fault(run, VECTOR_UD);
	model_reg_write(run, run->insn.rm, run->insn.operand_size,
			(&MODEL_FIELD(run, GUEST_ES_SELECTOR))[reg]);
	return MODEL_OK;
}

/* The displacement is the exit qualification; RIP-relative it is resolved. */
static enum model_result table_exit(struct model_run *run, uint32_t reason, uint32_t identity)
{
	uint64_t qualification = run->insn.displacement;

	if (run->insn.rip_relative)
		qualification += MODEL_FIELD(run, GUEST_RIP) + run->insn.length;
	if (!run->insn.memory)
		qualification = 0;
	(void)model_exit_insn(run, reason, qualification);
	run->exit->instruction_info = model_instruction_info(run) | identity << INFO_IDENTITY;
	if (reason == PKVM_VMX_REASON_GDTR_IDTR && run->insn.operand_size >= 4)
		run->exit->instruction_info |= INFO_OPERAND_32;
	return MODEL_EXIT;
}

/* Six bytes of memory, ten in 64-bit mode: limit, then base. */
static enum model_result gdt_idt(struct model_run *run)
{
	bool load = run->insn.op == MODEL_OP_LGDT || run->insn.op == MODEL_OP_LIDT;
	bool idt = run->insn.op == MODEL_OP_SIDT || run->insn.op == MODEL_OP_LIDT;
	unsigned int access = load ? MODEL_READ : MODEL_WRITE;
	unsigned int size = model_64bit(run) ? 8 : 4;
	uint64_t *base =
		idt ? &MODEL_FIELD(run, GUEST_IDTR_BASE) : &MODEL_FIELD(run, GUEST_GDTR_BASE);
	uint64_t *limit =
		idt ? &MODEL_FIELD(run, GUEST_IDTR_LIMIT) : &MODEL_FIELD(run, GUEST_GDTR_LIMIT);
	uint64_t linear, new_limit, new_base;
	enum model_result result;

	result = model_linear(run, model_operand_segment(run), NULL, model_effective(run),
			      size + 2, access, &linear);
	if (result != MODEL_OK)
		return result;
	if (!load) {
		result = model_write(run, linear, 2, 0, *limit);
		return result == MODEL_OK ? model_write(run, linear + 2, size, 0, *base)
					  : result;
	}
	result = model_read(run, linear, 2, 0, &new_limit);
	if (result == MODEL_OK)
		result = model_read(run, linear + 2, size, 0, &new_base);
	if (result != MODEL_OK)
		return result;
	if (run->insn.operand_size == 2)
		new_base &= 0xffffff;
	if (size == 8 && !model_canonical(run, new_base))
		return model_fault_code(run, VECTOR_GP, 0);
	*base = new_base;
	*limit = new_limit;
	return MODEL_OK;
}

/* The upper half of a base out of a 16-byte system descriptor. */
static enum model_result system_base(struct model_run *run, struct model_segment *segment)
{
	uint64_t at = MODEL_FIELD(run, GUEST_GDTR_BASE) + (segment->selector & 0xfff8) + 8,
		 high;
	enum model_result result;

	if (!model_long_mode(run))
		return MODEL_OK;
	if ((segment->selector & 0xfff8) + 15 > MODEL_FIELD(run, GUEST_GDTR_LIMIT))
		return model_fault_code(run, VECTOR_GP, segment->selector & 0xfffc);
	result = model_read(run, at, 8, MODEL_SYSTEM, &high);
	segment->base |= result == MODEL_OK ? high << 32 : 0;
	if (result == MODEL_OK && !model_canonical(run, segment->base))
		return model_fault_code(run, VECTOR_GP, segment->selector & 0xfffc);
	return result;
}

/* LLDT and LTR: a present LDT, or an available TSS, out of the GDT. */
static enum model_result load_system(struct model_run *run)
{
	bool tr = run->insn.op == MODEL_OP_LTR;
	uint32_t selector = (uint32_t)(MODEL_GPR(run, run->insn.rm) & 0xffff);
	struct model_segment segment = {.selector = selector, .ar = AR_UNUSABLE};
	uint32_t type;
	enum model_result result = MODEL_OK;

	if (!(selector & 0xfffc)) {
		if (tr)
			return model_fault_code(run, VECTOR_GP, 0);
		model_set_segment(run, MODEL_LDTR, &segment);
		return MODEL_OK;
	}
	if (selector & 4)
		return model_fault_code(run, VECTOR_GP, selector & 0xfffc);
	result = model_descriptor(run, selector, VECTOR_GP, 0, &segment);
	if (result != MODEL_OK)
		return result;
	type = segment.ar & (AR_S | AR_TYPE);
	if (tr ? type != 9 && (model_long_mode(run) || type != 1) : type != 2)
		return model_fault_code(run, VECTOR_GP, selector & 0xfffc);
	if (!(segment.ar & AR_P))
		return model_fault_code(run, VECTOR_NP, selector & 0xfffc);
	result = system_base(run, &segment);
	if (tr && result == MODEL_OK) {
		segment.ar |= 2; /* busy, in the descriptor too */
		result = model_write(
			run, MODEL_FIELD(run, GUEST_GDTR_BASE) + (selector & 0xfff8) + 5, 1,
			MODEL_SYSTEM, segment.ar & 0xff);
	}
	if (result == MODEL_OK)
		model_set_segment(run, tr ? MODEL_TR : MODEL_LDTR, &segment);
	return result;
}

static enum model_result ldt_tr(struct model_run *run)
{
	uint8_t op = run->insn.op;
	uint64_t selector = op == MODEL_OP_SLDT ? MODEL_FIELD(run, GUEST_LDTR_SELECTOR)
						: MODEL_FIELD(run, GUEST_TR_SELECTOR);

	if (op == MODEL_OP_LLDT || op == MODEL_OP_LTR)
		return load_system(run);
	model_reg_write(run, run->insn.rm, run->insn.operand_size, selector);
	return MODEL_OK;
}

static uint32_t identity(uint8_t op)
{
	switch (op) {
	case MODEL_OP_SIDT:
	case MODEL_OP_STR:
		return 1;
	case MODEL_OP_LGDT:
	case MODEL_OP_LLDT:
		return 2;
	case MODEL_OP_LIDT:
	case MODEL_OP_LTR:
		return 3;
	default:
		return 0;
	}
}

enum model_result model_exec_table(struct model_run *run)
{
	uint8_t op = run->insn.op;
	bool load = identity(op) >= 2;
	bool local = op == MODEL_OP_SLDT || op == MODEL_OP_STR || op == MODEL_OP_LLDT ||
		     op == MODEL_OP_LTR;

	if (op == MODEL_OP_MOV_TO_SEG)
		return mov_to_seg(run);
	if (op == MODEL_OP_MOV_FROM_SEG)
		return mov_from_seg(run);
	if (local && !model_protected(run))
		return model_fault(run, VECTOR_UD);
	if (model_cpl(run) && (load || (MODEL_FIELD(run, GUEST_CR4) & CR4_UMIP)))
		return model_fault_code(run, VECTOR_GP, 0);
	if (model_proc2(run, PKVM_VMX_CPU2_DESCRIPTOR_TABLE_EXITING))
		return table_exit(run,
				  local ? PKVM_VMX_REASON_LDTR_TR : PKVM_VMX_REASON_GDTR_IDTR,
				  identity(op));
	return local ? ldt_tr(run) : gdt_idt(run);
}
