/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the CPUID instruction answers, from a vCPU's table and its state.
 */
#include "cpuid.h"
#include <pkvm/fpstate.h>

#define VERSION_ECX_OSXSAVE PKVM_BIT(27)
#define VERSION_EDX_APIC    PKVM_BIT(9)
#define FEATURES_ECX_OSPKE  PKVM_BIT(4)
#define CR4_OSXSAVE         PKVM_BIT(18)
#define CR4_PKE             PKVM_BIT(22)
#define TOPOLOGY_ECX_NUMBER 0xffu /* ECX[7:0] echoes the subleaf */

/*
 * The leaf whose data is returned: beyond the last basic or extended leaf that
 * of the highest basic one (SDM "CPUID-CPU Identification"). The hypervisors'
 * range reads as zero where the table has nothing.
 */
static uint32_t effective_leaf(const struct pkvm_cpuid_entry *table, uint32_t count,
			       uint32_t leaf, uint32_t subleaf)
{
	const struct pkvm_cpuid_entry *top;

	if (pkvm_cpuid_find(table, count, leaf, subleaf))
		return leaf;
	if (leaf >= PKVM_CPUID_HYPERVISOR && leaf < PKVM_CPUID_HYPERVISOR + 0x10000000u)
		return leaf;
	top = pkvm_cpuid_find(table, count, leaf & PKVM_CPUID_EXTENDED, 0);
	if (top && leaf <= top->eax)
		return leaf;
	top = pkvm_cpuid_find(table, count, PKVM_CPUID_BASIC, 0);
	return top ? top->eax : leaf;
}

/* The answers of leaf 0xD that follow XCR0 and IA32_XSS (SDM "XSAVE-Managed State"). */
static void xsave_sizes(const struct pkvm_cpuid_entry *table, uint32_t count,
			const struct pkvm_cpuid_runtime *now, uint32_t subleaf,
			struct pkvm_cpuid_regs *regs)
{
	const uint64_t all = (uint64_t)regs->edx << 32 | regs->eax;

	if (subleaf == 0) {
		regs->ebx = (uint32_t)pkvm_fpstate_standard(table, count, now->xcr0);
		regs->ecx = (uint32_t)pkvm_fpstate_standard(table, count, all);
	} else if (subleaf == 1 &&
		   (regs->eax & (PKVM_XSAVE_HAS_XSAVEC | PKVM_XSAVE_HAS_XSAVES))) {
		regs->ebx =
			(uint32_t)pkvm_fpstate_compacted(table, count, now->xcr0 | now->xss);
	}
}

static void apply_runtime(const struct pkvm_cpuid_entry *table, uint32_t count,
			  const struct pkvm_cpuid_runtime *now, uint32_t leaf, uint32_t subleaf,
			  struct pkvm_cpuid_regs *regs)
{
	switch (leaf) {
	case PKVM_CPUID_VERSION:
		regs->ecx &= (uint32_t)~VERSION_ECX_OSXSAVE;
		if (now->cr4 & CR4_OSXSAVE)
			regs->ecx |= (uint32_t)VERSION_ECX_OSXSAVE;
		regs->edx &= (uint32_t)~VERSION_EDX_APIC;
		if (now->apic_enabled)
			regs->edx |= (uint32_t)VERSION_EDX_APIC;
		break;
	case PKVM_CPUID_FEATURES:
		if (subleaf != 0)
			break;
		regs->ecx &= (uint32_t)~FEATURES_ECX_OSPKE;
		if (now->cr4 & CR4_PKE)
			regs->ecx |= (uint32_t)FEATURES_ECX_OSPKE;
		break;
	case PKVM_CPUID_XSAVE:
		xsave_sizes(table, count, now, subleaf, regs);
		break;
	default:
		break;
	}
}

/*
 * Topology beyond the last level: ECX[7:0] is the subleaf all the same, and EDX
 * the x2APIC ID (SDM "Extended Topology Enumeration").
 */
static void beyond_topology(const struct pkvm_cpuid_entry *table, uint32_t count, uint32_t leaf,
			    uint32_t subleaf, struct pkvm_cpuid_regs *regs)
{
	const struct pkvm_cpuid_entry *first = pkvm_cpuid_find(table, count, leaf, 0);

	if (leaf != PKVM_CPUID_TOPOLOGY && leaf != PKVM_CPUID_TOPOLOGY_V2)
		return;
	if (!first)
		return;
	regs->ecx = subleaf & TOPOLOGY_ECX_NUMBER;
	regs->edx = first->edx;
}

/* Answers CPUID. A leaf of the table's range without an entry reads as zero. */
void pkvm_cpuid_answer(const struct pkvm_cpuid_entry *table, uint32_t count,
		       const struct pkvm_cpuid_runtime *now, uint32_t leaf, uint32_t subleaf,
		       struct pkvm_cpuid_regs *regs)
{
	const uint32_t effective = effective_leaf(table, count, leaf, subleaf);
	const struct pkvm_cpuid_entry *entry =
		pkvm_cpuid_find(table, count, effective, subleaf);

	regs->eax = 0;
	regs->ebx = 0;
	regs->ecx = 0;
	regs->edx = 0;
	if (!entry) {
		beyond_topology(table, count, effective, subleaf, regs);
		return;
	}
	regs->eax = entry->eax;
	regs->ebx = entry->ebx;
	regs->ecx = entry->ecx;
	regs->edx = entry->edx;
	apply_runtime(table, count, now, effective, subleaf, regs);
}
