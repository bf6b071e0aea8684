/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * System instructions: those that always exit, those that exit by a control,
 * and what the others do.
 *
 * SDM: sections "Relative Priority of Faults and VM Exits", "Instructions That
 * Cause VM Exits Unconditionally", "Instructions That Cause VM Exits
 * Conditionally".
 */
#include "model_access.h"

static enum model_result gp(struct model_run *run)
{
	return model_fault_code(run, VECTOR_GP, 0);
}

/* Privileged; exits by a control, else does nothing that the model keeps. */
static enum model_result exit_or_nothing(struct model_run *run, bool exits, uint32_t reason)
{
	if (model_cpl(run))
		return gp(run);
	return exits ? model_exit_insn(run, reason, 0) : MODEL_OK;
}

static enum model_result hlt(struct model_run *run)
{
	if (model_cpl(run))
		return gp(run);
	if (model_proc(run, PKVM_VMX_CPU_HLT_EXITING))
		return model_exit_insn(run, PKVM_VMX_REASON_HLT, 0);
	MODEL_FIELD(run, GUEST_ACTIVITY_STATE) = PKVM_VMX_ACTIVITY_HLT;
	return MODEL_OK;
}

/* STI blocks for one instruction when it changes IF from 0 to 1. */
static enum model_result cli_sti(struct model_run *run)
{
	uint64_t *rflags = &MODEL_FIELD(run, GUEST_RFLAGS);

	if (model_cpl(run) > (*rflags >> 12 & 3))
		return gp(run);
	if (run->insn.op == MODEL_OP_CLI) {
		*rflags &= ~RFLAGS_IF;
		return MODEL_OK;
	}
	if (!(*rflags & RFLAGS_IF))
		run->shadow = PKVM_VMX_BLOCKING_BY_STI;
	*rflags |= RFLAGS_IF;
	return MODEL_OK;
}

static enum model_result invlpg(struct model_run *run)
{
	uint64_t linear = model_effective(run);

	if (model_cpl(run))
		return gp(run);
	if (!model_64bit(run))
		linear = (linear + model_get_segment(run, model_operand_segment(run)).base) &
			 0xffffffff;
	if (model_proc(run, PKVM_VMX_CPU_INVLPG_EXITING))
		return model_exit_insn(run, PKVM_VMX_REASON_INVLPG, linear);
	return MODEL_OK;
}

/* Exits of instructions with a memory operand tell its displacement. */
static enum model_result operand_exit(struct model_run *run, uint32_t reason)
{
	uint64_t qualification = run->insn.displacement;

	if (run->insn.rip_relative)
		qualification += MODEL_FIELD(run, GUEST_RIP) + run->insn.length;
	(void)model_exit_insn(run, reason, run->insn.memory ? qualification : 0);
	run->exit->instruction_info = model_instruction_info(run);
	return MODEL_EXIT;
}

static enum model_result invpcid(struct model_run *run)
{
	if (!model_proc2(run, PKVM_VMX_CPU2_ENABLE_INVPCID))
		return model_fault(run, VECTOR_UD);
	if (model_cpl(run))
		return gp(run);
	if (!model_proc(run, PKVM_VMX_CPU_INVLPG_EXITING))
		return MODEL_OK;
	(void)operand_exit(run, PKVM_VMX_REASON_INVPCID);
	run->exit->instruction_info |= (uint32_t)run->insn.reg << 28;
	return MODEL_EXIT;
}

/* VMX instructions but VMCALL need protected mode, and not compatibility mode. */
static enum model_result vmx(struct model_run *run)
{
	uint32_t reason = run->insn.detail;

