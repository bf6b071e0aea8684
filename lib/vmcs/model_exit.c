/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model's VM exit: exit information, guest state, MSR areas; and the little
 * that a VM entry which fails on guest state shares with it.
 *
 * SDM: sections "Recording VM-Exit Information and Updating VM-Entry Control
 * Fields", "VM-Entry Failures During or After Loading Guest State", "VMX Aborts".
 */
#include "model_enter.h"

/*
 * Fields that an exit does not define are written as zero, which the SDM allows
 * ("undefined"). The interpreter has stored the IDT-vectoring information of an
 * exit during event delivery; VM entry had cleared it.
 */
static void record(struct model_cpu *cpu, const struct model_exit *exit)
{
	uint64_t *v = cpu->vmcs->value;

	v[PKVM_VMCS_INDEX_VM_EXIT_REASON] = exit->reason;
	v[PKVM_VMCS_INDEX_EXIT_QUALIFICATION] = exit->qualification;
	v[PKVM_VMCS_INDEX_GUEST_LINEAR_ADDRESS] = exit->guest_linear;
	v[PKVM_VMCS_INDEX_GUEST_PHYSICAL_ADDRESS] = exit->guest_physical;
	v[PKVM_VMCS_INDEX_VM_EXIT_INSTRUCTION_LEN] = exit->instruction_length;
	v[PKVM_VMCS_INDEX_VMX_INSTRUCTION_INFO] = exit->instruction_info;
	v[PKVM_VMCS_INDEX_VM_EXIT_INTR_INFO] = exit->interruption_info;
	v[PKVM_VMCS_INDEX_VM_EXIT_INTR_ERROR_CODE] = exit->interruption_error;
	v[PKVM_VMCS_INDEX_EXIT_IO_RCX] = exit->io_rcx;
	v[PKVM_VMCS_INDEX_EXIT_IO_RSI] = exit->io_rsi;
	v[PKVM_VMCS_INDEX_EXIT_IO_RDI] = exit->io_rdi;
	v[PKVM_VMCS_INDEX_EXIT_IO_RIP] = exit->io_rip;
	v[PKVM_VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD] &= ~(uint64_t)PKVM_VMX_INTR_INFO_VALID;
}

/*
 * A VMX abort shuts the logical processor down. The model's processor leaves
 * VMX operation instead: every VMX instruction on it is VMfailInvalid from then
 * on, and the VMCS says why.
 */
static void abort_vmx(struct model_cpu *cpu, uint32_t indicator)
{
	cpu->vmcs->abort = indicator;
	cpu->vmxon_pa = 0;
	cpu->current_pa = MODEL_NO_VMCS;
	cpu->vmcs = NULL;
}

void model_vm_exit(struct model_stay *stay)
{
	struct model_cpu *cpu = stay->cpu;
	bool stored;

	record(cpu, &stay->exit);
	/* Before the fields that are not saved get their old values back. */
	stored = model_store_guest_msrs(cpu);
	model_save_guest(stay);
	cpu->exits++;
	if (!stored)
		abort_vmx(cpu, MODEL_ABORT_SAVING_GUEST_MSRS);
	else if (!model_load_host_msrs(cpu))
		abort_vmx(cpu, MODEL_ABORT_LOADING_HOST_MSRS);
}

/*
 * Other exit information stays as it was, and so does the valid bit of the
 * VM-entry interruption information.
 */
void model_entry_failure(struct model_cpu *cpu, uint32_t reason, uint64_t qualification)
{
	uint64_t *v = cpu->vmcs->value;

	v[PKVM_VMCS_INDEX_VM_EXIT_REASON] = reason | PKVM_VMX_REASON_ENTRY_FAILURE;
	v[PKVM_VMCS_INDEX_EXIT_QUALIFICATION] = qualification;
	if (!model_load_host_msrs(cpu))
		abort_vmx(cpu, MODEL_ABORT_LOADING_HOST_MSRS);
}
