/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * From guest-physical addresses to physical ones: the EPT walk with its
 * violations, misconfigurations, accessed and dirty flags.
 *
 * SDM: sections "The Extended Page Table Mechanism (EPT)", "EPT-Induced VM
 * Exits" and table "Exit Qualification for EPT Violations".
 */
#include "model_access.h"
#include "../platform.h"

#define PAGE_MASK        0xfffull
#define EPTP_ACCESSED    (1ull << 6)
#define EPT_RIGHTS       7ull /* read, write, execute */
#define EPT_LEAF         (1ull << 7)
#define EPT_ACCESSED     (1ull << 8)
#define EPT_DIRTY        (1ull << 9)
#define CAP_EXECUTE_ONLY (1ull << 0)
#define CAP_2M           (1ull << 16)
#define CAP_1G           (1ull << 17)

static enum model_result ept_exit(struct model_run *run, uint64_t gpa, uint32_t reason,
				  uint64_t qualification)
{
	*run->exit = (struct model_exit){
		.reason = reason,
		.qualification = qualification,
		.guest_physical = gpa,
		.guest_linear = reason == PKVM_VMX_REASON_EPT_VIOLATION && run->linear_valid
					? run->linear
					: 0,
		.instruction_length = run->delivering ? run->event.length : run->insn.length,
	};
	return MODEL_EXIT;
}

static enum model_result ept_violation(struct model_run *run, uint64_t gpa, unsigned int access,
				       uint64_t rights, bool walking)
{
	uint64_t qualification = (access & EPT_RIGHTS) | rights << 3;

	if (run->linear_valid) {
		qualification |= 1ull << 7;
		if (!walking)
			qualification |= 1ull << 8;
	}
	if (run->nmi_unblocked && !run->delivering)
		qualification |= PKVM_VMX_INTR_INFO_NMI_UNBLOCKING;
	return ept_exit(run, gpa, PKVM_VMX_REASON_EPT_VIOLATION, qualification);
}

static bool ept_is_leaf(uint64_t entry, unsigned int level)
{
	return level == 1 || (level <= 3 && (entry & EPT_LEAF));
}

/* Section "EPT Misconfigurations"; level 1 is the entry that maps 4 KBytes. */
static bool ept_misconfigured(const struct pkvm_vmx_caps *caps, uint64_t entry,
			      unsigned int level)
{
	uint64_t reserved = ((1ull << 52) - 1) & ~((1ull << caps->maxphyaddr) - 1);
	uint64_t type = entry >> 3 & 7;

	if ((entry & 3) == 2)
		return true;
	if ((entry & EPT_RIGHTS) == 4 && !(caps->ept_vpid_cap & CAP_EXECUTE_ONLY))
		return true;
	if (!ept_is_leaf(entry, level))
		return entry & (reserved | (level <= 3 ? 0x78 : 0xf8));
	if ((level == 3 && !(caps->ept_vpid_cap & CAP_1G)) ||
	    (level == 2 && !(caps->ept_vpid_cap & CAP_2M)))
		return true;
	reserved |= ((1ull << (12 + 9 * (level - 1))) - 1) & ~PAGE_MASK;
	return (entry & reserved) || type == 2 || type == 3 || type == 7;
}

/* The entry at an address, or NULL where nothing decodes it. */
static uint64_t *ept_entry(uint64_t at)
{
	uint64_t *entries = pkvm_plat_private(at & ~PAGE_MASK);

	return entries ? entries + (at & PAGE_MASK) / 8 : NULL;
}

/* Software on other CPUs changes entries too, so that one is read at once. */
static uint64_t ept_read(uint64_t at)
{
	const uint64_t *entry = ept_entry(at);

	return entry ? __atomic_load_n(entry, __ATOMIC_ACQUIRE) : model_mask(8);
}

