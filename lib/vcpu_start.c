/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* A pVM's secondary that start_cpu woke: the state with which it begins. */
#include "apic/page.h"
#include "event.h"
#include "run_regs.h"
#include "summary.h"
#include "vcpu_life.h"
#include "vmcs/access.h"
#include "vmcs/allowed.h"
#include "vmcs_setup.h"

/*
 * INIT state, and nothing of what the host wrote to registers and MSRs before. What
 * it injected or requested, and the exits that it asked for, are neither: they stay.
 */
static void make_state(struct pkvm_vcpu *vcpu)
{
	const uint64_t controls = pkvm_vmread(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL);
	const uint64_t threshold = pkvm_vmx_has_tpr_shadow() ? pkvm_vmread(PKVM_VMCS_TPR_THRESHOLD) : 0;
	const struct pkvm_event interrupt = vcpu->interrupt;
	uint32_t irr[8];

	for (uint32_t i = 0; i < 8; i++)
		irr[i] = pkvm_apic_reg_read(vcpu, PKVM_APIC_IRR + i * 16);
	pkvm_vcpu_reset_state(vcpu, false);
	pkvm_vcpu_start_at(vcpu->start_at);
	pkvm_run_regs_zero(vcpu);
	vcpu->interrupt = interrupt;
	for (uint32_t i = 0; i < 8; i++)
		pkvm_apic_reg_write(vcpu, PKVM_APIC_IRR + i * 16, irr[i]);
	pkvm_vmwrite_bits(PKVM_VMCS_CPU_BASED_VM_EXEC_CONTROL, controls & PKVM_EVENT_WINDOWS, true);
	if (pkvm_vmx_has_tpr_shadow())
		pkvm_vmwrite(PKVM_VMCS_TPR_THRESHOLD, threshold);
}

/* From here on it has run as far as the host is concerned. */
void pkvm_vcpu_start(struct pkvm_vcpu *vcpu)
{
	pkvm_plat_lock(&vcpu->lock);
	make_state(vcpu);
	vcpu->has_run = 1;
	__atomic_store_n(&vcpu->start, PKVM_START_RUNNABLE, __ATOMIC_RELAXED);
	pkvm_plat_unlock(&vcpu->lock);
	pkvm_summary_publish(vcpu);
}
