/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The life of a vCPU.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_VCPU_H
#define PKVM_VCPU_H

#include "abi.h"
#include "error.h"
#include "shape.h"
#include "run.h"

/** A vCPU's handle. */
struct pkvm_vcpu_handle {
	uint64_t vcpu; /**< opaque, unique by itself; never valid again once it is gone */
};
#define PKVM_WORDS_vcpu_handle(W) \
	W(vcpu_handle, vcpu, BITS, PKVM_ANY)
PKVM_SHAPE(vcpu_handle)

/** What a new vCPU is made of. */
struct pkvm_vcpu_config {
	uint64_t vm;           /**< VM handle */
	uint64_t page;         /**< physical address of its struct pkvm_shared_page */
	uint64_t area;         /**< physical address of the donated private area */
	uint64_t area_size;    /**< bytes of it, at least answer.vcpu_area_size */
	uint64_t fpstate;      /**< physical address of the donated fpstate; 0 for an npVM */
	uint64_t fpstate_size; /**< bytes of it, at least answer.fpstate_size; 0 for an npVM */
	uint64_t id;           /**< vCPU id and APIC id, below max_vcpus; 0 is the BSP */
};
#define PKVM_WORDS_vcpu_config(W) \
	W(vcpu_config, vm,           BITS, PKVM_ANY) \
	W(vcpu_config, page,         BITS, PKVM_ANY) \
	W(vcpu_config, area,         BITS, PKVM_ANY) \
	W(vcpu_config, area_size,    BITS, PKVM_ANY) \
	W(vcpu_config, fpstate,      BITS, PKVM_ANY) \
	W(vcpu_config, fpstate_size, BITS, PKVM_ANY) \
	W(vcpu_config, id,           BITS, PKVM_ANY)
PKVM_SHAPE(vcpu_config)

