/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Control registers: guest/host masks and read shadows, CR3 targets, CR8 as
 * TPR, and what a new value does to the mode.
 *
 * SDM: sections "Guest/Host Masks and Read Shadows for CR0 and CR4", "MOV - Move
 * to/from Control Registers"; table "Exit Qualification for Control-Register
 * Accesses".
 */
#include "model_access.h"
#include "../platform.h"

#define ACCESS_TO    0u
#define ACCESS_FROM  1u
#define ACCESS_CLTS  2u
#define ACCESS_LMSW  3u

static enum model_result gp(struct model_run *run)
{
	return model_fault_code(run, VECTOR_GP, 0);
}

static enum model_result cr_exit(struct model_run *run, unsigned int cr, unsigned int access)
{
	uint64_t qualification = cr | access << 4;

	if (access <= ACCESS_FROM)
		qualification |= (uint64_t)run->insn.rm << 8;
	return model_exit_insn(run, PKVM_VMX_REASON_CR_ACCESS, qualification);
}

/* What VMX operation demands, of the bits that the guest owns. */
static bool fixed_bits_hold(uint64_t value, uint64_t owned, uint64_t fixed0, uint64_t fixed1)
{
	return !((value & ~fixed1) & owned) && !((~value & fixed0) & owned);
}

static bool cr0_valid(const struct model_run *run, uint64_t value, uint64_t owned)
{
	const struct pkvm_vmx_caps *caps = &run->cpu->caps;
	uint64_t fixed0 = caps->cr0_fixed0, efer = MODEL_FIELD(run, GUEST_IA32_EFER);
	uint64_t cr4 = MODEL_FIELD(run, GUEST_CR4);
	bool enables = (value & CR0_PG) && !(MODEL_FIELD(run, GUEST_CR0) & CR0_PG);

	if (model_proc2(run, PKVM_VMX_CPU2_UNRESTRICTED_GUEST))
		fixed0 &= ~(CR0_PE | CR0_PG);
	if (!fixed_bits_hold(value, owned, fixed0, caps->cr0_fixed1))
		return false;
	if (((value & CR0_PG) && !(value & CR0_PE)) || ((value & CR0_NW) && !(value & CR0_CD)))
		return false;
	if (enables && (efer & EFER_LME) &&
	    (!(cr4 & CR4_PAE) || (MODEL_FIELD(run, GUEST_CS_AR_BYTES) & AR_L)))
		return false;
	return (value & CR0_PG) || !(model_64bit(run) || (cr4 & CR4_PCIDE));
}

/* The register takes the value, IA32_EFER.LMA and the PDPTEs follow. */
static enum model_result set_cr0(struct model_run *run, uint64_t value)
{
	uint64_t mask = MODEL_FIELD(run, CR0_GUEST_HOST_MASK),
		 old = MODEL_FIELD(run, GUEST_CR0);
	uint64_t *efer = &MODEL_FIELD(run, GUEST_IA32_EFER), old_efer = *efer;
	uint64_t paging = CR0_PG | CR0_CD | CR0_NW;
	enum model_result result = MODEL_OK;

	value = (value & ~mask) | (old & mask) | CR0_ET;
	if (value >> 32 || !cr0_valid(run, value, ~mask))
		return gp(run);
	if ((value & CR0_PG) && (*efer & EFER_LME))
		*efer |= EFER_LMA;
	else
		*efer &= ~EFER_LMA;
	if ((old ^ value) & paging)
		result = model_load_pdptes(run, value, MODEL_FIELD(run, GUEST_CR3),
					   MODEL_FIELD(run, GUEST_CR4));
	if (result == MODEL_OK)
		MODEL_FIELD(run, GUEST_CR0) = value;
	else
		*efer = old_efer;
	return result;
}

static enum model_result mov_to_cr0(struct model_run *run, uint64_t value)
{
	uint64_t mask = MODEL_FIELD(run, CR0_GUEST_HOST_MASK);

	if ((value ^ MODEL_FIELD(run, CR0_READ_SHADOW)) & mask)
		return cr_exit(run, 0, ACCESS_TO);
	return set_cr0(run, value);
}

