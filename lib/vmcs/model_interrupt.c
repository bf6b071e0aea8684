/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Maskable interrupts at the model's instruction boundary: interrupt window,
 * virtual interrupts, external interrupts, and the physical machine's own.
 *
 * Two interrupts are the physical machine's own: the one that another CPU sends
 * to make this one leave the guest, and the timer tick that bounds every stay.
 * Where the guest's controls or its activity state would not let them end the
 * stay, an INIT signal comes instead, or a SIPI to a processor that waits for it.
 */
#include "model_boundary.h"
#include "model_exec_bits.h"

#define KICK_VECTOR 0xfdu
#define TICK_VECTOR 0xecu

/* Maskable interrupts are open: neither RFLAGS.IF nor a shadow is in the way. */
static bool interrupts_open(const struct model_stay *stay)
{
	return (stay->cpu->vmcs->value[PKVM_VMCS_INDEX_GUEST_RFLAGS] & RFLAGS_IF) &&
	       !blocked(stay, BLOCKING_BY_SHADOW) && activity(stay) <= PKVM_VMX_ACTIVITY_HLT;
}

/* Interrupt-window exiting, else virtual-interrupt delivery: one priority. */
static enum model_boundary interrupt_window(struct model_stay *stay)
{
	uint32_t vector;

	if (!interrupts_open(stay))
		return BOUNDARY_NONE;
	if (model_has_cpu(stay->cpu, PKVM_VMX_CPU_INTERRUPT_WINDOW_EXITING))
		return exit_with(stay, PKVM_VMX_REASON_INTERRUPT_WINDOW, 0);
	if (!model_virtual_interrupt_pending(stay->cpu))
		return BOUNDARY_NONE;
	vector = model_virtual_interrupt_accept(stay->cpu);
	return model_give(stay, PKVM_VMX_INTR_TYPE_EXTERNAL | vector);
}

/* Without "acknowledge interrupt on exit" it stays pending, for the host to take. */
static enum model_boundary interrupt_exit(struct model_stay *stay, uint32_t vector)
{
	const bool acknowledge = model_has_exit(stay->cpu, PKVM_VMX_EXIT_ACK_INTERRUPT);

	return exit_with(stay, PKVM_VMX_REASON_EXTERNAL_INTERRUPT,
			 acknowledge ? PKVM_VMX_INTR_INFO_VALID | vector : 0);
}

static void acknowledge_interrupt(struct model_cpu *cpu)
{
	__atomic_store_n(&cpu->irq_pending, 0, __ATOMIC_RELEASE);
}

static enum model_boundary external_interrupt(struct model_stay *stay)
{
	struct model_cpu *cpu = stay->cpu;
	const uint32_t pending = model_event_due(cpu, &cpu->irq_pending, &cpu->irq_at);

	if (!pending)
		return BOUNDARY_NONE;
	if (model_has_pin(cpu, PKVM_VMX_PIN_EXTERNAL_INTERRUPT_EXITING)) {
		/* RFLAGS.IF does not block it then; the shadows do. */
		if (blocked(stay, BLOCKING_BY_SHADOW) || activity(stay) > PKVM_VMX_ACTIVITY_HLT)
			return BOUNDARY_NONE;
		if (model_has_exit(cpu, PKVM_VMX_EXIT_ACK_INTERRUPT))
			acknowledge_interrupt(cpu);
		return interrupt_exit(stay, pending - 1);
	}
	if (!interrupts_open(stay))
		return BOUNDARY_NONE;
	acknowledge_interrupt(cpu);
	return model_give(stay, PKVM_VMX_INTR_TYPE_EXTERNAL | (pending - 1));
}

static enum model_boundary machine_interrupt(struct model_stay *stay, uint32_t vector)
{
	if (activity(stay) == PKVM_VMX_ACTIVITY_WAIT_FOR_SIPI)
		return exit_with(stay, PKVM_VMX_REASON_SIPI, 0);
	if (activity(stay) == PKVM_VMX_ACTIVITY_SHUTDOWN ||
	    !model_has_pin(stay->cpu, PKVM_VMX_PIN_EXTERNAL_INTERRUPT_EXITING))
		return exit_with(stay, PKVM_VMX_REASON_INIT, 0);
	return interrupt_exit(stay, vector);
}

/* Another CPU asks for it at any moment; what it wrote before is visible after. */
static enum model_boundary kick(struct model_stay *stay)
{
	uint32_t *kicked = &stay->cpu->kicked;

	if (!__atomic_load_n(kicked, __ATOMIC_RELAXED) || blocked(stay, BLOCKING_BY_SHADOW))
		return BOUNDARY_NONE;
	(void)__atomic_exchange_n(kicked, 0, __ATOMIC_ACQ_REL);
	return machine_interrupt(stay, KICK_VECTOR);
}

static enum model_boundary tick(struct model_stay *stay)
{
	if (model_stay_too_long(stay))
		return machine_interrupt(stay, TICK_VECTOR);
	if (activity(stay) == PKVM_VMX_ACTIVITY_ACTIVE)
		return BOUNDARY_NONE;
	/* Nothing to execute: on to the next event. */
	if (model_let_time_pass(stay))
		return BOUNDARY_DELIVERED;
	return machine_interrupt(stay, TICK_VECTOR);
}

enum model_boundary model_interrupt_due(struct model_stay *stay)
{
	enum model_boundary result = interrupt_window(stay);

	if (result == BOUNDARY_NONE)
		result = external_interrupt(stay);
	if (result == BOUNDARY_NONE)
		result = kick(stay);
	if (result == BOUNDARY_NONE)
		result = tick(stay);
	return result;
}
