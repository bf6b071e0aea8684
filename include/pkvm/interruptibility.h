/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief Whether a vCPU can take an interrupt or an NMI.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_INTERRUPTIBILITY_H
#define PKVM_INTERRUPTIBILITY_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** @name Interrupt shadow, as KVM numbers it
 * @{ */
#define PKVM_SHADOW_NONE   0 /**< no blocking */
#define PKVM_SHADOW_MOV_SS 1 /**< blocking by MOV SS */
#define PKVM_SHADOW_STI    2 /**< blocking by STI */
/** @} */

/** Blocking by STI or by MOV SS. */
struct pkvm_interrupt_shadow {
	uint64_t mask; /**< PKVM_SHADOW_*, never both */
};
#define PKVM_WORDS_interrupt_shadow(W) \
	W(interrupt_shadow, mask, MAX, 2)
PKVM_SHAPE(interrupt_shadow)

/**
 * @brief Set blocking by STI or by MOV SS of the loaded vCPU.
 *
 * KVM sets it when it restores a vCPU and clears it when it has skipped an
 * instruction.
 *
 * @pre An npVM's vCPU is loaded on this CPU.
 *
 * | register | word | in                  | out |
 * | -------- | ---- | ------------------- | --- |
 * | RBX      | 1    | mask, PKVM_SHADOW_* |     |
 *
 * @param[in]  in  PKVM_SHADOW_*
 * @retval 0       done
 * @retval -EINVAL both at once, or an unknown bit (word 1)
 * @retval -EPERM  the vCPU is a pVM's
 * @since ABI 1.0
 * @see SDM "Guest Non-Register State"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_interrupt_shadow(const struct pkvm_interrupt_shadow *in);

/**
 * @brief Read blocking by STI and by MOV SS of the loaded vCPU.
 *
 * The event summary of the shared page holds the same without a call.
 *
 * @pre An npVM's vCPU is loaded on this CPU.
 *
 * | register | word | in | out                 |
 * | -------- | ---- | -- | ------------------- |
 * | RBX      | 1    |    | mask, PKVM_SHADOW_* |
 *
 * @param[out] out PKVM_SHADOW_*; 0 on failure
 * @retval 0      done
 * @retval -EPERM the vCPU is a pVM's
 * @since ABI 1.0
 * @see struct pkvm_page_summary, SDM "Guest Non-Register State"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_get_interrupt_shadow(struct pkvm_interrupt_shadow *out);

/**
 * @brief Tell whether the loaded vCPU can take an external interrupt now.
 *
 * Yes when RFLAGS.IF is 1 and neither STI nor MOV SS blocks. With
 * `for_injection` (the word is 1) the caller means to inject: after a yes the
 * injection succeeds, as long as nothing comes between. The event summary of
 * the shared page answers both without a call.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not.
 *
 * | register | word | in            | out           |
 * | -------- | ---- | ------------- | ------------- |
 * | RBX      | 1    | value, 0 or 1 | value, 0 or 1 |
 *
 * @param[in]  in  1 for injection, 0 to ask only
 * @param[out] out 1 yes, 0 no; 0 on failure
 * @retval 0       done
 * @retval -EINVAL neither 0 nor 1 (word 1)
 * @retval -EBUSY  for injection: an event awaits re-injection, or waited and can go
 *                 now; an exception is pending; an MSR exit is not answered
 * @since ABI 1.0
 * @see pkvm_hc_inject_irq(), SDM "Guest Non-Register State"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_interrupt_allowed(const struct pkvm_flag *in, struct pkvm_flag *out);

/**
 * @brief Tell whether the loaded vCPU can take an NMI now.
 *
 * Yes when neither an NMI nor MOV SS blocks. With `for_injection` (the word is
 * 1) the caller means to inject: after a yes the injection succeeds, as long as
 * nothing comes between. The event summary of the shared page answers both
 * without a call.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not.
 *
 * | register | word | in            | out           |
 * | -------- | ---- | ------------- | ------------- |
 * | RBX      | 1    | value, 0 or 1 | value, 0 or 1 |
 *
 * @param[in]  in  1 for injection, 0 to ask only
 * @param[out] out 1 yes, 0 no; 0 on failure
 * @retval 0       done
 * @retval -EINVAL neither 0 nor 1 (word 1)
 * @retval -EBUSY  for injection: an event awaits re-injection, or waited and can go
 *                 now; an exception is pending; an MSR exit is not answered
 * @since ABI 1.0
 * @see pkvm_hc_inject_nmi(), SDM "Guest Non-Register State"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_nmi_allowed(const struct pkvm_flag *in, struct pkvm_flag *out);

/**
 * @brief Ask for an exit as soon as the loaded vCPU can take an interrupt.
 *
 * The exit is #PKVM_EXIT_IRQ_WINDOW for a pVM and #PKVM_EXIT_VMX for an npVM;
 * it comes once.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not.
 *
 * Takes no words and gives none.
 *
 * @retval 0 done
 * @since ABI 1.0
 * @see SDM "Interrupt-Window Exiting and Virtual-Interrupt Delivery"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_enable_irq_window(void);

/**
 * @brief Ask for an exit as soon as the loaded vCPU can take an NMI.
 *
 * The exit is #PKVM_EXIT_NMI_WINDOW for a pVM and #PKVM_EXIT_VMX for an npVM;
 * it comes once.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not.
 *
 * Takes no words and gives none.
 *
 * @retval 0 done
 * @since ABI 1.0
 * @see SDM "NMI-Window Exiting"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_enable_nmi_window(void);

/**
 * @brief Tell whether NMIs are blocked for the loaded vCPU by an NMI before
 *        IRET.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not.
 *
 * | register | word | in | out           |
 * | -------- | ---- | -- | ------------- |
 * | RBX      | 1    |    | value, 0 or 1 |
 *
 * @param[out] out 1 blocked, 0 not; 0 on failure
 * @retval 0 done
 * @since ABI 1.0
 * @see SDM "Guest Non-Register State"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_get_nmi_mask(struct pkvm_flag *out);

/**
 * @brief Block or unblock NMIs of the loaded vCPU.
 *
 * @pre An npVM's vCPU is loaded on this CPU.
 *
 * | register | word | in            | out |
 * | -------- | ---- | ------------- | --- |
 * | RBX      | 1    | value, 0 or 1 |     |
 *
 * @param[in]  in  1 block, 0 unblock
 * @retval 0       done
 * @retval -EINVAL neither 0 nor 1 (word 1)
 * @retval -EPERM  the vCPU is a pVM's
 * @since ABI 1.0
 * @see pkvm_hc_get_nmi_mask(), SDM "Guest Non-Register State"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_nmi_mask(const struct pkvm_flag *in);

#endif
