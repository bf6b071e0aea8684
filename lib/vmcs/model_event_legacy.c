/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Delivers one event through a gate of legacy protected mode: 16-bit and 32-bit
 * interrupt and trap gates with stack switch, and task gates, which exit.
 *
 * SDM: sections "Exception- or Interrupt-Handler Procedures", "Interrupt Tasks",
 * "Treatment of Task Switches".
 */
#include "model_access.h"

struct gate {
	uint32_t selector;
	uint32_t offset;
	unsigned int size; /* of a pushed word: 2 or 4 */
	bool interrupt;
	bool task;
};

struct stack {
	struct model_segment ss;
	uint64_t sp;
	uint64_t mask;
	unsigned int access;
	uint32_t error; /* of #SS */
};

static enum model_result read_gate(struct model_run *run, const struct model_event *event,
				   struct gate *gate)
{
	uint32_t vector = event->info & PKVM_VMX_INTR_INFO_VECTOR;
	uint32_t error = vector * 8 + 2 + model_event_ext(event);
	uint64_t low;
	enum model_result result;
	unsigned int type;

	if (vector * 8 + 7 > MODEL_FIELD(run, GUEST_IDTR_LIMIT))
		return model_fault_code(run, VECTOR_GP, error);
	result = model_read(run, MODEL_FIELD(run, GUEST_IDTR_BASE) + vector * 8ull, 8,
			    MODEL_SYSTEM, &low);
	if (result != MODEL_OK)
		return result;
	type = (unsigned int)(low >> 40 & 0x1f);
	if (type != 5 && (type & 0x16) != 6)
		return model_fault_code(run, VECTOR_GP, error);
	if (model_event_is_software(event) && (low >> 45 & 3) < model_cpl(run))
		return model_fault_code(run, VECTOR_GP, error);
	if (!(low >> 47 & 1))
		return model_fault_code(run, VECTOR_NP, error);
	gate->task = type == 5;
	gate->size = type & 8 ? 4 : 2;
	gate->interrupt = !(type & 1);
	gate->selector = (uint32_t)(low >> 16 & 0xffff);
	gate->offset = (uint32_t)(low & 0xffff);
	if (gate->size == 4)
		gate->offset |= (uint32_t)(low >> 48 << 16);
	return MODEL_OK;
}

/* The checks that come before the VM exit due to a task switch. */
static enum model_result task_switch(struct model_run *run, const struct model_event *event,
				     uint32_t selector)
{
	uint32_t ext = model_event_ext(event);
	struct model_segment tss;
	enum model_result result;

	if (selector & 4)
		return model_fault_code(run, VECTOR_TS, (selector & 0xfffc) | ext);
	result = model_descriptor(run, selector, VECTOR_GP, ext, &tss);
	if (result != MODEL_OK)
		return result;
	if ((tss.ar & (AR_S | 0x7)) != 1)
		return model_fault_code(run, VECTOR_GP, (selector & 0xfffc) | ext);
	if (!(tss.ar & AR_P))
		return model_fault_code(run, VECTOR_NP, (selector & 0xfffc) | ext);
	if (tss.limit < (tss.ar & 8 ? 103u : 43u))
		return model_fault_code(run, VECTOR_TS, (selector & 0xfffc) | ext);
	run->insn.length = (uint8_t)event->length;
	return model_exit_insn(run, PKVM_VMX_REASON_TASK_SWITCH, selector | 3ull << 30);
}

/* The stack of a more privileged level, out of the TSS. */
static enum model_result inner_stack(struct model_run *run, unsigned int cpl, uint32_t ext,
				     struct stack *stack)
{
	bool big = MODEL_FIELD(run, GUEST_TR_AR_BYTES) & 8;
	unsigned int size = big ? 4 : 2;
	uint32_t offset = size + cpl * 2 * size;
	uint64_t base = MODEL_FIELD(run, GUEST_TR_BASE) + offset, selector;
	uint32_t tr = (uint32_t)MODEL_FIELD(run, GUEST_TR_SELECTOR) & 0xfffc;
	enum model_result result;

