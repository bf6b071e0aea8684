/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief Version, discovery and the life of the system.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_CORE_H
#define PKVM_CORE_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** What a caller of abi_query speaks. */
struct pkvm_query {
	uint64_t major;    /**< the caller's major version */
	uint64_t minor;    /**< the caller's minor version */
	uint64_t features; /**< features that it would use; unknown bits are allowed */
};
#define PKVM_WORDS_query(W) \
	W(query, major,    BITS, PKVM_ANY) \
	W(query, minor,    BITS, PKVM_ANY) \
	W(query, features, BITS, PKVM_ANY)
PKVM_SHAPE(query)

/** What abi_query tells. */
struct pkvm_answer {
	uint64_t major;          /**< the hypervisor's major version */
	uint64_t minor;          /**< minor version in force, or for another major its own */
	uint64_t features;       /**< features in force (PKVM_FEAT_*); 0 for another major */
	uint64_t capabilities;   /**< what this processor offers (PKVM_CAP_*) */
	uint64_t fingerprint;    /**< FNV-1a 64 over the canonical text of the rows in force */
	uint64_t vm_area_size;   /**< bytes of a VM's area, whole pages */
	uint64_t vcpu_area_size; /**< bytes of a vCPU's private area, whole pages */
	uint64_t fpstate_size;   /**< bytes of the smallest fpstate, whole pages */
	uint64_t max_vms;        /**< VMs at a time */
	uint64_t max_vcpus;      /**< vCPUs a VM */
};
#define PKVM_WORDS_answer(W) \
	W(answer, major,          BITS, PKVM_ANY) \
	W(answer, minor,          BITS, PKVM_ANY) \
	W(answer, features,       BITS, PKVM_ANY) \
	W(answer, capabilities,   BITS, PKVM_ANY) \
	W(answer, fingerprint,    BITS, PKVM_ANY) \
	W(answer, vm_area_size,   BITS, PKVM_ANY) \
	W(answer, vcpu_area_size, BITS, PKVM_ANY) \
	W(answer, fpstate_size,   BITS, PKVM_ANY) \
	W(answer, max_vms,        BITS, PKVM_ANY) \
	W(answer, max_vcpus,      BITS, PKVM_ANY)
PKVM_SHAPE(answer)

/** A page that lists the machine's memory. */
struct pkvm_region_list {
	uint64_t page;  /**< physical address of a page of struct pkvm_memory_region */
	uint64_t count; /**< number of regions, 1 to #PKVM_MAX_REGIONS */
};
#define PKVM_WORDS_region_list(W) \
	W(region_list, page,  BITS, PKVM_ANY) \
	W(region_list, count, BITS, PKVM_ANY)
PKVM_SHAPE(region_list)

/** @name Kinds of memory region
 * @{ */
#define PKVM_REGION_RAM        0 /**< the host's memory */
#define PKVM_REGION_HYPERVISOR 1 /**< memory set aside for the hypervisor */
#define PKVM_REGION_MMIO       2 /**< not RAM */
/** @} */

/** One region of the machine's memory in the page that init() reads. */
struct pkvm_memory_region {
	uint64_t address; /**< physical address, page-aligned      */
	uint64_t size;    /**< bytes, whole pages, not 0           */
	uint64_t kind;    /**< PKVM_REGION_*                       */
};
PKVM_ASSERT(sizeof(struct pkvm_memory_region) == 24)

#define PKVM_MAX_REGIONS 170u /**< as many as a page holds */

