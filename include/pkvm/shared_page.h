/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief The page that host and hypervisor share, one for each vCPU.
 *
 * Both sides may write at any moment: the hypervisor copies each field once
 * before it judges it, and never reads back what it published.
 *
 * | part            | offset | who writes                                      |
 * | --------------- | ------ | ----------------------------------------------- |
 * | header          | 0x000  | hypervisor, at vcpu_create                      |
 * | register block  | 0x040  | npVM: both, at every run; pVM: host, before its |
 * |                 |        | first run only, zeroed then                     |
 * | exit block      | 0x180  | hypervisor, npVM only                           |
 * | reply block     | 0x1c0  | host; the hypervisor clears `valid`             |
 * | APIC part       | 0x200  | by field                                        |
 * | event summary   | 0x300  | hypervisor                                      |
 * | posted items    | 0x400  | host; the hypervisor writes the results         |
 *
 * Everything else in the page is reserved and zero.
 */
#ifndef PKVM_SHARED_PAGE_H
#define PKVM_SHARED_PAGE_H

#include "abi.h"

#define PKVM_SHARED_PAGE_LAYOUT 1u /**< version of this layout */

/** Written once by vcpu_create. */
struct pkvm_page_header {
	uint64_t layout;      /**< #PKVM_SHARED_PAGE_LAYOUT */
	uint64_t size;        /**< #PKVM_PAGE_SIZE          */
	uint64_t reserved[6]; /**< zero                     */
};

/** General-purpose registers in hardware order, and what goes with them. */
struct pkvm_page_regs {
	uint64_t gpr[16];     /**< both ways: RAX RCX RDX RBX RSP RBP RSI RDI R8 to R15 */
	uint64_t rip;         /**< both ways                                   */
	uint64_t cr2;         /**< both ways                                   */
	uint64_t dr[4];       /**< both ways: DR0 to DR3                       */
	uint64_t dr6;         /**< both ways                                   */
	uint64_t rflags;      /**< out only, as are all below                  */
	uint64_t cr0;         /**< as the guest sees it                        */
	uint64_t cr3;         /**< all 64 bits                                 */
	uint64_t cr4;         /**< as the guest sees it                        */
	uint64_t efer;        /**< IA32_EFER                                   */
	uint64_t dr7;         /**< all 64 bits                                 */
	uint64_t exception;   /**< 0 none, 1 pending, 2 injected               */
	uint64_t vector;      /**< of that exception, as are all below         */
	uint64_t has_error_code; /**< 1: the exception has one                 */
	uint64_t error_code;  /**< 16 bits                                     */
	uint64_t has_payload; /**< 1: the exception has one                    */
	uint64_t payload;     /**< CR2 of a \#PF, DR6 bits of a \#DB            */
	uint64_t reserved[5]; /**< zero                                        */
};

/** Details of an npVM's exit that the four exit words do not hold. */
struct pkvm_page_exit {
	uint64_t linear_address;           /**< guest-linear address               */
	uint64_t instruction_information;  /**< VM-exit instruction information    */
	uint64_t interruption_information; /**< VM-exit interruption information   */
	uint64_t interruption_error;       /**< VM-exit interruption error code    */
	uint64_t vectoring_information;    /**< IDT-vectoring information          */
	uint64_t vectoring_error;          /**< IDT-vectoring error code           */
	uint64_t reserved[2];              /**< zero                               */
};

/** The host's answer to a pVM's IN or to a forwarded guest call. */
struct pkvm_page_reply {
	uint64_t valid;       /**< host: 1 answers the exit just returned; consumed once */
	uint64_t status;      /**< guest call: 0 or a negative errno                */
	uint64_t word[4];     /**< IN: the value in word[0]; guest call: its outputs */
	uint64_t reserved[2]; /**< zero                                             */
};

/**
 * The APIC part. TPR goes out on every exit, and in at every entry except a
 * pVM's with APICv active.
 */
