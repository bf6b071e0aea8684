/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The rules on the entries of the VM-entry MSR-load area: VM entry judges them
 * last, when the guest state is loaded.
 *
 * SDM section "Loading MSRs" of the chapter "VM Entries". Whether WRMSR would
 * refuse a value is the processor's knowledge and no rule here.
 */
#include <inttypes.h>

#include "vmcs.h"

#define MSR_SMM_MONITOR_CTL 0x9bu
#define MSR_BIOS_UPDT_TRIG  0x79u
#define MSR_FS_BASE         0xc0000100u
#define MSR_GS_BASE         0xc0000101u

static const uint16_t reads[] = {
	PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT, PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_ADDR,
};

enum { RESERVED_BITS, SEGMENT_BASE, X2APIC, MICROCODE, SMM_MONITOR, NR_RULES };

#define ENTRY(NAME, SENTENCE)                                                             \
	{                                                                                 \
		.id = "msr_load.entry." NAME, .section = "Loading MSRs",                  \
		.sentence = SENTENCE, .outcome = PKVM_VMCS_ENTRY_FAIL_MSR,                \
		.reads = reads, .nr_reads = 2,                                            \
	}

static const struct pkvm_vmcs_rule rules[NR_RULES] = {
	[SEGMENT_BASE] = ENTRY("segment_base",
		"No entry of the VM-entry MSR-load area may name IA32_FS_BASE (C0000100H) or "
		"IA32_GS_BASE (C0000101H)."),
	[X2APIC] = ENTRY("x2apic",
		"No entry of the VM-entry MSR-load area may name an x2APIC MSR (800H to 8FFH) "
		"while the local APIC is in x2APIC mode."),
	[MICROCODE] = ENTRY("microcode",
		"No entry of the VM-entry MSR-load area may name IA32_BIOS_UPDT_TRIG (79H), "
		"which no area can load on known processors."),
	[SMM_MONITOR] = ENTRY("smm_monitor",
		"No entry of the VM-entry MSR-load area may name IA32_SMM_MONITOR_CTL (9BH) "
		"outside SMM."),
	[RESERVED_BITS] = ENTRY("reserved_bits",
		"Bits 63:32 of an entry of the VM-entry MSR-load area must be 0."),
};

const struct pkvm_vmcs_rule *vmcs_msr_rule(unsigned int i)
{
	return i < NR_RULES ? &rules[i] : NULL;
}

static bool breaks(const struct vmcs_msr *msr, unsigned int rule)
{
	const uint32_t index = (uint32_t)msr->index;

	switch (rule) {
	case SEGMENT_BASE:
		return index == MSR_FS_BASE || index == MSR_GS_BASE;
	case X2APIC:
		return index >> 8 == 8;
	case MICROCODE:
		return index == MSR_BIOS_UPDT_TRIG;
	case SMM_MONITOR:
		return index == MSR_SMM_MONITOR_CTL;
	case RESERVED_BITS:
		return msr->index >> 32;
	default:
		return false;
	}
}

/* The mode of the host's local APIC is not known, so that X2APIC never is sure. */
enum pkvm_vmcs_verdict vmcs_msr_judge(const struct vmcs_case *c, unsigned int i)
{
	const uint64_t count = c->value[PKVM_VMCS_INDEX_VM_ENTRY_MSR_LOAD_COUNT];

	for (unsigned int n = 0; n < c->nr_msrs; n++) {
		if (breaks(&c->msr[n], i))
			return i == X2APIC ? PKVM_VMCS_UNDECIDABLE : PKVM_VMCS_BROKEN;
	}
	if (c->zeroed && count > c->nr_msrs)
		return PKVM_VMCS_UNDECIDABLE;
	return PKVM_VMCS_HOLDS;
}

/* Number of the first entry that breaks a rule, counted from 1; 0: none. */
unsigned int vmcs_msr_refused(const struct vmcs_case *c)
{
	for (unsigned int n = 0; n < c->nr_msrs; n++) {
		for (unsigned int i = 0; i < NR_RULES; i++) {
			if (i != X2APIC && breaks(&c->msr[n], i))
				return n + 1;
		}
	}
	return 0;
}
