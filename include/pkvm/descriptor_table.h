/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief GDTR and IDTR.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_DESCRIPTOR_TABLE_H
#define PKVM_DESCRIPTOR_TABLE_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** GDTR or IDTR. */
struct pkvm_descriptor_table {
	uint64_t base;  /**< linear address, canonical */
	uint64_t limit; /**< bytes - 1 */
};
#define PKVM_WORDS_descriptor_table(W) \
	W(descriptor_table, base,  BITS, PKVM_ANY) \
	W(descriptor_table, limit, BITS, PKVM_BITS(15, 0))
PKVM_SHAPE(descriptor_table)

/**
 * @brief Write GDTR of the loaded vCPU.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in                        | out |
 * | -------- | ---- | ------------------------- | --- |
 * | RBX      | 1    | base                      |     |
 * | RCX      | 2    | limit, 16 bits, bytes - 1 |     |
 *
 * @param[in]  in  base, and limit in bytes - 1
 * @retval 0       done
 * @retval -EINVAL `base` is not canonical (word 1), or `limit` exceeds 16 bits
 *                 (2)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it
 * @since ABI 1.0
 * @see SDM "Checks on Guest Descriptor-Table Registers"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_gdt(const struct pkvm_descriptor_table *in);

/**
 * @brief Read GDTR of the loaded vCPU.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in | out                       |
 * | -------- | ---- | -- | ------------------------- |
 * | RBX      | 1    |    | base                      |
 * | RCX      | 2    |    | limit, 16 bits, bytes - 1 |
 *
 * @param[out] out base and limit; all zero on failure
 * @retval 0      done
 * @retval -EPERM a pVM's vCPU has attempted VM entry, or its guest has started
 *                it
 * @since ABI 1.0
 * @see SDM "Memory-Management Registers"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_get_gdt(struct pkvm_descriptor_table *out);

/**
 * @brief Write IDTR of the loaded vCPU.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in                        | out |
 * | -------- | ---- | ------------------------- | --- |
 * | RBX      | 1    | base                      |     |
 * | RCX      | 2    | limit, 16 bits, bytes - 1 |     |
 *
 * @param[in]  in  base, and limit in bytes - 1
 * @retval 0       done
 * @retval -EINVAL `base` is not canonical (word 1), or `limit` exceeds 16 bits
 *                 (2)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it
 * @since ABI 1.0
 * @see SDM "Checks on Guest Descriptor-Table Registers"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_idt(const struct pkvm_descriptor_table *in);

/**
 * @brief Read IDTR of the loaded vCPU.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in | out                       |
 * | -------- | ---- | -- | ------------------------- |
 * | RBX      | 1    |    | base                      |
 * | RCX      | 2    |    | limit, 16 bits, bytes - 1 |
 *
 * @param[out] out base and limit; all zero on failure
 * @retval 0      done
 * @retval -EPERM a pVM's vCPU has attempted VM entry, or its guest has started
 *                it
 * @since ABI 1.0
 * @see SDM "Memory-Management Registers"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_get_idt(struct pkvm_descriptor_table *out);

#endif
