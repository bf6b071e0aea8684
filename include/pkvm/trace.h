/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The VM-exit trace: counts and cycles by exit reason and by call.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_TRACE_H
#define PKVM_TRACE_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** Where dump_vmexit_trace writes, and from which entry on. */
struct pkvm_trace_page {
	uint64_t page;  /**< physical address of a shared buffer, page-aligned */
	uint64_t size;  /**< bytes of it, whole pages */
	uint64_t vcpu;  /**< vCPU handle, or 0 for the host */
	uint64_t first; /**< number of the first entry */
};
#define PKVM_WORDS_trace_page(W) \
	W(trace_page, page,  BITS, PKVM_ANY) \
	W(trace_page, size,  BITS, PKVM_ANY) \
	W(trace_page, vcpu,  BITS, PKVM_ANY) \
	W(trace_page, first, BITS, PKVM_ANY)
PKVM_SHAPE(trace_page)

/** What dump_vmexit_trace wrote. */
struct pkvm_trace_count {
	uint64_t entries; /**< entries written */
	uint64_t more;    /**< 1 when entries are left */
};
#define PKVM_WORDS_trace_count(W) \
	W(trace_count, entries, BITS, PKVM_ANY) \
	W(trace_count, more,    MAX, 1)
PKVM_SHAPE(trace_count)

/** @name Kinds of trace entry
 * @{ */
#define PKVM_TRACE_EXIT 0 /**< number is a basic exit reason */
#define PKVM_TRACE_CALL 1 /**< number is a call number */
/** @} */

/** One entry of the trace; entries whose count is 0 are left out. */
struct pkvm_trace_entry {
	uint64_t kind;   /**< PKVM_TRACE_*                                      */
	uint64_t number; /**< basic exit reason or call number                  */
	uint64_t count;  /**< how often since the trace was turned on           */
	uint64_t cycles; /**< time-stamp counter ticks spent in the handlers    */
};
PKVM_ASSERT(sizeof(struct pkvm_trace_entry) == 32)

/**
 * @brief Turn the VM-exit trace on or off.
 *
 * Turning it on resets every counter, also when it was on. Turned off, it keeps what
 * was counted.
 *
 * @pre Any CPU, any time after abi_query; the feature trace is in force.
 *
 * | register | word | in            | out |
 * | -------- | ---- | ------------- | --- |
 * | RBX      | 1    | value, 0 or 1 |     |
 *
 * @param[in]  in  1 on, 0 off
 * @retval 0       done
 * @retval -EINVAL neither 0 nor 1 (word 1)
 * @since ABI 1.0
 * @see pkvm_hc_dump_vmexit_trace()
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_enable_vmexit_trace(const struct pkvm_flag *in);

/**
 * @brief Write the counters of a vCPU or of the host into a shared buffer.
 *
 * The buffer receives structs pkvm_trace_entry one after another, as many as
 * fit, beginning with entry `first` of those that have counted something. The
 * count and the cycles of an entry belong together, also while other CPUs count
 * on. A caller that finds `more` set calls again with `first` raised by
 * `entries`.
 *
 * The host has calls beside exits; a vCPU has exits only.
 *
 * @pre Any CPU, any time after abi_query; the feature trace is in force.
 *
 * | register | word | in          | out          |
 * | -------- | ---- | ----------- | ------------ |
 * | RBX      | 1    | page        | entries      |
 * | RCX      | 2    | size, bytes | more, 0 or 1 |
 * | RDX      | 3    | vcpu        |              |
 * | RSI      | 4    | first       |              |
 *
 * @param[in]  in  the buffer, which stays the host's
 * @param[out] out all zero on failure
 * @retval 0       done; `first` beyond the last entry writes none
 * @retval -ENOENT unknown or stale vCPU handle (word 3)
 * @retval -EINVAL the buffer is empty, unaligned, wraps, or has more than
 *                 #PKVM_MAX_RANGE_PAGES pages (word 1 or 2)
 * @retval -EFAULT the buffer is not RAM (word 1)
 * @retval -EPERM  a page of the buffer is not the host's (word 1)
 * @since ABI 1.0
 * @see SDM "Basic VM-Exit Information"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_dump_vmexit_trace(const struct pkvm_trace_page *in,
			  struct pkvm_trace_count *out);

#endif
