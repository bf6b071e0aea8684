/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/**
 * @file
 * @brief Running a vCPU, why it came back, and the answer to an MSR exit.
 *
 * What every call can answer beside its own errors: @ref gate.
 */
#ifndef PKVM_RUN_H
#define PKVM_RUN_H

#include "abi.h"
#include "error.h"
#include "shape.h"

/** @name Flags of vcpu_run
 * @{ */
#define PKVM_RUN_POSTED 0x1 /**< apply the page's posted items first; feature posting */
#define PKVM_RUN_FLAGS  0x1 /**< every flag of this version */
/** @} */

/** Which vCPU to run, and how. */
struct pkvm_run {
	uint64_t vcpu;  /**< vCPU handle, or 0 for the one loaded here */
	uint64_t flags; /**< PKVM_RUN_* */
};
#define PKVM_WORDS_run(W) \
	W(run, vcpu,  BITS, PKVM_ANY) \
	W(run, flags, BITS, PKVM_RUN_FLAGS)
PKVM_SHAPE(run)

/** Why vcpu_run came back. */
struct pkvm_run_exit {
	uint64_t kind;     /**< PKVM_EXIT_* */
	uint64_t word0;    /**< by kind */
	uint64_t word1;    /**< by kind */
	uint64_t word2;    /**< by kind */
	uint64_t word3;    /**< by kind */
	uint64_t sequence; /**< of the event summary published with this exit */
};
#define PKVM_WORDS_run_exit(W) \
	W(run_exit, kind,     BITS, PKVM_ANY) \
	W(run_exit, word0,    BITS, PKVM_ANY) \
	W(run_exit, word1,    BITS, PKVM_ANY) \
	W(run_exit, word2,    BITS, PKVM_ANY) \
	W(run_exit, word3,    BITS, PKVM_ANY) \
	W(run_exit, sequence, BITS, PKVM_ANY)
PKVM_SHAPE(run_exit)

/**
 * @name Kinds of exit
 * What the host sees of a pVM, and the four exit words by kind; words that a
 * kind does not name are 0. An npVM exits with #PKVM_EXIT_VMX,
 * #PKVM_EXIT_ENTRY_FAILED, #PKVM_EXIT_NEED_PAGES or, between INIT and SIPI,
 * #PKVM_EXIT_WAIT_FOR_SIPI.
 *
 * VMX: length is the instruction's, in bytes. ENTRY_FAILED: word1 is the
 * VM-instruction error after VMfail, else the exit reason. EPT_VIOLATION: access
 * is 1 read, 2 write, 4 fetch, or a sum of them.
 *
 * | kind          | word0              | word1           | word2            | word3 |
 * | ------------- | ------------------ | --------------- | ---------------- | ----- |
 * | VMX           | basic exit reason  | qualification   | GPA              | length |
 * | ENTRY_FAILED  | 0 VMfail, 1 exit   | error or reason | qualification    | |
 * | NEED_PAGES    | pages              |                 |                  | |
 * | OUT           | port               | size, bytes     | low bytes of RAX | |
 * | IN            | port               | size, bytes     |                  | |
 * | RDMSR         | MSR index          |                 |                  | |
 * | WRMSR         | MSR index          | EAX             | EDX              | |
 * | EPT_VIOLATION | GPA, page-granular | access          |                  | |
 * | EOI           | vector             |                 |                  | |
 * | APIC_WRITE    | register offset    |                 |                  | |
 * | GUEST_CALL    | call number        | its inputs      |                  | |
 * @{
 */
enum {
	PKVM_EXIT_NONE,                /**< 0: no exit; never returned */
	PKVM_EXIT_VMX,                 /**< npVM: a VM exit as the processor reports it */
	PKVM_EXIT_ENTRY_FAILED,        /**< VM entry failed */
	PKVM_EXIT_NEED_PAGES,          /**< the pool is empty: pkvm_hc_vm_topup() */
	PKVM_EXIT_OUT,                 /**< OUT; RIP is behind it */
	PKVM_EXIT_IN,                  /**< IN; the reply block takes the value */
	PKVM_EXIT_RDMSR,               /**< RDMSR; pkvm_hc_complete_emulated_msr() answers */
	PKVM_EXIT_WRMSR,               /**< WRMSR; pkvm_hc_complete_emulated_msr() answers */
	PKVM_EXIT_EPT_VIOLATION,       /**< no memory there: map it, or stop the VM */
	PKVM_EXIT_TPR_BELOW_THRESHOLD, /**< the guest lowered TPR below the threshold */
	PKVM_EXIT_EOI,                 /**< the EOI of a vector in the EOI-exit bitmap */
	PKVM_EXIT_APIC_WRITE,          /**< the guest wrote a register of the virtual APIC */
	PKVM_EXIT_IRQ_WINDOW,          /**< an interrupt can be taken now */
	PKVM_EXIT_NMI_WINDOW,          /**< an NMI can be taken now */
	PKVM_EXIT_EXTERNAL_INTERRUPT,  /**< an interrupt of the host's arrived */
	PKVM_EXIT_HLT,                 /**< HLT; RIP is behind it */
	PKVM_EXIT_PREEMPTION,          /**< the VMX-preemption timer ran out */
	PKVM_EXIT_WAIT_FOR_SIPI,       /**< before start_cpu; an npVM's: before SIPI */
	PKVM_EXIT_SHUTDOWN,            /**< triple fault: this vCPU is over for ever */
	PKVM_EXIT_GUEST_CALL,          /**< a forwarded guest call */
	PKVM_NR_EXITS                  /**< number of kinds */
};
/** @} */