/* Sets flags by a locked operation; false: the entry has changed since it was read. */
static bool ept_mark(const struct model_run *run, uint64_t at, uint64_t entry, bool leaf,
		     unsigned int access)
{
	uint64_t flags = EPT_ACCESSED;

	if (leaf && (access & MODEL_WRITE))
		flags |= EPT_DIRTY;
	if (!(MODEL_FIELD(run, EPT_POINTER) & EPTP_ACCESSED) || (entry & flags) == flags)
		return true;
	return __atomic_compare_exchange_n(ept_entry(at), &entry, entry | flags, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

static enum model_result ept_walk(struct model_run *run, uint64_t gpa, unsigned int access,
				  bool walking, uint64_t *pa)
{
	const struct pkvm_vmx_caps *caps = &run->cpu->caps;
	uint64_t eptp = MODEL_FIELD(run, EPT_POINTER);
	uint64_t address_bits = ((1ull << caps->maxphyaddr) - 1) & ~PAGE_MASK;
	uint64_t table = eptp & address_bits;
	uint64_t rights = EPT_RIGHTS;
	unsigned int levels = (unsigned int)(eptp >> 3 & 7) + 1;

	if (gpa >> (12 + 9 * levels))
		return ept_violation(run, gpa, access, 0, walking);
	for (unsigned int level = levels;; level--) {
		unsigned int shift = 12 + 9 * (level - 1);
		uint64_t at = table + (gpa >> shift & 511) * 8;
		uint64_t entry = ept_read(at);
		bool leaf = ept_is_leaf(entry, level);

		if (!(entry & EPT_RIGHTS))
			return ept_violation(run, gpa, access, 0, walking);
		if (ept_misconfigured(caps, entry, level))
			return ept_exit(run, gpa, PKVM_VMX_REASON_EPT_MISCONFIG, 0);
		rights &= entry;
		if (leaf && (access & EPT_RIGHTS & ~rights))
			return ept_violation(run, gpa, access, rights, walking);
		if (!ept_mark(run, at, entry, leaf, access))
			return ept_walk(run, gpa, access, walking, pa);
		table = entry & address_bits;
		if (leaf) {
			uint64_t offset = (1ull << shift) - 1;

			*pa = (table & ~offset) | (gpa & offset);
			return MODEL_OK;
		}
	}
}

/*
 * walking: the access is to a paging structure. With accessed and dirty flags
 * for EPT enabled, such an access is treated as a write.
 */
enum model_result model_guest_physical(struct model_run *run, uint64_t gpa, unsigned int access,
				       bool walking, uint64_t *pa)
{
	enum model_result result = MODEL_OK;

	*pa = gpa;
	if (model_proc2(run, PKVM_VMX_CPU2_ENABLE_EPT)) {
		if (walking && (MODEL_FIELD(run, EPT_POINTER) & EPTP_ACCESSED))
			access |= MODEL_READ | MODEL_WRITE;
		result = ept_walk(run, gpa, access, walking, pa);
	}
	if (result == MODEL_OK && walking &&
	    model_proc2(run, PKVM_VMX_CPU2_VIRTUALIZE_APIC_ACCESSES) &&
	    (*pa & ~PAGE_MASK) == MODEL_FIELD(run, APIC_ACCESS_ADDR))
		return ept_exit(run, 0, PKVM_VMX_REASON_APIC_ACCESS,
				(run->delivering ? 10ull : 15ull) << 12);
	return result;
}

enum model_result model_guest_load(struct model_run *run, uint64_t gpa, unsigned int size,
				   uint64_t *value)
{
	uint64_t pa;
	enum model_result result = model_guest_physical(run, gpa, MODEL_READ, true, &pa);

	if (result == MODEL_OK)
		*value = model_load(pa, size);
	return result;
}

enum model_result model_guest_store(struct model_run *run, uint64_t gpa, unsigned int size,
				    uint64_t value)
{
	uint64_t pa;
	enum model_result result = model_guest_physical(run, gpa, MODEL_WRITE, true, &pa);

	if (result == MODEL_OK)
		model_store(pa, size, value);
	return result;
}
