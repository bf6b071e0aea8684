/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What can be said of a dump whose VM entry failed: which broken rule the error
 * is about, or which undecidable one it must be.
 */
#ifndef PKVM_TOOLS_VMCS_VERDICT_H
#define PKVM_TOOLS_VMCS_VERDICT_H

#include "vmcs_log.h"

struct vmcs_verdict {
	int reported;           /* outcome that the error tells; -1: none    */
	int broken;             /* the rule that the error is about, or -1   */
	int likely;             /* the likely undecidable one, or -1         */
	bool printed;           /* the dump has all fields of the likely one */
	unsigned int undecidable;       /* rules of the reported class       */
};

struct vmcs_verdict vmcs_verdict(const struct vmcs_dump *dump);

/* One sentence, or two. */
void vmcs_verdict_text(const struct vmcs_dump *dump, char *text, size_t size);

/* What to print to decide a rule: "MSR 485H; GUEST_CR3". */
void vmcs_to_be_sure(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule, char *text,
		     size_t size);

#endif
