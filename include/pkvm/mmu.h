/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief Guest memory and the guest's own page-table pointers.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_MMU_H
#define PKVM_MMU_H

#include "abi.h"
#include "error.h"
#include "shape.h"
#include "vm.h"

/** @name What load_mmu_pgd brings
 * @{ */
#define PKVM_PGD_CR3    0x1 /**< word cr3 is valid */
#define PKVM_PGD_PDPTRS 0x2 /**< the four PDPTEs are valid */
#define PKVM_PGD_ALL    0x3 /**< every bit of this version */
/** @} */

/** The guest's own page-table pointers. */
struct pkvm_mmu_pgd {
	uint64_t valid;  /**< PKVM_PGD_* */
	uint64_t cr3;    /**< CR3 */
	uint64_t pdptr0; /**< PDPTE 0 */
	uint64_t pdptr1; /**< PDPTE 1 */
	uint64_t pdptr2; /**< PDPTE 2 */
	uint64_t pdptr3; /**< PDPTE 3 */
};
#define PKVM_WORDS_mmu_pgd(W) \
	W(mmu_pgd, valid,  BITS, PKVM_PGD_ALL) \
	W(mmu_pgd, cr3,    BITS, PKVM_ANY) \
	W(mmu_pgd, pdptr0, BITS, PKVM_ANY) \
	W(mmu_pgd, pdptr1, BITS, PKVM_ANY) \
	W(mmu_pgd, pdptr2, BITS, PKVM_ANY) \
	W(mmu_pgd, pdptr3, BITS, PKVM_ANY)
PKVM_SHAPE(mmu_pgd)

/** Memory for the VM of the loaded vCPU. */
struct pkvm_mapping {
	uint64_t gpa;      /**< guest-physical address, page-aligned */
	uint64_t hpa;      /**< physical address, page-aligned */
	uint64_t size;     /**< bytes, whole pages, at most #PKVM_MAX_RANGE_PAGES */
	uint64_t writable; /**< 1: the guest may write; always 1 for a pVM */
};
#define PKVM_WORDS_mapping(W) \
	W(mapping, gpa,      BITS, PKVM_ANY) \
	W(mapping, hpa,      BITS, PKVM_ANY) \
	W(mapping, size,     BITS, PKVM_ANY) \
	W(mapping, writable, MAX, 1)
PKVM_SHAPE(mapping)

/** A VM, a range of its memory, and whether to make it old. */
struct pkvm_vm_age {
	uint64_t vm;      /**< VM handle */
	uint64_t address; /**< guest-physical address, page-aligned */
	uint64_t size;    /**< bytes, whole pages, at most #PKVM_MAX_RANGE_PAGES */
	uint64_t mkold;   /**< 1: clear the accessed flags */
};
#define PKVM_WORDS_vm_age(W) \
	W(vm_age, vm,      BITS, PKVM_ANY) \
	W(vm_age, address, BITS, PKVM_ANY) \
	W(vm_age, size,    BITS, PKVM_ANY) \
	W(vm_age, mkold,   MAX, 1)
PKVM_SHAPE(vm_age)

