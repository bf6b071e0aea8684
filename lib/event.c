/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The two places for events, and the way from them into VM entry. */
#include "event.h"
#include "apic/posted.h"
#include "vmcs/access.h"
#include "vmcs/controls.h"

#include <pkvm/control_register.h>
#include <pkvm/rflags.h>

/*
 * Exceptions that are faults: the RFLAGS image that they push has RF set (SDM
 * "Exception Classifications"). #DB is one only for instruction breakpoints.
 */
#define FAULTS (PKVM_BITS(7, 5) | PKVM_BITS(14, 10) | PKVM_BITS(17, 16) | PKVM_BITS(21, 19) | 1)

/* DR6 (SDM "Debug Status Register"): breakpoints, bits that are 1 when idle. */
#define DR6_BREAKPOINTS PKVM_BITS(3, 0)
#define DR6_ACTIVE_LOW  PKVM_U64(0xffff0ff0)
#define DR6_ENABLED_BP  PKVM_BIT(12) /* of a payload only */
#define DR7_GD          PKVM_BIT(13)

#define SHADOW (PKVM_VMX_BLOCKING_BY_STI | PKVM_VMX_BLOCKING_BY_MOV_SS)

static uint64_t interruptibility(void)
{
	return pkvm_vmread(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO);
}

static bool irq_blocked(void)
{
	return !(pkvm_vmread(PKVM_VMCS_GUEST_RFLAGS) & PKVM_RFLAGS_IF) ||
	       (interruptibility() & SHADOW);
}

/* Some processors refuse to inject an NMI in an STI shadow, so that all do here. */
static bool nmi_blocked(void)
{
	return interruptibility() & (SHADOW | PKVM_VMX_BLOCKING_BY_NMI);
}

bool pkvm_irq_allowed(const struct pkvm_vcpu *vcpu)
{
	return !vcpu->exception.kind && !vcpu->interrupt.kind && !irq_blocked();
}

bool pkvm_nmi_allowed(const struct pkvm_vcpu *vcpu)
{
	return !vcpu->exception.kind && !vcpu->interrupt.kind && !nmi_blocked();
}

static bool can_go(const struct pkvm_event *interrupt)
{
	if (interrupt->kind == PKVM_EVENT_NMI)
		return !nmi_blocked();
	return interrupt->soft || !irq_blocked();
}

/*
 * An interrupt that waited through an entry awaits the next one once it can go: a
 * vCPU that halted before it could has to run.
 */
static bool goes_again(const struct pkvm_event *interrupt)
{
	return interrupt->again || (interrupt->waited && can_go(interrupt));
}

bool pkvm_injection_busy(const struct pkvm_vcpu *vcpu)
{
	return vcpu->exception.kind || goes_again(&vcpu->interrupt) ||
	       vcpu->answer == PKVM_ANSWER_RDMSR || vcpu->answer == PKVM_ANSWER_WRMSR;
}

bool pkvm_nmi_masked(void)
{
	return interruptibility() & PKVM_VMX_BLOCKING_BY_NMI;
}

uint32_t pkvm_interrupt_shadow(void)
{
	const uint64_t blocking = interruptibility();

	if (blocking & PKVM_VMX_BLOCKING_BY_MOV_SS)
		return PKVM_SHADOW_MOV_SS;
	return blocking & PKVM_VMX_BLOCKING_BY_STI ? PKVM_SHADOW_STI : PKVM_SHADOW_NONE;
}

void pkvm_raise(struct pkvm_vcpu *vcpu, uint32_t vector)
{
	vcpu->exception = (struct pkvm_event){
		.kind = PKVM_EVENT_EXCEPTION,
		.vector = vector,
	};
}

void pkvm_raise_code(struct pkvm_vcpu *vcpu, uint32_t vector, uint32_t error_code)
{
	pkvm_raise(vcpu, vector);
	vcpu->exception.has_error_code = 1;
	vcpu->exception.error_code = error_code;
}

