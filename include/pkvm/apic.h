/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The virtual local APIC.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_APIC_H
#define PKVM_APIC_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** TPR and the highest pending interrupt, as priority classes. */
struct pkvm_cr8_intercept {
	uint64_t tpr; /**< TPR class (CR8), 0 to 15 */
	uint64_t irr; /**< class of the highest pending vector, or #PKVM_NONE */
};
#define PKVM_WORDS_cr8_intercept(W) \
	W(cr8_intercept, tpr, MAX, 15) \
	W(cr8_intercept, irr, OPT, 15)
PKVM_SHAPE(cr8_intercept)

/**
 * @brief Set the TPR threshold of the loaded vCPU.
 *
 * The threshold becomes `irr` when that is not above `tpr`, else 0: an exit
 * tells when the guest lowers its TPR below the class of the interrupt that
 * waits. With APICv active the processor does this, and the call has nothing to
 * do.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not; the feature apic is in force.
 *
 * | register | word | in                   | out |
 * | -------- | ---- | -------------------- | --- |
 * | RBX      | 1    | tpr, 0 to 15         |     |
 * | RCX      | 2    | irr, 0 to 15 or none |     |
 *
 * @param[in]  in  classes: bits 7:4 of TPR and of the vector
 * @retval 0       done
 * @retval -EINVAL `tpr` is above 15 (word 1); `irr` is above 15 and not
 *                 #PKVM_NONE (2)
 * @since ABI 1.0
 * @see SDM "TPR Virtualization", SDM "Controls for APIC Virtualization"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_update_cr8_intercept(const struct pkvm_cr8_intercept *in);

/**
 * @brief Switch the loaded vCPU's local APIC between disabled, xAPIC and x2APIC
 *        mode.
 *
 * A pVM always runs in x2APIC mode.
 *
 * @pre An npVM's vCPU is loaded on this CPU; the feature apic is in force.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | value |     |
 *
 * @param[in]  in  IA32_APIC_BASE as the guest sees it
 * @retval 0       done
 * @retval -EINVAL a reserved bit, or x2APIC mode without the APIC enabled (word
 *                 1)
 * @retval -EPERM  the vCPU is a pVM's
 * @since ABI 1.0
 * @see SDM "x2APIC State Transitions"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_virtual_apic_mode(const struct pkvm_value *in);

/**
 * @brief Turn APICv of the loaded vCPU on or off.
 *
 * It needs x2APIC mode, in which the registers that are the host's to emulate
 * exit. An npVM's vCPU that leaves this mode has APICv off.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not; the feature apic is in force.
 *
 * | register | word | in            | out |
 * | -------- | ---- | ------------- | --- |
 * | RBX      | 1    | value, 0 or 1 |     |
 *
 * Switched off, an npVM's IRR and ISR are forgotten: the host has taken them
 * from the page before. A pVM's ISR is forgotten, its IRR kept until APICv is
 * active again.
 *
 * @param[in]  in  1 active, 0 inhibited
 * @retval 0           done
 * @retval -EINVAL     neither 0 nor 1 (word 1); the VM has no local APIC in the
 *                     kernel
 * @retval -EOPNOTSUPP this processor has no APICv; an npVM's local APIC is not in
 *                     x2APIC mode
 * @since ABI 1.0
 * @see SDM "Virtual-Interrupt Delivery"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_refresh_apicv_exec_ctrl(const struct pkvm_flag *in);

/**
 * @brief Choose the vectors whose EOI exits.
 *
 * Bit n of the 256 is vector n; bit 0 of `word0` is vector 0. It has effect
 * while APICv is active.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not; the feature apic is in force.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | word0 |     |
 * | RCX      | 2    | word1 |     |
 * | RDX      | 3    | word2 |     |
 * | RSI      | 4    | word3 |     |
 *
 * @param[in]  in  the bitmap
 * @retval 0 done
 * @since ABI 1.0
 * @see SDM "EOI Virtualization"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_load_eoi_exitmap(const struct pkvm_words4 *in);

/**
 * @brief Tell the processor the highest vector in service of the loaded vCPU.
 *
 * Sets SVI, and the vector's bit in VISR, above which it clears all bits;
 * #PKVM_NONE clears SVI and VISR. An npVM's page shows it.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not; the feature apic is in force.
 *
 * | register | word | in                       | out |
 * | -------- | ---- | ------------------------ | --- |
 * | RBX      | 1    | vector, 0 to 255 or none |     |
 *
 * @param[in]  in  vector or #PKVM_NONE
 * @retval 0           done
 * @retval -EINVAL     `vector` is above 255 and not #PKVM_NONE (word 1)
 * @retval -EPERM      the vCPU is a pVM's and the vector is below 32 (word 1)
 * @retval -EOPNOTSUPP APICv is not active (pkvm_hc_refresh_apicv_exec_ctrl())
 * @since ABI 1.0
 * @see SDM "Guest Non-Register State", SDM "Virtual-Interrupt Delivery"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_hwapic_isr_update(const struct pkvm_optional_vector *in);

/**
 * @brief Move the vectors posted in the shared page into the IRR of the loaded
 *        vCPU.
 *
 * The posting bitmap is taken into private memory atomically: no vector is lost
 * or taken twice. Vectors below 32 posted to a pVM are dropped and counted.
 * With APICv active pkvm_hc_vcpu_run() does the same before entry. An npVM's
 * page shows the IRR.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not; the feature apic is in force.
 *
 * | register | word | in | out                      |
 * | -------- | ---- | -- | ------------------------ |
 * | RBX      | 1    |    | vector, 0 to 255 or none |
 *
 * @param[out] out highest pending vector, or #PKVM_NONE; 0 on failure
 * @retval 0           done
 * @retval -EOPNOTSUPP APICv is not active (pkvm_hc_refresh_apicv_exec_ctrl())
 * @since ABI 1.0
 * @see struct pkvm_page_apic, SDM "Posted-Interrupt Processing"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_sync_pir_to_irr(struct pkvm_optional_vector *out);

/**
 * @brief Tell whether the protected APIC of the loaded vCPU has an interrupt
 *        that it could deliver.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not; the feature apic is in force.
 *
 * | register | word | in | out           |
 * | -------- | ---- | -- | ------------- |
 * | RBX      | 1    |    | value, 0 or 1 |
 *
 * @param[out] out 1 yes, 0 no; 0 on failure
 * @retval 0           done
 * @retval -EOPNOTSUPP there is no protected APIC: the processor has none
 *                     (PKVM_CAP_protected_apic), APICv is not active, or the
 *                     vCPU is an npVM's
 * @since ABI 1.0
 * @see SDM "Evaluation of Pending Virtual Interrupts"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_protected_apic_has_interrupt(struct pkvm_flag *out);

#endif
