/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief How large the fpstate of a pVM's vCPU must be.
 *
 * An fpstate holds one XSAVE area with every state component that a CPUID table
 * allows: the compacted format, or the standard one where the processor has
 * neither XSAVEC nor XSAVES (SDM "XSAVE Area"). Everything comes from leaf 0xD:
 *
 *     subleaf 0    EAX, EDX   components that XCR0 may enable, low and high
 *     subleaf 1    EAX[1]     XSAVEC         EAX[3]   XSAVES
 *                  ECX, EDX   components that IA32_XSS may enable, low and high
 *     subleaf n    EAX        bytes of component n, 2 <= n <= 62
 *                  EBX        its offset in the standard format
 *                  ECX[1]     in the compacted format it starts 64-byte aligned
 *
 * Bytes and offsets are 32 bits each, so that no table can make a size of 2^39
 * or more: the sums never wrap. Rounding to pages is the donor's business.
 */
#ifndef PKVM_FPSTATE_H
#define PKVM_FPSTATE_H

#include "abi.h"
#include "cpuid.h"

#define PKVM_XSAVE_LEGACY_SIZE 512u /**< bytes of the legacy region: x87 and SSE */
#define PKVM_XSAVE_HEADER_SIZE 64u  /**< bytes of the XSAVE header */
#define PKVM_XSAVE_FIRST 2u         /**< first component of the extended region */
#define PKVM_XSAVE_LAST  62u        /**< last component; bit 63 names none */

#define PKVM_XSAVE_HAS_XSAVEC PKVM_BIT(1) /**< leaf 0xD, subleaf 1, EAX */
#define PKVM_XSAVE_HAS_XSAVES PKVM_BIT(3) /**< leaf 0xD, subleaf 1, EAX */
#define PKVM_XSAVE_HAS_XFD    PKVM_BIT(4) /**< leaf 0xD, subleaf 1, EAX */
#define PKVM_XSAVE_ALIGNED    PKVM_BIT(1) /**< leaf 0xD, subleaf n, ECX */

/**
 * @brief Append one component to an area in the compacted format.
 *
 * @param[in] size   bytes of the area before
 * @param[in] bytes  of the component; 0 leaves the area as it is
 * @param[in] flags  ECX of the component's subleaf
 * @return    bytes of the area with it
 * @since ABI 1.0
 * @see SDM "XSAVE Area"
 */
static inline uint64_t pkvm_fpstate_append(uint64_t size, uint32_t bytes, uint32_t flags)
{
	if (bytes && (flags & PKVM_XSAVE_ALIGNED))
		size = (size + 63) & ~(uint64_t)63;
	return size + bytes;
}

/**
 * @brief Stretch an area in the standard format over one component.
 *
 * @param[in] size    bytes of the area before
 * @param[in] bytes   of the component; 0 leaves the area as it is
 * @param[in] offset  of the component, bytes: EBX of its subleaf
 * @return    bytes of the area with it
 * @since ABI 1.0
 * @see SDM "XSAVE Area"
 */
static inline uint64_t pkvm_fpstate_cover(uint64_t size, uint32_t bytes, uint32_t offset)
{
	const uint64_t end = (uint64_t)offset + bytes;

	return bytes && end > size ? end : size;
}

/**
 * @brief Compute the bytes of an XSAVE area in the compacted format.
 *
 * @param[in] table       CPUID table
 * @param[in] count       entries in it
 * @param[in] components  XCR0, or XCR0 | IA32_XSS
 * @return bytes, the legacy region and the header included
 * @since ABI 1.0
 */
