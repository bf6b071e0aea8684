/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief RFLAGS.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_RFLAGS_H
#define PKVM_RFLAGS_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** @name RFLAGS (SDM "EFLAGS Register")
 * @{ */
#define PKVM_RFLAGS_FIXED PKVM_BIT(1)        /**< always 1 */
#define PKVM_RFLAGS_TF    PKVM_BIT(8)        /**< trap */
#define PKVM_RFLAGS_IF    PKVM_BIT(9)        /**< interrupt enable */
#define PKVM_RFLAGS_RF    PKVM_BIT(16)       /**< resume */
#define PKVM_RFLAGS_VM    PKVM_BIT(17)       /**< virtual-8086 mode */
#define PKVM_RFLAGS_ALL   PKVM_U64(0x3f7fd7) /**< every bit that is not reserved */
/** @} */

/**
 * @brief Write RFLAGS of the loaded vCPU.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | value |     |
 *
 * @param[in]  in  RFLAGS; bit 1 set
 * @retval 0       done
 * @retval -EINVAL a reserved bit is set, or bit 1 is clear (word 1)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it
 * @since ABI 1.0
 * @see SDM "EFLAGS Register"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_rflags(const struct pkvm_value *in);

/**
 * @brief Read RFLAGS of the loaded vCPU.
 *
 * For an npVM the event summary of the shared page holds the same without a
 * call.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in | out   |
 * | -------- | ---- | -- | ----- |
 * | RBX      | 1    |    | value |
 *
 * @param[out] out RFLAGS; 0 on failure
 * @retval 0      done
 * @retval -EPERM a pVM's vCPU has attempted VM entry, or its guest has started
 *                it
 * @since ABI 1.0
 * @see struct pkvm_page_summary, SDM "EFLAGS Register"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_get_rflags(struct pkvm_value *out);

#endif
