/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the predicates of check_*.c share: the numbers and prototypes of the
 * rules, the bits they speak of, and how they read a VMCS.
 */
#ifndef PKVM_LIB_VMCS_CHECK_RULE_H
#define PKVM_LIB_VMCS_CHECK_RULE_H

#include "check.h"
#include "controls.h"

/* Opens the predicate of one rule: true when the rule holds. */
#define RULE(AREA, SUBJECT, NAME)                                                         \
	bool pkvm_vmcs_rule_##AREA##_##SUBJECT##_##NAME(const struct pkvm_vmcs_state *s)

#define PKVM_VMCS_RULE(SECTION, AREA, SUBJECT, NAME, NEEDS, READS, SENTENCE)              \
	RULE(AREA, SUBJECT, NAME);
#include "rules.inc"
#undef PKVM_VMCS_RULE

/* Value of one field. */
#define VALUE(s, NAME) ((s)->value[PKVM_VMCS_INDEX_##NAME])

/*
 * SDM tables "Definitions of ... Controls": those that controls.h does not have,
 * because only rules speak of them.
 */
#define PKVM_VMX_CPU2_VM_FUNCTIONS              0x00002000u
#define PKVM_VMX_CPU2_VMCS_SHADOWING            0x00004000u
#define PKVM_VMX_CPU2_ENABLE_PML                0x00020000u
#define PKVM_VMX_CPU2_EPT_VIOLATION_VE          0x00040000u
#define PKVM_VMX_CPU2_PASID_TRANSLATION         0x00200000u
#define PKVM_VMX_CPU2_MODE_BASED_EXECUTE        0x00400000u
#define PKVM_VMX_CPU2_SUB_PAGE_WRITE            0x00800000u
#define PKVM_VMX_CPU2_PT_GUEST_PHYSICAL         0x01000000u
#define PKVM_VMX_EXIT_CLEAR_RTIT_CTL            0x02000000u
#define PKVM_VMX_EXIT_LOAD_CET                  0x10000000u
#define PKVM_VMX_EXIT_LOAD_PKRS                 0x20000000u
#define PKVM_VMX_EXIT_SECONDARY_CONTROLS        0x80000000u
#define PKVM_VMX_ENTRY_TO_SMM                   0x00000400u
#define PKVM_VMX_ENTRY_DEACTIVATE_DUAL_MONITOR  0x00000800u
#define PKVM_VMX_ENTRY_LOAD_BNDCFGS             0x00010000u
#define PKVM_VMX_ENTRY_LOAD_RTIT_CTL            0x00040000u
#define PKVM_VMX_ENTRY_LOAD_UINV                0x00080000u
#define PKVM_VMX_ENTRY_LOAD_CET                 0x00100000u
#define PKVM_VMX_ENTRY_LOAD_LBR_CTL             0x00200000u
#define PKVM_VMX_ENTRY_LOAD_PKRS                0x00400000u
#define PKVM_VMX_INTR_TYPE_RESERVED             0x00000100u
#define PKVM_VMX_ENCLAVE_INTERRUPTION           0x00000010u

#define CR0_PE        (1ull << 0)
#define CR0_WP        (1ull << 16)
#define CR0_NW        (1ull << 29)
#define CR0_CD        (1ull << 30)
#define CR0_PG        (1ull << 31)
#define CR4_PAE       (1ull << 5)
#define CR4_PCIDE     (1ull << 17)
#define CR4_CET       (1ull << 23)
#define RFLAGS_TF     (1ull << 8)
#define RFLAGS_IF     (1ull << 9)
#define RFLAGS_VM     (1ull << 17)
#define EFER_SCE      (1ull << 0)
#define EFER_LME      (1ull << 8)
#define EFER_LMA      (1ull << 10)
#define EFER_NXE      (1ull << 11)

/*
 * What is reserved in an MSR on every processor: a field that VM entry loads into
 * it and WRMSR, by which entries of MSR areas are judged, refuse the same. Which
 * counters of IA32_PERF_GLOBAL_CTRL exist is CPUID's to say.
 */
#define PERF_GLOBAL_CTRL_RESERVED (~0ull << 49)
#define BNDCFGS_RESERVED          0xffcull                 /* 11:2                */
#define RTIT_CTL_RESERVED         0xfe7f000070840000ull    /* 18, 23, 30:28, 54:48, 63:57 */
#define LBR_CTL_RESERVED          0xffffffffff80fff0ull    /* 15:4, 63:23         */
#define CET_RESERVED              0x3c0ull                 /* 9:6                 */
#define PKRS_RESERVED             (~0ull << 32)
#define DEBUGCTL_RESERVED         (~0xffc7ull)             /* 5:3, 63:16          */

