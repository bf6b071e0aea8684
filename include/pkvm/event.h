/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief Interrupts, NMIs and exceptions.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_EVENT_H
#define PKVM_EVENT_H

#include "abi.h"
#include "error.h"
#include "shape.h"
#include "interruptibility.h"

/** @name Vectors (SDM "Exception and Interrupt Vectors")
 * @{ */
#define PKVM_FIRST_INTERRUPT 32u /**< those below are exceptions: not the host's of a pVM */
/** @} */

/** An interrupt to inject. */
struct pkvm_irq {
	uint64_t vector; /**< 0 to 255 */
	uint64_t soft;   /**< 1: a software interrupt (INT n) */
	uint64_t length; /**< of the instruction, bytes; 0 unless soft */
};
#define PKVM_WORDS_irq(W) \
	W(irq, vector, MAX, 255) \
	W(irq, soft,   MAX, 1) \
	W(irq, length, MAX, 15)
PKVM_SHAPE(irq)

/** @name Bits of a payload (SDM "Pending Debug Exceptions", "Debug Status Register")
 * @{ */
#define PKVM_DB_PAYLOAD PKVM_U64(0x1f80f) /**< \#DB: breakpoints, bus lock, BD, BS, BT, RTM */
/** @} */

/** An exception to inject. */
struct pkvm_exception {
	uint64_t vector;         /**< 0 to 31 */
	uint64_t has_error_code; /**< 1: it has one */
	uint64_t error_code;     /**< 16 bits */
	uint64_t has_payload;    /**< 1: it has one */
	uint64_t payload;        /**< CR2 of a #PF, #PKVM_DB_PAYLOAD bits of a #DB */
	uint64_t length;         /**< of the instruction, bytes; #BP and #OF only */
};
#define PKVM_WORDS_exception(W) \
	W(exception, vector,         MAX, 31) \
	W(exception, has_error_code, MAX, 1) \
	W(exception, error_code,     BITS, PKVM_BITS(15, 0)) \
	W(exception, has_payload,    MAX, 1) \
	W(exception, payload,        BITS, PKVM_ANY) \
	W(exception, length,         MAX, 15)
PKVM_SHAPE(exception)

/** @name Kinds of cancelled event
 * @{ */
#define PKVM_EVENT_NONE      0 /**< nothing was pending */
#define PKVM_EVENT_IRQ       1 /**< an interrupt */
#define PKVM_EVENT_NMI       2 /**< an NMI */
#define PKVM_EVENT_EXCEPTION 3 /**< an exception */
/** @} */

/** The event that cancel_injection took back. */
struct pkvm_cancelled {
	uint64_t kind;           /**< PKVM_EVENT_* */
	uint64_t vector;         /**< 0 to 255 */
	uint64_t soft;           /**< 1: a software interrupt or exception */
	uint64_t has_error_code; /**< 1: it has one */
	uint64_t error_code;     /**< 32 bits */
	uint64_t length;         /**< of the instruction, bytes */
};
#define PKVM_WORDS_cancelled(W) \
	W(cancelled, kind,           BITS, PKVM_ANY) \
	W(cancelled, vector,         BITS, PKVM_ANY) \
	W(cancelled, soft,           MAX, 1) \
	W(cancelled, has_error_code, MAX, 1) \
	W(cancelled, error_code,     BITS, PKVM_BITS(31, 0)) \
	W(cancelled, length,         BITS, PKVM_ANY)
PKVM_SHAPE(cancelled)

/** @name Guest-debug flags (KVM's bits)
 * @{ */
#define PKVM_GUESTDBG_ENABLE     0x1     /**< guest debugging is on */
#define PKVM_GUESTDBG_SINGLESTEP 0x2     /**< #DB is intercepted */
#define PKVM_GUESTDBG_USE_SW_BP  0x10000 /**< #BP is intercepted */
#define PKVM_GUESTDBG_USE_HW_BP  0x20000 /**< #DB is intercepted */
#define PKVM_GUESTDBG_ALL        0x30003 /**< every flag of this version */
/** @} */