/**
 * @brief Negotiate version and features, and tell what this machine offers.
 *
 * The features in force are those that both sides know; unknown bits in
 * `features` are allowed. The lower of the two minor versions is in force. With
 * another major version the answer tells the hypervisor's version, its features
 * are 0, and every other call is -EPROTO. The number of this call is 0 for
 * ever.
 *
 * The host may ask again: until pkvm_hc_init() succeeds the last answer is in
 * force, later ones only report.
 *
 * @pre None: any CPU, any time.
 *
 * | register | word | in       | out                      |
 * | -------- | ---- | -------- | ------------------------ |
 * | RBX      | 1    | major    | major                    |
 * | RCX      | 2    | minor    | minor                    |
 * | RDX      | 3    | features | features, PKVM_FEAT_*    |
 * | RSI      | 4    |          | capabilities, PKVM_CAP_* |
 * | RDI      | 5    |          | fingerprint              |
 * | R8       | 6    |          | vm_area_size, bytes      |
 * | R9       | 7    |          | vcpu_area_size, bytes    |
 * | R10      | 8    |          | fpstate_size, bytes      |
 * | R11      | 9    |          | max_vms                  |
 * | R12      | 10   |          | max_vcpus                |
 *
 * @param[in]  in  what the caller speaks
 * @param[out] out what is in force, and limits
 * @retval 0 always
 * @since ABI 1.0
 * @see pkvm_fingerprint(), PKVM_FEAT_base and its neighbours in features.inc
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_abi_query(const struct pkvm_query *in, struct pkvm_answer *out);

/**
 * @brief Give the hypervisor the machine's memory map.
 *
 * The page holds `count` structs pkvm_memory_region one after another; it is
 * read once and stays the host's. From here on the hypervisor knows what is
 * RAM, and the negotiated version is fixed.
 *
 * @pre None has succeeded before.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | page  |     |
 * | RCX      | 2    | count |     |
 *
 * @param[in]  in  the list; the page is page-aligned RAM
 * @retval 0       done
 * @retval -EBUSY  init has succeeded before
 * @retval -EINVAL the page is unaligned, or a region is empty, unaligned or
 *                 wraps, overlaps another one, or is of an unknown kind (word
 *                 1); `count` is 0 or more than the page holds (2)
 * @retval -EFAULT the page, or a region that is said to be memory, is not RAM
 *                 (word 1)
 * @retval -ENOMEM the hypervisor's own memory is too small to keep account of
 *                 the regions
 * @retval -EPERM  the page is the hypervisor's (word 1)
 * @since ABI 1.0
 * @see struct pkvm_memory_region
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_init(const struct pkvm_region_list *in);

/**
 * @brief Close the set-up: from here on VMs can be made.
 *
 * Calls about VMs and vCPUs are -EPERM before it.
 *
 * @pre init has succeeded; this call has not.
 *
 * Takes no words and gives none.
 *
 * @retval 0      done
 * @retval -EBUSY it has succeeded before
 * @retval -EPERM before init
 * @since ABI 1.0
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_init_finalize(void);

/**
 * @brief Check that the calling CPU can run VMs.
 *
 * Required are VMX with EPT (4 levels, write-back tables, INVEPT) and unrestricted
 * guest, MSR bitmaps, virtual NMIs, exits for external interrupts, NMIs, I/O, HLT,
 * RDPMC, MONITOR and MWAIT, a 64-bit host, and IA32_EFER, IA32_PAT and the debug
 * controls loaded and saved by VM entry and exit.
 *
 * @pre Any time after abi_query; called on each CPU.
 *
 * Takes no words and gives none.
 *
 * @retval 0           it can
 * @retval -EOPNOTSUPP something of this is missing
 * @since ABI 1.0
 * @see SDM "Discovering Support for VMX", SDM "Unrestricted Guests"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_check_processor_compatibility(void);

/**
 * @brief Make the calling CPU ready to run vCPUs.
 *
 * No vCPU can be loaded on a CPU before. Calling it again succeeds and changes
 * nothing.
 *
 * @pre init has succeeded; called on each CPU.
 *
 * Takes no words and gives none.
 *
 * @retval 0           done
 * @retval -EPERM      before init
 * @retval -EOPNOTSUPP pkvm_hc_check_processor_compatibility() says so
 * @since ABI 1.0
 * @see SDM "Enabling and Entering VMX Operation"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_enable_virtualization_cpu(void);

/**
 * @brief Give the calling CPU back to the host, out of VMX non-root operation.
 *
 * It is for a host that gives up before it has made a VM. From then on this CPU
 * makes no more calls: every one but pkvm_hc_abi_query() is -EPERM.
 *
 * @pre No VM exists; called on each CPU.
 *
 * Takes no words and gives none.
 *
 * @retval 0      done
 * @retval -EBUSY a VM exists
 * @since ABI 1.0
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_reprivilege_cpu(void);

/**
 * @brief Tell whether WBINVD in a guest can cause VM exits.
 *
 * The answer is that of the capability PKVM_CAP_wbinvd_exiting.
 *
 * @pre Any CPU, any time after abi_query.
 *
 * | register | word | in | out           |
 * | -------- | ---- | -- | ------------- |
 * | RBX      | 1    |    | value, 0 or 1 |
 *
 * @param[out] out 1 yes, 0 no
 * @retval 0 done
 * @since ABI 1.0
 * @see SDM "Secondary Processor-Based VM-Execution Controls"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_has_wbinvd_exit(struct pkvm_flag *out);

#endif
