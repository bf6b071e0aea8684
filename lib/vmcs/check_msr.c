/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Predicates of the VM-entry rules on the VM-entry MSR-load area, in the order of
 * rules_msr.inc; the two files are read side by side. What they say of an entry
 * holds for the areas of VM exits too.
 *
 * SDM section "Loading MSRs" of the chapters "VM Entries" and "VM Exits".
 */
#include "check_rule.h"

/* SDM figure "IA32_APIC_BASE MSR Supporting x2APIC". */
#define APIC_BASE_RESERVED 0x2ffull
#define APIC_BASE_EXTD     (1ull << 10)
#define APIC_BASE_EN       (1ull << 11)

typedef bool (*entry_rule)(const struct pkvm_vmx_caps *caps,
			   const struct pkvm_vmcs_msr_entry *entry);

static bool every_entry(const struct pkvm_vmcs_state *s, entry_rule rule)
{
	if (!VALUE(s, VM_ENTRY_MSR_LOAD_COUNT))
		return true;
	for (uint32_t i = 0; i < s->nr_msr_load; i++) {
		if (!rule(s->caps, &s->msr_load[i]))
			return false;
	}
	return true;
}

/* Opens the predicate of a rule on one entry, and makes of it that on the area. */
#define ENTRY_RULE(NAME)                                                                  \
	static bool entry_##NAME(const struct pkvm_vmx_caps *caps,                        \
				 const struct pkvm_vmcs_msr_entry *entry);                \
	RULE(msr_load, entry, NAME)                                                       \
	{                                                                                 \
		return every_entry(s, entry_##NAME);                                      \
	}                                                                                 \
	static bool entry_##NAME(const struct pkvm_vmx_caps *caps,                        \
				 const struct pkvm_vmcs_msr_entry *entry)

ENTRY_RULE(segment_base)
{
	(void)caps;
	return entry->index != MSR_FS_BASE && entry->index != MSR_GS_BASE;
}

ENTRY_RULE(x2apic)
{
	(void)caps;
	return entry->index >> 8 != MSR_X2APIC >> 8;
}

ENTRY_RULE(smm_monitor)
{
	(void)caps;
	return entry->index != MSR_SMM_MONITOR_CTL;
}

ENTRY_RULE(microcode)
{
	(void)caps;
	return entry->index != MSR_BIOS_UPDT_TRIG;
}

ENTRY_RULE(reserved_bits)
{
	(void)caps;
	return !entry->high;
}

/* Those that say in the SDM that WRMSR faults on them. */
ENTRY_RULE(read_only)
{
	const uint32_t index = entry->index;

	(void)caps;
	return index != MSR_CORE_CAPABILITIES && index != MSR_MTRRCAP &&
	       index != MSR_ARCH_CAPABILITIES && index != MSR_PERF_CAPABILITIES &&
	       (index < MSR_VMX_BASIC || index > MSR_VMX_EXIT_CTLS2);
}

static bool has_address(uint32_t index)
{
	switch (index) {
	case MSR_SYSENTER_ESP:
	case MSR_SYSENTER_EIP:
	case MSR_DS_AREA:
	case MSR_U_CET:
	case MSR_S_CET:
	case MSR_INTERRUPT_SSP_TABLE:
	case MSR_BNDCFGS:
	case MSR_LSTAR:
	case MSR_CSTAR:
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS_BASE:
		return true;
	default:
		return false;
	}
}

static uint64_t reserved_in(const struct pkvm_vmx_caps *caps, uint32_t index)
{
	switch (index) {
	case MSR_APIC_BASE:
		return APIC_BASE_RESERVED | ~0ull << caps->maxphyaddr;
	case MSR_DEBUGCTL:
		return DEBUGCTL_RESERVED |
		       (caps->bus_lock_supported ? 0 : DEBUGCTL_BUS_LOCK);
	case MSR_PERF_GLOBAL_CTRL:
		return PERF_GLOBAL_CTRL_RESERVED;
	case MSR_RTIT_CTL:
		return RTIT_CTL_RESERVED;
	case MSR_U_CET:
	case MSR_S_CET:
		return CET_RESERVED;
	case MSR_PKRS:
		return PKRS_RESERVED;
	case MSR_BNDCFGS:
		return BNDCFGS_RESERVED;
	case MSR_LBR_CTL:
		return LBR_CTL_RESERVED;
	case MSR_EFER:
		return ~pkvm_vmcs_efer_bits(caps);
	case MSR_FMASK:
	case MSR_TSC_AUX:
		return ~0ull << 32;
	default:
		return 0;
	}
}

bool pkvm_vmcs_msr_value(const struct pkvm_vmx_caps *caps, uint32_t index, uint64_t value)
{
	if (value & reserved_in(caps, index))
		return false;
	if (has_address(index) && !pkvm_vmcs_canonical(caps, value))
		return false;
	switch (index) {
	case MSR_APIC_BASE:
		return !(value & APIC_BASE_EXTD) || (value & APIC_BASE_EN);
	case MSR_U_CET:
	case MSR_S_CET:
		return pkvm_vmcs_cet_tracker(value);
	case MSR_PAT:
		return pkvm_vmcs_pat(value);
	default:
		return true;
	}
}

ENTRY_RULE(value)
{
	return pkvm_vmcs_msr_value(caps, entry->index, entry->value);
}

/* VM entry has loaded LME before, and made it the guest's mode if it pages. */
static bool keeps_lme(const struct pkvm_vmcs_state *s, const struct pkvm_vmcs_msr_entry *entry)
{
	const bool lme = entry->value & EFER_LME;

	return entry->index != MSR_EFER || !(VALUE(s, GUEST_CR0) & CR0_PG) ||
	       lme == ON_ENTRY(s, IA32E_MODE_GUEST);
}

RULE(msr_load, efer, lme_with_paging)
{
	if (!VALUE(s, VM_ENTRY_MSR_LOAD_COUNT))
		return true;
	for (uint32_t i = 0; i < s->nr_msr_load; i++) {
		if (!keeps_lme(s, &s->msr_load[i]))
			return false;
	}
	return true;
}

bool pkvm_vmcs_msr_loadable(const struct pkvm_vmx_caps *caps,
			    const struct pkvm_vmcs_msr_entry *entry)
{
#define RULE_OF_entry(NAME) entry_##NAME,
#define RULE_OF_efer(NAME)  /* about more than the entry */
#define PKVM_VMCS_RULE(SECTION, AREA, SUBJECT, NAME, NEEDS, READS, SENTENCE)              \
	RULE_OF_##SUBJECT(NAME)
	const entry_rule rules[] = {
#include "rules_msr.inc"
	};
#undef PKVM_VMCS_RULE

	for (unsigned int i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		if (!rules[i](caps, entry))
			return false;
	}
	return true;
}

uint32_t pkvm_vmcs_msr_refused(const struct pkvm_vmcs_state *s)
{
	for (uint32_t i = 0; i < s->nr_msr_load; i++) {
		if (!pkvm_vmcs_msr_loadable(s->caps, &s->msr_load[i]) ||
		    !keeps_lme(s, &s->msr_load[i]))
			return i + 1;
	}
	return 0;
}
