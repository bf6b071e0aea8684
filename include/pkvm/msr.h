/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief Model-specific registers.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_MSR_H
#define PKVM_MSR_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** An MSR and its value. */
struct pkvm_msr {
	uint64_t index; /**< MSR number */
	uint64_t value; /**< all 64 bits */
};
#define PKVM_WORDS_msr(W) \
	W(msr, index, BITS, PKVM_BITS(31, 0)) \
	W(msr, value, BITS, PKVM_ANY)
PKVM_SHAPE(msr)

/** Which MSR. */
struct pkvm_msr_index {
	uint64_t index; /**< MSR number */
};
#define PKVM_WORDS_msr_index(W) \
	W(msr_index, index, BITS, PKVM_BITS(31, 0))
PKVM_SHAPE(msr_index)

/**
 * @brief Write one MSR of the loaded vCPU.
 *
 * For a pVM the rows of msr_policy.inc say which MSRs the host may write, which
 * bits of them, and which bits are forced; every other MSR is -EPERM. The
 * values are as little trusted as the guest's initial memory. For an npVM the
 * SDM's canonical and reserved-bit rules of each MSR hold.
 *
 * No value is compared with the old one, and write-only MSRs (IA32_FLUSH_CMD,
 * IA32_PRED_CMD) never reach the processor. IA32_TSC and IA32_TSC_ADJUST are
 * emulated by the host, IA32_XSS of a pVM is the listed case of a refusal that
 * the host expects.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in             | out |
 * | -------- | ---- | -------------- | --- |
 * | RBX      | 1    | index, 32 bits |     |
 * | RCX      | 2    | value          |     |
 *
 * @param[in]  in  number and value
 * @retval 0       done
 * @retval -EINVAL `index` exceeds 32 bits, or an npVM's MSR is unknown or the
 *                 host's own to emulate (word 1); a reserved bit is set, an
 *                 address is not canonical, or a memory type does not exist (2)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it; the MSR (word 1), or a bit of IA32_MISC_ENABLE (2), is
 *                 not the host's to write
 * @since ABI 1.0
 * @see pkvm_hc_complete_emulated_msr(), SDM "Model-Specific Registers (MSRs)"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_msr(const struct pkvm_msr *in);

/**
 * @brief Read one MSR of the loaded vCPU.
 *
 * What the host may not write of a pVM it may not read either.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in             | out   |
 * | -------- | ---- | -------------- | ----- |
 * | RBX      | 1    | index, 32 bits | value |
 *
 * @param[in]  in  number
 * @param[out] out the value; 0 on failure
 * @retval 0       done
 * @retval -EINVAL `index` exceeds 32 bits, or an npVM's MSR is unknown,
 *                 write-only, or the host's own to emulate (word 1)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it; the MSR is not the host's to read (word 1)
 * @since ABI 1.0
 * @see pkvm_hc_set_msr(), SDM "Model-Specific Registers (MSRs)"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_get_msr(const struct pkvm_msr_index *in, struct pkvm_value *out);

#endif
