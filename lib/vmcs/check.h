/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Judges whether VM entry would accept a VMCS: every check of the SDM chapter
 * "VM Entries" that the fields of fields.inc allow, one rule each.
 *
 * A rule is a row (rules.inc, in the order of the SDM's text) and a predicate
 * of the same name (check_*.c). The model engine asks for the first rule that is
 * broken, a report for all of them; both judge the same rules.
 */
#ifndef PKVM_LIB_VMCS_CHECK_H
#define PKVM_LIB_VMCS_CHECK_H

#include "msr.h"
#include "vmcs.h"

/*
 * What VM entry does about a broken rule. The numbers are the SDM's: a
 * VM-instruction error (the instruction fails) or a basic exit reason (the
 * entry fails and control returns as by a VM exit).
 */
enum pkvm_vmcs_outcome {
	PKVM_VMCS_ENTRY_OK         = 0,
	PKVM_VMCS_VMFAIL_CONTROL   = 7,
	PKVM_VMCS_VMFAIL_HOST      = 8,
	PKVM_VMCS_ENTRY_FAIL_GUEST = 33,
	PKVM_VMCS_ENTRY_FAIL_MSR   = 34,
};

/*
 * What a rule depends on beside the fields it reads: capabilities, and facts
 * from memory or from the processor that no VMCS field holds.
 */
#define PKVM_VMCS_NEEDS_BASIC          0x00001u  /* IA32_VMX_BASIC              */
#define PKVM_VMCS_NEEDS_CONTROLS       0x00002u  /* IA32_VMX_(TRUE_)*_CTLS(2)   */
#define PKVM_VMCS_NEEDS_MISC           0x00004u  /* IA32_VMX_MISC               */
#define PKVM_VMCS_NEEDS_CR0_FIXED      0x00008u  /* IA32_VMX_CR0_FIXED0/1       */
#define PKVM_VMCS_NEEDS_CR4_FIXED      0x00010u  /* IA32_VMX_CR4_FIXED0/1       */
#define PKVM_VMCS_NEEDS_EPT_VPID_CAP   0x00020u  /* IA32_VMX_EPT_VPID_CAP       */
#define PKVM_VMCS_NEEDS_VMFUNC         0x00040u  /* IA32_VMX_VMFUNC             */
#define PKVM_VMCS_NEEDS_PHYSICAL_WIDTH 0x00080u  /* maxphyaddr                  */
#define PKVM_VMCS_NEEDS_LINEAR_WIDTH   0x00100u  /* linear_address_bits         */
#define PKVM_VMCS_NEEDS_EFER           0x00200u  /* efer_supported              */
#define PKVM_VMCS_NEEDS_SGX            0x00400u  /* sgx_supported               */
#define PKVM_VMCS_NEEDS_RTM            0x00800u  /* rtm_supported               */
#define PKVM_VMCS_NEEDS_BUS_LOCK       0x01000u  /* bus_lock_supported          */
#define PKVM_VMCS_NEEDS_LAM            0x02000u  /* lam_supported               */
#define PKVM_VMCS_NEEDS_VTPR           0x10000u  /* vtpr                        */
#define PKVM_VMCS_NEEDS_CURRENT_VMCS   0x20000u  /* current_vmcs                */
#define PKVM_VMCS_NEEDS_LINKED_VMCS    0x40000u  /* linked_revision             */
#define PKVM_VMCS_NEEDS_PDPTES         0x80000u  /* pdpte                       */
#define PKVM_VMCS_NEEDS_RTIT_CTL      0x100000u  /* rtit_ctl                    */
#define PKVM_VMCS_NEEDS_MSR_LOAD      0x200000u  /* msr_load, beyond nr_msr_load */

/* A VMCS before entry, from a 64-bit host outside SMM. */
struct pkvm_vmcs_state {
	const uint64_t *value;              /* PKVM_VMCS_NR_FIELDS, by index    */
	const struct pkvm_vmx_caps *caps;
	uint32_t unknown;                   /* NEEDS_VTPR and below: not known  */
	uint8_t  vtpr;                      /* byte 80H of the virtual-APIC page */
	uint64_t current_vmcs;              /* the current-VMCS pointer         */
	uint32_t linked_revision;           /* first 4 bytes at the link pointer */
	uint64_t pdpte[4];                  /* at CR3; used only without EPT    */
	uint64_t rtit_ctl;                  /* IA32_RTIT_CTL at VM entry        */
	const struct pkvm_vmcs_msr_entry *msr_load;  /* VM-entry MSR-load area  */
	uint32_t nr_msr_load;               /* entries of it that are known     */
};

struct pkvm_vmcs_rule {
	const char *id;                     /* area.subject.rule, never reused  */
	const char *section;                /* title in the SDM                 */
	const char *sentence;               /* what must hold                   */
	enum pkvm_vmcs_outcome outcome;     /* when it is broken                */
	uint32_t qualification;             /* then; of MSR loading: msr_refused */
	uint32_t needs;                     /* PKVM_VMCS_NEEDS_*                */
	const uint16_t *reads;              /* PKVM_VMCS_INDEX_*                */
	uint32_t nr_reads;
};

enum pkvm_vmcs_verdict {
	PKVM_VMCS_HOLDS,
	PKVM_VMCS_BROKEN,
	PKVM_VMCS_UNDECIDABLE,              /* depends on something in unknown  */
};

/* Rule number i, in the order of the SDM's text; NULL past the last one. */
const struct pkvm_vmcs_rule *pkvm_vmcs_rule(unsigned int i);

/* Judges rule number i, which must exist. */
enum pkvm_vmcs_verdict pkvm_vmcs_judge(unsigned int i, const struct pkvm_vmcs_state *s);

/*
 * First broken rule: its number, or -1 when VM entry would pass every check. A
 * rule that cannot be decided does not count as broken.
 */
int pkvm_vmcs_first_broken(const struct pkvm_vmcs_state *s);

/*
 * Number of the first entry of msr_load that VM entry refuses, from 1: the exit
 * qualification of a failure of MSR loading. 0: none.
 */
uint32_t pkvm_vmcs_msr_refused(const struct pkvm_vmcs_state *s);

/* Whether VM entry and VM exit may load an entry, as far as it tells by itself. */
bool pkvm_vmcs_msr_loadable(const struct pkvm_vmx_caps *caps,
			    const struct pkvm_vmcs_msr_entry *entry);

/*
 * Whether WRMSR accepts a value, as far as the SDM fixes it for every processor:
 * of an MSR that msr.h does not name, any.
 */
bool pkvm_vmcs_msr_value(const struct pkvm_vmx_caps *caps, uint32_t index, uint64_t value);

#endif