struct pkvm_page_apic {
	uint64_t tpr;          /**< [7:0]                                           */
	uint64_t irr[4];       /**< npVM: out                                       */
	uint64_t isr[4];       /**< npVM: out                                       */
	uint64_t posted[4];    /**< the host sets, the hypervisor takes, atomically */
	uint64_t reserved[19]; /**< zero                                            */
};

/**
 * The answers that change only by running or by a call, published on every
 * exit and after every call that changes them. For a pVM it holds nothing that
 * the call of the same name would not answer.
 */
struct pkvm_page_summary {
	uint64_t sequence;          /**< odd while it is being written; even and larger after */
	uint64_t interrupt_allowed; /**< what interrupt_allowed(0) answers          */
	uint64_t nmi_allowed;       /**< what nmi_allowed(0) answers                */
	uint64_t if_flag;           /**< RFLAGS.IF; for a pVM interrupt_allowed(0)  */
	uint64_t injection_busy;    /**< 1: for_injection would be -EBUSY           */
	uint64_t pending_vector;    /**< highest pending vector, or #PKVM_NONE      */
	uint64_t nmi_mask;          /**< what get_nmi_mask answers                  */
	uint64_t rflags;            /**< npVM only, as are all below                */
	uint64_t interrupt_shadow;  /**< PKVM_SHADOW_*                              */
	uint64_t cs_access_rights;  /**< PKVM_AR_*                                  */
	uint64_t ss_access_rights;  /**< PKVM_AR_*                                  */
	uint64_t reserved[21];      /**< zero                                       */
};

/**
 * One posted item: a call's inputs, and what became of it. A run that succeeds
 * consumes it, whatever its own status. Before its call is judged an item is
 * -EINVAL for a `valid` above 1, for `reserved`, or for an input word that its
 * call does not have, which `out` names then.
 */
struct pkvm_page_item {
	uint64_t valid;       /**< host: 1 apply at the next run; the hypervisor clears it */
	uint64_t in[4];       /**< the call's input words, unused ones 0             */
	uint64_t status;      /**< out: the call's status                            */
	uint64_t out;         /**< out: the call's output word 1, or the refused word */
	uint64_t reserved;    /**< zero                                              */
};

/** Slots of the calls that can be posted, in the order in which they are applied. */
enum {
#define PKVM_POSTED(SLOT, NAME) PKVM_POST_##NAME = SLOT,
#include "posted.inc"
	PKVM_NR_POSTS,
	PKVM_POST_SLOTS = 16
};

/** The whole page. */
struct pkvm_shared_page {
	struct pkvm_page_header header;              /**< 0x000 */
	struct pkvm_page_regs regs;                  /**< 0x040 */
	struct pkvm_page_exit exit;                  /**< 0x180 */
	struct pkvm_page_reply reply;                /**< 0x1c0 */
	struct pkvm_page_apic apic;                  /**< 0x200 */
	struct pkvm_page_summary summary;            /**< 0x300 */
	struct pkvm_page_item item[PKVM_POST_SLOTS]; /**< 0x400, by PKVM_POST_* */
	uint64_t reserved[256];                      /**< zero */
};
PKVM_ASSERT(offsetof(struct pkvm_shared_page, header) == 0x000)
PKVM_ASSERT(offsetof(struct pkvm_shared_page, regs) == 0x040)
PKVM_ASSERT(offsetof(struct pkvm_shared_page, exit) == 0x180)
PKVM_ASSERT(offsetof(struct pkvm_shared_page, reply) == 0x1c0)
PKVM_ASSERT(offsetof(struct pkvm_shared_page, apic) == 0x200)
PKVM_ASSERT(offsetof(struct pkvm_shared_page, summary) == 0x300)
PKVM_ASSERT(offsetof(struct pkvm_shared_page, item) == 0x400)
PKVM_ASSERT(offsetof(struct pkvm_shared_page, reserved) == 0x800)
PKVM_ASSERT(sizeof(struct pkvm_page_item) == 64)
PKVM_ASSERT(sizeof(struct pkvm_shared_page) == PKVM_PAGE_SIZE)

#endif
