/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * VM entry for real beside the checker's judgement of it: what the parts of the
 * image share.
 */
#ifndef PKVM_BAREMETAL_ENTRY_H
#define PKVM_BAREMETAL_ENTRY_H

#include "../../unit/vmcs_random_state.h"

#define MAX_RULES  512u
#define MAX_STRICT 4u

/* So many cases break every rule often enough. */
#define WHOLE_RUN 20000u

/* Guests to start from: those of vmcs_state.h, two without paging, one
 * with code in every segment. */
enum { UNPAGED = V86 + 1, UNPAGED_V86, CODE, BASELINES };

/* What VM entry did: 0, or the number of pkvm_vmcs_outcome; then the qualification. */
struct outcome {
	uint32_t number;
	uint64_t qualification;
	uint64_t tsc; /* when it was over                      */
};

/* Which rules a state breaks. */
struct verdict {
	bool broken[MAX_RULES];
	uint32_t nr_broken;
};

/* An outcome is the SDM's, or the emulator's by the list, or neither. */
enum agreement { AGREED, LISTED, DISAGREED };

/* machine.c: the processor that enters, and what it finds in memory. */
void machine_start(void);
bool machine_has(uint16_t field);
/* A field of the rule's that the processor has not, or NULL. */
const char *machine_absent(const struct pkvm_vmcs_rule *rule);
void machine_baseline(struct entry *e, uint32_t guest);
void machine_facts(struct entry *e);
void machine_contain(struct entry *e);
struct outcome machine_enter(const struct entry *e);

/* judge.c: what the rules say of it, and how often they did. */
void judge_start(void);
void judge(const struct entry *e, struct verdict *verdict);
bool judge_fails_at_once(const struct verdict *verdict);
enum agreement judge_compare(const struct entry *e, const struct verdict *verdict,
			     const struct outcome *outcome);
bool judge_report(uint64_t cases);

/* list.c: what is listed of a rule, by its number. */
void list_start(void);
bool list_lenient(uint32_t rule);
bool list_unqualified(uint32_t rule);
bool list_unreachable(uint32_t rule);
/* What only the emulator refuses: its id, NULL past the last. */
const char *list_strict(uint32_t i, const struct entry *e, bool *refuses);

/* tell.c: lines for the person, and for the script that reads the emulator's log. */
void tell_failed(uint64_t number, const struct entry *e, const struct verdict *verdict,
		 const struct outcome *outcome);
void tell_difference(uint64_t number, enum agreement agreement, const struct entry *e,
		     const struct verdict *verdict, const struct outcome *outcome);

#endif