static enum model_result mov_to_cr3(struct model_run *run, uint64_t value)
{
	uint64_t cr4 = MODEL_FIELD(run, GUEST_CR4),
		 targets = MODEL_FIELD(run, CR3_TARGET_COUNT);
	bool target = false;
	enum model_result result;

	for (uint64_t i = 0; i < targets && i < 4; i++)
		target |= (&MODEL_FIELD(run, CR3_TARGET_VALUE0))[i] == value;
	if (model_proc(run, PKVM_VMX_CPU_CR3_LOAD_EXITING) && !target)
		return cr_exit(run, 3, ACCESS_TO);
	if (cr4 & CR4_PCIDE)
		value &= ~(1ull << 63);
	if (model_long_mode(run) && value >> run->cpu->caps.maxphyaddr)
		return gp(run);
	result = model_load_pdptes(run, MODEL_FIELD(run, GUEST_CR0), value, cr4);
	if (result == MODEL_OK)
		MODEL_FIELD(run, GUEST_CR3) = value;
	return result;
}

static bool cr4_valid(const struct model_run *run, uint64_t value, uint64_t owned)
{
	const struct pkvm_vmx_caps *caps = &run->cpu->caps;
	uint64_t changed = value ^ MODEL_FIELD(run, GUEST_CR4);

	if (!fixed_bits_hold(value, owned, caps->cr4_fixed0, caps->cr4_fixed1))
		return false;
	if (model_long_mode(run) && (!(value & CR4_PAE) || (changed & CR4_LA57)))
		return false;
	return !(changed & value & CR4_PCIDE) ||
	       (model_long_mode(run) && !(MODEL_FIELD(run, GUEST_CR3) & 0xfff));
}

static enum model_result mov_to_cr4(struct model_run *run, uint64_t value)
{
	uint64_t mask = MODEL_FIELD(run, CR4_GUEST_HOST_MASK),
		 old = MODEL_FIELD(run, GUEST_CR4);
	uint64_t paging = CR4_PAE | CR4_PSE | CR4_PGE | CR4_SMEP;
	enum model_result result = MODEL_OK;

	if ((value ^ MODEL_FIELD(run, CR4_READ_SHADOW)) & mask)
		return cr_exit(run, 4, ACCESS_TO);
	value = (value & ~mask) | (old & mask);
	if (!cr4_valid(run, value, ~mask))
		return gp(run);
	if ((old ^ value) & paging)
		result = model_load_pdptes(run, MODEL_FIELD(run, GUEST_CR0),
					   MODEL_FIELD(run, GUEST_CR3), value);
	if (result == MODEL_OK)
		MODEL_FIELD(run, GUEST_CR4) = value;
	return result;
}

static enum model_result mov_to_cr8(struct model_run *run, uint64_t value)
{
	if (model_proc(run, PKVM_VMX_CPU_CR8_LOAD_EXITING))
		return cr_exit(run, 8, ACCESS_TO);
	if (value >> 4)
		return gp(run);
	if (model_proc(run, PKVM_VMX_CPU_USE_TPR_SHADOW))
		model_tpr_virtualization(run, (uint32_t)value << 4);
	else if (!pkvm_plat_wrmsr(MSR_X2APIC_TPR, value << 4))
		return gp(run);
	return MODEL_OK;
}

static enum model_result mov_from_cr8(struct model_run *run, uint64_t *value)
{
	if (model_proc(run, PKVM_VMX_CPU_CR8_STORE_EXITING))
		return cr_exit(run, 8, ACCESS_FROM);
	if (model_proc(run, PKVM_VMX_CPU_USE_TPR_SHADOW))
		*value = model_apic_read(run, APIC_TPR);
	else if (!pkvm_plat_rdmsr(MSR_X2APIC_TPR, value))
		return gp(run);
	*value = *value >> 4 & 15;
	return MODEL_OK;
}

/* CR0 and CR4 as the guest sees them. */
static uint64_t shown(uint64_t value, uint64_t mask, uint64_t shadow)
{
	return (value & ~mask) | (shadow & mask);
}

static uint64_t shown_cr0(const struct model_run *run)
{
	return shown(MODEL_FIELD(run, GUEST_CR0), MODEL_FIELD(run, CR0_GUEST_HOST_MASK),
		     MODEL_FIELD(run, CR0_READ_SHADOW));
}

