/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the core asks of VMX: the first of its two lower interfaces (the second
 * is ../platform.h). An engine is chosen at link time: model_*.c keeps the VMCS
 * in memory and interprets the guest, vmx.c executes the instructions.
 *
 * SDM: chapters "Virtual Machine Control Structures", "VM Entries", "VM Exits"
 * and "VMX Instruction Reference" (its section "Conventions").
 */
#ifndef PKVM_LIB_VMCS_H
#define PKVM_LIB_VMCS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Field encodings, PKVM_VMCS_<KVM's spelling>: PKVM_VMCS_GUEST_RIP = 0x681e. */
enum pkvm_vmcs_encoding {
#define PKVM_VMCS_FIELD(NAME, ENCODING) PKVM_VMCS_##NAME = ENCODING,
#include "fields.inc"
#undef PKVM_VMCS_FIELD
};

/* Dense numbers of the same fields, in the order of the rows. */
enum pkvm_vmcs_index {
#define PKVM_VMCS_FIELD(NAME, ENCODING) PKVM_VMCS_INDEX_##NAME,
#include "fields.inc"
#undef PKVM_VMCS_FIELD
	PKVM_VMCS_NR_FIELDS
};

/* Outcome of a VMX instruction; a positive one is the VM-instruction error. */
#define PKVM_VMX_SUCCEED      0
#define PKVM_VMX_FAIL_INVALID (-1)

/* General-purpose registers in the order of their hardware numbers. */
enum {
	PKVM_GPR_RAX, PKVM_GPR_RCX, PKVM_GPR_RDX, PKVM_GPR_RBX,
	PKVM_GPR_RSP, PKVM_GPR_RBP, PKVM_GPR_RSI, PKVM_GPR_RDI,
	PKVM_GPR_R8,  PKVM_GPR_R9,  PKVM_GPR_R10, PKVM_GPR_R11,
	PKVM_GPR_R12, PKVM_GPR_R13, PKVM_GPR_R14, PKVM_GPR_R15,
	PKVM_NR_GPRS
};

/*
 * Guest registers that the VMCS does not hold. The engine loads them right
 * before the entry and stores them right after the exit, then clears what it
 * left in the CPU: bits 63:32 of DR6 must be 0. RSP lives in the VMCS; its slot
 * here is neither read nor written.
 */
struct pkvm_guest_regs {
	uint64_t gpr[PKVM_NR_GPRS];
	uint64_t cr2;
	uint64_t dr[4];
	uint64_t dr6;
};

/*
 * The processor's VMX features as the capability MSRs tell them (SDM appendix
 * "VMX Capability Reporting Facility"), and the facts beside them, mostly
 * CPUID's, that VM entry depends on.
 */
struct pkvm_vmx_caps {
	uint64_t basic;
	uint64_t pinbased_ctls;
	uint64_t procbased_ctls;
	uint64_t exit_ctls;
	uint64_t entry_ctls;
	uint64_t true_pinbased_ctls;
	uint64_t true_procbased_ctls;
	uint64_t true_exit_ctls;
	uint64_t true_entry_ctls;
	uint64_t procbased_ctls2;
	uint64_t procbased_ctls3;       /* what may be 1, all 64 bits           */
	uint64_t exit_ctls2;            /* likewise                             */
	uint64_t misc;
	uint64_t cr0_fixed0;
	uint64_t cr0_fixed1;
	uint64_t cr4_fixed0;
	uint64_t cr4_fixed1;
	uint64_t ept_vpid_cap;
	uint64_t vmfunc;
	uint32_t maxphyaddr;
	uint32_t linear_address_bits;
	bool efer_supported;
	bool sgx_supported;
	bool rtm_supported;
	bool bus_lock_supported;        /* detection of bus locks by #DB        */
	bool lam_supported;             /* linear-address masking               */
};

/* The calling CPU's features: the same pointer for as long as it is on. */
const struct pkvm_vmx_caps *pkvm_vmcs_caps(void);

/* VMXON and VMXOFF on the calling CPU; the region is a hypervisor's page. */
int pkvm_vmcs_cpu_on(uint64_t vmxon_pa);
int pkvm_vmcs_cpu_off(void);

/* VMCLEAR, VMPTRLD: one current VMCS a CPU, one CPU a VMCS. */
int pkvm_vmcs_clear(uint64_t vmcs_pa);
int pkvm_vmcs_load(uint64_t vmcs_pa);

/* VMREAD and VMWRITE on the current VMCS, by encoding. */
int pkvm_vmcs_read(uint32_t encoding, uint64_t *value);
int pkvm_vmcs_write(uint32_t encoding, uint64_t value);

/*
 * VMLAUNCH or VMRESUME; comes back after the VM exit. A nonzero outcome means
 * that the instruction failed; zero that the exit reason field tells what
 * happened, a failed entry (its bit 31) included.
 */
int pkvm_vmcs_enter(struct pkvm_guest_regs *regs, bool resume);

/* INVEPT and INVVPID; the types are the SDM's. */
#define PKVM_INVEPT_SINGLE_CONTEXT 1
#define PKVM_INVEPT_ALL_CONTEXTS   2
#define PKVM_INVVPID_ADDRESS            0
#define PKVM_INVVPID_SINGLE_CONTEXT     1
#define PKVM_INVVPID_ALL_CONTEXTS       2
#define PKVM_INVVPID_SINGLE_KEEP_GLOBAL 3
int pkvm_vmcs_invept(uint64_t type, uint64_t eptp);
int pkvm_vmcs_invvpid(uint64_t type, uint16_t vpid, uint64_t address);

#endif
