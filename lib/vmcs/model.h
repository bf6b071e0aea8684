/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model engine's own view: one modelled logical processor and the layout of
 * its VMCS in memory. Shared by the model_*.c files and by the machine that
 * owns the processors; the core never includes this file.
 */
#ifndef PKVM_LIB_VMCS_MODEL_H
#define PKVM_LIB_VMCS_MODEL_H

#include "vmcs.h"

struct pkvm_vmcs_rule;

/*
 * A VMCS region as this processor lays it out. The first two words are the
 * SDM's (section "Format of the VMCS Region"); the rest is ours to choose. The
 * guest's registers live in value[] while the guest runs: the processor's copy
 * and the region are one, which the SDM allows.
 */
struct model_vmcs {
	uint32_t revision;      /* bit 31: shadow VMCS indicator                 */
	uint32_t abort;
	uint32_t launched;      /* 0 clear, 1 launched                           */
	uint32_t active_cpu;    /* 0 inactive, else number of the CPU + 1        */
	uint64_t value[PKVM_VMCS_NR_FIELDS];
};

/* One logical processor. The machine fills caps and the events, zero is off. */
struct model_cpu {
	struct pkvm_vmx_caps caps;
	uint64_t vmxon_pa;              /* 0: VMX operation off                  */
	uint64_t current_pa;            /* ~0: no current VMCS                   */
	struct model_vmcs *vmcs;        /* the current one, mapped               */
	struct pkvm_guest_regs *regs;   /* in VMX non-root operation only; here  */
	                                /* the RSP slot is live                  */
	uint64_t exits;                 /* VM exits so far                       */
	uint64_t instructions;          /* guest instructions executed so far    */

	/*
	 * Physical events, raised by the machine: an external interrupt
	 * (vector + 1, 0 none) becomes pending once `instructions` reaches
	 * irq_at; an NMI likewise.
	 */
	uint32_t irq_pending;
	uint64_t irq_at;
	uint32_t nmi_pending;
	uint64_t nmi_at;
	uint32_t kicked;                /* another CPU asks for an exit          */

	/* Entries that a broken rule refused, and the last one's (check.h). */
	uint64_t refused;
	const struct pkvm_vmcs_rule *refused_by;
};

/* The calling CPU's processor. The machine owns them. */
struct model_cpu *pkvm_model_cpu(void);

/*
 * model_msr_area.c: the VMCS field that holds an MSR while the guest runs (NULL:
 * the physical MSR is the guest's), and a write there of a value that WRMSR
 * accepts; false: the processor does not.
 */
uint64_t *model_msr_field(struct model_cpu *cpu, uint32_t index);
bool model_write_msr(struct model_cpu *cpu, uint32_t index, uint64_t value);

/* Why the interpreter stopped. Only what the exit reason defines is set. */
struct model_exit {
	uint32_t reason;                /* basic exit reason                     */
	uint64_t qualification;
	uint64_t guest_linear;
	uint64_t guest_physical;
	uint32_t instruction_length;
	uint32_t instruction_info;
	uint32_t interruption_info;
	uint32_t interruption_error;
	uint64_t io_rcx, io_rsi, io_rdi, io_rip;
};

enum model_step {
	MODEL_STEP_NEXT,        /* executed (or an event was delivered)          */
	MODEL_STEP_EXIT,        /* *exit says why; guest state is the exit's     */
};

/*
 * Executes one guest instruction at CS:RIP, faults and their delivery through
 * the guest's IDT included (interpreter; model_exec.c).
 */
enum model_step model_step(struct model_cpu *cpu, struct model_exit *exit);

/*
 * Delivers an event as hardware would: through the IDT in guest memory, with
 * nested faults, double and triple fault. The information has the format of
 * the VM-entry interruption-information field; length is for software events.
 * injected: the event comes from VM entry, so that an exit during its delivery
 * reports it as IDT-vectoring information (model_event.c).
 */
enum model_step model_deliver(struct model_cpu *cpu, uint32_t info, uint32_t error,
			      uint32_t length, bool injected, struct model_exit *exit);

#endif