/* What is reserved on a processor without bus-lock detection, or without LAM. */
#define DEBUGCTL_BUS_LOCK (1ull << 2)
#define CR3_LAM           (3ull << 61)

/* SDM table "Format of Access Rights". */
#define AR_TYPE(ar)   bits(ar, 3, 0)
#define AR_DPL(ar)    bits(ar, 6, 5)
#define AR_S          (1ull << 4)
#define AR_P          (1ull << 7)
#define AR_L          (1ull << 13)
#define AR_DB         (1ull << 14)
#define AR_G          (1ull << 15)
#define AR_UNUSABLE   (1ull << 16)

/* Bits [hi:lo] of a value, hi below 63. */
static inline uint64_t bits(uint64_t value, unsigned int hi, unsigned int lo)
{
	return (value & ((2ull << hi) - 1)) >> lo;
}

/* Whether a control is 1; a secondary one counts as 0 unless activated. */
#define PIN(s, NAME)      ((VALUE(s, PIN_BASED_VM_EXEC_CONTROL) & PKVM_VMX_PIN_##NAME) != 0)
#define CPU(s, NAME)      ((VALUE(s, CPU_BASED_VM_EXEC_CONTROL) & PKVM_VMX_CPU_##NAME) != 0)
#define CPU2(s, NAME)     (CPU(s, SECONDARY_CONTROLS) &&                                  \
			   (VALUE(s, SECONDARY_VM_EXEC_CONTROL) & PKVM_VMX_CPU2_##NAME) != 0)
#define ON_EXIT(s, NAME)  ((VALUE(s, VM_EXIT_CONTROLS) & PKVM_VMX_EXIT_##NAME) != 0)
#define ON_ENTRY(s, NAME) ((VALUE(s, VM_ENTRY_CONTROLS) & PKVM_VMX_ENTRY_##NAME) != 0)

/* Whether the guest will be virtual-8086. */
static inline bool v86(const struct pkvm_vmcs_state *s)
{
	return VALUE(s, GUEST_RFLAGS) & RFLAGS_VM;
}

/* The event to inject: whether there is one, whether it has a type, its vector. */
#define INJECTS(s, TYPE) (injects(s) && (VALUE(s, VM_ENTRY_INTR_INFO_FIELD) &             \
			  PKVM_VMX_INTR_INFO_TYPE) == PKVM_VMX_INTR_TYPE_##TYPE)

static inline bool injects(const struct pkvm_vmcs_state *s)
{
	return VALUE(s, VM_ENTRY_INTR_INFO_FIELD) & PKVM_VMX_INTR_INFO_VALID;
}

static inline uint64_t vector(const struct pkvm_vmcs_state *s)
{
	return VALUE(s, VM_ENTRY_INTR_INFO_FIELD) & PKVM_VMX_INTR_INFO_VECTOR;
}

/*
 * Whether a control word respects its capability MSR: the low half has the bits
 * that must be 1, the high half those that may be 1.
 */
bool pkvm_vmcs_controls_allowed(uint64_t value, uint64_t capability);

/* Whether an address keeps within the widths of the processor. */
bool pkvm_vmcs_physical(const struct pkvm_vmcs_state *s, uint64_t address);
bool pkvm_vmcs_canonical(const struct pkvm_vmx_caps *caps, uint64_t address);

/* Whether the bits beyond the linear-address width are all equal. */
bool pkvm_vmcs_linear(const struct pkvm_vmcs_state *s, uint64_t address);

/* Whether an area of MSR entries lies within the physical-address width. */
bool pkvm_vmcs_msr_area(const struct pkvm_vmcs_state *s, uint64_t address, uint64_t count);

/* Contents that a control register or an MSR may have, host's and guest's. */
bool pkvm_vmcs_fixed_bits(uint64_t value, uint64_t fixed0, uint64_t fixed1);
bool pkvm_vmcs_pat(uint64_t value);
bool pkvm_vmcs_cet_tracker(uint64_t value);
uint64_t pkvm_vmcs_efer_bits(const struct pkvm_vmx_caps *caps);

#endif
