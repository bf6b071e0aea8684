/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the files of the interpreter share: the run of one instruction or event,
 * access to VMCS fields, registers and guest memory, faults and exits.
 *
 * No TLB and no paging-structure cache is modelled: the SDM lets a processor
 * drop cached translations at any time (section "Caching Translation
 * Information"), so a walk at every access is one of its behaviours. Neither
 * are data and instruction breakpoints, alignment checks, virtual-8086 mode,
 * #VE and advanced EPT-violation information.
 */
#ifndef PKVM_LIB_VMCS_MODEL_ACCESS_H
#define PKVM_LIB_VMCS_MODEL_ACCESS_H

#include "model.h"
#include "model_decode.h"
#include "model_exec_bits.h"

/* What an access, a check or an instruction came to. */
enum model_result {
	MODEL_OK,
	MODEL_FAULT,            /* run->event is to be delivered                 */
	MODEL_EXIT,             /* *run->exit is filled                          */
};

/* An exception or interrupt on its way through the IDT. */
struct model_event {
	uint32_t info;          /* interruption-information format               */
	uint32_t error;
	uint32_t length;        /* of the instruction, software events only      */
	uint64_t payload;       /* #PF: linear address; #DB: bits for DR6        */
};

/* One segment register, its hidden part included. */
struct model_segment {
	uint32_t selector;
	uint32_t limit;
	uint32_t ar;
	uint64_t base;
};

/* In the order of the VMCS and of the instruction encoding. */
enum model_segment_index {
	MODEL_ES, MODEL_CS, MODEL_SS, MODEL_DS, MODEL_FS, MODEL_GS,
	MODEL_LDTR, MODEL_TR,
};

/* The execution of one instruction, or the delivery of one event. */
struct model_run {
	struct model_cpu *cpu;
	struct model_exit *exit;
	struct model_insn insn;
	struct model_event event;       /* set with MODEL_FAULT                  */
	uint64_t next_rip;
	uint32_t shadow;                /* blocking that the instruction sets    */
	uint32_t trap_reason;           /* exit right after the instruction      */
	uint64_t trap_qualification;
	uint64_t linear;                /* being translated                      */
	bool linear_valid;              /* false: PDPTEs of MOV CR               */
	bool delivering;                /* an event is going through the IDT     */
	bool injected;                  /* by VM entry                           */
	bool nmi_unblocked;             /* by this IRET                          */
	bool keep_rf;                   /* IRET loaded RF                        */
	bool repeating;                 /* REP: RIP stays, the insn is not over  */
};

#define MODEL_FIELD(run, NAME) ((run)->cpu->vmcs->value[PKVM_VMCS_INDEX_##NAME])
#define MODEL_GPR(run, n)      ((run)->cpu->regs->gpr[n])

/* The XMM registers of the calling CPU, 0 to 15, low word first: 32 words. */
uint64_t *pkvm_model_xmm(void);

/* Accesses: the bits of EPT entries and of the exit qualification, and one more. */
#define MODEL_READ    1u
#define MODEL_WRITE   2u
#define MODEL_FETCH   4u
#define MODEL_SYSTEM  8u        /* implicit supervisor-mode access               */

/* model_decode.c: fetches and decodes the instruction at CS:RIP into run->insn */
enum model_result model_decode(struct model_run *run);

/* model_exec.c: facts about the guest's state */
bool model_long_mode(const struct model_run *run);      /* IA32_EFER.LMA         */
bool model_64bit(const struct model_run *run);          /* 64-bit mode           */
bool model_protected(const struct model_run *run);      /* CR0.PE                */
unsigned int model_cpl(const struct model_run *run);
bool model_pin(const struct model_run *run, uint32_t control);
bool model_proc(const struct model_run *run, uint32_t control);
bool model_proc2(const struct model_run *run, uint32_t control);
bool model_canonical(const struct model_run *run, uint64_t address);
uint64_t model_mask(unsigned int bytes);                /* low bytes set         */

/* model_event.c: the ways to stop */
enum model_result model_fault(struct model_run *run, unsigned int vector);
enum model_result model_fault_code(struct model_run *run, unsigned int vector, uint32_t error);
enum model_result model_exit_insn(struct model_run *run, uint32_t reason,
				  uint64_t qualification);
enum model_step model_raise(struct model_run *run, bool injected);

/* model_event_gate.c: one event through the IVT or IDT */
enum model_result model_enter_handler(struct model_run *run, const struct model_event *event);

/* model_event_gate.c too: what the gates of each kind share */
bool model_event_is_software(const struct model_event *event);
uint32_t model_event_ext(const struct model_event *event);
uint64_t model_event_rip(const struct model_run *run, const struct model_event *event);
uint64_t model_event_flags(const struct model_run *run, const struct model_event *event);
enum model_result model_event_code(struct model_run *run, uint32_t selector, uint32_t ext,
				   struct model_segment *cs, unsigned int *cpl);
void model_event_enter(struct model_run *run, const struct model_segment *cs, unsigned int cpl,
		       uint64_t rip, bool interrupt_gate);

/* model_event_legacy.c, model_event_long.c: through a gate of each kind */
enum model_result model_gate_legacy(struct model_run *run, const struct model_event *event);
enum model_result model_gate_long(struct model_run *run, const struct model_event *event);

/* model_ept.c: guest-physical to physical */
enum model_result model_guest_physical(struct model_run *run, uint64_t gpa, unsigned int access,
				       bool walking, uint64_t *pa);
enum model_result model_guest_load(struct model_run *run, uint64_t gpa, unsigned int size,
				   uint64_t *value);
enum model_result model_guest_store(struct model_run *run, uint64_t gpa, unsigned int size,
				    uint64_t value);

/* model_physical.c: physical memory; 1 to 8 bytes of one page */
uint64_t model_load(uint64_t pa, unsigned int size);
void model_store(uint64_t pa, unsigned int size, uint64_t value);

/* model_paging.c: linear to physical */
enum model_result model_translate(struct model_run *run, uint64_t linear, unsigned int access,
				  uint64_t *pa);
enum model_result model_load_pdptes(struct model_run *run, uint64_t cr0, uint64_t cr3,
				    uint64_t cr4);

/* model_memory.c: memory by linear address and by segment; at most 8 bytes */
enum model_result model_read(struct model_run *run, uint64_t linear, unsigned int size,
			     unsigned int access, uint64_t *value);
enum model_result model_write(struct model_run *run, uint64_t linear, unsigned int size,
			      unsigned int access, uint64_t value);
enum model_result model_linear(struct model_run *run, enum model_segment_index index,
			       const struct model_segment *segment, uint64_t offset,
			       unsigned int size, unsigned int access, uint64_t *linear);
enum model_result model_push(struct model_run *run, unsigned int size, uint64_t value);
enum model_result model_pop(struct model_run *run, unsigned int size, unsigned int depth,
			    uint64_t *value);
void model_add_rsp(struct model_run *run, int64_t bytes);

/* model_exec_operand.c: operands of the decoded instruction */
uint64_t model_effective(const struct model_run *run);
enum model_segment_index model_operand_segment(const struct model_run *run);
enum model_result model_operand_read(struct model_run *run, uint64_t *value);
enum model_result model_operand_write(struct model_run *run, uint64_t value);
uint64_t model_reg_read(const struct model_run *run, unsigned int reg, unsigned int size);
void model_reg_write(struct model_run *run, unsigned int reg, unsigned int size,
		     uint64_t value);
uint32_t model_instruction_info(const struct model_run *run);

/* model_exec_segment.c: segment registers and descriptors */
struct model_segment model_get_segment(const struct model_run *run,
				       enum model_segment_index index);
void model_set_segment(struct model_run *run, enum model_segment_index index,
		       const struct model_segment *segment);
enum model_result model_descriptor(struct model_run *run, uint32_t selector,
				   unsigned int vector, uint32_t ext,
				   struct model_segment *segment);
enum model_result model_accessed(struct model_run *run, const struct model_segment *segment);
enum model_result model_load_data(struct model_run *run, enum model_segment_index index,
				  uint32_t selector);
enum model_result model_load_stack(struct model_run *run, uint32_t selector, unsigned int cpl,
				   unsigned int vector, uint32_t ext,
				   struct model_segment *segment);
void model_real_segment(struct model_run *run, enum model_segment_index index,
			uint32_t selector);

/* model_exec_apic.c: the virtual-APIC page */
uint32_t model_apic_read(const struct model_run *run, unsigned int offset);
void model_apic_write(struct model_run *run, unsigned int offset, uint32_t value);
void model_tpr_virtualization(struct model_run *run, uint32_t tpr);
void model_eoi_virtualization(struct model_run *run);
void model_self_ipi_virtualization(struct model_run *run, unsigned int vector);
enum model_result model_apic_access(struct model_run *run, uint64_t pa, unsigned int size,
				    unsigned int access, uint64_t *value, bool *done);

/* model_exec_move.c, model_exec_return.c, model_exec_dr.c */
uint64_t model_writable_flags(const struct model_run *run, unsigned int cpl);
enum model_result model_far_return(struct model_run *run);
enum model_result model_interrupt_return(struct model_run *run);
enum model_result model_mov_dr(struct model_run *run);

/* One function a topic: executes the decoded instruction. */
enum model_result model_exec_move(struct model_run *run);
enum model_result model_exec_flow(struct model_run *run);
enum model_result model_exec_io(struct model_run *run);
enum model_result model_exec_msr(struct model_run *run);
enum model_result model_exec_cr(struct model_run *run);
enum model_result model_exec_table(struct model_run *run);
enum model_result model_exec_system(struct model_run *run);

#endif
