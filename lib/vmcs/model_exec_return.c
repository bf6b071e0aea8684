/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Far return and return from interrupt: to the same or an outer privilege level
 * in every mode, with blocking by NMI lifted by IRET.
 *
 * SDM: instructions "RET" and "IRET/IRETD/IRETQ"; section "Changes to
 * Instruction Behavior in VMX Non-Root Operation".
 */
#include "model_access.h"

/* What a return has read from the stack before it changes anything. */
struct frame {
	uint64_t rip, cs, flags, rsp, ss;
	unsigned int used; /* bytes */
	struct model_segment code;
	struct model_segment stack;
	unsigned int cpl; /* to return to */
	bool load_stack;
};

static enum model_result pop(struct model_run *run, struct frame *frame, uint64_t *value)
{
	unsigned int size = run->insn.operand_size;
	enum model_result result = model_pop(run, size, frame->used, value);

	frame->used += size;
	return result;
}

static enum model_result read_stack(struct model_run *run, struct frame *frame)
{
	enum model_result result = pop(run, frame, &frame->rsp);

	if (result == MODEL_OK)
		result = pop(run, frame, &frame->ss);
	frame->load_stack = true;
	return result;
}

static enum model_result check_code(struct model_run *run, struct frame *frame)
{
	uint32_t selector = (uint32_t)(frame->cs & 0xffff), error = selector & 0xfffc;
	unsigned int dpl;
	enum model_result result;

	if (!error)
		return model_fault_code(run, VECTOR_GP, 0);
	result = model_descriptor(run, selector, VECTOR_GP, 0, &frame->code);
	if (result != MODEL_OK)
		return result;
	frame->cpl = selector & 3;
	dpl = frame->code.ar >> 5 & 3;
	if ((frame->code.ar & (AR_S | 8)) != (AR_S | 8) || frame->cpl < model_cpl(run) ||
	    (frame->code.ar & 4 ? dpl > frame->cpl : dpl != frame->cpl) ||
	    (model_long_mode(run) && (frame->code.ar & (AR_L | AR_DB)) == (AR_L | AR_DB)))
		return model_fault_code(run, VECTOR_GP, error);
	if (!(frame->code.ar & AR_P))
		return model_fault_code(run, VECTOR_NP, error);
	return MODEL_OK;
}

static bool to_64bit(const struct model_run *run, const struct frame *frame)
{
	return model_long_mode(run) && (frame->code.ar & AR_L);
}

/* The stack segment: null is fine for 64-bit code below privilege level 3. */
static enum model_result check_stack(struct model_run *run, struct frame *frame)
{
	uint32_t selector = (uint32_t)(frame->ss & 0xffff);

	if (!frame->load_stack)
		return MODEL_OK;
	if (!(selector & 0xfffc) && to_64bit(run, frame) && frame->cpl < 3 &&
	    (selector & 3) == frame->cpl) {
		frame->stack = (struct model_segment){
			.selector = selector,
			.ar = AR_UNUSABLE | frame->cpl << 5,
		};
		return MODEL_OK;
	}
	return model_load_stack(run, selector, frame->cpl, VECTOR_GP, 0, &frame->stack);
}

static enum model_result check_rip(struct model_run *run, const struct frame *frame)
{
	if (to_64bit(run, frame) ? !model_canonical(run, frame->rip)
				 : frame->rip > frame->code.limit)
		return model_fault_code(run, VECTOR_GP, 0);
	return MODEL_OK;
}

/* Segments that the outer level may not use become null. */
static void drop_inner_segments(struct model_run *run, unsigned int cpl)
{
	for (unsigned int i = MODEL_ES; i <= MODEL_GS; i++) {
		enum model_segment_index index = (enum model_segment_index)i;
		struct model_segment segment = model_get_segment(run, index);
		struct model_segment null = {.ar = AR_UNUSABLE};
		bool conforming = (segment.ar & 0xc) == 0xc;

		if (index != MODEL_CS && index != MODEL_SS && !(segment.ar & AR_UNUSABLE) &&
		    !conforming && (segment.ar >> 5 & 3) < cpl)
			model_set_segment(run, index, &null);
	}
}

static void commit(struct model_run *run, struct frame *frame)
{
	bool outer = frame->cpl > model_cpl(run);

	model_add_rsp(run, (int64_t)frame->used);
	frame->code.ar |= 1;
	model_set_segment(run, MODEL_CS, &frame->code);
	run->next_rip = frame->rip;
	if (frame->load_stack) {
		uint64_t mask = to_64bit(run, frame)      ? ~0ull
				: frame->stack.ar & AR_DB ? 0xffffffffull
							  : 0xffffull;

		model_set_segment(run, MODEL_SS, &frame->stack);
		MODEL_GPR(run, PKVM_GPR_RSP) =
			(MODEL_GPR(run, PKVM_GPR_RSP) & ~mask) | (frame->rsp & mask);
	}
	if (outer)
		drop_inner_segments(run, frame->cpl);
}

