/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model's MSR areas: guest MSRs loaded by VM entry, guest MSRs stored and
 * host MSRs loaded by VM exit.
 *
 * SDM: sections "VM-Entry Controls for MSRs", "VM-Exit Controls for MSRs",
 * "Loading MSRs", "Saving MSRs".
 */
#include "check.h"
#include "model_enter.h"
#include "model_exec_bits.h"
#include "../platform.h"

/* Entries are 16-byte aligned: none crosses a page. */
static struct pkvm_vmcs_msr_entry *entry_at(struct model_cpu *cpu, enum pkvm_vmcs_index area,
					    uint32_t i)
{
	const uint64_t pa = *model_field(cpu, area) + i * 16ull;
	uint8_t *page = pkvm_plat_private(pa & ~0xfffull);

	return (struct pkvm_vmcs_msr_entry *)(void *)(page + (pa & 0xfff));
}

static uint32_t entries(struct model_cpu *cpu, enum pkvm_vmcs_index count)
{
	return (uint32_t)*model_field(cpu, count);
}

uint64_t *model_msr_field(struct model_cpu *cpu, uint32_t index)
{
	switch (index) {
	case MSR_SYSENTER_CS:
		return model_field(cpu, PKVM_VMCS_INDEX_GUEST_SYSENTER_CS);
	case MSR_SYSENTER_ESP:
		return model_field(cpu, PKVM_VMCS_INDEX_GUEST_SYSENTER_ESP);
	case MSR_SYSENTER_EIP:
		return model_field(cpu, PKVM_VMCS_INDEX_GUEST_SYSENTER_EIP);
	case MSR_DEBUGCTL:
		return model_field(cpu, PKVM_VMCS_INDEX_GUEST_IA32_DEBUGCTL);
	case MSR_PAT:
		return model_field(cpu, PKVM_VMCS_INDEX_GUEST_IA32_PAT);
	case MSR_EFER:
		return model_field(cpu, PKVM_VMCS_INDEX_GUEST_IA32_EFER);
	case MSR_FS_BASE:
		return model_field(cpu, PKVM_VMCS_INDEX_GUEST_FS_BASE);
	case MSR_GS_BASE:
		return model_field(cpu, PKVM_VMCS_INDEX_GUEST_GS_BASE);
	default:
		return NULL;
	}
}

/* A write of IA32_EFER does not change LMA. */
bool model_write_msr(struct model_cpu *cpu, uint32_t index, uint64_t value)
{
	uint64_t *field = model_msr_field(cpu, index);

	if (!field)
		return pkvm_plat_wrmsr(index, value);
	if (index == MSR_EFER)
		value = (value & ~EFER_LMA) | (*field & EFER_LMA);
	*field = value;
	return true;
}

uint32_t model_load_guest_msrs(struct model_cpu *cpu)
{
	const uint32_t count = entries(cpu, PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT);
	struct pkvm_vmcs_state state = {.value = cpu->vmcs->value, .caps = &cpu->caps,
					.nr_msr_load = 1};

	for (uint32_t i = 0; i < count; i++) {
		state.msr_load = entry_at(cpu, PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_ADDR, i);
		if (pkvm_vmcs_msr_refused(&state) ||
		    !model_write_msr(cpu, state.msr_load->index, state.msr_load->value))
			return i + 1;
	}
	return 0;
}

static bool store_guest_msr(struct model_cpu *cpu, struct pkvm_vmcs_msr_entry *entry)
{
	const uint64_t *field = model_msr_field(cpu, entry->index);

	if (entry->high || entry->index == MSR_SMBASE || entry->index >> 8 == MSR_X2APIC >> 8)
		return false;
	if (!field)
		return pkvm_plat_rdmsr(entry->index, &entry->value);
	entry->value = *field;
	return true;
}

bool model_store_guest_msrs(struct model_cpu *cpu)
{
	const uint32_t count = entries(cpu, PKVM_VMCS_INDEX_VM_EXIT_MSR_STORE_COUNT);
	struct pkvm_vmcs_msr_entry *entry;

	for (uint32_t i = 0; i < count; i++) {
		entry = entry_at(cpu, PKVM_VMCS_INDEX_VM_EXIT_MSR_STORE_ADDR, i);
		if (!store_guest_msr(cpu, entry))
			return false;
	}
	return true;
}

bool model_load_host_msrs(struct model_cpu *cpu)
{
	const uint32_t count = entries(cpu, PKVM_VMCS_INDEX_VM_EXIT_MSR_LOAD_COUNT);
	const struct pkvm_vmcs_msr_entry *entry;

	for (uint32_t i = 0; i < count; i++) {
		entry = entry_at(cpu, PKVM_VMCS_INDEX_VM_EXIT_MSR_LOAD_ADDR, i);
		if (!pkvm_vmcs_msr_loadable(&cpu->caps, entry) ||
		    !pkvm_plat_wrmsr(entry->index, entry->value))
			return false;
	}
	return true;
}
