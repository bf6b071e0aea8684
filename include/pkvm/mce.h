/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief Machine-check banks.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_MCE_H
#define PKVM_MCE_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** @name IA32_MCG_CAP (SDM "IA32_MCG_CAP MSR")
 * @{ */
#define PKVM_MCG_COUNT     PKVM_BITS(7, 0)      /**< number of banks */
#define PKVM_MCG_CTL_P     PKVM_BIT(8)          /**< IA32_MCG_CTL is present */
#define PKVM_MCG_SER_P     PKVM_BIT(24)         /**< software error recovery */
#define PKVM_MCG_LMCE_P    PKVM_BIT(27)         /**< local machine-check exceptions */
#define PKVM_MCG_SUPPORTED PKVM_U64(0x090001ff) /**< every bit that setup_mce accepts */
#define PKVM_MCG_MAX_BANKS 32                   /**< most banks of a vCPU */
/** @} */

/**
 * @brief Give the loaded vCPU its machine-check banks.
 *
 * The hypervisor makes the state of the banks as after RESET, and never returns
 * it. After a pVM's first run only the value in force is accepted.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | value |     |
 *
 * @param[in]  in  IA32_MCG_CAP
 * @retval 0       done
 * @retval -EINVAL no bank or more than #PKVM_MCG_MAX_BANKS, or a bit beyond
 *                 #PKVM_MCG_SUPPORTED (word 1)
 * @retval -EPERM  the vCPU is a pVM's, has run, and the value is another one
 *                 (word 1)
 * @since ABI 1.0
 * @see SDM "Machine-Check Initialization"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_setup_mce(const struct pkvm_value *in);

#endif