/**
 * @brief Load the guest's own page-table pointers: CR3, and the PDPTEs of PAE
 *        paging.
 *
 * The second-level root is the hypervisor's and never passes through here. A
 * host checks the result before it runs the vCPU.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in                | out |
 * | -------- | ---- | ----------------- | --- |
 * | RBX      | 1    | valid, PKVM_PGD_* |     |
 * | RCX      | 2    | cr3               |     |
 * | RDX      | 3    | pdptr0            |     |
 * | RSI      | 4    | pdptr1            |     |
 * | RDI      | 5    | pdptr2            |     |
 * | R8       | 6    | pdptr3            |     |
 *
 * @param[in]  in  which words are valid, and the words
 * @retval 0       done
 * @retval -EINVAL an unknown bit in `valid` (word 1); CR3 beyond the
 *                 physical-address width (2); a reserved bit in a present PDPTE
 *                 (3 to 6)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it
 * @since ABI 1.0
 * @see SDM "PAE Paging", SDM "Checks on Guest Page-Directory-Pointer-Table
 *      Entries"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_load_mmu_pgd(const struct pkvm_mmu_pgd *in);

/**
 * @brief Flush every translation of the loaded vCPU.
 *
 * A hint: the hypervisor flushes by itself when a vCPU moves to another CPU and
 * when a mapping goes.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * Takes no words and gives none.
 *
 * @retval 0      done; the flush takes effect before the next entry
 * @retval -EPERM a pVM's vCPU has attempted VM entry, or its guest has started
 *                it
 * @since ABI 1.0
 * @see SDM "Operations That Invalidate Cached Mappings"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_flush_tlb_all(void);

/**
 * @brief Flush the translations of the loaded vCPU's current address space.
 *
 * A hint: the hypervisor flushes by itself when a vCPU moves to another CPU and
 * when a mapping goes.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * Takes no words and gives none.
 *
 * @retval 0      done; the flush takes effect before the next entry
 * @retval -EPERM a pVM's vCPU has attempted VM entry, or its guest has started
 *                it
 * @since ABI 1.0
 * @see SDM "Operations That Invalidate Cached Mappings"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_flush_tlb_current(void);

/**
 * @brief Flush the translations of one linear address of the loaded vCPU.
 *
 * A hint: the hypervisor flushes by itself when a vCPU moves to another CPU and
 * when a mapping goes.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | value |     |
 *
 * @param[in]  in  linear address
 * @retval 0       done; the flush takes effect before the next entry
 * @retval -EINVAL the address is not canonical (word 1)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it
 * @since ABI 1.0
 * @see SDM "Operations That Invalidate Cached Mappings"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_flush_tlb_gva(const struct pkvm_value *in);

/**
 * @brief Flush the translations that the guest of the loaded vCPU made itself.
 *
 * A hint: the hypervisor flushes by itself when a vCPU moves to another CPU and
 * when a mapping goes.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * Takes no words and gives none.
 *
 * @retval 0      done; the flush takes effect before the next entry
 * @retval -EPERM a pVM's vCPU has attempted VM entry, or its guest has started
 *                it
 * @since ABI 1.0
 * @see SDM "Operations That Invalidate Cached Mappings"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_flush_tlb_guest(void);

/**
 * @brief Give memory to the VM of the loaded vCPU.
 *
 * A pVM gets a donation, always writable: the pages keep their content and
 * leave the host's reach until pkvm_hc_vm_destroy() or the guest shares them.
 * An npVM's pages are shared with it. Either all pages are mapped or none.
 *
 * Mapping an npVM's page again where it is mapped succeeds and changes the
 * access; a pVM's page is not the host's to give any more.
 *
 * @pre A vCPU of the VM is loaded on this CPU; a pVM is finalized. Allowed
 *      before and after the first run.
 *
 * | register | word | in               | out |
 * | -------- | ---- | ---------------- | --- |
 * | RBX      | 1    | gpa              |     |
 * | RCX      | 2    | hpa              |     |
 * | RDX      | 3    | size, bytes      |     |
 * | RSI      | 4    | writable, 0 or 1 |     |
 *
 * @param[in]  in  guest-physical and physical address of the first page, bytes,
 *                 and access
 * @retval 0       done
 * @retval -EPERM  a pVM is not finalized; or a page is not the host's to give
 *                 (word 2)
 * @retval -EINVAL the range is empty, unaligned, wraps on either side, or has
 *                 more than #PKVM_MAX_RANGE_PAGES pages (words 1 to 3);
 *                 `writable` is above 1, or 0 for a pVM (4)
 * @retval -EFAULT a page is not RAM (word 2)
 * @retval -EEXIST another page is mapped at the guest-physical address (word 1)
 * @retval -EAGAIN the VM's pool is empty: pkvm_hc_vm_topup(), then repeat
 * @since ABI 1.0
 * @see pkvm_hc_vm_topup(), SDM "EPT Translation Mechanism"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vm_mmu_map(const struct pkvm_mapping *in);

/**
 * @brief Take memory away from an npVM.
 *
 * Addresses of the range at which nothing is mapped are passed over. No vCPU
 * uses an old translation after the call.
 *
 * @pre The VM is an npVM.
 *
 * | register | word | in          | out |
 * | -------- | ---- | ----------- | --- |
 * | RBX      | 1    | vm          |     |
 * | RCX      | 2    | address     |     |
 * | RDX      | 3    | size, bytes |     |
 *
 * @param[in]  in  VM handle, guest-physical range
 * @retval 0       done
 * @retval -ENOENT unknown or stale VM handle (word 1)
 * @retval -EPERM  the VM is a pVM; or it is being destroyed (word 1)
 * @retval -EINVAL the range is empty, unaligned, wraps, or has more than
 *                 #PKVM_MAX_RANGE_PAGES pages (word 2 or 3)
 * @since ABI 1.0
 * @see pkvm_hc_vm_mmu_map(), SDM "Operations That Invalidate Cached Mappings"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vm_mmu_unmap(const struct pkvm_vm_range *in);

/**
 * @brief Tell whether an npVM has used a range of its memory since it was last
 *        made old.
 *
 * The answer comes from the accessed flags of the second-level tables. A status
 * is never an answer: on failure nothing is known about the range.
 *
 * @pre The VM is an npVM.
 *
 * | register | word | in            | out           |
 * | -------- | ---- | ------------- | ------------- |
 * | RBX      | 1    | vm            | value, 0 or 1 |
 * | RCX      | 2    | address       |               |
 * | RDX      | 3    | size, bytes   |               |
 * | RSI      | 4    | mkold, 0 or 1 |               |
 *
 * @param[in]  in  VM handle, guest-physical range, and whether to clear the
 *                 flags
 * @param[out] out 1 when a page of the range is young; 0 on failure too
 * @retval 0       done
 * @retval -ENOENT unknown or stale VM handle (word 1)
 * @retval -EPERM  the VM is a pVM; or it is being destroyed (word 1)
 * @retval -EINVAL the range is empty, unaligned, wraps, or has more than
 *                 #PKVM_MAX_RANGE_PAGES pages (word 2 or 3); `mkold` is above 1
 *                 (4)
 * @retval -EOPNOTSUPP the processor keeps no accessed flags in EPT entries
 * @since ABI 1.0
 * @see SDM "Accessed and Dirty Flags for EPT"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vm_mmu_age(const struct pkvm_vm_age *in, struct pkvm_flag *out);

#endif
