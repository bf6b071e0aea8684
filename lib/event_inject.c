/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The host's calls that queue an event, take one back, or ask for a window. */
#include "call.h"
#include "event.h"
#include "summary.h"
#include "vmcs/access.h"
#include "vmcs/controls.h"

#include <pkvm/control_register.h>

/* Vectors below this are exceptions; no interrupt controller sends them. */

/*
 * Hardware exceptions with an error code (SDM "VM-Entry Controls for Event
 * Injection"); #CP has one where the processor lets software decide.
 */
#define HAVE_ERROR_CODE (PKVM_BITS(14, 10) | PKVM_BIT(8) | PKVM_BIT(PKVM_VECTOR_AC))

#define BASIC_FREE_ERROR_CODE PKVM_BIT(56) /* IA32_VMX_BASIC */
#define MISC_ZERO_LENGTH      PKVM_BIT(30) /* IA32_VMX_MISC  */

/* A software event needs the length of its instruction, others have none. */
static bool length_is_valid(bool soft, uint64_t length)
{
	if (!soft)
		return !length;
	return length || (pkvm_vmcs_caps()->misc & MISC_ZERO_LENGTH);
}

/* Queues an interrupt; it changes the VM-entry interruption information later. */
static void queue_irq(struct pkvm_vcpu *vcpu, uint64_t vector, uint64_t soft, uint64_t length)
{
	vcpu->interrupt = (struct pkvm_event){
		.kind = PKVM_EVENT_IRQ,
		.vector = (uint32_t)vector,
		.soft = (uint32_t)soft,
		.length = (uint32_t)length,
	};
	pkvm_summary_publish(vcpu);
}

/* INT n waits for neither RFLAGS.IF nor a shadow, a hardware interrupt does. */
static bool may_inject(const struct pkvm_vcpu *vcpu, bool soft)
{
	if (pkvm_injection_busy(vcpu))
		return false;
	return soft ? !vcpu->interrupt.kind : pkvm_irq_allowed(vcpu);
}

/* Queues vcpu->interrupt, which the next entry injects. */
int64_t pkvm_hyp_inject_irq(struct pkvm_call *call, const struct pkvm_irq *in)
{
	struct pkvm_vcpu *vcpu = call->vcpu;

	if (!length_is_valid(in->soft, in->length))
		return pkvm_refuse(call, PKVM_WORD_NUMBER(irq, length), PKVM_EINVAL);
	if (pkvm_vcpu_is_protected(vcpu) && in->vector < PKVM_FIRST_INTERRUPT)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(irq, vector), PKVM_EPERM);
	if (pkvm_vcpu_is_protected(vcpu) && in->soft)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(irq, soft), PKVM_EPERM);
	if (!may_inject(vcpu, in->soft))
		return pkvm_refuse(call, 0, PKVM_EBUSY);
	queue_irq(vcpu, in->vector, in->soft, in->length);
	return 0;
}

/* Queues vcpu->interrupt, or sets interrupt-window exiting. */
int64_t pkvm_hyp_inject_irq_if_allowed(struct pkvm_call *call, const struct pkvm_vector *in,
				       struct pkvm_flag *out)
{
	struct pkvm_vcpu *vcpu = call->vcpu;

	if (pkvm_vcpu_is_protected(vcpu) && in->vector < PKVM_FIRST_INTERRUPT)
		return pkvm_refuse(call, PKVM_WORD_NUMBER(vector, vector), PKVM_EPERM);
	out->value = may_inject(vcpu, false);
	if (!out->value)
		return pkvm_hyp_enable_irq_window(call);
	queue_irq(vcpu, in->vector, 0, 0);
	return 0;
}

/* Queues vcpu->interrupt; the entry that injects it sets blocking by NMI. */
int64_t pkvm_hyp_inject_nmi(struct pkvm_call *call)
{
	struct pkvm_vcpu *vcpu = call->vcpu;

	if (pkvm_injection_busy(vcpu) || !pkvm_nmi_allowed(vcpu))
		return pkvm_refuse(call, 0, PKVM_EBUSY);
	vcpu->interrupt = (struct pkvm_event){
		.kind = PKVM_EVENT_NMI,
		.vector = PKVM_VECTOR_NMI,
	};
	pkvm_summary_publish(vcpu);
	return 0;
}

