/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Makes the list of VM-entry rules from rules.inc and judges a VMCS by it: one
 * rule, or the first broken one.
 */
#include "check_rule.h"

enum rule_number {
#define PKVM_VMCS_RULE(SECTION, AREA, SUBJECT, NAME, NEEDS, READS, SENTENCE)              \
	RULE_##AREA##_##SUBJECT##_##NAME,
#include "rules.inc"
#undef PKVM_VMCS_RULE
	NR_RULES
};

#define PKVM_VMCS_RULE_SECTION(SECTION, OUTCOME, QUALIFICATION, TITLE)                    \
	static const char title_##SECTION[] = TITLE;                                      \
	enum {                                                                            \
		OUTCOME_OF_##SECTION = PKVM_VMCS_##OUTCOME,                               \
		QUALIFICATION_OF_##SECTION = QUALIFICATION,                               \
	};
#include "rules_section.inc"
#undef PKVM_VMCS_RULE_SECTION

#define F(NAME)     PKVM_VMCS_INDEX_##NAME,
#define FIELDS(...) __VA_ARGS__
#define PKVM_VMCS_RULE(SECTION, AREA, SUBJECT, NAME, NEEDS, READS, SENTENCE)              \
	static const uint16_t reads_##AREA##_##SUBJECT##_##NAME[] = { FIELDS READS };
#include "rules.inc"
#undef PKVM_VMCS_RULE
#undef FIELDS
#undef F

static const struct pkvm_vmcs_rule rules[NR_RULES] = {
#define N(NEED) | PKVM_VMCS_NEEDS_##NEED
#define PKVM_VMCS_RULE(SECTION, AREA, SUBJECT, NAME, NEEDS, READS, SENTENCE)              \
	{                                                                                 \
		.id = #AREA "." #SUBJECT "." #NAME,                                       \
		.section = title_##SECTION,                                               \
		.sentence = SENTENCE,                                                     \
		.outcome = (enum pkvm_vmcs_outcome)OUTCOME_OF_##SECTION,                  \
		.qualification = QUALIFICATION_OF_##SECTION,                              \
		.needs = 0u NEEDS,                                                        \
		.reads = reads_##AREA##_##SUBJECT##_##NAME,                               \
		.nr_reads = sizeof(reads_##AREA##_##SUBJECT##_##NAME) / 2,                \
	},
#include "rules.inc"
#undef PKVM_VMCS_RULE
#undef N
};

const struct pkvm_vmcs_rule *pkvm_vmcs_rule(unsigned int i)
{
	return i < NR_RULES ? &rules[i] : NULL;
}

static bool holds(unsigned int i, const struct pkvm_vmcs_state *s)
{
	switch (i) {
#define PKVM_VMCS_RULE(SECTION, AREA, SUBJECT, NAME, NEEDS, READS, SENTENCE)              \
	case RULE_##AREA##_##SUBJECT##_##NAME:                                            \
		return pkvm_vmcs_rule_##AREA##_##SUBJECT##_##NAME(s);
#include "rules.inc"
#undef PKVM_VMCS_RULE
	default:
		return false;
	}
}

/* Entries of an MSR area that break every rule on them between them. */
static const struct pkvm_vmcs_msr_entry worst_area[] = {
	{.index = MSR_FS_BASE}, {.index = MSR_X2APIC}, {.index = MSR_SMM_MONITOR_CTL},
	{.index = MSR_BIOS_UPDT_TRIG}, {.high = 1}, {.index = MSR_PAT, .value = 2},
	{.index = MSR_EFER}, {.index = MSR_EFER, .value = EFER_LME}, {.index = MSR_VMX_BASIC},
};

/*
 * Replaces what is unknown by the value that breaks no rule, or by one that
 * breaks every rule that depends on it.
 */
static struct pkvm_vmcs_state suppose(const struct pkvm_vmcs_state *s, bool good)
{
	uint32_t revision = (uint32_t)bits(s->caps->basic, 30, 0);
	uint64_t link = VALUE(s, VMCS_LINK_POINTER);
	struct pkvm_vmcs_state t = *s;

	if (CPU2(s, VMCS_SHADOWING))
		revision |= 1u << 31;
	if (s->unknown & PKVM_VMCS_NEEDS_VTPR)
		t.vtpr = good ? 0xff : 0;
	if (s->unknown & PKVM_VMCS_NEEDS_CURRENT_VMCS)
		t.current_vmcs = good ? ~link : link;
	if (s->unknown & PKVM_VMCS_NEEDS_LINKED_VMCS)
		t.linked_revision = good ? revision : ~revision;
	for (unsigned int i = 0; i < 4 && s->unknown & PKVM_VMCS_NEEDS_PDPTES; i++)
		t.pdpte[i] = good ? 0 : UINT64_MAX;
	if (s->unknown & PKVM_VMCS_NEEDS_RTIT_CTL)
		t.rtit_ctl = !good;
	if (s->unknown & PKVM_VMCS_NEEDS_MSR_LOAD && !good) {
		t.msr_load = worst_area;
		t.nr_msr_load = sizeof(worst_area) / sizeof(worst_area[0]);
	}
	return t;
}

enum pkvm_vmcs_verdict pkvm_vmcs_judge(unsigned int i, const struct pkvm_vmcs_state *s)
{
	struct pkvm_vmcs_state t;

	if (!(s->unknown & rules[i].needs))
		return holds(i, s) ? PKVM_VMCS_HOLDS : PKVM_VMCS_BROKEN;
	t = suppose(s, false);
	if (holds(i, &t))
		return PKVM_VMCS_HOLDS;
	t = suppose(s, true);
	return holds(i, &t) ? PKVM_VMCS_UNDECIDABLE : PKVM_VMCS_BROKEN;
}

int pkvm_vmcs_first_broken(const struct pkvm_vmcs_state *s)
{
	for (unsigned int i = 0; i < NR_RULES; i++) {
		if (pkvm_vmcs_judge(i, s) == PKVM_VMCS_BROKEN)
			return (int)i;
	}
	return -1;
}