/* Protected mode, after RIP, CS and for IRET RFLAGS have been read. */
static enum model_result finish(struct model_run *run, struct frame *frame, bool always_stack)
{
	enum model_result result = check_code(run, frame);

	if (result == MODEL_OK && (always_stack || frame->cpl > model_cpl(run)))
		result = read_stack(run, frame);
	if (result == MODEL_OK)
		result = check_stack(run, frame);
	if (result == MODEL_OK)
		result = check_rip(run, frame);
	if (result == MODEL_OK)
		result = model_accessed(run, &frame->code);
	return result;
}

static enum model_result real_return(struct model_run *run, const struct frame *frame)
{
	if (frame->rip > MODEL_FIELD(run, GUEST_CS_LIMIT))
		return model_fault(run, VECTOR_GP);
	model_add_rsp(run, (int64_t)frame->used);
	model_real_segment(run, MODEL_CS, (uint32_t)frame->cs);
	run->next_rip = frame->rip;
	return MODEL_OK;
}

enum model_result model_far_return(struct model_run *run)
{
	struct frame frame = {0};
	enum model_result result = pop(run, &frame, &frame.rip);

	if (result == MODEL_OK)
		result = pop(run, &frame, &frame.cs);
	if (result != MODEL_OK)
		return result;
	if (!model_protected(run))
		return real_return(run, &frame);
	result = finish(run, &frame, false);
	if (result == MODEL_OK)
		commit(run, &frame);
	return result;
}

/* Even an IRET that faults lifts the blocking, if it may lift it at all. */
static void unblock_nmi(struct model_run *run)
{
	uint64_t *blocking = &MODEL_FIELD(run, GUEST_INTERRUPTIBILITY_INFO);

	if (model_pin(run, PKVM_VMX_PIN_NMI_EXITING) &&
	    !model_pin(run, PKVM_VMX_PIN_VIRTUAL_NMIS))
		return;
	run->nmi_unblocked = *blocking & PKVM_VMX_BLOCKING_BY_NMI;
	*blocking &= ~(uint64_t)PKVM_VMX_BLOCKING_BY_NMI;
}

static void load_flags(struct model_run *run, uint64_t value, unsigned int cpl)
{
	uint64_t *rflags = &MODEL_FIELD(run, GUEST_RFLAGS);
	uint64_t bits = model_writable_flags(run, cpl) | RFLAGS_RF;

	bits &= model_mask(run->insn.operand_size);
	*rflags = (*rflags & ~bits) | (value & bits);
	run->keep_rf = run->insn.operand_size > 2;
}

/* NT outside IA-32e mode: a return to the task that TSS names, which exits. */
static enum model_result nested_task(struct model_run *run)
{
	uint64_t link;
	enum model_result result;

	if (model_long_mode(run))
		return model_fault_code(run, VECTOR_GP, 0);
	result = model_read(run, MODEL_FIELD(run, GUEST_TR_BASE), 2, MODEL_SYSTEM, &link);
	if (result != MODEL_OK)
		return result;
	return model_exit_insn(run, PKVM_VMX_REASON_TASK_SWITCH, link | 1ull << 30);
}

enum model_result model_interrupt_return(struct model_run *run)
{
	struct frame frame = {0};
	unsigned int cpl = model_cpl(run);
	enum model_result result;

	unblock_nmi(run);
	if (model_protected(run) && (MODEL_FIELD(run, GUEST_RFLAGS) & RFLAGS_NT))
		return nested_task(run);
	result = pop(run, &frame, &frame.rip);
	if (result == MODEL_OK)
		result = pop(run, &frame, &frame.cs);
	if (result == MODEL_OK)
		result = pop(run, &frame, &frame.flags);
	if (result != MODEL_OK)
		return result;
	if (!model_protected(run)) {
		result = real_return(run, &frame);
	} else {
		if (!model_long_mode(run) && run->insn.operand_size == 4 &&
		    (frame.flags & RFLAGS_VM))
			return model_fault(run, VECTOR_UD); /* virtual-8086 */
		result = finish(run, &frame, model_64bit(run));
		if (result == MODEL_OK)
			commit(run, &frame);
	}
	if (result == MODEL_OK)
		load_flags(run, frame.flags, cpl);
	return result;
}
