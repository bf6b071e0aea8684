/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief CPUID tables: entries, leaves, and the words of the policy.
 *
 * The host gives a vCPU its table in a donated range: entries of KVM's layout,
 * one after another from the range's first byte. cpuid_policy.inc says what of
 * it counts; the hypervisor rewrites the range accordingly.
 */
#ifndef PKVM_CPUID_H
#define PKVM_CPUID_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** Most entries in a table, as in KVM. */
#define PKVM_CPUID_MAX_ENTRIES 256u

/** Flag: the entry answers for its subleaf alone (KVM_CPUID_FLAG_SIGNIFCANT_INDEX). */
#define PKVM_CPUID_SIGNIFICANT_INDEX 0x1u

/** @name Leaves (SDM "CPUID-CPU Identification")
 * @{ */
#define PKVM_CPUID_BASIC         0x00000000u /**< highest basic leaf, vendor */
#define PKVM_CPUID_VERSION       0x00000001u /**< version and features */
#define PKVM_CPUID_CACHE         0x00000004u /**< deterministic cache parameters */
#define PKVM_CPUID_FEATURES      0x00000007u /**< structured extended features */
#define PKVM_CPUID_TOPOLOGY      0x0000000bu /**< extended topology */
#define PKVM_CPUID_XSAVE         0x0000000du /**< extended state; subleaf n: component n */
#define PKVM_CPUID_TILES         0x0000001du /**< tile palettes */
#define PKVM_CPUID_TMUL          0x0000001eu /**< tile multiplication */
#define PKVM_CPUID_TOPOLOGY_V2   0x0000001fu /**< V2 extended topology */
#define PKVM_CPUID_HYPERVISOR    0x40000000u /**< the hypervisors' range, up to 0x4fffffff */
#define PKVM_CPUID_EXTENDED      0x80000000u /**< highest extended leaf */
#define PKVM_CPUID_ADDRESS_SIZES 0x80000008u /**< physical and linear address width */
/** @} */

/** One entry, laid out as KVM's kvm_cpuid_entry2. */
struct pkvm_cpuid_entry {
	uint32_t function;   /**< leaf */
	uint32_t index;      /**< subleaf */
	uint32_t flags;      /**< #PKVM_CPUID_SIGNIFICANT_INDEX or 0 */
	uint32_t eax;        /**< answer in EAX */
	uint32_t ebx;        /**< answer in EBX */
	uint32_t ecx;        /**< answer in ECX */
	uint32_t edx;        /**< answer in EDX */
	uint32_t padding[3]; /**< zero */
};
PKVM_ASSERT(sizeof(struct pkvm_cpuid_entry) == 40)
PKVM_ASSERT(offsetof(struct pkvm_cpuid_entry, function) == 0)
PKVM_ASSERT(offsetof(struct pkvm_cpuid_entry, index) == 4)
PKVM_ASSERT(offsetof(struct pkvm_cpuid_entry, flags) == 8)
PKVM_ASSERT(offsetof(struct pkvm_cpuid_entry, eax) == 12)
PKVM_ASSERT(offsetof(struct pkvm_cpuid_entry, ebx) == 16)
PKVM_ASSERT(offsetof(struct pkvm_cpuid_entry, ecx) == 20)
PKVM_ASSERT(offsetof(struct pkvm_cpuid_entry, edx) == 24)
PKVM_ASSERT(offsetof(struct pkvm_cpuid_entry, padding) == 28)

/** A donated range that holds a CPUID table. */
struct pkvm_cpuid_table {
	uint64_t address; /**< physical address, page-aligned */
	uint64_t size;    /**< bytes, whole pages; a pVM needs room for missing leaves */
	uint64_t count;   /**< entries in it, at most #PKVM_CPUID_MAX_ENTRIES */
};
#define PKVM_WORDS_cpuid_table(W) \
	W(cpuid_table, address, BITS, PKVM_ANY) \
	W(cpuid_table, size,    BITS, PKVM_ANY) \
	W(cpuid_table, count,   MAX, 256)
PKVM_SHAPE(cpuid_table)

/**
 * @name Columns of cpuid_policy.inc
 * The file explains them.
 * @{
 */
