/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The model's MSR areas: guest MSRs loaded by VM entry, guest MSRs stored and
 * host MSRs loaded by VM exit.
 *
 * SDM: sections "VM-Entry Controls for MSRs", "VM-Exit Controls for MSRs",
 * "Loading MSRs", "Saving MSRs".
 */
#include "model_enter.h"
#include "model_exec_bits.h"
#include "../platform.h"

#define MSR_APIC_BASE      0x1bu
#define MSR_SMM_MONITOR    0x9bu
#define MSR_SMBASE         0x9eu
#define MSR_X2APIC_FIRST   0x800u
#define MSR_X2APIC_LAST    0x8ffu
#define APIC_BASE_X2APIC   (1ull << 10)

struct msr_entry {
	uint32_t index;
	uint32_t reserved;      /* zero */
	uint64_t value;
};

/* Entries are 16-byte aligned: none crosses a page. */
static struct msr_entry *entry_at(struct model_cpu *cpu, enum pkvm_vmcs_index area, uint32_t i)
{
	const uint64_t pa = *model_field(cpu, area) + (uint64_t)i * sizeof(struct msr_entry);
	uint8_t *page = pkvm_plat_private(pa & ~0xfffull);

	return (struct msr_entry *)(void *)(page + (pa & 0xfff));
}

static uint32_t entries(struct model_cpu *cpu, enum pkvm_vmcs_index count)
{
	return (uint32_t)*model_field(cpu, count);
}

/* In x2APIC mode these MSRs are the local APIC's, and no area may name them. */
static bool is_x2apic(uint32_t index)
{
	uint64_t base = 0;

	return index >= MSR_X2APIC_FIRST && index <= MSR_X2APIC_LAST &&
	       pkvm_plat_rdmsr(MSR_APIC_BASE, &base) && (base & APIC_BASE_X2APIC);
}

/* The VMCS field that holds an MSR while the guest runs; NULL: no field does. */
static uint64_t *live(struct model_cpu *cpu, uint32_t index)
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

static bool loadable(const struct msr_entry *entry)
{
	return !entry->reserved && entry->index != MSR_FS_BASE && entry->index != MSR_GS_BASE &&
	       entry->index != MSR_SMM_MONITOR && !is_x2apic(entry->index);
}

static bool load_guest_msr(struct model_cpu *cpu, const struct msr_entry *entry)
{
	uint64_t *field = live(cpu, entry->index);

	if (!loadable(entry))
		return false;
	if (!field)
		return pkvm_plat_wrmsr(entry->index, entry->value);
	*field = entry->value;
	return true;
}

uint32_t model_load_guest_msrs(struct model_cpu *cpu)
{
	const uint32_t count = entries(cpu, PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT);
	const struct msr_entry *entry;

	for (uint32_t i = 0; i < count; i++) {
		entry = entry_at(cpu, PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_ADDR, i);
		if (!load_guest_msr(cpu, entry))
			return i + 1;
	}
	return 0;
}

static bool store_guest_msr(struct model_cpu *cpu, struct msr_entry *entry)
{
	const uint64_t *field = live(cpu, entry->index);

	if (entry->reserved || entry->index == MSR_SMBASE || is_x2apic(entry->index))
		return false;
	if (!field)
		return pkvm_plat_rdmsr(entry->index, &entry->value);
	entry->value = *field;
	return true;
}

bool model_store_guest_msrs(struct model_cpu *cpu)
{
	const uint32_t count = entries(cpu, PKVM_VMCS_INDEX_VM_EXIT_MSR_STORE_COUNT);
	struct msr_entry *entry;

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
	const struct msr_entry *entry;

	for (uint32_t i = 0; i < count; i++) {
		entry = entry_at(cpu, PKVM_VMCS_INDEX_VM_EXIT_MSR_LOAD_ADDR, i);
		if (!loadable(entry) || !pkvm_plat_wrmsr(entry->index, entry->value))
			return false;
	}
	return true;
}
