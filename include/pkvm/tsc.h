/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief TSC offset and multiplier.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_TSC_H
#define PKVM_TSC_H

#include "abi.h"
#include "error.h"
#include "shape.h"

#define PKVM_TSC_MULTIPLIER_ONE PKVM_BIT(48) /**< ratio 1: 48 fraction bits */

/**
 * @brief Set the TSC offset of the loaded vCPU.
 *
 * The guest reads the TSC, multiplied, plus this offset, modulo 2^64. A pVM's
 * TSC is the host's to control and no trusted clock.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | value |     |
 *
 * @param[in]  in  offset, two's complement
 * @retval 0 done
 * @since ABI 1.0
 * @see SDM "Time-Stamp Counter Offset and Multiplier"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_write_tsc_offset(const struct pkvm_value *in);

/**
 * @brief Set the TSC multiplier of the loaded vCPU.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | value |     |
 *
 * @param[in]  in  ratio with 48 fraction bits; 1 is #PKVM_TSC_MULTIPLIER_ONE
 * @retval 0           done
 * @retval -EINVAL     0 (word 1)
 * @retval -EOPNOTSUPP this processor has no TSC scaling
 * @since ABI 1.0
 * @see SDM "Time-Stamp Counter Offset and Multiplier"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_write_tsc_multiplier(const struct pkvm_value *in);

#endif
