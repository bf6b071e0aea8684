/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the files of `pkvm vmcs` share: a VMCS as far as it is known, and the
 * judgement of the VM-entry rules on it.
 */
#ifndef PKVM_TOOLS_VMCS_H
#define PKVM_TOOLS_VMCS_H

#include <stdio.h>

#include "lib/vmcs/check.h"
#include "lib/vmcs/field.h"

#define VMCS_MSRS 512           /* the SDM's recommended maximum, IA32_VMX_MISC[27:25] = 0 */

/*
 * A VMCS and what surrounds it. The processor is between two: when its
 * capabilities are known, both are the same.
 */
struct vmcs_case {
	uint64_t value[PKVM_VMCS_NR_FIELDS];
	bool given[PKVM_VMCS_NR_FIELDS];
	bool zeroed;                    /* fields not given are 0, else unknown */
	struct pkvm_vmx_caps least;
	struct pkvm_vmx_caps most;
	uint32_t unknown;               /* facts: PKVM_VMCS_NEEDS_VTPR and what follows */
	uint8_t vtpr;
	uint64_t current_vmcs;
	uint32_t linked_revision;
	uint64_t pdpte[4];
	uint64_t rtit_ctl;
	struct pkvm_vmcs_msr_entry msr[VMCS_MSRS];
	unsigned int nr_msrs;
};

/* vmcs_caps.c: processors, and their names in JSON. */
extern const struct pkvm_vmx_caps vmcs_skylake;
void vmcs_caps_unknown(struct vmcs_case *c, bool host_passed);
/* A capability that is true or false, or NULL. */
bool *vmcs_caps_feature(struct pkvm_vmx_caps *caps, const char *name);
const char *vmcs_caps_set(struct pkvm_vmx_caps *caps, const char *name, uint64_t value);
void vmcs_caps_print(FILE *out);

/* vmcs_judge.c: the rules of lib/vmcs on a VMCS that is known in part. */
struct pkvm_vmcs_state vmcs_state(const struct vmcs_case *c, const uint64_t *value,
				  const struct pkvm_vmx_caps *caps);
bool vmcs_missing(const struct vmcs_case *c, unsigned int field);
bool vmcs_misses(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule);
enum pkvm_vmcs_verdict vmcs_judge(const struct vmcs_case *c, unsigned int i);
enum pkvm_vmcs_verdict vmcs_judge_as(const struct vmcs_case *c, unsigned int i,
				     const struct pkvm_vmx_caps *caps);
int vmcs_first_broken(const struct vmcs_case *c);

/* vmcs_result.c: a judgement in words. */
const char *vmcs_outcome_name(int outcome);
int vmcs_outcome(int rule);
uint64_t vmcs_qualification(const struct vmcs_case *c, int rule);
void vmcs_message(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule, char *text,
		  size_t size);

/* vmcs_field.c: fields by name. */
int vmcs_field(const char *name);
bool vmcs_fits(int field, uint64_t value);

/* The subcommands; each returns an exit status. */
int vmcs_check(const char *path, bool json);
int vmcs_explain(const char *path, bool json);
int vmcs_rules(void);

/* A file, or standard input for "-", as one string; NULL and a message on error. */
char *vmcs_read(const char *path, size_t *length);

#endif
