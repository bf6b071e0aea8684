/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief Segment registers.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_SEGMENT_H
#define PKVM_SEGMENT_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** @name Segment registers, in KVM's order
 * @{ */
#define PKVM_SEG_ES   0 /**< ES */
#define PKVM_SEG_CS   1 /**< CS */
#define PKVM_SEG_SS   2 /**< SS */
#define PKVM_SEG_DS   3 /**< DS */
#define PKVM_SEG_FS   4 /**< FS */
#define PKVM_SEG_GS   5 /**< GS */
#define PKVM_SEG_TR   6 /**< TR */
#define PKVM_SEG_LDTR 7 /**< LDTR */
/** @} */

/** @name Access rights: the VMCS field's 32 bits (SDM "Guest Register State")
 * @{ */
#define PKVM_AR_TYPE     PKVM_BITS(3, 0)   /**< segment type */
#define PKVM_AR_ACCESSED PKVM_BIT(0)       /**< of a code or data segment */
#define PKVM_AR_S        PKVM_BIT(4)       /**< descriptor type: code or data */
#define PKVM_AR_DPL      PKVM_BITS(6, 5)   /**< descriptor privilege level */
#define PKVM_AR_P        PKVM_BIT(7)       /**< present */
#define PKVM_AR_AVL      PKVM_BIT(12)      /**< available; bits 11:8 are reserved */
#define PKVM_AR_L        PKVM_BIT(13)      /**< 64-bit mode (CS) */
#define PKVM_AR_DB       PKVM_BIT(14)      /**< default operation size */
#define PKVM_AR_G        PKVM_BIT(15)      /**< granularity */
#define PKVM_AR_UNUSABLE PKVM_BIT(16)      /**< unusable; bits 31:17 are reserved */
#define PKVM_AR_ALL      PKVM_U64(0x1f0ff) /**< every bit that is not reserved */
/** @} */

/** A segment register and its number. */
struct pkvm_segment {
	uint64_t index;         /**< PKVM_SEG_* */
	uint64_t base;          /**< linear address */
	uint64_t limit;         /**< bytes - 1, whatever the granularity */
	uint64_t access_rights; /**< PKVM_AR_* */
	uint64_t selector;      /**< 16 bits */
};
#define PKVM_WORDS_segment(W) \
	W(segment, index,         MAX, 7) \
	W(segment, base,          BITS, PKVM_ANY) \
	W(segment, limit,         BITS, PKVM_BITS(31, 0)) \
	W(segment, access_rights, BITS, PKVM_AR_ALL) \
	W(segment, selector,      BITS, PKVM_BITS(15, 0))
PKVM_SHAPE(segment)

/** Which segment register. */
struct pkvm_segment_index {
	uint64_t index; /**< PKVM_SEG_* */
};
#define PKVM_WORDS_segment_index(W) \
	W(segment_index, index, MAX, 7)
PKVM_SHAPE(segment_index)

/** A segment register's four parts. */
struct pkvm_segment_state {
	uint64_t base;          /**< linear address */
	uint64_t limit;         /**< bytes - 1, whatever the granularity */
	uint64_t access_rights; /**< PKVM_AR_* */
	uint64_t selector;      /**< 16 bits */
};
#define PKVM_WORDS_segment_state(W) \
	W(segment_state, base,          BITS, PKVM_ANY) \
	W(segment_state, limit,         BITS, PKVM_BITS(31, 0)) \
	W(segment_state, access_rights, BITS, PKVM_AR_ALL) \
	W(segment_state, selector,      BITS, PKVM_BITS(15, 0))
PKVM_SHAPE(segment_state)

/**
 * @brief Write one segment register of the loaded vCPU.
 *
 * Base, limit, access rights and selector become what VM entry loads. A segment
 * that is not present is written unusable, and the accessed bit of a usable
 * register other than LDTR is set (type bit 0 of TR with it), because VM entry
 * under unrestricted guest demands both; every other bit comes back from
 * pkvm_hc_get_segment() as it was written.
 *
 * One register is judged alone. What needs a second one (CS.L with EFER.LMA,
 * SS.DPL with CS) is judged at VM entry, because KVM restores registers one by
 * one.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in                        | out |
 * | -------- | ---- | ------------------------- | --- |
 * | RBX      | 1    | index, PKVM_SEG_*         |     |
 * | RCX      | 2    | base                      |     |
 * | RDX      | 3    | limit, 32 bits, bytes - 1 |     |
 * | RSI      | 4    | access_rights, PKVM_AR_*  |     |
 * | RDI      | 5    | selector, 16 bits         |     |
 *
 * @param[in]  in  number and the four parts
 * @retval 0       done
 * @retval -EINVAL `index` is above 7 (word 1), `base` is not canonical (2),
 *                 `limit` exceeds 32 bits (3), a reserved access-rights bit is
 *                 set (4), or `selector` exceeds 16 bits (5)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it
 * @since ABI 1.0
 * @see pkvm_hc_get_segment(), SDM "Guest Register State", SDM "Checks on Guest
 *      Segment Registers"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_segment(const struct pkvm_segment *in);

/**
 * @brief Read one segment register of the loaded vCPU.
 *
 * The answer is what VM entry would load, the hidden part included.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in                | out                       |
 * | -------- | ---- | ----------------- | ------------------------- |
 * | RBX      | 1    | index, PKVM_SEG_* | base                      |
 * | RCX      | 2    |                   | limit, 32 bits, bytes - 1 |
 * | RDX      | 3    |                   | access_rights, PKVM_AR_*  |
 * | RSI      | 4    |                   | selector, 16 bits         |
 *
 * @param[in]  in  number
 * @param[out] out the four parts; all zero on failure
 * @retval 0       done
 * @retval -EINVAL `index` is above 7 (word 1)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it
 * @since ABI 1.0
 * @see SDM "Guest Register State"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_get_segment(const struct pkvm_segment_index *in,
		    struct pkvm_segment_state *out);

/**
 * @brief Read the base of one segment register of the loaded vCPU.
 *
 * It costs one VMREAD where pkvm_hc_get_segment() costs four.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in                | out   |
 * | -------- | ---- | ----------------- | ----- |
 * | RBX      | 1    | index, PKVM_SEG_* | value |
 *
 * @param[in]  in  number
 * @param[out] out linear address; 0 on failure
 * @retval 0       done
 * @retval -EINVAL `index` is above 7 (word 1)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it
 * @since ABI 1.0
 * @see pkvm_hc_get_segment(), SDM "Guest Register State"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_get_segment_base(const struct pkvm_segment_index *in, struct pkvm_value *out);

#endif
