/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief What a protected guest says.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_GUEST_H
#define PKVM_GUEST_H

#include "abi.h"
#include "error.h"
#include "shape.h"
#include "core.h"

/** An access to emulated memory. */
struct pkvm_io_address {
	uint64_t address; /**< guest-physical address; the access crosses no page */
	uint64_t size;    /**< 1, 2, 4 or 8 bytes */
};
#define PKVM_WORDS_io_address(W) \
	W(io_address, address, BITS, PKVM_ANY) \
	W(io_address, size,    MAX, 8)
PKVM_SHAPE(io_address)

/** A write to emulated memory. */
struct pkvm_io_write {
	uint64_t address; /**< guest-physical address; the access crosses no page */
	uint64_t size;    /**< 1, 2, 4 or 8 bytes */
	uint64_t value;   /**< the low bytes count */
};
#define PKVM_WORDS_io_write(W) \
	W(io_write, address, BITS, PKVM_ANY) \
	W(io_write, size,    MAX, 8) \
	W(io_write, value,   BITS, PKVM_ANY)
PKVM_SHAPE(io_write)

/** A secondary vCPU and where it starts. */
struct pkvm_startup {
	uint64_t apic_id; /**< APIC id of a vCPU of the same pVM */
	uint64_t start;   /**< guest-physical address, page-aligned and below 1 MiB */
};
#define PKVM_WORDS_startup(W) \
	W(startup, apic_id, BITS, PKVM_BITS(31, 0)) \
	W(startup, start,   BITS, PKVM_ANY)
PKVM_SHAPE(startup)

/**
 * @brief Negotiate version and features, and tell what the hypervisor offers to
 *        a guest.
 *
 * A guest may ask again at any time, firmware first and the kernel after it:
 * the last answer is in force for the pVM. With another major version the
 * features are 0 and every other call is -EPROTO.
 *
 * @pre The caller is at CPL 0 in 64-bit mode, in any VM.
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
 * @param[out] out what is in force; all zero on failure
 * @retval 0       done
 * @retval -ENOSYS there is no such hypervisor: a plain KVM answered
 * @since ABI 1.0
 * @see pkvm_hc_abi_query()
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_guest_abi_query(const struct pkvm_query *in, struct pkvm_answer *out);

/**
 * @brief Share pages of the caller's memory with the host.
 *
 * The pages keep their content; from here on the host may read and write them
 * at any moment. All pages or none. Where no page is mapped yet the host is
 * asked for one, or for page-table pages, and the call starts over; the guest
 * does not notice.
 *
 * @pre The caller is a pVM at CPL 0 in 64-bit mode.
 *
 * | register | word | in          | out |
 * | -------- | ---- | ----------- | --- |
 * | RBX      | 1    | address     |     |
 * | RCX      | 2    | size, bytes |     |
 *
 * @param[in]  in  guest-physical range
 * @retval 0       done
 * @retval -EINVAL the range is empty, unaligned, wraps, or has more than
 *                 #PKVM_MAX_RANGE_PAGES pages (word 1 or 2)
 * @retval -EPERM  a page is shared already (word 1)
 * @since ABI 1.0
 * @see pkvm_guest_unshare_mem(), SDM "EPT Translation Mechanism"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_guest_share_mem(const struct pkvm_range *in);

/**
 * @brief Take shared pages back from the host.
 *
 * The host has no access to them afterwards. All pages or none.
 *
 * @pre The caller is a pVM at CPL 0 in 64-bit mode.
 *
 * | register | word | in          | out |
 * | -------- | ---- | ----------- | --- |
 * | RBX      | 1    | address     |     |
 * | RCX      | 2    | size, bytes |     |
 *
 * @param[in]  in  guest-physical range
 * @retval 0       done
 * @retval -EINVAL the range is empty, unaligned, wraps, or has more than
 *                 #PKVM_MAX_RANGE_PAGES pages (word 1 or 2)
 * @retval -EPERM  a page is not shared, or not mapped (word 1)
 * @since ABI 1.0
 * @see pkvm_guest_share_mem(), SDM "EPT Translation Mechanism"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_guest_unshare_mem(const struct pkvm_range *in);

/**
 * @brief Read from emulated memory.
 *
 * The host sees address and size, nothing else of the guest, and answers with
 * the value, or with a status of its own choice: neither is to be trusted.
 *
 * @pre The caller is a pVM at CPL 0 in 64-bit mode.
 *
 * | register | word | in                       | out   |
 * | -------- | ---- | ------------------------ | ----- |
 * | RBX      | 1    | address                  | value |
 * | RCX      | 2    | size, 1, 2, 4 or 8 bytes |       |
 *
 * @param[in]  in  where, and how many bytes
 * @param[out] out the bytes read, zero-extended; 0 on failure
 * @retval 0       done
 * @retval -EINVAL `size` is not 1, 2, 4 or 8 (word 2), or the access crosses a
 *                 page (1)
 * @since ABI 1.0
 * @see pkvm_guest_iowrite(), SDM "Memory-Mapped I/O"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_guest_ioread(const struct pkvm_io_address *in, struct pkvm_value *out);

/**
 * @brief Write to emulated memory.
 *
 * The host sees address, size and the low `size` bytes of the value, nothing
 * else of the guest, and may answer with a status of its own choice.
 *
 * @pre The caller is a pVM at CPL 0 in 64-bit mode.
 *
 * | register | word | in                       | out |
 * | -------- | ---- | ------------------------ | --- |
 * | RBX      | 1    | address                  |     |
 * | RCX      | 2    | size, 1, 2, 4 or 8 bytes |     |
 * | RDX      | 3    | value                    |     |
 *
 * @param[in]  in  where, how many bytes, and what
 * @retval 0       done
 * @retval -EINVAL `size` is not 1, 2, 4 or 8 (word 2), or the access crosses a
 *                 page (1)
 * @since ABI 1.0
 * @see pkvm_guest_ioread(), SDM "Memory-Mapped I/O"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_guest_iowrite(const struct pkvm_io_write *in);

/**
 * @brief Start a secondary vCPU of the caller's pVM.
 *
 * It begins in real-address mode with CS selector `start` >> 4, CS base `start`
 * and RIP 0; everything else is as after INIT. What the host wrote to its
 * registers and MSRs is discarded; its CPUID table, fpstate, TSC and
 * machine-check banks stay. The host learns the APIC id and runs it.
 *
 * @pre The caller is a pVM at CPL 0 in 64-bit mode.
 *
 * | register | word | in               | out |
 * | -------- | ---- | ---------------- | --- |
 * | RBX      | 1    | apic_id, 32 bits |     |
 * | RCX      | 2    | start            |     |
 *
 * @param[in]  in  APIC id and where
 * @retval 0       it will run
 * @retval -EINVAL the BSP, or no vCPU of this pVM (word 1); `start` is not
 *                 page-aligned or not below 1 MiB (2)
 * @retval -EBUSY  it was started already
 * @since ABI 1.0
 * @see SDM "Multiple-Processor (MP) Initialization"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_guest_start_cpu(const struct pkvm_startup *in);

#endif