/** The host's answer to a forwarded RDMSR or WRMSR. */
struct pkvm_msr_answer {
	uint64_t error; /**< 1: the guest gets #GP(0) */
	uint64_t eax;   /**< RDMSR: bits 31:0 of the value; WRMSR: not used */
	uint64_t edx;   /**< RDMSR: bits 63:32 of the value; WRMSR: not used */
};
#define PKVM_WORDS_msr_answer(W) \
	W(msr_answer, error, MAX, 1) \
	W(msr_answer, eax,   BITS, PKVM_BITS(31, 0)) \
	W(msr_answer, edx,   BITS, PKVM_BITS(31, 0))
PKVM_SHAPE(msr_answer)

/**
 * @brief Run a vCPU until an exit that the host must handle.
 *
 * A vCPU that is bound to no CPU is loaded first and is the current one
 * afterwards. With #PKVM_RUN_POSTED the shared page's posted items are applied
 * before entry, each with a status of its own. A pVM's pending answer in the
 * reply block is consumed first; the one to an RDMSR or WRMSR may be an item. A
 * run that is refused consumes neither.
 *
 * A failed VM entry is an exit, #PKVM_EXIT_ENTRY_FAILED, never a status. A
 * pVM's secondary that its guest has not started, and an npVM's that waits for
 * its SIPI after INIT, exit with #PKVM_EXIT_WAIT_FOR_SIPI at once. A pVM's vCPU
 * that has shut down stays so, as a processor in the shutdown state does: it is
 * not entered again, every run exits with #PKVM_EXIT_SHUTDOWN.
 *
 * Every exit publishes the event summary in the shared page; where an entry was
 * attempted TPR too, and of an npVM the register block; with #PKVM_EXIT_VMX the
 * exit block.
 *
 * Before the first run the register block gives RAX to R14, RSP and RIP (R15 is
 * 0). A pVM's is zeroed then and never read again.
 *
 * @pre The vCPU is bound to this CPU or to none; a pVM is finalized.
 *
 * | register | word | in                | out               |
 * | -------- | ---- | ----------------- | ----------------- |
 * | RBX      | 1    | vcpu              | kind, PKVM_EXIT_* |
 * | RCX      | 2    | flags, PKVM_RUN_* | word0             |
 * | RDX      | 3    |                   | word1             |
 * | RSI      | 4    |                   | word2             |
 * | RDI      | 5    |                   | word3             |
 * | R8       | 6    |                   | sequence          |
 *
 * @param[in]  in  vCPU handle or 0, and PKVM_RUN_*
 * @param[out] out kind and words of the exit; all zero on failure
 * @retval 0       the guest ran, or its entry failed: see `kind`
 * @retval -EINVAL `vcpu` is 0 and none is loaded here (word 1); an unknown flag,
 *                 or #PKVM_RUN_POSTED without the feature posting (2); the last
 *                 exit needs an answer, and the reply block's `valid` is neither
 *                 0 nor 1, its `status` no errno of the ABI, or its `reserved`
 *                 not 0 (0)
 * @retval -ENOENT unknown or stale vCPU handle (word 1)
 * @retval -EBUSY  the vCPU is bound to another CPU (word 1); or its last exit
 *                 needs an answer and has none (0)
 * @retval -EPERM  a pVM is not finalized, or
 *                 pkvm_hc_enable_virtualization_cpu() has not been on this CPU
 * @since ABI 1.0
 * @see struct pkvm_shared_page, SDM "VM Entries", SDM "Basic VM-Exit
 *      Information"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_vcpu_run(const struct pkvm_run *in, struct pkvm_run_exit *out);

/**
 * @brief Answer the RDMSR or WRMSR for which a pVM's vCPU exited.
 *
 * With `error` the guest gets #GP(0) on the instruction. Without, the
 * hypervisor moves RIP behind it, clears blocking by STI and by MOV SS, and for
 * RDMSR puts `eax` and `edx` into EAX and EDX; the upper halves of RAX and RDX
 * become 0. An answer is taken once.
 *
 * @pre A pVM's vCPU is loaded on this CPU; its last exit was PKVM_EXIT_RDMSR or
 *      PKVM_EXIT_WRMSR, not answered yet.
 *
 * | register | word | in            | out |
 * | -------- | ---- | ------------- | --- |
 * | RBX      | 1    | error, 0 or 1 |     |
 * | RCX      | 2    | eax, 32 bits  |     |
 * | RDX      | 3    | edx, 32 bits  |     |
 *
 * @param[in]  in  the answer
 * @retval 0       done
 * @retval -EINVAL no such exit awaits an answer; the vCPU is an npVM's; `error`
 *                 is above 1 (word 1); `eax` or `edx` exceeds 32 bits (word 2
 *                 or 3)
 * @since ABI 1.0
 * @see pkvm_hc_vcpu_run(), SDM "RDMSR--Read From Model Specific Register"
 */
PKVM_STUB PKVM_MUST_CHECK struct pkvm_status
pkvm_hc_complete_emulated_msr(const struct pkvm_msr_answer *in);

#endif
