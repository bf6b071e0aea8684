/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model's VMLAUNCH and VMRESUME, in the SDM's order: basic checks, checks
 * on controls and host state, checks on guest state, loading, event injection;
 * then the guest until its VM exit.
 *
 * SDM: chapter "VM Entries". Error 26 (events blocked by MOV SS) cannot arise:
 * it is about the instruction before VMLAUNCH, which a function call is not.
 */
#include "check.h"
#include "model_enter.h"
#include "model_exec_bits.h"
#include "../platform.h"

#define VMLAUNCH_NOT_CLEAR    4
#define VMRESUME_NOT_LAUNCHED 5
#define SHADOW_VMCS           0x80000000u
#define CR3_PDPT              0xffffffe0ull

/* The page at a field's address, where a processor could read it; else NULL. */
static const uint8_t *page_at(struct model_cpu *cpu, enum pkvm_vmcs_index index)
{
	const uint64_t pa = *model_field(cpu, index);

	return model_pa_valid(cpu, pa, 4096) ? pkvm_plat_private(pa) : NULL;
}

/* PDPTEs in memory matter to a guest with PAE paging and without EPT. */
static bool pdptes_in_memory(struct model_cpu *cpu)
{
	return !model_has_cpu2(cpu, PKVM_VMX_CPU2_ENABLE_EPT) &&
	       !model_has_entry(cpu, PKVM_VMX_ENTRY_IA32E_MODE_GUEST) &&
	       (*model_field(cpu, PKVM_VMCS_INDEX_GUEST_CR0) & CR0_PG) &&
	       (*model_field(cpu, PKVM_VMCS_INDEX_GUEST_CR4) & CR4_PAE);
}

static void read_pdptes(struct model_cpu *cpu, struct pkvm_vmcs_state *state)
{
	const uint64_t pa = *model_field(cpu, PKVM_VMCS_INDEX_GUEST_CR3) & CR3_PDPT;
	const uint64_t *table;

	if (!pdptes_in_memory(cpu))
		return;
	table = pkvm_plat_private(pa & ~0xfffull);
	for (unsigned int i = 0; i < 4; i++)
		state->pdpte[i] = table[(pa & 0xfff) / 8 + i];
}

/* What the checks need beside the fields. */
static void gather(struct model_cpu *cpu, struct pkvm_vmcs_state *state)
{
	const uint8_t *page = NULL;

	*state = (struct pkvm_vmcs_state){
		.value = cpu->vmcs->value,
		.caps = &cpu->caps,
		.current_vmcs = cpu->current_pa,
	};
	if (model_has_cpu(cpu, PKVM_VMX_CPU_USE_TPR_SHADOW))
		page = page_at(cpu, PKVM_VMCS_INDEX_VIRTUAL_APIC_PAGE_ADDR);
	if (page)
		state->vtpr = page[APIC_TPR];
	else
		state->unknown |= PKVM_VMCS_NEEDS_VTPR;

	page = page_at(cpu, PKVM_VMCS_INDEX_VMCS_LINK_POINTER);
	if (page)
		state->linked_revision = *(const uint32_t *)(const void *)page;
	else
		state->unknown |= PKVM_VMCS_NEEDS_LINKED_VMCS;
	read_pdptes(cpu, state);
}

/* Injects what the VM-entry interruption information says; true: an exit came. */
static bool inject(struct model_stay *stay)
{
	struct model_cpu *cpu = stay->cpu;
	uint64_t *v = cpu->vmcs->value;
	const uint32_t info = (uint32_t)v[PKVM_VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD];

	if (!(info & PKVM_VMX_INTR_INFO_VALID))
		return false;
	if ((info & PKVM_VMX_INTR_INFO_TYPE) == PKVM_VMX_INTR_TYPE_OTHER_EVENT) {
		stay->mtf_pending = true;
		return false;
	}
	return model_give_event(stay, info,
				(uint32_t)v[PKVM_VMCS_INDEX_VM_ENTRY_EXCEPTION_ERROR_CODE],
				(uint32_t)v[PKVM_VMCS_INDEX_VM_ENTRY_INSTRUCTION_LEN], true);
}

/* From here on it is a VM entry that succeeded. */
static void enter(struct model_stay *stay, bool resume)
{
	struct model_cpu *cpu = stay->cpu;

	if (!resume)
		cpu->vmcs->launched = 1;
	cpu->vmcs->value[PKVM_VMCS_INDEX_IDT_VECTORING_INFO_FIELD] = 0;
	cpu->vmcs->value[PKVM_VMCS_INDEX_IDT_VECTORING_ERROR_CODE] = 0;
	model_virtual_interrupt_entry(cpu);
	if (!inject(stay))
		model_run_guest(stay);
	model_vm_exit(stay);
}

/* Controls and host state: VMfail; guest state: an entry that fails later. */
static int refuse(struct model_cpu *cpu, const struct pkvm_vmcs_rule *rule)
{
	cpu->refused++;
	cpu->refused_by = rule;
	if (rule->outcome != PKVM_VMCS_ENTRY_FAIL_GUEST)
		return model_vmfail(cpu, (int)rule->outcome);
	model_entry_failure(cpu, PKVM_VMX_REASON_INVALID_GUEST, rule->qualification);
	return PKVM_VMX_SUCCEED;
}

int pkvm_vmcs_enter(struct pkvm_guest_regs *regs, bool resume)
{
	struct model_cpu *cpu = pkvm_model_cpu();
	struct model_stay stay = {.cpu = cpu};
	struct pkvm_vmcs_state state;
	uint32_t bad_msr;
	int broken;

	if (!cpu->vmxon_pa || !cpu->vmcs || (cpu->vmcs->revision & SHADOW_VMCS))
		return PKVM_VMX_FAIL_INVALID;
	if (!resume && cpu->vmcs->launched)
		return model_vmfail(cpu, VMLAUNCH_NOT_CLEAR);
	if (resume && !cpu->vmcs->launched)
		return model_vmfail(cpu, VMRESUME_NOT_LAUNCHED);
	gather(cpu, &state);
	broken = pkvm_vmcs_first_broken(&state);
	if (broken >= 0)
		return refuse(cpu, pkvm_vmcs_rule((unsigned int)broken));

	if (regs->dr6 >> 32)
		pkvm_plat_panic("#GP: DR6 is loaded with a bit above 31");
	cpu->regs = regs;
	model_load_guest(&stay);
	bad_msr = model_load_guest_msrs(cpu);
	if (bad_msr) {
		model_unload_guest(&stay);
		model_entry_failure(cpu, PKVM_VMX_REASON_MSR_LOADING, bad_msr);
	} else {
		enter(&stay, resume);
	}
	cpu->regs = NULL;
	return PKVM_VMX_SUCCEED;
}