/** Guest-debug flags. */
struct pkvm_guest_debug {
	uint64_t flags; /**< PKVM_GUESTDBG_* */
};
#define PKVM_WORDS_guest_debug(W) \
	W(guest_debug, flags, BITS, PKVM_GUESTDBG_ALL)
PKVM_SHAPE(guest_debug)

/**
 * @brief Inject an interrupt into the loaded vCPU at its next entry.
 *
 * After pkvm_hc_interrupt_allowed() for injection has said yes and nothing came
 * between, it succeeds.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not.
 *
 * | register | word | in                    | out |
 * | -------- | ---- | --------------------- | --- |
 * | RBX      | 1    | vector, 0 to 255      |     |
 * | RCX      | 2    | soft, 0 or 1          |     |
 * | RDX      | 3    | length, 0 to 15 bytes |     |
 *
 * @param[in]  in  vector; for a software interrupt the length of INT n too
 * @retval 0       done
 * @retval -EINVAL `vector` is above 255 (word 1); `soft` is above 1 (2);
 *                 `length` is above 15, or not 0 without `soft` (3)
 * @retval -EPERM  the vCPU is a pVM's and the vector is below 32 (word 1) or
 *                 the interrupt is a software interrupt (2)
 * @retval -EBUSY  it cannot be taken now, or another event is in the way
 * @since ABI 1.0
 * @see pkvm_hc_inject_irq_if_allowed(), SDM "Event Injection"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_inject_irq(const struct pkvm_irq *in);

/**
 * @brief Inject an external interrupt into the loaded vCPU, or open the
 *        interrupt window.
 *
 * One call for pkvm_hc_interrupt_allowed(), pkvm_hc_inject_irq() and
 * pkvm_hc_enable_irq_window(): every condition that would be -EBUSY there opens
 * the window here. The host acknowledges its interrupt controller only when the
 * answer is 1. An interrupt that the controller must be asked for (ExtINT) uses
 * the two-call form.
 *
 * @pre A vCPU is loaded on this CPU; allowed for a pVM at any time; the feature
 *      fused_injection is in force.
 *
 * | register | word | in               | out           |
 * | -------- | ---- | ---------------- | ------------- |
 * | RBX      | 1    | vector, 0 to 255 | value, 0 or 1 |
 *
 * @param[in]  in  vector
 * @param[out] out 1 injected, 0 the window is open; 0 on failure
 * @retval 0       done
 * @retval -EINVAL `vector` is above 255 (word 1)
 * @retval -EPERM  the vCPU is a pVM's and the vector is below 32 (word 1)
 * @since ABI 1.0
 * @see pkvm_hc_inject_irq(), SDM "Event Injection"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_inject_irq_if_allowed(const struct pkvm_vector *in, struct pkvm_flag *out);

/**
 * @brief Inject an NMI into the loaded vCPU at its next entry.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not.
 *
 * Takes no words and gives none.
 *
 * @retval 0      done
 * @retval -EBUSY NMIs are blocked, or another event is in the way
 * @since ABI 1.0
 * @see pkvm_hc_nmi_allowed(), SDM "Event Injection"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_inject_nmi(void);

/**
 * @brief Inject an exception into the loaded vCPU at its next entry.
 *
 * The payload (CR2 of a #PF; of a #DB what the pending-debug-exceptions field
 * would hold, and DR6.BD and DR6.BT) is delivered with the exception. In
 * real-address mode (CR0.PE = 0) the error code is dropped. A pVM's exceptions
 * belong to the hypervisor.
 *
 * @pre An npVM's vCPU is loaded on this CPU.
 *
 * | register | word | in                     | out |
 * | -------- | ---- | ---------------------- | --- |
 * | RBX      | 1    | vector, 0 to 31        |     |
 * | RCX      | 2    | has_error_code, 0 or 1 |     |
 * | RDX      | 3    | error_code, 16 bits    |     |
 * | RSI      | 4    | has_payload, 0 or 1    |     |
 * | RDI      | 5    | payload                |     |
 * | R8       | 6    | length, 0 to 15 bytes  |     |
 *
 * @param[in]  in  the exception; `length` for #BP and #OF only
 * @retval 0       done
 * @retval -EINVAL `vector` is above 31 (word 1); a yes/no word is above 1 (2 or
 *                 4); `error_code` exceeds 16 bits (3); `length` is above 15
 *                 (6); `vector` is the NMI's (1); an error code that the vector
 *                 does not have, or none that it has, in protected mode (2); an
 *                 error code, a payload or a length without what it belongs to
 *                 (3, 5, 6); a payload for another vector than \#PF and \#DB (4);
 *                 one of a \#DB with a bit that is not in #PKVM_DB_PAYLOAD (5)
 * @retval -EBUSY  an exception is pending already
 * @retval -EPERM  the vCPU is a pVM's
 * @since ABI 1.0
 * @see SDM "VM-Entry Controls for Event Injection"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_inject_exception(const struct pkvm_exception *in);

/**
 * @brief Take back the event that is waiting for entry, or whose delivery an
 *        exit cut short.
 *
 * KVM puts it back into its own queue. A pVM's exceptions and software
 * interrupts are neither taken back nor shown: the answer is #PKVM_EVENT_NONE,
 * and the hypervisor injects them again. An event is found once: repeating the
 * call finds nothing, or of an npVM the interrupt or NMI that waited behind an
 * exception.
 *
 * @pre A vCPU is loaded on this CPU, an npVM's or a pVM's, whether it has run
 *      or not.
 *
 * | register | word | in | out                    |
 * | -------- | ---- | -- | ---------------------- |
 * | RBX      | 1    |    | kind, PKVM_EVENT_*     |
 * | RCX      | 2    |    | vector                 |
 * | RDX      | 3    |    | soft, 0 or 1           |
 * | RSI      | 4    |    | has_error_code, 0 or 1 |
 * | RDI      | 5    |    | error_code, 32 bits    |
 * | R8       | 6    |    | length, bytes          |
 *
 * @param[out] out the event; all zero when there is none
 * @retval 0 done
 * @since ABI 1.0
 * @see SDM "Information for VM Exits That Occur During Event Delivery"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_cancel_injection(struct pkvm_cancelled *out);

/**
 * @brief Choose which exceptions of the loaded vCPU exit for a debugger.
 *
 * The flags replace those of the last call.
 *
 * @pre An npVM's vCPU is loaded on this CPU.
 *
 * | register | word | in                     | out |
 * | -------- | ---- | ---------------------- | --- |
 * | RBX      | 1    | flags, PKVM_GUESTDBG_* |     |
 *
 * @param[in]  in  PKVM_GUESTDBG_*
 * @retval 0       done
 * @retval -EINVAL an unknown flag (word 1)
 * @retval -EPERM  the vCPU is a pVM's
 * @since ABI 1.0
 * @see SDM "Exception Bitmap"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_update_exception_bitmap(const struct pkvm_guest_debug *in);

/**
 * @brief Start the loaded vCPU as a start-up IPI does.
 *
 * CS selector is vector << 8, CS base vector << 12, RIP 0. A pVM starts its own
 * secondaries with pkvm_guest_start_cpu().
 *
 * The vCPU need not wait for it: one that runs is sent there too, and keeps all
 * other registers. A processor ignores a SIPI unless it waits for one, so that
 * a host makes the call only for a vCPU that does.
 *
 * @pre An npVM's vCPU is loaded on this CPU.
 *
 * | register | word | in               | out |
 * | -------- | ---- | ---------------- | --- |
 * | RBX      | 1    | vector, 0 to 255 |     |
 *
 * @param[in]  in  vector
 * @retval 0       done
 * @retval -EINVAL `vector` is above 255 (word 1)
 * @retval -EPERM  the vCPU is a pVM's
 * @since ABI 1.0
 * @see SDM "Multiple-Processor (MP) Initialization"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_deliver_sipi(const struct pkvm_vector *in);

#endif