	if (offset + size + 1 > MODEL_FIELD(run, GUEST_TR_LIMIT))
		return model_fault_code(run, VECTOR_TS, tr | ext);
	result = model_read(run, base, size, MODEL_SYSTEM, &stack->sp);
	if (result == MODEL_OK)
		result = model_read(run, base + size, 2, MODEL_SYSTEM, &selector);
	if (result == MODEL_OK)
		result = model_load_stack(run, (uint32_t)selector, cpl, VECTOR_TS, ext,
					  &stack->ss);
	stack->error |= stack->ss.selector & 0xfffc;
	return result;
}

static enum model_result push(struct model_run *run, struct stack *stack, unsigned int size,
			      uint64_t value)
{
	uint64_t linear;
	enum model_result result;

	stack->sp = (stack->sp - size) & stack->mask;
	result = model_linear(run, MODEL_SS, &stack->ss, stack->sp, size, MODEL_WRITE, &linear);
	if (result == MODEL_FAULT)
		return model_fault_code(run, VECTOR_SS, stack->error);
	return model_write(run, linear, size, stack->access, value);
}

static enum model_result push_frame(struct model_run *run, const struct model_event *event,
				    struct stack *stack, unsigned int size, bool switched)
{
	const uint64_t frame[6] = {
		MODEL_FIELD(run, GUEST_SS_SELECTOR), MODEL_GPR(run, PKVM_GPR_RSP),
		model_event_flags(run, event),       MODEL_FIELD(run, GUEST_CS_SELECTOR),
		model_event_rip(run, event),         event->error,
	};
	unsigned int last = event->info & PKVM_VMX_INTR_INFO_ERROR_CODE ? 6 : 5;

	for (unsigned int i = switched ? 0 : 2; i < last; i++) {
		enum model_result result = push(run, stack, size, frame[i]);

		if (result != MODEL_OK)
			return result;
	}
	return MODEL_OK;
}

static enum model_result enter(struct model_run *run, const struct model_event *event,
			       const struct gate *gate)
{
	unsigned int old_cpl = model_cpl(run), cpl = old_cpl;
	uint32_t ext = model_event_ext(event);
	struct stack stack = {
		.ss = model_get_segment(run, MODEL_SS),
		.sp = MODEL_GPR(run, PKVM_GPR_RSP),
		.error = ext,
	};
	struct model_segment cs;
	enum model_result result = model_event_code(run, gate->selector, ext, &cs, &cpl);

	if (result == MODEL_OK && cpl < old_cpl)
		result = inner_stack(run, cpl, ext, &stack);
	if (result != MODEL_OK)
		return result;
	if (gate->offset > cs.limit)
		return model_fault_code(run, VECTOR_GP, ext);
	stack.mask = stack.ss.ar & AR_DB ? 0xffffffffull : 0xffffull;
	stack.access = cpl < 3 ? MODEL_SYSTEM : 0;
	result = push_frame(run, event, &stack, gate->size, cpl < old_cpl);
	if (result == MODEL_OK)
		result = model_accessed(run, &cs);
	if (result != MODEL_OK)
		return result;
	if (cpl < old_cpl)
		model_set_segment(run, MODEL_SS, &stack.ss);
	MODEL_GPR(run, PKVM_GPR_RSP) =
		(MODEL_GPR(run, PKVM_GPR_RSP) & ~stack.mask) | (stack.sp & stack.mask);
	model_event_enter(run, &cs, cpl, gate->offset, gate->interrupt);
	return MODEL_OK;
}

enum model_result model_gate_legacy(struct model_run *run, const struct model_event *event)
{
	struct gate gate = {0};
	enum model_result result = read_gate(run, event, &gate);

	if (result != MODEL_OK)
		return result;
	if (gate.task)
		return task_switch(run, event, gate.selector);
	return enter(run, event, &gate);
}
