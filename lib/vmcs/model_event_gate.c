/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Takes one event to its handler: chooses the interrupt-vector table or IDT by
 * mode, what all modes share, and the real-address mode's own way.
 *
 * SDM: sections "Real-Address Mode Operation: Interrupt and Exception Handling"
 * and "INT n/INTO/INT3/INT1 - Call to Interrupt Procedure".
 */
#include "model_access.h"

bool model_event_is_software(const struct model_event *event)
{
	uint32_t type = event->info & PKVM_VMX_INTR_INFO_TYPE;

	return type == PKVM_VMX_INTR_TYPE_SOFTWARE_INTERRUPT ||
	       type == PKVM_VMX_INTR_TYPE_SOFTWARE_EXCEPTION;
}

/* Bit EXT of an error code: the event came from outside the program. */
uint32_t model_event_ext(const struct model_event *event)
{
	return model_event_is_software(event) ? 0 : 1;
}

uint64_t model_event_rip(const struct model_run *run, const struct model_event *event)
{
	uint64_t rip = MODEL_FIELD(run, GUEST_RIP) + event->length;

	return model_64bit(run) ? rip : rip & 0xffffffffull;
}

/*
 * RF in the pushed image: set by faults, clear for software events, and as VM entry
 * loaded it for an event that it injects (SDM "Details of Vectored-Event Injection").
 */
uint64_t model_event_flags(const struct model_run *run, const struct model_event *event)
{
	uint64_t flags = MODEL_FIELD(run, GUEST_RFLAGS);
	uint32_t type = event->info & PKVM_VMX_INTR_INFO_TYPE;

	if (run->injected)
		return flags;
	if (model_event_is_software(event))
		return flags & ~RFLAGS_RF;
	if (type == PKVM_VMX_INTR_TYPE_HARDWARE_EXCEPTION &&
	    (event->info & PKVM_VMX_INTR_INFO_VECTOR) != VECTOR_DB)
		return flags | RFLAGS_RF;
	return flags;
}

/* The code segment of a gate: checks, and the privilege level it brings. */
enum model_result model_event_code(struct model_run *run, uint32_t selector, uint32_t ext,
				   struct model_segment *cs, unsigned int *cpl)
{
	enum model_result result;
	unsigned int dpl;

	if (!(selector & 0xfffc))
		return model_fault_code(run, VECTOR_GP, ext);
	result = model_descriptor(run, selector, VECTOR_GP, ext, cs);
	if (result != MODEL_OK)
		return result;
	dpl = cs->ar >> 5 & 3;
	if ((cs->ar & (AR_S | 8)) != (AR_S | 8) || dpl > *cpl ||
	    (model_long_mode(run) && (cs->ar & (AR_L | AR_DB)) != AR_L))
		return model_fault_code(run, VECTOR_GP, (selector & 0xfffc) | ext);
	if (!(cs->ar & AR_P))
		return model_fault_code(run, VECTOR_NP, (selector & 0xfffc) | ext);
	if (!(cs->ar & 4))
		*cpl = dpl;
	return MODEL_OK;
}

/* What is left to do once the frame is on the stack. */
void model_event_enter(struct model_run *run, const struct model_segment *cs, unsigned int cpl,
		       uint64_t rip, bool interrupt_gate)
{
	struct model_segment loaded = *cs;
	uint64_t cleared = RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM;

	loaded.selector = (cs->selector & 0xfffc) | cpl;
	loaded.ar |= 1;
	model_set_segment(run, MODEL_CS, &loaded);
	MODEL_FIELD(run, GUEST_RIP) = rip;
	if (interrupt_gate)
		cleared |= RFLAGS_IF;
	MODEL_FIELD(run, GUEST_RFLAGS) &= ~cleared;
}

static enum model_result gate_real(struct model_run *run, const struct model_event *event)
{
	uint64_t at = (event->info & PKVM_VMX_INTR_INFO_VECTOR) * 4ull;
	uint64_t frame[3] = {
		model_event_flags(run, event),
		MODEL_FIELD(run, GUEST_CS_SELECTOR),
		model_event_rip(run, event),
	};
	enum model_result result;
	uint64_t vector;

	if (at + 3 > MODEL_FIELD(run, GUEST_IDTR_LIMIT))
		return model_fault(run, VECTOR_GP);
	result = model_read(run, MODEL_FIELD(run, GUEST_IDTR_BASE) + at, 4, MODEL_SYSTEM,
			    &vector);
	for (unsigned int i = 0; i < 3 && result == MODEL_OK; i++)
		result = model_push(run, 2, frame[i]);
	if (result != MODEL_OK)
		return result;
	MODEL_FIELD(run, GUEST_RFLAGS) &= ~(RFLAGS_IF | RFLAGS_TF | RFLAGS_AC | RFLAGS_RF);
	model_real_segment(run, MODEL_CS, (uint32_t)(vector >> 16));
	MODEL_FIELD(run, GUEST_RIP) = vector & 0xffff;
	return MODEL_OK;
}

static enum model_result through_table(struct model_run *run, const struct model_event *event)
{
	if (!model_protected(run))
		return gate_real(run, event);
	if (model_long_mode(run))
		return model_gate_long(run, event);
	return model_gate_legacy(run, event);
}

/*
 * A delivery that does not end in the handler changes no register but blocking
 * by NMI, which an NMI brings from its start on.
 */
enum model_result model_enter_handler(struct model_run *run, const struct model_event *event)
{
	uint64_t rsp = MODEL_GPR(run, PKVM_GPR_RSP);
	uint64_t *blocking = &MODEL_FIELD(run, GUEST_INTERRUPTIBILITY_INFO);
	enum model_result result;

	if ((event->info & PKVM_VMX_INTR_INFO_TYPE) == PKVM_VMX_INTR_TYPE_NMI)
		*blocking |= PKVM_VMX_BLOCKING_BY_NMI;
	result = through_table(run, event);
	if (result != MODEL_OK) {
		MODEL_GPR(run, PKVM_GPR_RSP) = rsp;
		return result;
	}
	*blocking &= ~(uint64_t)(PKVM_VMX_BLOCKING_BY_STI | PKVM_VMX_BLOCKING_BY_MOV_SS);
	MODEL_FIELD(run, GUEST_ACTIVITY_STATE) = PKVM_VMX_ACTIVITY_ACTIVE;
	return MODEL_OK;
}