static enum model_result mov_to_cr(struct model_run *run)
{
	uint64_t value = model_reg_read(run, run->insn.rm, run->insn.operand_size);

	switch (run->insn.reg) {
	case 0:
		return mov_to_cr0(run, value);
	case 2:
		run->cpu->regs->cr2 = value;
		return MODEL_OK;
	case 3:
		return mov_to_cr3(run, value);
	case 4:
		return mov_to_cr4(run, value);
	default:
		return mov_to_cr8(run, value);
	}
}

static enum model_result mov_from_cr(struct model_run *run)
{
	enum model_result result = MODEL_OK;
	uint64_t value = 0;

	switch (run->insn.reg) {
	case 0:
		value = shown_cr0(run);
		break;
	case 2:
		value = run->cpu->regs->cr2;
		break;
	case 3:
		if (model_proc(run, PKVM_VMX_CPU_CR3_STORE_EXITING))
			return cr_exit(run, 3, ACCESS_FROM);
		value = MODEL_FIELD(run, GUEST_CR3);
		break;
	case 4:
		value = shown(MODEL_FIELD(run, GUEST_CR4),
			      MODEL_FIELD(run, CR4_GUEST_HOST_MASK),
			      MODEL_FIELD(run, CR4_READ_SHADOW));
		break;
	default:
		result = mov_from_cr8(run, &value);
		break;
	}
	if (result == MODEL_OK)
		model_reg_write(run, run->insn.rm, run->insn.operand_size, value);
	return result;
}

/* #UD for a register that is not there comes before #GP for privilege. */
static enum model_result mov_cr(struct model_run *run)
{
	unsigned int cr = run->insn.reg;

	if (cr != 0 && cr != 2 && cr != 3 && cr != 4 && cr != 8)
		return model_fault(run, VECTOR_UD);
	if (model_cpl(run))
		return gp(run);
	return run->insn.op == MODEL_OP_MOV_TO_CR ? mov_to_cr(run) : mov_from_cr(run);
}

static enum model_result clts(struct model_run *run)
{
	uint64_t mask = MODEL_FIELD(run, CR0_GUEST_HOST_MASK);

	if (model_cpl(run))
		return gp(run);
	if (mask & CR0_TS)
		return MODEL_FIELD(run, CR0_READ_SHADOW) & CR0_TS ? cr_exit(run, 0, ACCESS_CLTS)
								  : MODEL_OK;
	MODEL_FIELD(run, GUEST_CR0) &= ~CR0_TS;
	return MODEL_OK;
}

/* LMSW loads CR0 [3:0], and cannot clear PE. */
static enum model_result lmsw(struct model_run *run)
{
	uint64_t source = MODEL_GPR(run, run->insn.rm) & 0xffff;
	uint64_t differs = (source ^ MODEL_FIELD(run, CR0_READ_SHADOW)) &
			   MODEL_FIELD(run, CR0_GUEST_HOST_MASK);

	if (model_cpl(run))
		return gp(run);
	if ((differs & 0xe) || (differs & source & CR0_PE)) {
		(void)cr_exit(run, 0, ACCESS_LMSW);
		run->exit->qualification |= source << 16;
		return MODEL_EXIT;
	}
	return set_cr0(run, (MODEL_FIELD(run, GUEST_CR0) & ~0xeull) | (source & 0xf));
}

static enum model_result smsw(struct model_run *run)
{
	if (model_cpl(run) && (MODEL_FIELD(run, GUEST_CR4) & CR4_UMIP))
		return gp(run);
	model_reg_write(run, run->insn.rm, run->insn.operand_size, shown_cr0(run));
	return MODEL_OK;
}

enum model_result model_exec_cr(struct model_run *run)
{
	switch (run->insn.op) {
	case MODEL_OP_CLTS:
		return clts(run);
	case MODEL_OP_LMSW:
		return lmsw(run);
	case MODEL_OP_SMSW:
		return smsw(run);
	case MODEL_OP_MOV_TO_DR:
	case MODEL_OP_MOV_FROM_DR:
		return model_mov_dr(run);
	default:
		return mov_cr(run);
	}
}