	if (!model_protected(run) || (model_long_mode(run) && !model_64bit(run)))
		return model_fault(run, VECTOR_UD);
	if (reason == PKVM_VMX_REASON_VMXON &&
	    !(MODEL_FIELD(run, CR4_READ_SHADOW) & MODEL_FIELD(run, CR4_GUEST_HOST_MASK) &
	      CR4_VMXE) &&
	    !(MODEL_FIELD(run, GUEST_CR4) & CR4_VMXE))
		return model_fault(run, VECTOR_UD);
	switch (reason) {
	case PKVM_VMX_REASON_VMLAUNCH:
	case PKVM_VMX_REASON_VMRESUME:
	case PKVM_VMX_REASON_VMXOFF:
		return model_exit_insn(run, reason, 0);
	case PKVM_VMX_REASON_VMREAD:
	case PKVM_VMX_REASON_VMWRITE:
	case PKVM_VMX_REASON_INVEPT:
	case PKVM_VMX_REASON_INVVPID:
		(void)operand_exit(run, reason);
		run->exit->instruction_info |= (uint32_t)run->insn.reg << 28;
		return MODEL_EXIT;
	default:
		return operand_exit(run, reason);
	}
}

/* MONITOR is not remembered: MWAIT never finds an armed address range. */
static enum model_result monitor_mwait(struct model_run *run)
{
	bool monitor = run->insn.op == MODEL_OP_MONITOR;

	if (model_cpl(run))
		return model_fault(run, VECTOR_UD);
	if (model_reg_read(run, PKVM_GPR_RCX, 4) & (monitor ? ~0ull : ~1ull))
		return gp(run);
	if (monitor && model_proc(run, PKVM_VMX_CPU_MONITOR_EXITING))
		return model_exit_insn(run, PKVM_VMX_REASON_MONITOR, 0);
	if (!monitor && model_proc(run, PKVM_VMX_CPU_MWAIT_EXITING))
		return model_exit_insn(run, PKVM_VMX_REASON_MWAIT, 0);
	return MODEL_OK;
}

static enum model_result by_feature(struct model_run *run)
{
	uint64_t cr4 = MODEL_FIELD(run, GUEST_CR4);

	switch (run->insn.op) {
	case MODEL_OP_XSETBV:
		if (!(cr4 & CR4_OSXSAVE))
			return model_fault(run, VECTOR_UD);
		return exit_or_nothing(run, true, PKVM_VMX_REASON_XSETBV);
	case MODEL_OP_GETSEC:
		if (!(cr4 & CR4_SMXE))
			return model_fault(run, VECTOR_UD);
		return model_exit_insn(run, PKVM_VMX_REASON_GETSEC, 0);
	default: /* VMFUNC: the model offers no VM function */
		if (!model_proc2(run, PKVM_VMX_CPU2_ENABLE_VMFUNC) ||
		    model_reg_read(run, PKVM_GPR_RAX, 4) > 63)
			return model_fault(run, VECTOR_UD);
		return model_exit_insn(run, PKVM_VMX_REASON_VMFUNC, 0);
	}
}

enum model_result model_exec_system(struct model_run *run)
{
	switch (run->insn.op) {
	case MODEL_OP_HLT:
		return hlt(run);
	case MODEL_OP_STI:
	case MODEL_OP_CLI:
		return cli_sti(run);
	case MODEL_OP_PAUSE:
		if (model_proc(run, PKVM_VMX_CPU_PAUSE_EXITING))
			return model_exit_insn(run, PKVM_VMX_REASON_PAUSE, 0);
		return MODEL_OK;
	case MODEL_OP_CPUID:
		return model_exit_insn(run, PKVM_VMX_REASON_CPUID, 0);
	case MODEL_OP_VMCALL:
		return model_exit_insn(run, PKVM_VMX_REASON_VMCALL, 0);
	case MODEL_OP_VMX:
		return vmx(run);
	case MODEL_OP_INVLPG:
		return invlpg(run);
	case MODEL_OP_INVPCID:
		return invpcid(run);
	case MODEL_OP_INVD:
		return exit_or_nothing(run, true, PKVM_VMX_REASON_INVD);
	case MODEL_OP_WBINVD:
		return exit_or_nothing(run, model_proc2(run, PKVM_VMX_CPU2_WBINVD_EXITING),
				       PKVM_VMX_REASON_WBINVD);
	case MODEL_OP_MONITOR:
	case MODEL_OP_MWAIT:
		return monitor_mwait(run);
	default:
		return by_feature(run);
	}
}
