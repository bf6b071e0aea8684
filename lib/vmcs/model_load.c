/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model's loading of guest state at VM entry and its saving at VM exit, as
 * far as controls decide: debug controls, IA32_PAT, IA32_EFER, the VMX-preemption
 * timer. All other guest state lives in the VMCS while the guest runs.
 *
 * SDM: sections "Loading Guest Control Registers, Debug Registers, and MSRs",
 * "Saving Control Registers, Debug Registers, and MSRs", "Saving Non-Register
 * State". The host's registers are the process's own: loading them does nothing
 * here, but for the MSRs that the VM-exit MSR-load area names.
 */
#include "model_enter.h"
#include "model_exec_bits.h"
#include "../platform.h"

#define CR0_NOT_LOADED    0x7ffaffd0ull  /* CD, NW, 28:19, 17, 15:6, ET */
#define DR7_CLEARED       0xd000ull      /* 15, 14 and 12                  */
#define DR7_FIXED_1       0x400ull

static const uint16_t kept_field[MODEL_NR_KEPT] = {
	[MODEL_KEPT_CR0]          = PKVM_VMCS_INDEX_GUEST_CR0,
	[MODEL_KEPT_DR7]          = PKVM_VMCS_INDEX_GUEST_DR7,
	[MODEL_KEPT_DEBUGCTL]     = PKVM_VMCS_INDEX_GUEST_IA32_DEBUGCTL,
	[MODEL_KEPT_PAT]          = PKVM_VMCS_INDEX_GUEST_IA32_PAT,
	[MODEL_KEPT_EFER]         = PKVM_VMCS_INDEX_GUEST_IA32_EFER,
	[MODEL_KEPT_SYSENTER_CS]  = PKVM_VMCS_INDEX_GUEST_SYSENTER_CS,
	[MODEL_KEPT_SYSENTER_ESP] = PKVM_VMCS_INDEX_GUEST_SYSENTER_ESP,
	[MODEL_KEPT_SYSENTER_EIP] = PKVM_VMCS_INDEX_GUEST_SYSENTER_EIP,
};

static void keep(struct model_stay *stay)
{
	for (unsigned int i = 0; i < MODEL_NR_KEPT; i++)
		stay->kept[i] = stay->cpu->vmcs->value[kept_field[i]];
}

static void give_back(struct model_stay *stay, enum model_kept what)
{
	stay->cpu->vmcs->value[kept_field[what]] = stay->kept[what];
}

/* IA32_EFER without "load IA32_EFER": the host's, but for LMA and LME. */
static void derive_efer(struct model_cpu *cpu)
{
	const bool ia32e = model_has_entry(cpu, PKVM_VMX_ENTRY_IA32E_MODE_GUEST);
	const bool paging = (*model_field(cpu, PKVM_VMCS_INDEX_GUEST_CR0) & CR0_PG) != 0;
	uint64_t efer = 0;

	if (!pkvm_plat_rdmsr(MSR_EFER, &efer))
		efer = 0;
	efer = ia32e ? efer | EFER_LMA : efer & ~EFER_LMA;
	if (paging)
		efer = ia32e ? efer | EFER_LME : efer & ~EFER_LME;
	*model_field(cpu, PKVM_VMCS_INDEX_GUEST_IA32_EFER) = efer;
}

static void load_debug_controls(struct model_cpu *cpu)
{
	uint64_t *dr7 = model_field(cpu, PKVM_VMCS_INDEX_GUEST_DR7);

	/* Without the control the guest gets what every VM exit leaves. */
	if (!model_has_entry(cpu, PKVM_VMX_ENTRY_LOAD_DEBUG_CONTROLS)) {
		*model_field(cpu, PKVM_VMCS_INDEX_GUEST_IA32_DEBUGCTL) = 0;
		*dr7 = 0;
	}
	*dr7 = (*dr7 & ~DR7_CLEARED) | DR7_FIXED_1;
}

void model_load_guest(struct model_stay *stay)
{
	struct model_cpu *cpu = stay->cpu;
	uint64_t *cr0 = model_field(cpu, PKVM_VMCS_INDEX_GUEST_CR0);
	const uint64_t host_cr0 = *model_field(cpu, PKVM_VMCS_INDEX_HOST_CR0);
	uint64_t *pat = model_field(cpu, PKVM_VMCS_INDEX_GUEST_IA32_PAT);

	keep(stay);
	*cr0 = (*cr0 & ~CR0_NOT_LOADED) | (host_cr0 & CR0_NOT_LOADED);
	load_debug_controls(cpu);
	if (!model_has_entry(cpu, PKVM_VMX_ENTRY_LOAD_PAT) && !pkvm_plat_rdmsr(MSR_PAT, pat))
		*pat = 0;
	if (!model_has_entry(cpu, PKVM_VMX_ENTRY_LOAD_EFER))
		derive_efer(cpu);

	stay->rsp_slot = cpu->regs->gpr[PKVM_GPR_RSP];
	cpu->regs->gpr[PKVM_GPR_RSP] = *model_field(cpu, PKVM_VMCS_INDEX_GUEST_RSP);
	stay->start = cpu->instructions;
	stay->timer = (uint32_t)*model_field(cpu, PKVM_VMCS_INDEX_VMX_PREEMPTION_TIMER_VALUE);
}

/* The mode of the guest goes into an entry control, for the next VM entry. */
static void save_mode(struct model_cpu *cpu)
{
	uint64_t *entry = model_field(cpu, PKVM_VMCS_INDEX_VM_ENTRY_CONTROLS);

	if (!(cpu->caps.procbased_ctls2 >> 32 & PKVM_VMX_CPU2_UNRESTRICTED_GUEST))
		return;
	if (*model_field(cpu, PKVM_VMCS_INDEX_GUEST_IA32_EFER) & EFER_LMA)
		*entry |= PKVM_VMX_ENTRY_IA32E_MODE_GUEST;
	else
		*entry &= ~(uint64_t)PKVM_VMX_ENTRY_IA32E_MODE_GUEST;
}

void model_save_guest(struct model_stay *stay)
{
	struct model_cpu *cpu = stay->cpu;

	*model_field(cpu, PKVM_VMCS_INDEX_GUEST_RSP) = cpu->regs->gpr[PKVM_GPR_RSP];
	cpu->regs->gpr[PKVM_GPR_RSP] = stay->rsp_slot;
	save_mode(cpu);
	if (model_has_exit(cpu, PKVM_VMX_EXIT_SAVE_PREEMPTION_TIMER))
		*model_field(cpu, PKVM_VMCS_INDEX_VMX_PREEMPTION_TIMER_VALUE) =
			model_timer_value(stay);
	if (!model_has_exit(cpu, PKVM_VMX_EXIT_SAVE_DEBUG_CONTROLS)) {
		give_back(stay, MODEL_KEPT_DR7);
		give_back(stay, MODEL_KEPT_DEBUGCTL);
	}
	if (!model_has_exit(cpu, PKVM_VMX_EXIT_SAVE_PAT))
		give_back(stay, MODEL_KEPT_PAT);
	if (!model_has_exit(cpu, PKVM_VMX_EXIT_SAVE_EFER))
		give_back(stay, MODEL_KEPT_EFER);
}

/* A failed entry leaves the guest-state area as it was. */
void model_unload_guest(struct model_stay *stay)
{
	for (unsigned int i = 0; i < MODEL_NR_KEPT; i++)
		give_back(stay, (enum model_kept)i);
	stay->cpu->regs->gpr[PKVM_GPR_RSP] = stay->rsp_slot;
}
