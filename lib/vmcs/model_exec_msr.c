/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * MSRs and the other numbered registers of the processor: RDMSR and WRMSR with
 * bitmaps and x2APIC virtualization, the time-stamp counter, XCR0, SWAPGS.
 *
 * SDM: sections "MSR-Bitmap Address", "Virtualizing MSR-Based APIC Accesses",
 * "Changes to Instruction Behavior in VMX Non-Root Operation". An MSR that the
 * VMCS does not hold is the physical one.
 */
#include "check.h"
#include "model_access.h"
#include "../platform.h"

static uint32_t ecx(const struct model_run *run)
{
	return (uint32_t)MODEL_GPR(run, PKVM_GPR_RCX);
}

static void return_pair(struct model_run *run, uint64_t value)
{
	MODEL_GPR(run, PKVM_GPR_RAX) = value & 0xffffffff;
	MODEL_GPR(run, PKVM_GPR_RDX) = value >> 32;
}

/* Read bitmaps for low and high MSRs, then the write bitmaps: 1 KByte each. */
static bool msr_exits(const struct model_run *run, uint32_t index, bool write)
{
	uint64_t map = MODEL_FIELD(run, MSR_BITMAP) + (write ? 2048 : 0);
	uint32_t bit = index & 0x1fff;

	if (!model_proc(run, PKVM_VMX_CPU_USE_MSR_BITMAPS))
		return true;
	if ((index & ~0x1fffu) == 0xc0000000u)
		map += 1024;
	else if (index & ~0x1fffu)
		return true;
	return model_load(map + bit / 8, 1) >> bit % 8 & 1;
}

static uint64_t guest_tsc(const struct model_run *run)
{
	uint64_t tsc = pkvm_plat_tsc(), factor = MODEL_FIELD(run, TSC_MULTIPLIER);
	uint64_t low = factor & 0xffffffff, high = factor >> 32;

	if (!model_proc(run, PKVM_VMX_CPU_USE_TSC_OFFSETTING))
		return tsc;
	if (model_proc2(run, PKVM_VMX_CPU2_USE_TSC_SCALING)) {
		/* [111:48] of the product, from its four partial products */
		uint64_t t0 = tsc & 0xffffffff, t1 = tsc >> 32;
		uint64_t middle =
			(t0 * low >> 32) + (t1 * low & 0xffffffff) + (t0 * high & 0xffffffff);

		tsc = ((t1 * high) << 16) + ((t1 * low >> 32) << 16) +
		      ((t0 * high >> 32) << 16) + (middle >> 16);
	}
	return tsc + MODEL_FIELD(run, TSC_OFFSET);
}

static bool x2apic_read(const struct model_run *run, uint32_t index, uint64_t *value)
{
	if (!model_proc2(run, PKVM_VMX_CPU2_VIRTUALIZE_X2APIC_MODE) || index >> 8 != 8)
		return false;
	if (index != MSR_X2APIC_TPR && !model_proc2(run, PKVM_VMX_CPU2_APIC_REGISTER_VIRT))
		return false;
	*value =
		model_load(MODEL_FIELD(run, VIRTUAL_APIC_PAGE_ADDR) + ((index & 0xff) << 4), 8);
	return true;
}

/* false: not virtualized; else *result is the outcome. */
static bool x2apic_write(struct model_run *run, uint32_t index, uint64_t value,
			 enum model_result *result)
{
	bool vid = model_proc2(run, PKVM_VMX_CPU2_VIRTUAL_INTERRUPTS);

	if (!model_proc2(run, PKVM_VMX_CPU2_VIRTUALIZE_X2APIC_MODE) ||
	    (index != MSR_X2APIC_TPR &&
	     !(vid && (index == MSR_X2APIC_EOI || index == MSR_X2APIC_SELF_IPI))))
		return false;
	*result = MODEL_OK;
	if (index == MSR_X2APIC_EOI ? value != 0 : value >> 8 != 0) {
		*result = model_fault_code(run, VECTOR_GP, 0);
	} else if (index == MSR_X2APIC_TPR) {
		model_tpr_virtualization(run, (uint32_t)value);
	} else if (index == MSR_X2APIC_EOI) {
		model_apic_write(run, APIC_EOI, 0);
		model_eoi_virtualization(run);
	} else {
		model_apic_write(run, APIC_SELF_IPI, (uint32_t)value);
		if (value & 0xf0) {
			model_self_ipi_virtualization(run, (unsigned int)value);
		} else {
			run->trap_reason = PKVM_VMX_REASON_APIC_WRITE;
			run->trap_qualification = APIC_SELF_IPI;
		}
	}
	return true;
}

static enum model_result rdmsr(struct model_run *run)
{
	uint64_t value = 0, *field = model_msr_field(run->cpu, ecx(run));

