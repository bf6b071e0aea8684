/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Delivers one event through an interrupt or trap gate of IA-32e mode, with the
 * stack switch by privilege level or by the interrupt stack table.
 *
 * SDM: sections "64-Bit Mode Exceptions and Interrupts", "Interrupt Stack Table".
 */
#include "model_access.h"

struct gate {
	uint32_t selector;
	unsigned int ist;
	uint64_t offset;
	bool interrupt;
};

static enum model_result read_gate(struct model_run *run, const struct model_event *event,
				   struct gate *gate)
{
	uint32_t vector = event->info & PKVM_VMX_INTR_INFO_VECTOR;
	uint32_t error = vector * 8 + 2 + model_event_ext(event);
	uint64_t at = MODEL_FIELD(run, GUEST_IDTR_BASE) + vector * 16ull, low, high;
	enum model_result result;

	if (vector * 16 + 15 > MODEL_FIELD(run, GUEST_IDTR_LIMIT))
		return model_fault_code(run, VECTOR_GP, error);
	result = model_read(run, at, 8, MODEL_SYSTEM, &low);
	if (result == MODEL_OK)
		result = model_read(run, at + 8, 8, MODEL_SYSTEM, &high);
	if (result != MODEL_OK)
		return result;
	if ((low >> 40 & 0x1e) != 0xe)
		return model_fault_code(run, VECTOR_GP, error);
	if (model_event_is_software(event) && (low >> 45 & 3) < model_cpl(run))
		return model_fault_code(run, VECTOR_GP, error);
	if (!(low >> 47 & 1))
		return model_fault_code(run, VECTOR_NP, error);
	gate->selector = (uint32_t)(low >> 16 & 0xffff);
	gate->ist = (unsigned int)(low >> 32 & 7);
	gate->interrupt = !(low >> 40 & 1);
	gate->offset = (low & 0xffff) | (low >> 48 << 16) | high << 32;
	return MODEL_OK;
}

/* The new RSP out of the 64-bit TSS. */
static enum model_result read_stack(struct model_run *run, unsigned int ist, unsigned int cpl,
				    uint32_t ext, uint64_t *rsp)
{
	uint32_t offset = ist ? 0x24 + 8 * (ist - 1) : 4 + 8 * cpl;
	uint32_t tr = (uint32_t)MODEL_FIELD(run, GUEST_TR_SELECTOR) & 0xfffc;
	enum model_result result;

	if (offset + 7 > MODEL_FIELD(run, GUEST_TR_LIMIT))
		return model_fault_code(run, VECTOR_TS, tr | ext);
	result =
		model_read(run, MODEL_FIELD(run, GUEST_TR_BASE) + offset, 8, MODEL_SYSTEM, rsp);
	if (result == MODEL_OK && !model_canonical(run, *rsp))
		return model_fault_code(run, VECTOR_SS, ext);
	return result;
}

static enum model_result push_frame(struct model_run *run, const struct model_event *event,
				    unsigned int cpl, uint64_t *rsp)
{
	bool error = event->info & PKVM_VMX_INTR_INFO_ERROR_CODE;
	const uint64_t frame[6] = {
		MODEL_FIELD(run, GUEST_SS_SELECTOR), MODEL_GPR(run, PKVM_GPR_RSP),
		model_event_flags(run, event),       MODEL_FIELD(run, GUEST_CS_SELECTOR),
		model_event_rip(run, event),         event->error,
	};
	unsigned int access = cpl < 3 ? MODEL_SYSTEM : 0;

	*rsp &= ~15ull;
	for (unsigned int i = 0; i < (error ? 6u : 5u); i++) {
		enum model_result result;

		*rsp -= 8;
		if (!model_canonical(run, *rsp))
			return model_fault_code(run, VECTOR_SS, model_event_ext(event));
		result = model_write(run, *rsp, 8, access, frame[i]);
		if (result != MODEL_OK)
			return result;
	}
	return MODEL_OK;
}

enum model_result model_gate_long(struct model_run *run, const struct model_event *event)
{
	unsigned int old_cpl = model_cpl(run), cpl = old_cpl;
	uint64_t rsp = MODEL_GPR(run, PKVM_GPR_RSP);
	uint32_t ext = model_event_ext(event);
	struct model_segment cs;
	struct gate gate = {0};
	enum model_result result = read_gate(run, event, &gate);

	if (result == MODEL_OK)
		result = model_event_code(run, gate.selector, ext, &cs, &cpl);
	if (result == MODEL_OK && (gate.ist || cpl < old_cpl))
		result = read_stack(run, gate.ist, cpl, ext, &rsp);
	if (result != MODEL_OK)
		return result;
	if (!model_canonical(run, gate.offset))
		return model_fault_code(run, VECTOR_GP, ext);
	result = push_frame(run, event, cpl, &rsp);
	if (result == MODEL_OK)
		result = model_accessed(run, &cs);
	if (result != MODEL_OK)
		return result;
	if (cpl < old_cpl) {
		struct model_segment null = {
			.selector = cpl,
			.ar = AR_UNUSABLE | cpl << 5,
		};

		model_set_segment(run, MODEL_SS, &null);
	}
	MODEL_GPR(run, PKVM_GPR_RSP) = rsp;
	model_event_enter(run, &cs, cpl, gate.offset, gate.interrupt);
	return MODEL_OK;
}