enum {
	PKVM_CPUID_REG_eax,
	PKVM_CPUID_REG_ebx,
	PKVM_CPUID_REG_ecx,
	PKVM_CPUID_REG_edx,
	PKVM_CPUID_REG_all
};
enum {
	PKVM_CPUID_KIND_pvm,
	PKVM_CPUID_KIND_both
};
enum {
	PKVM_CPUID_BY_hypervisor,
	PKVM_CPUID_BY_host,
	PKVM_CPUID_BY_forced0,
	PKVM_CPUID_BY_forced1,
	PKVM_CPUID_BY_runtime,
	PKVM_CPUID_BY_dynamic,
	PKVM_CPUID_BY_width,
	PKVM_CPUID_BY_limit
};
/** @} */

/**
 * @brief Tell whether a leaf's answer depends on ECX.
 *
 * @param[in] leaf  EAX of the question
 * @return    1 it does, 0 not: also for a leaf that this version does not know
 * @since ABI 1.0
 * @see SDM "CPUID--CPU Identification"
 */
static inline int pkvm_cpuid_has_subleaves(uint32_t leaf)
{
	switch (leaf) {
	case 0x04: case 0x07: case 0x0b: case 0x0d: case 0x0f:
	case 0x10: case 0x12: case 0x14: case 0x17: case 0x18:
	case 0x1b: case 0x1d: case 0x1e: case 0x1f:
	case 0x20: case 0x23: case 0x24:
	case 0x8000001d: case 0x80000026:
		return 1;
	default:
		return 0;
	}
}

/**
 * @brief Find the entry that answers for a leaf and subleaf.
 *
 * @param[in] table    entries, aligned to 4 bytes as the struct is
 * @param[in] count    number of entries
 * @param[in] leaf     EAX of the question
 * @param[in] subleaf  ECX of the question; looked at only where the entry's
 *                     index is significant
 * @return the first such entry, or NULL
 * @since ABI 1.0
 */
static inline const struct pkvm_cpuid_entry *
pkvm_cpuid_find(const struct pkvm_cpuid_entry *table, uint32_t count,
		uint32_t leaf, uint32_t subleaf)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (table[i].function != leaf)
			continue;
		if (!(table[i].flags & PKVM_CPUID_SIGNIFICANT_INDEX) ||
		    table[i].index == subleaf)
			return &table[i];
	}
	return NULL;
}

/**
 * @brief Give the loaded vCPU its CPUID table, in a donated range.
 *
 * `count` structs pkvm_cpuid_entry stand one after another from the range's
 * first byte; `count` is read once. The hypervisor rewrites a pVM's table by
 * cpuid_policy.inc, adding leaves that are missing. The range of the table
 * before comes back.
 *
 * An npVM may repeat the call after its first run with an equal table only.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in                      | out     |
 * | -------- | ---- | ----------------------- | ------- |
 * | RBX      | 1    | address                 | address |
 * | RCX      | 2    | size, bytes             | pages   |
 * | RDX      | 3    | count, 0 to 256 entries | ranges  |
 *
 * @param[in]  in  the range and the number of entries
 * @param[out] out the old range; all zero on failure
 * @retval 0       done
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it; an npVM's has and the table is another one (word 1); a
 *                 page is not the host's (word 1)
 * @retval -EINVAL the range is empty, unaligned, wraps or has more than
 *                 #PKVM_MAX_RANGE_PAGES pages (word 1 or 2); `count` is more
 *                 than the range holds or than #PKVM_CPUID_MAX_ENTRIES (3); a
 *                 leaf stands twice, or an entry has an unknown flag or padding
 *                 that is not zero (1)
 * @retval -EFAULT the range is not RAM (word 1)
 * @retval -ENOMEM a pVM's table needs a larger fpstate than the vCPU has
 *                 (word 0), or the range has no room for the leaves that are
 *                 added (word 2); the whole range is the host's again
 * @since ABI 1.0
 * @see pkvm_fpstate_size(), SDM "CPUID--CPU Identification"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vcpu_after_set_cpuid(const struct pkvm_cpuid_table *in,
			     struct pkvm_reclaim *out);

#endif
