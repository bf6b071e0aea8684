/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The life of a VM.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_VM_H
#define PKVM_VM_H

#include "abi.h"
#include "error.h"
#include "shape.h"
#include "vm_cap.h"

/** A VM's handle. */
struct pkvm_vm_handle {
	uint64_t vm; /**< opaque; never valid again after the VM is gone */
};
#define PKVM_WORDS_vm_handle(W) \
	W(vm_handle, vm, BITS, PKVM_ANY)
PKVM_SHAPE(vm_handle)

/** @name Types of VM
 * @{ */
#define PKVM_VM_NPVM 0 /**< ordinary: the host may read and write all of it */
#define PKVM_VM_PVM  1 /**< protected */
/** @} */

/** What a new VM is made of. */
struct pkvm_vm_config {
	uint64_t area;      /**< physical address of the donated area */
	uint64_t size;      /**< bytes of it, at least answer.vm_area_size */
	uint64_t type;      /**< PKVM_VM_* */
	uint64_t max_vcpus; /**< 1 to answer.max_vcpus; vCPU ids are below it */
};
#define PKVM_WORDS_vm_config(W) \
	W(vm_config, area,      BITS, PKVM_ANY) \
	W(vm_config, size,      BITS, PKVM_ANY) \
	W(vm_config, type,      MAX, 1) \
	W(vm_config, max_vcpus, BITS, PKVM_ANY)
PKVM_SHAPE(vm_config)

/** A VM and a range. */
struct pkvm_vm_range {
	uint64_t vm;      /**< VM handle */
	uint64_t address; /**< physical or guest-physical address, page-aligned */
	uint64_t size;    /**< bytes, whole pages, at most #PKVM_MAX_RANGE_PAGES */
};
#define PKVM_WORDS_vm_range(W) \
	W(vm_range, vm,      BITS, PKVM_ANY) \
	W(vm_range, address, BITS, PKVM_ANY) \
	W(vm_range, size,    BITS, PKVM_ANY)
PKVM_SHAPE(vm_range)

/** Pages that come back to the host, and whether there are more. */
struct pkvm_reclaim_more {
	uint64_t address; /**< as in struct pkvm_reclaim */
	uint64_t pages;   /**< as in struct pkvm_reclaim */
	uint64_t ranges;  /**< as in struct pkvm_reclaim */
	uint64_t more;    /**< 1: call again */
};
#define PKVM_WORDS_reclaim_more(W) \
	W(reclaim_more, address, BITS, PKVM_ANY) \
	W(reclaim_more, pages,   BITS, PKVM_ANY) \
	W(reclaim_more, ranges,  BITS, PKVM_ANY) \
	W(reclaim_more, more,    MAX, 1)
PKVM_SHAPE(reclaim_more)

/**
 * @brief Make a VM out of a donated area.
 *
 * The area belongs to the hypervisor until pkvm_hc_vm_destroy() returns it. The
 * handle is valid on every CPU from the moment the call returns it, and on none
 * before. The VM has no memory, no vCPU, no interrupt controller and every
 * quirk.
 *
 * @pre init_finalize has succeeded.
 *
 * | register | word | in              | out |
 * | -------- | ---- | --------------- | --- |
 * | RBX      | 1    | area            | vm  |
 * | RCX      | 2    | size, bytes     |     |
 * | RDX      | 3    | type, PKVM_VM_* |     |
 * | RSI      | 4    | max_vcpus       |     |
 *
 * @param[in]  in  the area, its size, and the kind of VM
 * @param[out] out the handle; 0 on failure
 * @retval 0       done
 * @retval -EINVAL unknown type (word 3); `max_vcpus` is 0 or above the limit
 *                 that abi_query tells (word 4); the range is empty, unaligned,
 *                 wraps, or has more than #PKVM_MAX_RANGE_PAGES pages (word 1
 *                 or 2)
 * @retval -ENOMEM the area is smaller than answer.vm_area_size (word 2), or as
 *                 many VMs exist as abi_query tells
 * @retval -EFAULT the area is not RAM (word 1)
 * @retval -EPERM  before init_finalize, or a page of the area is not the host's
 *                 (word 1)
 * @since ABI 1.0
 * @see pkvm_hc_vm_destroy()
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vm_init(const struct pkvm_vm_config *in, struct pkvm_vm_handle *out);

/**
 * @brief Declare that a pVM has all its vCPUs.
 *
 * Afterwards no vCPU can be created in it, and it can be given memory and run.
 * An npVM has no such step.
 *
 * @pre The VM is a pVM.
 *
 * | register | word | in | out |
 * | -------- | ---- | -- | --- |
 * | RBX      | 1    | vm |     |
 *
 * @param[in]  in  VM handle
 * @retval 0       done
 * @retval -ENOENT unknown or stale VM handle (word 1)
 * @retval -EBUSY  it is finalized already (word 1)
 * @retval -EPERM  the VM is being destroyed (word 1)
 * @retval -EINVAL the VM is an npVM
 * @since ABI 1.0
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vm_finalize(const struct pkvm_vm_handle *in);

/**
 * @brief Donate pages to a VM's pool of page-table pages.
 *
 * The hypervisor takes tables of the second-level translation from the pool;
 * pkvm_hc_vm_mmu_map() that finds it empty is -EAGAIN. The pages come back with
 * pkvm_hc_vm_destroy(). A refused donation is untouched and wholly the host's
 * again.
 *
 * @pre The VM is not being destroyed.
 *
 * | register | word | in          | out |
 * | -------- | ---- | ----------- | --- |
 * | RBX      | 1    | vm          |     |
 * | RCX      | 2    | address     |     |
 * | RDX      | 3    | size, bytes |     |
 *
 * @param[in]  in  VM handle and a physical range
 * @retval 0       done
 * @retval -ENOENT unknown or stale VM handle (word 1)
 * @retval -EPERM  the VM is being destroyed (word 1), or a page is not the
 *                 host's (2)
 * @retval -EINVAL the range is empty, unaligned, wraps, or has more than
 *                 #PKVM_MAX_RANGE_PAGES pages (word 2 or 3)
 * @retval -EFAULT the range is not RAM (word 2)
 * @since ABI 1.0
 * @see pkvm_hc_vm_mmu_map()
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vm_topup(const struct pkvm_vm_range *in);

/**
 * @brief Take a VM apart, a bounded number of pages a call.
 *
 * From the first call on the handle accepts nothing but this call, and it dies
 * with the call that answers `more` = 0. Each call returns at most
 * #PKVM_MAX_RECLAIM_RANGES ranges and #PKVM_MAX_RECLAIM_PAGES scrubbed pages: a
 * pVM's guest memory, zeroed, then page tables, pool and area.
 *
 * The list is linked through the pages themselves (struct pkvm_reclaim); the
 * hypervisor never reads them again.
 *
 * @pre The VM has no vCPU.
 *
 * | register | word | in | out          |
 * | -------- | ---- | -- | ------------ |
 * | RBX      | 1    | vm | address      |
 * | RCX      | 2    |    | pages        |
 * | RDX      | 3    |    | ranges       |
 * | RSI      | 4    |    | more, 0 or 1 |
 *
 * @param[in]  in  VM handle
 * @param[out] out the pages, and 1 to be called again; all zero on failure
 * @retval 0       done
 * @retval -ENOENT unknown or stale VM handle (word 1)
 * @retval -EBUSY  a vCPU exists (word 1)
 * @since ABI 1.0
 * @see pkvm_hc_vcpu_free(), struct pkvm_reclaim
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vm_destroy(const struct pkvm_vm_handle *in, struct pkvm_reclaim_more *out);

#endif
