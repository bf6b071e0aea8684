/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * CPUID tables inside the core: policy, taking a host's table over in place, and
 * answering CPUID from it.
 *
 * A table is private memory: entries one after another from the first byte of a
 * range that the host has given away, and that pkvm_plat_private() shows as one
 * piece. Taking it over is two passes, so that a refused table is untouched:
 * pkvm_cpuid_judge() only reads; pkvm_cpuid_commit() cannot fail.
 */
#ifndef PKVM_LIB_CPUID_H
#define PKVM_LIB_CPUID_H

#include <stdbool.h>
#include <stdint.h>
#include <pkvm/cpuid.h>
#include "platform.h"

/* Subleaves of leaf 0xD that have rows in the policy: 0 to 18. */
#define PKVM_CPUID_XSAVE_SUBLEAVES 19u

/* What the policy looks at beside the entry itself. */
struct pkvm_cpuid_policy {
	bool pvm;     /* which rows count */
	bool dynamic; /* the host's table and the processor offer XTILECFG and XTILEDATA */
};

enum pkvm_cpuid_verdict {
	PKVM_CPUID_GOOD,
	PKVM_CPUID_RESERVED,  /* an unknown flag, or padding that is not zero */
	PKVM_CPUID_DUPLICATE, /* two entries for one question */
	PKVM_CPUID_NO_ROOM    /* the range cannot hold the leaves that are missing */
};

/* What pkvm_cpuid_judge() found out about a table that it calls good. */
struct pkvm_cpuid_plan {
	struct pkvm_cpuid_policy policy;
	uint32_t count;   /* entries now */
	uint32_t entries; /* entries after pkvm_cpuid_commit() */
	uint64_t fpstate; /* bytes that a pVM's fpstate needs; 0 for an npVM */
};

/* vCPU state by which CPUID answers change at run time. */
struct pkvm_cpuid_runtime {
	uint64_t cr4;
	uint64_t xcr0;
	uint64_t xss;
	bool apic_enabled; /* IA32_APIC_BASE[11] */
};

/* cpuid_policy.c: one question at a time. */
struct pkvm_cpuid_policy pkvm_cpuid_policy_of(const struct pkvm_cpuid_entry *table,
					      uint32_t count, bool pvm);
void pkvm_cpuid_filter(struct pkvm_cpuid_policy policy, struct pkvm_cpuid_entry *entry);
struct pkvm_cpuid_entry pkvm_cpuid_missing(struct pkvm_cpuid_policy policy, uint32_t leaf,
					   uint32_t subleaf);
uint64_t pkvm_cpuid_fpstate_need(struct pkvm_cpuid_policy policy);

/* cpuid_table.c: a whole table. */
enum pkvm_cpuid_verdict pkvm_cpuid_judge(const struct pkvm_cpuid_entry *table, uint32_t count,
					 uint64_t room, bool pvm, struct pkvm_cpuid_plan *plan);
void pkvm_cpuid_commit(struct pkvm_cpuid_entry *table, const struct pkvm_cpuid_plan *plan);
bool pkvm_cpuid_equal(const struct pkvm_cpuid_entry *table, uint32_t count,
		      const struct pkvm_cpuid_entry *taken, uint32_t taken_count);

/* cpuid.c: the loaded vCPU's CPUID instruction. */
struct pkvm_vcpu;
void pkvm_vcpu_cpuid(const struct pkvm_vcpu *vcpu, uint32_t leaf, uint32_t subleaf,
		     struct pkvm_cpuid_regs *regs);

/* cpuid_answer.c: what the CPUID instruction answers from a table. */
void pkvm_cpuid_answer(const struct pkvm_cpuid_entry *table, uint32_t count,
		       const struct pkvm_cpuid_runtime *now, uint32_t leaf, uint32_t subleaf,
		       struct pkvm_cpuid_regs *regs);

#endif