/* Outside protected mode VM entry takes none, whatever the host says. */
static bool error_code_is_valid(const struct pkvm_exception *in)
{
	const bool free = pkvm_vmcs_caps()->basic & BASIC_FREE_ERROR_CODE;
	const bool has = (HAVE_ERROR_CODE & PKVM_BIT(in->vector)) ||
			 (in->vector == PKVM_VECTOR_CP && free);

	return in->has_error_code == has || !(pkvm_vmread(PKVM_VMCS_GUEST_CR0) & PKVM_CR0_PE);
}

static bool is_software(uint64_t vector)
{
	return vector == PKVM_VECTOR_BP || vector == PKVM_VECTOR_OF;
}

/* What CR2 can hold, and what delivery may bring to DR6. */
static uint64_t payload_bits(const struct pkvm_exception *in)
{
	if (!in->has_payload)
		return 0;
	return in->vector == PKVM_VECTOR_DB ? PKVM_DB_PAYLOAD : PKVM_ANY;
}

/* The word that VM entry, or delivery through the IDT, could make no sense of. */
static unsigned int bad_word(const struct pkvm_exception *in)
{
	const bool may_have_payload =
		in->vector == PKVM_VECTOR_PF || in->vector == PKVM_VECTOR_DB;

	if (in->vector == PKVM_VECTOR_NMI)
		return PKVM_WORD_NUMBER(exception, vector);
	if (!error_code_is_valid(in))
		return PKVM_WORD_NUMBER(exception, has_error_code);
	if (in->error_code && !in->has_error_code)
		return PKVM_WORD_NUMBER(exception, error_code);
	if (in->has_payload && !may_have_payload)
		return PKVM_WORD_NUMBER(exception, has_payload);
	if (in->payload & ~payload_bits(in))
		return PKVM_WORD_NUMBER(exception, payload);
	if (!length_is_valid(is_software(in->vector), in->length))
		return PKVM_WORD_NUMBER(exception, length);
	return 0;
}

/* Queues vcpu->exception; CR2 or DR6 change when it is injected. */
int64_t pkvm_hyp_inject_exception(struct pkvm_call *call, const struct pkvm_exception *in)
{
	struct pkvm_vcpu *vcpu = call->vcpu;
	const unsigned int word = bad_word(in);

	if (word)
		return pkvm_refuse(call, word, PKVM_EINVAL);
	if (vcpu->exception.kind)
		return pkvm_refuse(call, 0, PKVM_EBUSY);
	vcpu->exception = (struct pkvm_event){
		.kind = PKVM_EVENT_EXCEPTION,
		.vector = (uint32_t)in->vector,
		.soft = is_software(in->vector),
		.has_error_code = (uint32_t)in->has_error_code,
		.error_code = (uint32_t)in->error_code,
		.has_payload = (uint32_t)in->has_payload,
		.length = (uint32_t)in->length,
		.payload = in->payload,
	};
	pkvm_summary_publish(vcpu);
	return 0;
}

/* What the host may take back: of a pVM only what it sent itself. */
static struct pkvm_event *cancellable(struct pkvm_vcpu *vcpu)
{
	if (pkvm_vcpu_is_protected(vcpu))
		return vcpu->interrupt.soft ? NULL : &vcpu->interrupt;
	return vcpu->exception.kind ? &vcpu->exception : &vcpu->interrupt;
}

/* Empties the place of the event that the next entry would have injected. */
int64_t pkvm_hyp_cancel_injection(struct pkvm_call *call, struct pkvm_cancelled *out)
{
	struct pkvm_event *event = cancellable(call->vcpu);

	*out = (struct pkvm_cancelled){0};
	if (!event)
		return 0;
	out->kind = event->kind;
	out->vector = event->vector;
	out->soft = event->soft;
	out->has_error_code = event->has_error_code;
	out->error_code = event->error_code;
	out->length = event->length;
	*event = (struct pkvm_event){0};
	pkvm_summary_publish(call->vcpu);
	return 0;
}
