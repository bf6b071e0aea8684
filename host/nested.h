/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's reference of L1 and L2: guest mode, which exceptions of L2 are VM
 * exits to L1, and what L1 reads after an exit.
 *
 * Guest mode is a state of this reference alone. What L2 executes is run as
 * anything else is; no call knows of it.
 */
#ifndef PKVM_HOST_NESTED_H
#define PKVM_HOST_NESTED_H

#include "host.h"

/* SDM "VMX Basic Exit Reasons" */
#define PKVM_HOST_NESTED_EXCEPTION         0u
#define PKVM_HOST_NESTED_TRIPLE_FAULT      2u
#define PKVM_HOST_NESTED_MONITOR_TRAP_FLAG 37u

struct pkvm_host_exceptions;
struct pkvm_host_queued_exception;

/* The fields of L1's VMCS that an entry to L2 reads. */
struct pkvm_host_nested_controls {
	uint32_t exception_bitmap;
	uint32_t page_fault_mask;       /* page-fault error-code mask and match  */
	uint32_t page_fault_match;
	bool monitor_trap_flag;
	uint32_t entry_info;            /* VM-entry interruption information     */
	uint32_t entry_error_code;
	uint32_t entry_length;          /* VM-entry instruction length           */
};

/*
 * The registers that L1's VMCS has for L2 and for L1 itself. Segments, GDTR, CR0,
 * CR4 and MSRs are the same in both; general-purpose registers, CR2, DR0 to DR3
 * and DR6 are what neither an entry nor an exit changes.
 */
struct pkvm_host_nested_area {
	uint64_t rip;
	uint64_t rsp;
	uint64_t rflags;
	uint64_t cr3;
	uint64_t dr7;
	struct pkvm_descriptor_table idt;
};

/* The fields of L1's VMCS that an exit from L2 writes. */
struct pkvm_host_nested_exit {
	uint32_t reason;
	uint32_t info;                  /* VM-exit interruption information      */
	uint32_t error_code;
	uint32_t vectoring_info;        /* IDT-vectoring information             */
	uint32_t vectoring_error_code;
	uint32_t length;                /* VM-exit instruction length            */
	uint64_t qualification;
};

struct pkvm_host_nested {
	bool guest_mode;
	bool mtf_pending;               /* L2 has executed its one instruction   */
	bool has_vmcs;                  /* L1 has one current                    */
	uint64_t pending_debug;         /* pending debug exceptions, both ways   */
	struct pkvm_host_nested_controls controls;
	struct pkvm_host_nested_area guest;     /* L2, while L1 runs             */
	struct pkvm_host_nested_area host;      /* L1, from the exit on          */
	struct pkvm_host_nested_exit exit;      /* the last one                  */
};

/* The VMCS that L1 makes: -EINVAL in guest mode, or to inject what is no exception. */
PKVM_MUST_CHECK int pkvm_host_set_nested_vmcs(struct pkvm_host_exceptions *state,
					      const struct pkvm_host_nested *vmcs);

/*
 * nested_switch.c: the registers of an npVM's vCPU, after pkvm_host_nested_enter()
 * and after an exit. What the hypervisor refuses of L1's VMCS is the result.
 */
PKVM_MUST_CHECK int pkvm_host_nested_load_l2(struct pkvm_host_vcpu *vcpu);
PKVM_MUST_CHECK int pkvm_host_nested_load_l1(struct pkvm_host_vcpu *vcpu);
/* What of L1's exception bitmap the ABI has words for: PKVM_GUESTDBG_*. */
uint32_t pkvm_host_nested_guest_debug(const struct pkvm_host_vcpu *vcpu);

/* L1 enters L2, with the event and the pending debug exceptions of its VMCS. */
PKVM_MUST_CHECK int pkvm_host_nested_enter(struct pkvm_host_exceptions *state,
					   const struct pkvm_host_nested_controls *controls);
/* L2 has executed an instruction. */
void pkvm_host_nested_step(struct pkvm_host_exceptions *state);

bool pkvm_host_nested_intercepts(const struct pkvm_host_exceptions *state,
				 const struct pkvm_host_queued_exception *exception);

/* VM exits from L2 to L1; what waited for L2 is gone. */
void pkvm_host_nested_exception(struct pkvm_host_exceptions *state);
void pkvm_host_nested_monitor_trap(struct pkvm_host_exceptions *state);
void pkvm_host_nested_triple_fault(struct pkvm_host_exceptions *state);

/* As KVM_GET_NESTED_STATE and KVM_SET_NESTED_STATE; touches no payload. */
void pkvm_host_get_nested_state(const struct pkvm_host_exceptions *state,
				struct pkvm_host_nested *nested);
PKVM_MUST_CHECK int pkvm_host_set_nested_state(struct pkvm_host_exceptions *state,
					       const struct pkvm_host_nested *nested);

#endif