/**
 * @brief Make a vCPU out of a donated private area and, for a pVM, a donated
 *        fpstate.
 *
 * The page is shared (struct pkvm_shared_page): it is zeroed and gets its
 * header. Area and fpstate belong to the hypervisor until pkvm_hc_vcpu_free()
 * returns them. Every input is read once. The vCPU is in its reset state; id 0
 * is the BSP, a pVM's others wait until their guest starts them.
 *
 * The VM's first vCPU freezes its capabilities.
 *
 * @pre The VM is not finalized.
 *
 * | register | word | in                  | out  |
 * | -------- | ---- | ------------------- | ---- |
 * | RBX      | 1    | vm                  | vcpu |
 * | RCX      | 2    | page                |      |
 * | RDX      | 3    | area                |      |
 * | RSI      | 4    | area_size, bytes    |      |
 * | RDI      | 5    | fpstate             |      |
 * | R8       | 6    | fpstate_size, bytes |      |
 * | R9       | 7    | id                  |      |
 *
 * @param[in]  in  VM handle, page, ranges and id; `fpstate` and `fpstate_size`
 *                 are 0 for an npVM
 * @param[out] out the handle; 0 on failure
 * @retval 0       done
 * @retval -ENOENT unknown or stale VM handle (word 1)
 * @retval -EPERM  the VM is finalized or being destroyed (word 1); a page is
 *                 not the host's, or is named twice (2, 3 or 5)
 * @retval -EINVAL `id` is not below the VM's max_vcpus (word 7); an npVM with
 *                 an fpstate (word 5 or 6); a range is empty, unaligned, wraps,
 *                 or has more than #PKVM_MAX_RANGE_PAGES pages (words 2 to 6)
 * @retval -EFAULT an address is not RAM (word 2, 3 or 5)
 * @retval -EEXIST the VM has a vCPU of that id (word 7)
 * @retval -ENOMEM an area smaller than answer.vcpu_area_size (word 4), an
 *                 fpstate smaller than answer.fpstate_size (word 6), or no room
 *                 for another vCPU
 * @since ABI 1.0
 * @see pkvm_hc_vcpu_free(), SDM "Processor State After Reset"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vcpu_create(const struct pkvm_vcpu_config *in, struct pkvm_vcpu_handle *out);

/**
 * @brief Take a vCPU apart and get back what it was made of.
 *
 * Private area, fpstate and the range of the CPUID table come back scrubbed;
 * the shared page is the host's alone again. The handle is dead when the call
 * returns.
 *
 * @pre The vCPU is bound to no CPU.
 *
 * | register | word | in   | out     |
 * | -------- | ---- | ---- | ------- |
 * | RBX      | 1    | vcpu | address |
 * | RCX      | 2    |      | pages   |
 * | RDX      | 3    |      | ranges  |
 *
 * @param[in]  in  vCPU handle
 * @param[out] out list of ranges; all zero on failure
 * @retval 0       done
 * @retval -ENOENT unknown or stale vCPU handle (word 1)
 * @retval -EBUSY  it is bound to a CPU, so that pkvm_hc_vcpu_put() comes first,
 *                 or another CPU's call is using it (word 1)
 * @since ABI 1.0
 * @see struct pkvm_reclaim, SDM "Software Use of Virtual-Machine Control
 *      Structures"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vcpu_free(const struct pkvm_vcpu_handle *in, struct pkvm_reclaim *out);

/**
 * @brief Make a vCPU the current one of the calling CPU, and bind it there.
 *
 * A vCPU that is bound here already becomes the current one again. The vCPU
 * that was current is replaced and stays bound to this CPU until
 * pkvm_hc_vcpu_put(). pkvm_hc_vcpu_run() with a handle does the same by itself.
 *
 * @pre The vCPU is bound to no CPU, or to this one, and this CPU is enabled.
 *
 * | register | word | in   | out |
 * | -------- | ---- | ---- | --- |
 * | RBX      | 1    | vcpu |     |
 *
 * @param[in]  in  vCPU handle
 * @retval 0       done
 * @retval -ENOENT unknown or stale vCPU handle (word 1)
 * @retval -EPERM  pkvm_hc_enable_virtualization_cpu() has not been here
 * @retval -EBUSY  it is bound to another CPU (word 1)
 * @since ABI 1.0
 * @see SDM "Virtual-Machine Control Structures"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vcpu_load(const struct pkvm_vcpu_handle *in);

/**
 * @brief Unbind a vCPU from the calling CPU.
 *
 * Afterwards it can be loaded on any CPU, or freed. When it was the current
 * one, none is loaded here.
 *
 * @pre The vCPU is bound to this CPU.
 *
 * | register | word | in   | out |
 * | -------- | ---- | ---- | --- |
 * | RBX      | 1    | vcpu |     |
 *
 * @param[in]  in  vCPU handle
 * @retval 0       done
 * @retval -ENOENT unknown or stale vCPU handle (word 1)
 * @retval -EBUSY  it is bound to another CPU (word 1)
 * @retval -EINVAL it is bound to no CPU (word 1)
 * @since ABI 1.0
 * @see pkvm_hc_vcpu_load(), SDM "Software Use of Virtual-Machine Control
 *      Structures"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vcpu_put(const struct pkvm_vcpu_handle *in);

/**
 * @brief Put an npVM's vCPU into its state after RESET or INIT.
 *
 * INIT keeps what the SDM keeps: MSRs, MTRRs, x87, SSE and XSAVE state, and
 * CR0.CD and CR0.NW. After it a vCPU other than the BSP waits for its SIPI,
 * pkvm_hc_deliver_sipi(), and does not enter until then. RESET lets it run,
 * whatever its id and also when it was waiting.
 *
 * @pre An npVM's vCPU is loaded on this CPU.
 *
 * | register | word | in            | out |
 * | -------- | ---- | ------------- | --- |
 * | RBX      | 1    | value, 0 or 1 |     |
 *
 * @param[in]  in  1 INIT, 0 RESET
 * @retval 0       done
 * @retval -EINVAL neither 0 nor 1 (word 1)
 * @retval -EPERM  the vCPU is a pVM's
 * @since ABI 1.0
 * @see SDM "Processor State After Reset"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vcpu_reset(const struct pkvm_flag *in);

#endif