void pkvm_raise_debug(struct pkvm_vcpu *vcpu, uint64_t payload)
{
	pkvm_raise(vcpu, PKVM_VECTOR_DB);
	vcpu->exception.has_payload = 1;
	vcpu->exception.payload = payload;
}

/*
 * CR2 or DR6 as delivery through the IDT would have left it; VM entry does not
 * (SDM "Event Injection"). Doing it again after a failed entry changes nothing.
 */
static void deliver_payload(struct pkvm_vcpu *vcpu, struct pkvm_event *event)
{
	uint64_t *dr6 = &vcpu->regs.dr6;

	if (event->has_payload && event->vector == PKVM_VECTOR_PF)
		vcpu->regs.cr2 = event->payload;
	if (event->has_payload && event->vector == PKVM_VECTOR_DB) {
		*dr6 = (*dr6 & ~DR6_BREAKPOINTS) | DR6_ACTIVE_LOW | event->payload;
		*dr6 = (*dr6 ^ (event->payload & DR6_ACTIVE_LOW)) & ~DR6_ENABLED_BP;
	}
	if (event->vector == PKVM_VECTOR_DB)
		pkvm_vmwrite_bits(PKVM_VMCS_GUEST_DR7, DR7_GD, false);
	event->has_payload = 0;
	if (!event->soft && (PKVM_BIT(event->vector) & FAULTS))
		pkvm_vmwrite_bits(PKVM_VMCS_GUEST_RFLAGS, PKVM_RFLAGS_RF, true);
}

bool pkvm_event_can_go(const struct pkvm_vcpu *vcpu)
{
	return vcpu->exception.kind || (vcpu->interrupt.kind && can_go(&vcpu->interrupt));
}

/*
 * Exceptions come first. A software interrupt that gives way is forgotten: RIP
 * still points to its instruction, which the guest executes again.
 */
static struct pkvm_event *choose(struct pkvm_vcpu *vcpu)
{
	if (vcpu->exception.kind) {
		if (vcpu->interrupt.soft)
			vcpu->interrupt = (struct pkvm_event){0};
		return &vcpu->exception;
	}
	if (vcpu->interrupt.kind && can_go(&vcpu->interrupt))
		return &vcpu->interrupt;
	return NULL;
}

static uint32_t type_of(const struct pkvm_event *event)
{
	switch (event->kind) {
	case PKVM_EVENT_NMI:
		return PKVM_VMX_INTR_TYPE_NMI;
	case PKVM_EVENT_IRQ:
		return event->soft ? PKVM_VMX_INTR_TYPE_SOFTWARE_INTERRUPT
				   : PKVM_VMX_INTR_TYPE_EXTERNAL;
	default:
		if (!event->soft)
			return PKVM_VMX_INTR_TYPE_HARDWARE_EXCEPTION;
		return event->vector == PKVM_VECTOR_DB ? PKVM_VMX_INTR_TYPE_PRIV_SOFT_EXCEPTION
						       : PKVM_VMX_INTR_TYPE_SOFTWARE_EXCEPTION;
	}
}

/* Real-address mode has no error codes (SDM "Event Injection"). */
static uint32_t information(const struct pkvm_event *event)
{
	const bool has_code =
		event->has_error_code && (pkvm_vmread(PKVM_VMCS_GUEST_CR0) & PKVM_CR0_PE);

	return PKVM_VMX_INTR_INFO_VALID | type_of(event) | event->vector |
	       (has_code ? PKVM_VMX_INTR_INFO_ERROR_CODE : 0);
}

/*
 * The window in which a waiting event can go. An NMI window opens in an STI
 * shadow all the same, an interrupt window behind it.
 */
static uint32_t window_for(const struct pkvm_event *waiting)
{
	if (waiting->kind == PKVM_EVENT_NMI && !(interruptibility() & PKVM_VMX_BLOCKING_BY_STI))
		return PKVM_VMX_CPU_NMI_WINDOW_EXITING;
	return PKVM_VMX_CPU_INTERRUPT_WINDOW_EXITING;
}

