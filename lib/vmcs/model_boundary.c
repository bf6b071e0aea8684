/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model's guest between VM entry and VM exit: at each instruction boundary
 * the events that are due, highest priority first, else one instruction.
 *
 * SDM: sections "Other Causes of VM Exits", "Special Features of VM Entry", and
 * the table "Priority Among Concurrent Events".
 */
#include "model_access.h"
#include "model_boundary.h"

/* Pending debug exceptions that cause a #DB, and what of them goes into DR6. */
#define PENDING_DEBUG_CAUSES  0x15000ull        /* RTM, BS, enabled breakpoint */
#define PENDING_DEBUG_PAYLOAD 0x1480full        /* RTM, BS, bus lock, B3 to B0 */

/* An event that reaches the guest makes it active; its delivery is a step. */
static void awaken(struct model_stay *stay)
{
	struct model_cpu *cpu = stay->cpu;

	*model_field(cpu, PKVM_VMCS_INDEX_GUEST_ACTIVITY_STATE) = PKVM_VMX_ACTIVITY_ACTIVE;
	stay->mtf_pending = model_has_cpu(cpu, PKVM_VMX_CPU_MONITOR_TRAP_FLAG);
}

bool model_give_event(struct model_stay *stay, uint32_t info, uint32_t error, uint32_t length,
		      bool injected)
{
	awaken(stay);
	return model_deliver(stay->cpu, info, error, length, injected, &stay->exit) ==
	       MODEL_STEP_EXIT;
}

enum model_boundary model_give(struct model_stay *stay, uint32_t info)
{
	if (model_give_event(stay, info | PKVM_VMX_INTR_INFO_VALID, 0, 0, false))
		return BOUNDARY_EXIT;
	return BOUNDARY_DELIVERED;
}

static enum model_boundary monitor_trap(struct model_stay *stay)
{
	if (!stay->mtf_pending)
		return BOUNDARY_NONE;
	return exit_with(stay, PKVM_VMX_REASON_MONITOR_TRAP_FLAG, 0);
}

static enum model_boundary debug_trap(struct model_stay *stay)
{
	struct model_cpu *cpu = stay->cpu;
	uint64_t *pending = model_field(cpu, PKVM_VMCS_INDEX_GUEST_PENDING_DBG_EXCEPTIONS);
	struct model_run run = {.cpu = cpu, .exit = &stay->exit};

	if (!(*pending & PENDING_DEBUG_CAUSES) || blocked(stay, PKVM_VMX_BLOCKING_BY_MOV_SS) ||
	    activity(stay) > PKVM_VMX_ACTIVITY_HLT)
		return BOUNDARY_NONE;
	(void)model_fault(&run, VECTOR_DB);
	run.event.payload = *pending & PENDING_DEBUG_PAYLOAD;
	*pending = 0;
	awaken(stay);
	return model_raise(&run, false) == MODEL_STEP_EXIT ? BOUNDARY_EXIT : BOUNDARY_DELIVERED;
}

static enum model_boundary preemption_timer(struct model_stay *stay)
{
	if (activity(stay) == PKVM_VMX_ACTIVITY_WAIT_FOR_SIPI || !model_timer_expired(stay))
		return BOUNDARY_NONE;
	return exit_with(stay, PKVM_VMX_REASON_PREEMPTION_TIMER, 0);
}

static enum model_boundary nmi_window(struct model_stay *stay)
{
	if (!model_has_cpu(stay->cpu, PKVM_VMX_CPU_NMI_WINDOW_EXITING) ||
	    blocked(stay, PKVM_VMX_BLOCKING_BY_NMI | PKVM_VMX_BLOCKING_BY_MOV_SS) ||
	    activity(stay) == PKVM_VMX_ACTIVITY_WAIT_FOR_SIPI)
		return BOUNDARY_NONE;
	return exit_with(stay, PKVM_VMX_REASON_NMI_WINDOW, 0);
}

static enum model_boundary nmi(struct model_stay *stay)
{
	struct model_cpu *cpu = stay->cpu;
	uint32_t by = PKVM_VMX_BLOCKING_BY_MOV_SS;

	if (!model_event_due(cpu, &cpu->nmi_pending, &cpu->nmi_at) ||
	    activity(stay) == PKVM_VMX_ACTIVITY_WAIT_FOR_SIPI)
		return BOUNDARY_NONE;
	/* With virtual NMIs the bit is about those, not about physical ones. */
	if (!model_has_pin(cpu, PKVM_VMX_PIN_VIRTUAL_NMIS))
		by |= PKVM_VMX_BLOCKING_BY_NMI;
	if (blocked(stay, by))
		return BOUNDARY_NONE;
	__atomic_store_n(&cpu->nmi_pending, 0, __ATOMIC_RELEASE);
	if (!model_has_pin(cpu, PKVM_VMX_PIN_NMI_EXITING))
		return model_give(stay, PKVM_VMX_INTR_TYPE_NMI | 2);
	return exit_with(stay, PKVM_VMX_REASON_EXCEPTION_OR_NMI,
			 PKVM_VMX_INTR_INFO_VALID | PKVM_VMX_INTR_TYPE_NMI | 2);
}

/*
 * Section "VM Exits Induced by the TPR Threshold": due right after VM entry, if
 * ever. Later only a write could lower VTPR, and TPR virtualization exits then.
 */
static enum model_boundary tpr_threshold(struct model_stay *stay)
{
	struct model_run run = {.cpu = stay->cpu};
	uint64_t threshold;

	if (!model_has_cpu(stay->cpu, PKVM_VMX_CPU_USE_TPR_SHADOW) ||
	    !model_has_cpu2(stay->cpu, PKVM_VMX_CPU2_VIRTUALIZE_APIC_ACCESSES) ||
	    model_has_cpu2(stay->cpu, PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS) ||
	    activity(stay) == PKVM_VMX_ACTIVITY_WAIT_FOR_SIPI)
		return BOUNDARY_NONE;
	threshold = *model_field(stay->cpu, PKVM_VMCS_INDEX_TPR_THRESHOLD) & 15;
	if (threshold <= (model_apic_read(&run, APIC_TPR) >> 4 & 15))
		return BOUNDARY_NONE;
	return exit_with(stay, PKVM_VMX_REASON_TPR_BELOW, 0);
}

static enum model_boundary due(struct model_stay *stay)
{
	enum model_boundary result = monitor_trap(stay);

	if (result == BOUNDARY_NONE)
		result = debug_trap(stay);
	if (result == BOUNDARY_NONE)
		result = preemption_timer(stay);
	if (result == BOUNDARY_NONE)
		result = nmi_window(stay);
	if (result == BOUNDARY_NONE)
		result = nmi(stay);
	if (result == BOUNDARY_NONE)
		result = tpr_threshold(stay);
	if (result == BOUNDARY_NONE)
		result = model_interrupt_due(stay);
	return result;
}

void model_run_guest(struct model_stay *stay)
{
	enum model_boundary result;
	enum model_step step;

	for (;;) {
		result = due(stay);
		if (result == BOUNDARY_EXIT)
			return;
		if (result == BOUNDARY_DELIVERED)
			continue;
		step = model_step(stay->cpu, &stay->exit);
		model_set_clock(stay->cpu, stay->cpu->instructions + 1);
		if (step == MODEL_STEP_EXIT)
			return;
		stay->mtf_pending = model_has_cpu(stay->cpu, PKVM_VMX_CPU_MONITOR_TRAP_FLAG);
	}
}