static inline uint64_t pkvm_fpstate_compacted(const struct pkvm_cpuid_entry *table,
					      uint32_t count, uint64_t components)
{
	uint64_t size = PKVM_XSAVE_LEGACY_SIZE + PKVM_XSAVE_HEADER_SIZE;
	const struct pkvm_cpuid_entry *part;
	uint32_t n;

	for (n = PKVM_XSAVE_FIRST; n <= PKVM_XSAVE_LAST; n++) {
		if (!(components & PKVM_BIT(n)))
			continue;
		part = pkvm_cpuid_find(table, count, PKVM_CPUID_XSAVE, n);
		if (part)
			size = pkvm_fpstate_append(size, part->eax, part->ecx);
	}
	return size;
}

/**
 * @brief Compute the bytes of an XSAVE area in the standard format.
 *
 * @param[in] table       CPUID table
 * @param[in] count       entries in it
 * @param[in] components  XCR0
 * @return bytes, the legacy region and the header included
 * @since ABI 1.0
 */
static inline uint64_t pkvm_fpstate_standard(const struct pkvm_cpuid_entry *table,
					     uint32_t count, uint64_t components)
{
	uint64_t size = PKVM_XSAVE_LEGACY_SIZE + PKVM_XSAVE_HEADER_SIZE;
	const struct pkvm_cpuid_entry *part;
	uint32_t n;

	for (n = PKVM_XSAVE_FIRST; n <= PKVM_XSAVE_LAST; n++) {
		if (!(components & PKVM_BIT(n)))
			continue;
		part = pkvm_cpuid_find(table, count, PKVM_CPUID_XSAVE, n);
		if (part)
			size = pkvm_fpstate_cover(size, part->eax, part->ebx);
	}
	return size;
}

/**
 * @brief Compute the bytes of fpstate that a CPUID table asks for.
 *
 * A host that gives this table to a pVM's vCPU donates the larger of this size
 * and answer.fpstate_size, whole pages.
 *
 * @param[in] table  CPUID table
 * @param[in] count  entries in it
 * @return bytes
 * @since ABI 1.0
 */
static inline uint64_t pkvm_fpstate_size(const struct pkvm_cpuid_entry *table, uint32_t count)
{
	const struct pkvm_cpuid_entry *user, *supervisor;
	uint64_t components = 0;

	user = pkvm_cpuid_find(table, count, PKVM_CPUID_XSAVE, 0);
	supervisor = pkvm_cpuid_find(table, count, PKVM_CPUID_XSAVE, 1);
	if (user)
		components = (uint64_t)user->edx << 32 | user->eax;
	if (!supervisor ||
	    !(supervisor->eax & (PKVM_XSAVE_HAS_XSAVEC | PKVM_XSAVE_HAS_XSAVES)))
		return pkvm_fpstate_standard(table, count, components);
	if (supervisor->eax & PKVM_XSAVE_HAS_XSAVES)
		components |= (uint64_t)supervisor->edx << 32 | supervisor->ecx;
	return pkvm_fpstate_compacted(table, count, components);
}

/**
 * @brief Replace the fpstate of a pVM's loaded vCPU by a larger one, donated.
 *
 * What the old fpstate held moves over, and the old range comes back scrubbed.
 * A range that is not larger is handed straight back.
 *
 * @pre A pVM's vCPU is loaded on this CPU and has not run yet.
 *
 * | register | word | in          | out     |
 * | -------- | ---- | ----------- | ------- |
 * | RBX      | 1    | address     | address |
 * | RCX      | 2    | size, bytes | pages   |
 * | RDX      | 3    |             | ranges  |
 *
 * @param[in]  in  the new range
 * @param[out] out the old range, or the new one; all zero on failure
 * @retval 0       done
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it; a page is not the host's (word 1)
 * @retval -EINVAL the vCPU is an npVM's; the range is empty, unaligned, wraps or
 *                 has more than #PKVM_MAX_RANGE_PAGES pages (word 1 or 2)
 * @retval -EFAULT the range is not RAM (word 1)
 * @since ABI 1.0
 * @see pkvm_fpstate_size(), SDM "Extended Feature Disable (XFD)"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vcpu_add_fpstate(const struct pkvm_range *in, struct pkvm_reclaim *out);

#endif
