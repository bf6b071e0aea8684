/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Executes one guest instruction: decodes it, hands it to its topic, and does
 * what every instruction does at its end.
 *
 * SDM: chapter "VMX Non-Root Operation".
 */
#include "model_access.h"

_Static_assert(
	PKVM_VMCS_INDEX_GUEST_TR_SELECTOR == PKVM_VMCS_INDEX_GUEST_ES_SELECTOR + MODEL_TR &&
		PKVM_VMCS_INDEX_GUEST_TR_LIMIT == PKVM_VMCS_INDEX_GUEST_ES_LIMIT + MODEL_TR &&
		PKVM_VMCS_INDEX_GUEST_TR_AR_BYTES ==
			PKVM_VMCS_INDEX_GUEST_ES_AR_BYTES + MODEL_TR &&
		PKVM_VMCS_INDEX_GUEST_TR_BASE == PKVM_VMCS_INDEX_GUEST_ES_BASE + MODEL_TR,
	"segment registers follow each other in the VMCS as in enum model_segment_index");

bool model_protected(const struct model_run *run)
{
	return MODEL_FIELD(run, GUEST_CR0) & CR0_PE;
}

bool model_long_mode(const struct model_run *run)
{
	return MODEL_FIELD(run, GUEST_IA32_EFER) & EFER_LMA;
}

bool model_64bit(const struct model_run *run)
{
	return model_long_mode(run) && (MODEL_FIELD(run, GUEST_CS_AR_BYTES) & AR_L);
}

unsigned int model_cpl(const struct model_run *run)
{
	if (!model_protected(run))
		return 0;
	return (unsigned int)(MODEL_FIELD(run, GUEST_SS_AR_BYTES) >> 5 & 3);
}

bool model_pin(const struct model_run *run, uint32_t control)
{
	return MODEL_FIELD(run, PIN_BASED_VM_EXEC_CONTROL) & control;
}

bool model_proc(const struct model_run *run, uint32_t control)
{
	return MODEL_FIELD(run, CPU_BASED_VM_EXEC_CONTROL) & control;
}

bool model_proc2(const struct model_run *run, uint32_t control)
{
	return model_proc(run, PKVM_VMX_CPU_SECONDARY_CONTROLS) &&
	       (MODEL_FIELD(run, SECONDARY_VM_EXEC_CONTROL) & control);
}

/* By the width of linear addresses that the paging mode gives. */
bool model_canonical(const struct model_run *run, uint64_t address)
{
	unsigned int width = MODEL_FIELD(run, GUEST_CR4) & CR4_LA57 ? 57 : 48;
	uint64_t top = address >> (width - 1);

	return top == 0 || top == ~0ull >> (width - 1);
}

uint64_t model_mask(unsigned int bytes)
{
	return bytes >= 8 ? ~0ull : (1ull << (8 * bytes)) - 1;
}

static enum model_result execute(struct model_run *run)
{
	uint8_t op = run->insn.op;

	if (op <= MODEL_OP_LAST_MOVE)
		return model_exec_move(run);
	if (op <= MODEL_OP_LAST_FLOW)
		return model_exec_flow(run);
	if (op <= MODEL_OP_LAST_IO)
		return model_exec_io(run);
	if (op <= MODEL_OP_LAST_MSR)
		return model_exec_msr(run);
	if (op <= MODEL_OP_LAST_CR)
		return model_exec_cr(run);
	if (op <= MODEL_OP_LAST_TABLE)
		return model_exec_table(run);
	return model_exec_system(run);
}

/* Single-step trap: delivered, or pending while MOV SS holds it back or an exit comes first. */
static enum model_step single_step(struct model_run *run, bool exits)
{
	if (exits || run->shadow == PKVM_VMX_BLOCKING_BY_MOV_SS) {
		MODEL_FIELD(run, GUEST_PENDING_DBG_EXCEPTIONS) |= DR6_BS;
		return exits ? MODEL_STEP_EXIT : MODEL_STEP_NEXT;
	}
	(void)model_fault(run, VECTOR_DB);
	run->event.payload = DR6_BS;
	return model_raise(run, false);
}

static enum model_step completed(struct model_run *run, bool stepping)
{
	uint64_t *blocking = &MODEL_FIELD(run, GUEST_INTERRUPTIBILITY_INFO);
	bool exits = run->trap_reason;

	if (!run->repeating) {
		MODEL_FIELD(run, GUEST_RIP) = run->next_rip;
		if (!run->keep_rf)
			MODEL_FIELD(run, GUEST_RFLAGS) &= ~RFLAGS_RF;
	}
	*blocking &= ~(uint64_t)(PKVM_VMX_BLOCKING_BY_STI | PKVM_VMX_BLOCKING_BY_MOV_SS);
	*blocking |= run->shadow;
	if (exits)
		*run->exit = (struct model_exit){
			.reason = run->trap_reason,
			.qualification = run->trap_qualification,
		};
	if (stepping)
		return single_step(run, exits);
	return exits ? MODEL_STEP_EXIT : MODEL_STEP_NEXT;
}

/* Exits that interrupt a memory access save RFLAGS.RF as 1, like a fault; others as 0. */
static enum model_step exited(struct model_run *run)
{
	switch (run->exit->reason) {
	case PKVM_VMX_REASON_APIC_ACCESS:
	case PKVM_VMX_REASON_EPT_VIOLATION:
	case PKVM_VMX_REASON_EPT_MISCONFIG:
		MODEL_FIELD(run, GUEST_RFLAGS) |= RFLAGS_RF;
		break;
	default:
		MODEL_FIELD(run, GUEST_RFLAGS) &= ~RFLAGS_RF;
		break;
	}
	return MODEL_STEP_EXIT;
}

enum model_step model_step(struct model_cpu *cpu, struct model_exit *exit)
{
	struct model_run run = {.cpu = cpu, .exit = exit};
	bool stepping = MODEL_FIELD(&run, GUEST_RFLAGS) & RFLAGS_TF;
	enum model_result result;

	MODEL_FIELD(&run, IDT_VECTORING_INFO_FIELD) = 0;
	MODEL_FIELD(&run, IDT_VECTORING_ERROR_CODE) = 0;
	result = model_decode(&run);
	if (result == MODEL_OK) {
		run.next_rip = MODEL_FIELD(&run, GUEST_RIP) + run.insn.length;
		if (!model_64bit(&run))
			run.next_rip &= 0xffffffffull;
		result = execute(&run);
	}
	switch (result) {
	case MODEL_FAULT:
		return model_raise(&run, false);
	case MODEL_EXIT:
		return exited(&run);
	case MODEL_OK:
		break;
	}
	return completed(&run, stepping);
}
