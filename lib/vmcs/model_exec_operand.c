/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Operands of the decoded instruction: registers by size, memory by its
 * effective address, and what a VM exit says about them.
 *
 * SDM: section "Operand Addressing"; tables "Format of the VM-Exit
 * Instruction-Information Field as Used for ..." .
 */
#include "model_access.h"

/* Without REX, byte registers 4 to 7 are AH, CH, DH, BH. */
static bool high_byte(const struct model_run *run, unsigned int reg, unsigned int size)
{
	return size == 1 && !run->insn.rex && reg >= 4 && reg < 8;
}

uint64_t model_reg_read(const struct model_run *run, unsigned int reg, unsigned int size)
{
	if (high_byte(run, reg, size))
		return MODEL_GPR(run, reg - 4) >> 8 & 0xff;
	return MODEL_GPR(run, reg) & model_mask(size);
}

/* 1 and 2 bytes keep the rest of the register, 4 zero-extend. */
void model_reg_write(struct model_run *run, unsigned int reg, unsigned int size, uint64_t value)
{
	if (high_byte(run, reg, size)) {
		uint64_t *whole = &MODEL_GPR(run, reg - 4);

		*whole = (*whole & ~0xff00ull) | (value & 0xff) << 8;
	} else if (size >= 4) {
		MODEL_GPR(run, reg) = value & model_mask(size);
	} else {
		MODEL_GPR(run, reg) =
			(MODEL_GPR(run, reg) & ~model_mask(size)) | (value & model_mask(size));
	}
}

/* The offset of the memory operand in its segment. */
uint64_t model_effective(const struct model_run *run)
{
	const struct model_insn *insn = &run->insn;
	uint64_t address = insn->displacement;

	if (insn->base != MODEL_NO_REGISTER)
		address += MODEL_GPR(run, insn->base);
	if (insn->index != MODEL_NO_REGISTER)
		address += MODEL_GPR(run, insn->index) << insn->scale;
	if (insn->rip_relative)
		address += MODEL_FIELD(run, GUEST_RIP) + insn->length;
	return address & model_mask(insn->address_size);
}

/* The default segment: SS when RSP or RBP is the base, else DS. */
enum model_segment_index model_operand_segment(const struct model_run *run)
{
	uint8_t base = run->insn.base;

	return base == PKVM_GPR_RSP || base == PKVM_GPR_RBP ? MODEL_SS : MODEL_DS;
}

static enum model_result operand_linear(struct model_run *run, unsigned int access,
					uint64_t *linear)
{
	return model_linear(run, model_operand_segment(run), NULL, model_effective(run),
			    run->insn.operand_size, access, linear);
}

enum model_result model_operand_read(struct model_run *run, uint64_t *value)
{
	uint64_t linear;
	enum model_result result;

	if (!run->insn.memory) {
		*value = model_reg_read(run, run->insn.rm, run->insn.operand_size);
		return MODEL_OK;
	}
	result = operand_linear(run, MODEL_READ, &linear);
	if (result == MODEL_OK)
		result = model_read(run, linear, run->insn.operand_size, 0, value);
	return result;
}

enum model_result model_operand_write(struct model_run *run, uint64_t value)
{
	uint64_t linear;
	enum model_result result;

	if (!run->insn.memory) {
		model_reg_write(run, run->insn.rm, run->insn.operand_size, value);
		return MODEL_OK;
	}
	result = operand_linear(run, MODEL_WRITE, &linear);
	if (result == MODEL_OK)
		result = model_write(run, linear, run->insn.operand_size, 0, value);
	return result;
}

/*
 * The part of the instruction-information field that all its formats share:
 * scaling [1:0], address size [9:7], memory or register [10], segment [17:15],
 * index [21:18], index invalid [22], base [26:23], base invalid [27]. A register
 * operand is in [6:3].
 */
uint32_t model_instruction_info(const struct model_run *run)
{
	const struct model_insn *insn = &run->insn;
	uint32_t info;

	if (!insn->memory)
		return (uint32_t)insn->rm << 3 | 1u << 10;
	info = (insn->address_size == 8 ? 2u : insn->address_size == 4 ? 1u : 0u) << 7;
	info |= (uint32_t)model_operand_segment(run) << 15;
	if (insn->index == MODEL_NO_REGISTER)
		info |= 1u << 22;
	else
		info |= (uint32_t)insn->index << 18 | insn->scale;
	if (insn->base == MODEL_NO_REGISTER)
		info |= 1u << 27;
	else
		info |= (uint32_t)insn->base << 23;
	return info;
}