void pkvm_event_enter(struct pkvm_vcpu *vcpu, struct pkvm_injection *injection)
{
	struct pkvm_event *event = choose(vcpu);
	const uint64_t controls = pkvm_vmread(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL);

	injection->event = event;
	injection->windows = 0;
	if (vcpu->interrupt.kind && event != &vcpu->interrupt)
		injection->windows = window_for(&vcpu->interrupt) & (uint32_t)~controls;
	if (injection->windows)
		pkvm_vmwrite(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL,
			     controls | injection->windows);
	pkvm_vmwrite(PKVM_VMCS_VM_ENTRY_INTR_INFO_FIELD, event ? information(event) : 0);
	if (!event)
		return;
	pkvm_vmwrite(PKVM_VMCS_VM_ENTRY_EXCEPTION_ERROR_CODE, event->error_code);
	pkvm_vmwrite(PKVM_VMCS_VM_ENTRY_INSTRUCTION_LEN, event->length);
	if (event->kind == PKVM_EVENT_EXCEPTION)
		deliver_payload(vcpu, event);
}

/*
 * What was accepted before, and waits, keeps its place. A software interrupt is
 * forgotten, as above; any other is a virtual one, which the processor took from
 * the virtual IRR by itself, where it is requested again.
 */
static void put_back(struct pkvm_event *place, struct pkvm_vcpu *vcpu,
		     const struct pkvm_event *event)
{
	if (!place->kind)
		*place = *event;
	else if (!event->soft)
		pkvm_apic_request_again(vcpu, event->vector);
}

/* Puts an event whose delivery was cut short back into its place. */
static void take_back(struct pkvm_vcpu *vcpu, uint32_t info)
{
	struct pkvm_event event = {.vector = info & PKVM_VMX_INTR_INFO_VECTOR, .again = 1};

	switch (info & PKVM_VMX_INTR_INFO_TYPE) {
	case PKVM_VMX_INTR_TYPE_NMI:
		event.kind = PKVM_EVENT_NMI;
		/* It was not delivered, so that it must not block itself. */
		pkvm_vmwrite_bits(PKVM_VMCS_GUEST_INTERRUPTIBILITY_INFO,
				  PKVM_VMX_BLOCKING_BY_NMI, false);
		break;
	case PKVM_VMX_INTR_TYPE_SOFTWARE_INTERRUPT:
		event.soft = 1;
		/* fall through */
	case PKVM_VMX_INTR_TYPE_EXTERNAL:
		event.kind = PKVM_EVENT_IRQ;
		break;
	case PKVM_VMX_INTR_TYPE_PRIV_SOFT_EXCEPTION:
	case PKVM_VMX_INTR_TYPE_SOFTWARE_EXCEPTION:
		event.soft = 1;
		/* fall through */
	default:
		event.kind = PKVM_EVENT_EXCEPTION;
		break;
	}
	if (event.soft)
		event.length = (uint32_t)pkvm_vmread(PKVM_VMCS_VM_EXIT_INSTRUCTION_LEN);
	if (info & PKVM_VMX_INTR_INFO_ERROR_CODE) {
		event.has_error_code = 1;
		event.error_code = (uint32_t)pkvm_vmread(PKVM_VMCS_IDT_VECTORING_ERROR_CODE);
	}
	put_back(event.kind == PKVM_EVENT_EXCEPTION ? &vcpu->exception : &vcpu->interrupt, vcpu,
		 &event);
}

void pkvm_event_leave(struct pkvm_vcpu *vcpu, const struct pkvm_injection *injection,
		      bool entered)
{
	uint32_t info;

	if (injection->windows)
		pkvm_vmwrite_bits(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL, injection->windows,
				  false);
	if (!entered)
		return;
	if (injection->event)
		*injection->event = (struct pkvm_event){0};
	vcpu->interrupt.waited = vcpu->interrupt.kind != PKVM_EVENT_NONE;
	info = (uint32_t)pkvm_vmread(PKVM_VMCS_IDT_VECTORING_INFO_FIELD);
	if (info & PKVM_VMX_INTR_INFO_VALID)
		take_back(vcpu, info);
}
