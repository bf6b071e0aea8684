/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The vmx engine's own view: what it keeps for each logical processor. Shared
 * with the platform that owns the processors; the core never includes this file.
 */
#ifndef PKVM_LIB_VMCS_VMX_H
#define PKVM_LIB_VMCS_VMX_H

#include "vmcs.h"

/* No current VMCS: what VMPTRST stores then. */
#define PKVM_VMX_NO_VMCS (~(uint64_t)0)

/* One logical processor; all-zero before its first use. */
struct pkvm_vmx_cpu {
	struct pkvm_vmx_caps caps;      /* read at the first pkvm_vmcs_caps()    */
	bool has_caps;
	uint32_t users;                 /* of VMX operation: it ends with the last */
	uint64_t current;               /* VMCS, while users is not 0            */
};

/* The calling CPU's. The platform owns them. */
struct pkvm_vmx_cpu *pkvm_vmx_cpu(void);

/* VMPTRST: the calling CPU's current VMCS, for handlers that may interrupt VMPTRLD. */
uint64_t pkvm_vmx_pointer(void);

/*
 * vmx_enter.c: loads registers, executes VMLAUNCH or VMRESUME, and after the
 * exit stores the guest's registers and clears every general-purpose register.
 * Zero, or the flags of a failure: VMX_ENTER_*.
 */
#define PKVM_VMX_ENTER_INVALID 1        /* VMfailInvalid */
#define PKVM_VMX_ENTER_VALID   2        /* VMfailValid   */
int pkvm_vmx_enter(struct pkvm_guest_regs *regs, bool resume);

/* Where VM exits arrive: HOST_RIP. Nothing calls it; its address needs no table. */
__attribute__((visibility("hidden"))) void pkvm_vmx_exit(void);

/* vmx_host_state.c: HOST_* of the current VMCS, as the calling CPU is. */
void pkvm_vmx_host_state(const struct pkvm_vmx_caps *caps);

/* vmx_caps.c: the capability MSRs of the calling CPU. */
void pkvm_vmx_read_caps(struct pkvm_vmx_caps *caps);

#endif
