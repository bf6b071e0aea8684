/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the files of the model's VM entry and VM exit share: the stay of one
 * processor in VMX non-root operation, from a VMLAUNCH or VMRESUME to the exit.
 *
 * Time. The model's clock is model_cpu.instructions: one tick an instruction.
 * An inactive guest executes none; its clock jumps to the next event.
 */
#ifndef PKVM_LIB_VMCS_MODEL_ENTER_H
#define PKVM_LIB_VMCS_MODEL_ENTER_H

#include "controls.h"
#include "model.h"

#define MODEL_NO_VMCS (~0ull)   /* current-VMCS pointer: none */

/* VMX-abort indicators (SDM section "VMX Aborts"). */
#define MODEL_ABORT_SAVING_GUEST_MSRS 1u
#define MODEL_ABORT_LOADING_HOST_MSRS 4u

/*
 * Fields that hold the guest's live values during the stay, whatever VM entry
 * was told to load and VM exit is told to save: what the VMCS said is kept.
 */
enum model_kept {
	MODEL_KEPT_CR0, MODEL_KEPT_DR7, MODEL_KEPT_DEBUGCTL, MODEL_KEPT_PAT,
	MODEL_KEPT_EFER, MODEL_KEPT_SYSENTER_CS, MODEL_KEPT_SYSENTER_ESP,
	MODEL_KEPT_SYSENTER_EIP,
	MODEL_NR_KEPT
};

struct model_stay {
	struct model_cpu *cpu;
	struct model_exit exit;
	uint64_t kept[MODEL_NR_KEPT];
	uint64_t rsp_slot;      /* the caller's, given back                      */
	uint64_t start;         /* clock at the entry                            */
	uint32_t timer;         /* VMX-preemption timer at the entry             */
	bool mtf_pending;       /* a monitor-trap-flag exit awaits the boundary  */
};

static inline uint64_t *model_field(struct model_cpu *cpu, enum pkvm_vmcs_index index)
{
	return &cpu->vmcs->value[index];
}

static inline bool model_has(const struct model_cpu *cpu, enum pkvm_vmcs_index controls,
			     uint32_t bits)
{
	return (cpu->vmcs->value[controls] & bits) == bits;
}

static inline bool model_has_pin(const struct model_cpu *cpu, uint32_t bits)
{
	return model_has(cpu, PKVM_VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL, bits);
}

static inline bool model_has_cpu(const struct model_cpu *cpu, uint32_t bits)
{
	return model_has(cpu, PKVM_VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL, bits);
}

static inline bool model_has_cpu2(const struct model_cpu *cpu, uint32_t bits)
{
	return model_has_cpu(cpu, PKVM_VMX_CPU_SECONDARY_CONTROLS) &&
	       model_has(cpu, PKVM_VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL, bits);
}

static inline bool model_has_entry(const struct model_cpu *cpu, uint32_t bits)
{
	return model_has(cpu, PKVM_VMCS_INDEX_VM_ENTRY_CONTROLS, bits);
}

static inline bool model_has_exit(const struct model_cpu *cpu, uint32_t bits)
{
	return model_has(cpu, PKVM_VMCS_INDEX_VM_EXIT_CONTROLS, bits);
}

/* model_vmcs.c: VMfail with a VM-instruction error; a physical address. */
int model_vmfail(struct model_cpu *cpu, int error);
bool model_pa_valid(const struct model_cpu *cpu, uint64_t pa, uint64_t alignment);

/* model_load.c: guest state as the entry and exit controls move it. */
void model_load_guest(struct model_stay *stay);
void model_save_guest(struct model_stay *stay);
void model_unload_guest(struct model_stay *stay);

/*
 * model_msr_area.c. The entry's load returns 0, or the number of the entry that
 * failed, counted from 1; the exit's two return whether all went well.
 */
uint32_t model_load_guest_msrs(struct model_cpu *cpu);
bool model_store_guest_msrs(struct model_cpu *cpu);
bool model_load_host_msrs(struct model_cpu *cpu);

/* model_timer.c: the clock of a stay, and events that are due by it. */
void model_set_clock(struct model_cpu *cpu, uint64_t now);
uint32_t model_event_due(const struct model_cpu *cpu, const uint32_t *pending,
			 const uint64_t *at);
uint32_t model_timer_value(const struct model_stay *stay);
bool model_timer_expired(const struct model_stay *stay);
bool model_let_time_pass(struct model_stay *stay);
bool model_stay_too_long(const struct model_stay *stay);

/* model_virtual_interrupt.c: virtual-interrupt delivery. */
void model_virtual_interrupt_entry(struct model_cpu *cpu);
bool model_virtual_interrupt_pending(struct model_cpu *cpu);
uint32_t model_virtual_interrupt_accept(struct model_cpu *cpu);

/*
 * model_boundary.c: events and instructions until there is an exit; one event
 * to the guest, true when its delivery came to an exit.
 */
void model_run_guest(struct model_stay *stay);
bool model_give_event(struct model_stay *stay, uint32_t info, uint32_t error, uint32_t length,
		      bool injected);

/* model_exit.c: the VM exit, and what a failed entry shares with it. */
void model_vm_exit(struct model_stay *stay);
void model_entry_failure(struct model_cpu *cpu, uint32_t reason, uint64_t qualification);

#endif
