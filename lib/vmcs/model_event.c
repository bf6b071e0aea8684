/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Exceptions and interrupts of the modelled guest up to the handler's first
 * instruction: exception bitmap, nested faults, double and triple faults, and
 * what a VM exit during the delivery reports.
 *
 * SDM: sections "Exceptions" of "Other Causes of VM Exits", "Information for VM
 * Exits During Event Delivery", "Interrupt 8 - Double Fault Exception (#DF)".
 */
#include "model_access.h"

enum severity { BENIGN, CONTRIBUTORY, PAGE_FAULT };

enum model_result model_fault(struct model_run *run, unsigned int vector)
{
	run->event = (struct model_event){
		.info = PKVM_VMX_INTR_INFO_VALID | PKVM_VMX_INTR_TYPE_HARDWARE_EXCEPTION |
			vector,
	};
	return MODEL_FAULT;
}

/* Real-address mode has no error codes. */
enum model_result model_fault_code(struct model_run *run, unsigned int vector, uint32_t error)
{
	(void)model_fault(run, vector);
	if (model_protected(run)) {
		run->event.info |= PKVM_VMX_INTR_INFO_ERROR_CODE;
		run->event.error = error;
	}
	return MODEL_FAULT;
}

/* A VM exit that the instruction itself causes. */
enum model_result model_exit_insn(struct model_run *run, uint32_t reason,
				  uint64_t qualification)
{
	*run->exit = (struct model_exit){
		.reason = reason,
		.qualification = qualification,
		.instruction_length = run->insn.length,
	};
	return MODEL_EXIT;
}

static unsigned int event_vector(const struct model_event *event)
{
	return event->info & PKVM_VMX_INTR_INFO_VECTOR;
}

static uint32_t event_type(const struct model_event *event)
{
	return event->info & PKVM_VMX_INTR_INFO_TYPE;
}

/* Is the event an exception that the exception bitmap intercepts? */
static bool exception_exits(const struct model_run *run, const struct model_event *event)
{
	unsigned int vector = event_vector(event);
	bool bit = vector < 32 && (MODEL_FIELD(run, EXCEPTION_BITMAP) >> vector & 1);

	if (event_type(event) != PKVM_VMX_INTR_TYPE_HARDWARE_EXCEPTION &&
	    event_type(event) != PKVM_VMX_INTR_TYPE_PRIV_SOFT_EXCEPTION &&
	    event_type(event) != PKVM_VMX_INTR_TYPE_SOFTWARE_EXCEPTION)
		return false;
	if (vector == VECTOR_PF &&
	    (event->error & MODEL_FIELD(run, PAGE_FAULT_ERROR_CODE_MASK)) !=
		    MODEL_FIELD(run, PAGE_FAULT_ERROR_CODE_MATCH))
		return !bit;
	return bit;
}

static void set_vectoring(struct model_run *run, const struct model_event *event)
{
	MODEL_FIELD(run, IDT_VECTORING_INFO_FIELD) = event->info;
	MODEL_FIELD(run, IDT_VECTORING_ERROR_CODE) = event->error;
}

/* RFLAGS are saved as delivery would have pushed them. */
static enum model_step exception_exit(struct model_run *run, const struct model_event *event,
				      const struct model_event *original)
{
	uint32_t info = event->info;
	bool double_fault = event_vector(event) == VECTOR_DF;

	if (original->info && !double_fault)
		set_vectoring(run, original);
	if (run->nmi_unblocked && !original->info && !double_fault)
		info |= PKVM_VMX_INTR_INFO_NMI_UNBLOCKING;
	MODEL_FIELD(run, GUEST_RFLAGS) = model_event_flags(run, event);
	*run->exit = (struct model_exit){
		.reason = PKVM_VMX_REASON_EXCEPTION_OR_NMI,
		.qualification = event->payload,
		.interruption_info = info,
		.interruption_error = event->error,
		.instruction_length = original->info ? original->length : event->length,
	};
	return MODEL_STEP_EXIT;
}

/* CR2 and DR6 change when the exception is delivered, not when it exits. */
static void apply_payload(struct model_run *run, const struct model_event *event)
{
	if (event_type(event) != PKVM_VMX_INTR_TYPE_HARDWARE_EXCEPTION)
		return;
	if (event_vector(event) == VECTOR_PF)
		run->cpu->regs->cr2 = event->payload;
	if (event_vector(event) == VECTOR_DB) {
		run->cpu->regs->dr6 = (run->cpu->regs->dr6 & ~0xfull) | event->payload;
		MODEL_FIELD(run, GUEST_DR7) &= ~DR7_GD;
	}
}

static enum severity severity_of(const struct model_event *event)
{
	if (event_type(event) != PKVM_VMX_INTR_TYPE_HARDWARE_EXCEPTION)
		return BENIGN;
	switch (event_vector(event)) {
	case VECTOR_PF:
		return PAGE_FAULT;
	case 0:
	case VECTOR_TS:
	case VECTOR_NP:
	case VECTOR_SS:
	case VECTOR_GP:
		return CONTRIBUTORY;
	default:
		return BENIGN;
	}
}

/* Table "Conditions for Generating a Double Fault"; false: triple fault. */
static bool combine(struct model_run *run, struct model_event *first)
{
	struct model_event second = run->event;
	enum severity a = severity_of(first), b = severity_of(&second);
	bool was_double = event_type(first) == PKVM_VMX_INTR_TYPE_HARDWARE_EXCEPTION &&
			  event_vector(first) == VECTOR_DF;

	if (was_double && b != BENIGN)
		return false;
	if ((a == CONTRIBUTORY && b == CONTRIBUTORY) || (a == PAGE_FAULT && b != BENIGN))
		(void)model_fault_code(run, VECTOR_DF, 0);
	*first = run->event;
	return true;
}

static enum model_step triple_fault(struct model_run *run)
{
	*run->exit = (struct model_exit){.reason = PKVM_VMX_REASON_TRIPLE_FAULT};
	return MODEL_STEP_EXIT;
}

/* Delivers run->event; an injected event itself is not subject to intercepts. */
enum model_step model_raise(struct model_run *run, bool injected)
{
	struct model_event event = run->event;
	struct model_event original = {0};

	run->delivering = true;
	for (;;) {
		enum model_result result;

		run->injected = injected;
		if (!injected) {
			if (exception_exits(run, &event))
				return exception_exit(run, &event, &original);
			apply_payload(run, &event);
		}
		run->event = event;
		result = model_enter_handler(run, &event);
		if (result == MODEL_OK)
			return MODEL_STEP_NEXT;
		if (result == MODEL_EXIT) {
			set_vectoring(run, &event);
			MODEL_FIELD(run, GUEST_RFLAGS) = model_event_flags(run, &event);
			return MODEL_STEP_EXIT;
		}
		original = event;
		injected = false;
		if (!combine(run, &event))
			return triple_fault(run);
	}
}

enum model_step model_deliver(struct model_cpu *cpu, uint32_t info, uint32_t error,
			      uint32_t length, bool injected, struct model_exit *exit)
{
	struct model_run run = {
		.cpu = cpu,
		.exit = exit,
		.event = {.info = info, .error = error, .length = length},
	};

	MODEL_FIELD(&run, IDT_VECTORING_INFO_FIELD) = 0;
	MODEL_FIELD(&run, IDT_VECTORING_ERROR_CODE) = 0;
	return model_raise(&run, injected);
}