	if (model_cpl(run))
		return model_fault_code(run, VECTOR_GP, 0);
	if (msr_exits(run, ecx(run), false))
		return model_exit_insn(run, PKVM_VMX_REASON_RDMSR, 0);
	if (field)
		value = *field;
	else if (ecx(run) == MSR_TSC)
		value = guest_tsc(run);
	else if (!x2apic_read(run, ecx(run), &value) && !pkvm_plat_rdmsr(ecx(run), &value))
		return model_fault_code(run, VECTOR_GP, 0);
	return_pair(run, value);
	return MODEL_OK;
}

/* LME does not change while paging is on; IA32_SYSENTER_CS has 32 bits. */
static bool write_valid(const struct model_run *run, uint32_t index, uint64_t value)
{
	uint64_t changed = value ^ MODEL_FIELD(run, GUEST_IA32_EFER);

	if (index == MSR_EFER && (changed & EFER_LME) && (MODEL_FIELD(run, GUEST_CR0) & CR0_PG))
		return false;
	if (index == MSR_SYSENTER_CS && value >> 32)
		return false;
	return pkvm_vmcs_msr_value(&run->cpu->caps, index, value);
}

static enum model_result wrmsr(struct model_run *run)
{
	uint32_t index = ecx(run);
	uint64_t value = (MODEL_GPR(run, PKVM_GPR_RAX) & 0xffffffff) |
			 MODEL_GPR(run, PKVM_GPR_RDX) << 32;
	enum model_result result;

	if (model_cpl(run))
		return model_fault_code(run, VECTOR_GP, 0);
	if (msr_exits(run, index, true))
		return model_exit_insn(run, PKVM_VMX_REASON_WRMSR, 0);
	if (x2apic_write(run, index, value, &result))
		return result;
	if (!write_valid(run, index, value) || !model_write_msr(run->cpu, index, value))
		return model_fault_code(run, VECTOR_GP, 0);
	return MODEL_OK;
}

static enum model_result rdtsc(struct model_run *run)
{
	bool with_aux = run->insn.op == MODEL_OP_RDTSCP;
	uint64_t aux = 0;

	if (with_aux && !model_proc2(run, PKVM_VMX_CPU2_ENABLE_RDTSCP))
		return model_fault(run, VECTOR_UD);
	if (model_cpl(run) && (MODEL_FIELD(run, GUEST_CR4) & CR4_TSD))
		return model_fault_code(run, VECTOR_GP, 0);
	if (model_proc(run, PKVM_VMX_CPU_RDTSC_EXITING)) {
		(void)model_exit_insn(
			run, with_aux ? PKVM_VMX_REASON_RDTSCP : PKVM_VMX_REASON_RDTSC, 0);
		return MODEL_EXIT;
	}
	if (with_aux && !pkvm_plat_rdmsr(MSR_TSC_AUX, &aux))
		return model_fault(run, VECTOR_UD);
	return_pair(run, guest_tsc(run));
	if (with_aux)
		MODEL_GPR(run, PKVM_GPR_RCX) = aux & 0xffffffff;
	return MODEL_OK;
}

/* The model has no performance counters: every index is out of range. */
static enum model_result rdpmc(struct model_run *run)
{
	if (model_cpl(run) && !(MODEL_FIELD(run, GUEST_CR4) & CR4_PCE))
		return model_fault_code(run, VECTOR_GP, 0);
	if (model_proc(run, PKVM_VMX_CPU_RDPMC_EXITING))
		return model_exit_insn(run, PKVM_VMX_REASON_RDPMC, 0);
	return model_fault_code(run, VECTOR_GP, 0);
}

static enum model_result xgetbv(struct model_run *run)
{
	if (!(MODEL_FIELD(run, GUEST_CR4) & CR4_OSXSAVE))
		return model_fault(run, VECTOR_UD);
	if (ecx(run))
		return model_fault_code(run, VECTOR_GP, 0);
	return_pair(run, pkvm_plat_read_xcr0());
	return MODEL_OK;
}

static enum model_result swapgs(struct model_run *run)
{
	uint64_t other;

	if (model_cpl(run))
		return model_fault_code(run, VECTOR_GP, 0);
	if (!pkvm_plat_rdmsr(MSR_KERNEL_GS_BASE, &other) ||
	    !pkvm_plat_wrmsr(MSR_KERNEL_GS_BASE, MODEL_FIELD(run, GUEST_GS_BASE)))
		return model_fault_code(run, VECTOR_GP, 0);
	MODEL_FIELD(run, GUEST_GS_BASE) = other;
	return MODEL_OK;
}

enum model_result model_exec_msr(struct model_run *run)
{
	switch (run->insn.op) {
	case MODEL_OP_RDMSR:
		return rdmsr(run);
	case MODEL_OP_WRMSR:
		return wrmsr(run);
	case MODEL_OP_RDPMC:
		return rdpmc(run);
	case MODEL_OP_XGETBV:
		return xgetbv(run);
	case MODEL_OP_SWAPGS:
		return swapgs(run);
	default:
		return rdtsc(run);
	}
}
