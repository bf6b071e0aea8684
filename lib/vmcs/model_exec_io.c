/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * I/O instructions, string forms included: permission, VM exits by I/O bitmaps,
 * and what is left of them where nothing exits.
 *
 * SDM: sections "I/O Privilege Level", "I/O Permission Bit Map", "I/O-Bitmap
 * Addresses"; table "Exit Qualification for I/O Instructions". The model has no
 * I/O devices: a port that does not exit reads as all ones and ignores writes.
 */
#include "model_access.h"

#define TSS_IO_MAP_BASE 102

/* The bit map of the TSS, for CPL above IOPL. */
static enum model_result check_permission(struct model_run *run, unsigned int port,
					  unsigned int size)
{
	uint64_t base = MODEL_FIELD(run, GUEST_TR_BASE), map, bits;
	uint64_t limit = MODEL_FIELD(run, GUEST_TR_LIMIT);
	enum model_result result;

	if (!model_protected(run) ||
	    model_cpl(run) <= (MODEL_FIELD(run, GUEST_RFLAGS) >> 12 & 3))
		return MODEL_OK;
	if (limit < TSS_IO_MAP_BASE + 1)
		return model_fault_code(run, VECTOR_GP, 0);
	result = model_read(run, base + TSS_IO_MAP_BASE, 2, MODEL_SYSTEM, &map);
	if (result != MODEL_OK)
		return result;
	if (map + port / 8 + 1 > limit)
		return model_fault_code(run, VECTOR_GP, 0);
	result = model_read(run, base + map + port / 8, 2, MODEL_SYSTEM, &bits);
	if (result == MODEL_OK && (bits >> port % 8 & ((1u << size) - 1)))
		return model_fault_code(run, VECTOR_GP, 0);
	return result;
}

static bool port_exits(const struct model_run *run, unsigned int port, unsigned int size)
{
	if (!model_proc(run, PKVM_VMX_CPU_USE_IO_BITMAPS))
		return model_proc(run, PKVM_VMX_CPU_UNCONDITIONAL_IO_EXITING);
	for (unsigned int i = 0; i < size; i++) {
		unsigned int at = port + i;
		uint64_t map = at < 0x8000 ? MODEL_FIELD(run, IO_BITMAP_A)
					   : MODEL_FIELD(run, IO_BITMAP_B);

		if (at > 0xffff || (model_load(map + at % 0x8000 / 8, 1) >> at % 8 & 1))
			return true;
	}
	return false;
}

static unsigned int io_size(const struct model_run *run)
{
	return run->insn.operand_size > 4 ? 4 : run->insn.operand_size;
}

static bool is_string(const struct model_run *run)
{
	return run->insn.op == MODEL_OP_INS || run->insn.op == MODEL_OP_OUTS;
}

static bool is_input(const struct model_run *run)
{
	return run->insn.op == MODEL_OP_INS || run->insn.op == MODEL_OP_IN;
}

/* The memory operand of a string instruction: ES:RDI or DS:RSI. */
static uint64_t string_register(const struct model_run *run)
{
	return MODEL_GPR(run, is_input(run) ? PKVM_GPR_RDI : PKVM_GPR_RSI) &
	       model_mask(run->insn.address_size);
}

static enum model_result io_exit(struct model_run *run, unsigned int port, unsigned int size)
{
	const struct model_insn *insn = &run->insn;
	uint64_t qualification = (size - 1) | (uint64_t)port << 16;
	enum model_segment_index segment = is_input(run) ? MODEL_ES : MODEL_DS;

	if (is_input(run))
		qualification |= 1 << 3;
	if (insn->immediate_port)
		qualification |= 1 << 6;
	if (!is_string(run))
		return model_exit_insn(run, PKVM_VMX_REASON_IO_INSTRUCTION, qualification);
	qualification |= 1 << 4;
	if (insn->repeat)
		qualification |= 1 << 5;
	(void)model_exit_insn(run, PKVM_VMX_REASON_IO_INSTRUCTION, qualification);
	run->exit->guest_linear = string_register(run);
	if (!model_64bit(run))
		run->exit->guest_linear += model_get_segment(run, segment).base;
	run->exit->instruction_info = (insn->address_size / 4u) << 7;
	if (!is_input(run))
		run->exit->instruction_info |= MODEL_DS << 15;
	return MODEL_EXIT;
}

/* One iteration of a string instruction on a port that nobody answers. */
static enum model_result string_step(struct model_run *run, unsigned int size)
{
	unsigned int reg = is_input(run) ? PKVM_GPR_RDI : PKVM_GPR_RSI;
	unsigned int width = run->insn.address_size;
	bool down = MODEL_FIELD(run, GUEST_RFLAGS) & RFLAGS_DF;
	uint64_t linear, value = model_mask(size);
	enum model_result result;

	result = model_linear(run, is_input(run) ? MODEL_ES : MODEL_DS, NULL,
			      string_register(run), size,
			      is_input(run) ? MODEL_WRITE : MODEL_READ, &linear);
	if (result == MODEL_OK)
		result = is_input(run) ? model_write(run, linear, size, 0, value)
				       : model_read(run, linear, size, 0, &value);
	if (result != MODEL_OK)
		return result;
	model_reg_write(run, reg, width, MODEL_GPR(run, reg) + (down ? 0ull - size : size));
	if (run->insn.repeat) {
		uint64_t left = model_reg_read(run, PKVM_GPR_RCX, width) - 1;

		model_reg_write(run, PKVM_GPR_RCX, width, left);
		run->repeating = left != 0;
	}
	return MODEL_OK;
}

enum model_result model_exec_io(struct model_run *run)
{
	unsigned int size = io_size(run);
	unsigned int port = (unsigned int)(run->insn.immediate_port
						   ? run->insn.immediate
						   : MODEL_GPR(run, PKVM_GPR_RDX) & 0xffff);
	enum model_result result = check_permission(run, port, size);

	if (result != MODEL_OK)
		return result;
	if (is_string(run) && run->insn.repeat &&
	    !model_reg_read(run, PKVM_GPR_RCX, run->insn.address_size))
		return MODEL_OK;
	if (port_exits(run, port, size))
		return io_exit(run, port, size);
	if (is_string(run))
		return string_step(run, size);
	if (is_input(run))
		model_reg_write(run, PKVM_GPR_RAX, size, model_mask(size));
	return MODEL_OK;
}
