/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief What a VM can be set to before its first vCPU.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_VM_CAP_H
#define PKVM_VM_CAP_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** @name Capabilities of enable_cap
 * @{ */
#define PKVM_VM_CAP_IRQCHIP           0 /**< arg0: PKVM_IRQCHIP_*; once */
#define PKVM_VM_CAP_EXCEPTION_PAYLOAD 1 /**< arg0: 0 or 1 */
#define PKVM_VM_CAP_DISABLE_QUIRKS    2 /**< arg0: mask of PKVM_QUIRK_* */
/** @} */

/** @name Modes of PKVM_VM_CAP_IRQCHIP
 * @{ */
#define PKVM_IRQCHIP_NONE   0 /**< interrupt controllers in user space */
#define PKVM_IRQCHIP_KERNEL 1 /**< local and I/O APIC in the host kernel */
#define PKVM_IRQCHIP_SPLIT  2 /**< local APIC in the host kernel, I/O APIC in user space */
/** @} */

/** @name Quirks that PKVM_VM_CAP_DISABLE_QUIRKS turns off (KVM's bits)
 * @{ */
#define PKVM_QUIRK_LINT0_REENABLED      0x1  /**< LINT0 is unmasked at reset */
#define PKVM_QUIRK_CD_NW_CLEARED        0x2  /**< CR0.CD and CR0.NW are clear at reset */
#define PKVM_QUIRK_MISC_ENABLE_NO_MWAIT 0x10 /**< IA32_MISC_ENABLE[18] does not change CPUID */
#define PKVM_QUIRK_ALL                  0x13 /**< every quirk of this version */
/** @} */

/** One capability of a VM, with its arguments. */
struct pkvm_vm_cap {
	uint64_t vm;   /**< VM handle */
	uint64_t cap;  /**< PKVM_VM_CAP_* */
	uint64_t arg0; /**< first argument */
	uint64_t arg1; /**< zero */
	uint64_t arg2; /**< zero */
	uint64_t arg3; /**< zero */
};
#define PKVM_WORDS_vm_cap(W) \
	W(vm_cap, vm,   BITS, PKVM_ANY) \
	W(vm_cap, cap,  MAX, 2) \
	W(vm_cap, arg0, BITS, PKVM_ANY) \
	W(vm_cap, arg1, BITS, 0) \
	W(vm_cap, arg2, BITS, 0) \
	W(vm_cap, arg3, BITS, 0)
PKVM_SHAPE(vm_cap)

/** @name Flags of x2apic_api
 * @{ */
#define PKVM_X2APIC_32BIT_IDS            0x1 /**< 32-bit APIC ids; sticky */
#define PKVM_X2APIC_NO_BROADCAST_QUIRK   0x2 /**< 0xff is no broadcast in x2APIC mode; sticky */
#define PKVM_X2APIC_ENABLE_SUPPRESS_EOI  0x4 /**< suppress EOI broadcasts; split irqchip */
#define PKVM_X2APIC_DISABLE_SUPPRESS_EOI 0x8 /**< EOI broadcast suppression is not offered */
#define PKVM_X2APIC_FLAGS                0xf /**< every flag of this version */
/** @} */

/**
 * @brief Tell which flags are set after a call of pkvm_hc_x2apic_api() that succeeded.
 *
 * @param[in] before the flags that were set
 * @param[in] flags  the flags of the call
 * @return    those of both; of the two EOI flags the one of the call, if it has one
 * @since ABI 1.0
 */
static inline uint64_t pkvm_x2apic_flags_after(uint64_t before, uint64_t flags)
{
	const uint64_t modes =
		PKVM_X2APIC_ENABLE_SUPPRESS_EOI | PKVM_X2APIC_DISABLE_SUPPRESS_EOI;

	return flags & modes ? (before & ~modes) | flags : before | flags;
}

/** A VM and a set of flags. */
struct pkvm_vm_flags {
	uint64_t vm;    /**< VM handle */
	uint64_t flags; /**< PKVM_X2APIC_* */
};
#define PKVM_WORDS_vm_flags(W) \
	W(vm_flags, vm,    BITS, PKVM_ANY) \
	W(vm_flags, flags, BITS, PKVM_X2APIC_FLAGS)
PKVM_SHAPE(vm_flags)

/**
 * @brief Set one capability of a VM.
 *
 * The capabilities are frozen by the VM's first pkvm_hc_vcpu_create(). The
 * irqchip mode is set once; quirks can be turned off, never on again.
 *
 * Words `arg1` to `arg3` are reserved.
 *
 * @pre The VM has had no vCPU.
 *
 * | register | word | in                 | out |
 * | -------- | ---- | ------------------ | --- |
 * | RBX      | 1    | vm                 |     |
 * | RCX      | 2    | cap, PKVM_VM_CAP_* |     |
 * | RDX      | 3    | arg0               |     |
 * | RSI      | 4    | arg1, zero         |     |
 * | RDI      | 5    | arg2, zero         |     |
 * | R8       | 6    | arg3, zero         |     |
 *
 * @param[in]  in  VM handle, capability and argument
 * @retval 0       done
 * @retval -ENOENT unknown or stale VM handle (word 1)
 * @retval -EBUSY  the VM has had a vCPU (word 1), or its irqchip mode is set (2)
 * @retval -EINVAL unknown capability (word 2); unknown mode, value or quirk
 *                 (word 3); a reserved word is not zero (words 4 to 6); an
 *                 irqchip in the kernel while EOI broadcast suppression is
 *                 enabled (word 3)
 * @retval -EPERM  the VM is being destroyed (word 1)
 * @since ABI 1.0
 * @see pkvm_hc_x2apic_api()
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_enable_cap(const struct pkvm_vm_cap *in);

/**
 * @brief Set how the local APICs of a VM behave, and tell which flags exist.
 *
 * The flags 0x1 and 0x2 stay set once they are. Of successive calls with 0x4 or
 * 0x8 the last one wins; without either the mode stays. No flag at all changes
 * nothing: it asks which flags this version supports, and that answer never
 * depends on the VM. Judging and changing are one step against
 * pkvm_hc_enable_cap() with an irqchip mode.
 *
 * @pre The VM has had no vCPU.
 *
 * | register | word | in                   | out   |
 * | -------- | ---- | -------------------- | ----- |
 * | RBX      | 1    | vm                   | value |
 * | RCX      | 2    | flags, PKVM_X2APIC_* |       |
 *
 * @param[in]  in  VM handle and PKVM_X2APIC_*
 * @param[out] out every flag of this version; 0 on failure
 * @retval 0       done
 * @retval -ENOENT unknown or stale VM handle (word 1)
 * @retval -EBUSY  the VM has had a vCPU (word 1)
 * @retval -EINVAL an unknown flag, both 0x4 and 0x8, or 0x4 without the split
 *                 irqchip (word 2)
 * @retval -EPERM  the VM is being destroyed (word 1)
 * @since ABI 1.0
 * @see SDM "Directed EOI with x2APIC Mode", SDM "Local APIC Version Register"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_x2apic_api(const struct pkvm_vm_flags *in, struct pkvm_value *out);

#endif
