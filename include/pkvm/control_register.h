/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief CR0, CR4, EFER, DR7, and the registers that KVM caches.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_CONTROL_REGISTER_H
#define PKVM_CONTROL_REGISTER_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** @name CR0 (SDM "Control Registers")
 * @{ */
#define PKVM_CR0_PE PKVM_BIT(0)  /**< protection enable */
#define PKVM_CR0_MP PKVM_BIT(1)  /**< monitor coprocessor */
#define PKVM_CR0_EM PKVM_BIT(2)  /**< emulation */
#define PKVM_CR0_TS PKVM_BIT(3)  /**< task switched */
#define PKVM_CR0_ET PKVM_BIT(4)  /**< extension type */
#define PKVM_CR0_NE PKVM_BIT(5)  /**< numeric error */
#define PKVM_CR0_WP PKVM_BIT(16) /**< write protect */
#define PKVM_CR0_AM PKVM_BIT(18) /**< alignment mask */
#define PKVM_CR0_NW PKVM_BIT(29) /**< not write-through */
#define PKVM_CR0_CD PKVM_BIT(30) /**< cache disable */
#define PKVM_CR0_PG PKVM_BIT(31) /**< paging */
/** @} */

/** @name CR4 (SDM "Control Registers")
 * @{ */
#define PKVM_CR4_VME        PKVM_BIT(0)  /**< virtual-8086 extensions */
#define PKVM_CR4_PVI        PKVM_BIT(1)  /**< protected-mode virtual interrupts */
#define PKVM_CR4_TSD        PKVM_BIT(2)  /**< time-stamp disable */
#define PKVM_CR4_DE         PKVM_BIT(3)  /**< debugging extensions */
#define PKVM_CR4_PSE        PKVM_BIT(4)  /**< page-size extensions */
#define PKVM_CR4_PAE        PKVM_BIT(5)  /**< physical-address extension */
#define PKVM_CR4_MCE        PKVM_BIT(6)  /**< machine-check enable */
#define PKVM_CR4_PGE        PKVM_BIT(7)  /**< page-global enable */
#define PKVM_CR4_PCE        PKVM_BIT(8)  /**< RDPMC at any CPL */
#define PKVM_CR4_OSFXSR     PKVM_BIT(9)  /**< FXSAVE and SSE */
#define PKVM_CR4_OSXMMEXCPT PKVM_BIT(10) /**< SIMD floating-point exceptions */
#define PKVM_CR4_UMIP       PKVM_BIT(11) /**< user-mode instruction prevention */
#define PKVM_CR4_LA57       PKVM_BIT(12) /**< 57-bit linear addresses */
#define PKVM_CR4_VMXE       PKVM_BIT(13) /**< VMX enable */
#define PKVM_CR4_SMXE       PKVM_BIT(14) /**< SMX enable */
#define PKVM_CR4_FSGSBASE   PKVM_BIT(16) /**< RDFSBASE and the like */
#define PKVM_CR4_PCIDE      PKVM_BIT(17) /**< process-context identifiers */
#define PKVM_CR4_OSXSAVE    PKVM_BIT(18) /**< XSAVE */
#define PKVM_CR4_SMEP       PKVM_BIT(20) /**< supervisor-mode execution prevention */
#define PKVM_CR4_SMAP       PKVM_BIT(21) /**< supervisor-mode access prevention */
#define PKVM_CR4_PKE        PKVM_BIT(22) /**< protection keys for user pages */
#define PKVM_CR4_CET        PKVM_BIT(23) /**< control-flow enforcement */
#define PKVM_CR4_PKS        PKVM_BIT(24) /**< protection keys for supervisor pages */
/** @} */

/** @name IA32_EFER (SDM "Extended Feature Enable Register")
 * @{ */
#define PKVM_EFER_SCE PKVM_BIT(0)  /**< SYSCALL enable */
#define PKVM_EFER_LME PKVM_BIT(8)  /**< IA-32e mode enable */
#define PKVM_EFER_LMA PKVM_BIT(10) /**< IA-32e mode active */
#define PKVM_EFER_NXE PKVM_BIT(11) /**< execute-disable enable */
/** @} */

/** @name Registers of cache_reg, by KVM's numbers
 * @{ */
#define PKVM_REG_RSP   4  /**< word0: RSP */
#define PKVM_REG_RIP   16 /**< word0: RIP */
#define PKVM_REG_PDPTR 17 /**< word0 to word3: the four PDPTEs */
#define PKVM_REG_CR0   18 /**< word0: CR0 as the guest sees it */
#define PKVM_REG_CR3   19 /**< word0: CR3 */
#define PKVM_REG_CR4   20 /**< word0: CR4 as the guest sees it */
#define PKVM_REG_LAST  24 /**< the last number that has a register */
/** @} */

/** Which register. */
struct pkvm_cached_reg {
	uint64_t which; /**< PKVM_REG_* */
};
#define PKVM_WORDS_cached_reg(W) \
	W(cached_reg, which, MAX, PKVM_REG_LAST)
PKVM_SHAPE(cached_reg)

/**
 * @brief Write CR0 of the loaded vCPU, as its guest sees it.
 *
 * The register is judged alone, because KVM restores CR0, CR4 and EFER one by
 * one; what needs two of them is judged at VM entry. Bits that VMX fixes are
 * forced in the VMCS field and hidden from the guest by mask and read shadow:
 * the reset value 0x60000010 is accepted and read back.
 *
 * EFER.LMA follows: it is CR0.PG and EFER.LME.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | value |     |
 *
 * @param[in]  in  CR0
 * @retval 0       done
 * @retval -EINVAL a reserved bit, PG without PE, or NW without CD (word 1)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it
 * @since ABI 1.0
 * @see SDM "Control Registers", SDM "Guest/Host Masks and Read Shadows for CR0
 *      and CR4"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_cr0(const struct pkvm_value *in);

/**
 * @brief Write CR4 of the loaded vCPU, as its guest sees it.
 *
 * The register is judged alone, as CR0 is. CR4.VMXE is refused: nested
 * virtualization is the host's own business and never reaches this register.
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | value |     |
 *
 * @param[in]  in  CR4
 * @retval 0       done
 * @retval -EINVAL a reserved bit, or VMXE (word 1)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it
 * @since ABI 1.0
 * @see SDM "Control Registers", SDM "Guest/Host Masks and Read Shadows for CR0
 *      and CR4"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_cr4(const struct pkvm_value *in);

/**
 * @brief Write IA32_EFER of the loaded vCPU.
 *
 * LMA as written is ignored: it is CR0.PG and EFER.LME, here and after every
 * pkvm_hc_set_cr0().
 *
 * @pre A vCPU is loaded on this CPU; a pVM's has not run yet.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | value |     |
 *
 * @param[in]  in  IA32_EFER
 * @retval 0       done
 * @retval -EINVAL a reserved bit (word 1)
 * @retval -EPERM  a pVM's vCPU has attempted VM entry, or its guest has started
 *                 it
 * @since ABI 1.0
 * @see SDM "Extended Feature Enable Register"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_efer(const struct pkvm_value *in);

/**
 * @brief Write DR7 of the loaded vCPU.
 *
 * Bit 10 is 1 whatever is written. DR0 to DR3 and DR6 travel in the register
 * block of the shared page.
 *
 * @pre An npVM's vCPU is loaded on this CPU.
 *
 * | register | word | in    | out |
 * | -------- | ---- | ----- | --- |
 * | RBX      | 1    | value |     |
 *
 * @param[in]  in  DR7
 * @retval 0       done
 * @retval -EINVAL a reserved bit (word 1)
 * @retval -EPERM  the vCPU is a pVM's
 * @since ABI 1.0
 * @see SDM "Debug Control Register (DR7)"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_set_dr7(const struct pkvm_value *in);

/**
 * @brief Read a register that KVM caches on demand.
 *
 * The value is the one that the guest sees. Words that the register does not
 * fill are 0.
 *
 * @pre An npVM's vCPU is loaded on this CPU.
 *
 * | register | word | in                | out   |
 * | -------- | ---- | ----------------- | ----- |
 * | RBX      | 1    | which, PKVM_REG_* | word0 |
 * | RCX      | 2    |                   | word1 |
 * | RDX      | 3    |                   | word2 |
 * | RSI      | 4    |                   | word3 |
 *
 * @param[in]  in  PKVM_REG_*
 * @param[out] out the register; all zero on failure
 * @retval 0           done
 * @retval -EINVAL     `which` is above #PKVM_REG_LAST (word 1)
 * @retval -EPERM      the vCPU is a pVM's
 * @retval -EOPNOTSUPP a number of KVM's that is not among PKVM_REG_*: the
 *                     shared page holds those registers, or they have calls of
 *                     their own (word 1)
 * @since ABI 1.0
 * @see struct pkvm_page_regs, SDM "Guest Register State"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_cache_reg(const struct pkvm_cached_reg *in, struct pkvm_words4 *out);

#endif
