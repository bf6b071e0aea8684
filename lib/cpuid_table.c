/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Takes over a CPUID table in place: judges it without a write, then commits.
 *
 * A pVM's table becomes what the policy makes of the host's entries, without
 * the ones that say nothing (a leaf without an entry reads as zero), and with
 * the leaves that the host left out; leaf 0 is its first entry. An npVM's
 * entries stay in their places, only their values are filtered, so that a
 * second table can be compared with the first.
 */
#include "cpuid.h"

/* One question that a pVM's table may have to answer. */
struct question {
	uint32_t leaf;
	uint32_t subleaf;
};

/* The last subleaf that has rows, for leaves of which not only the host decides. */
static uint32_t last_subleaf(uint32_t leaf)
{
	switch (leaf) {
	case PKVM_CPUID_FEATURES:
		return 2;
	case PKVM_CPUID_XSAVE:
		return PKVM_CPUID_XSAVE_SUBLEAVES - 1;
	case PKVM_CPUID_TILES:
	case PKVM_CPUID_TMUL:
		return 1;
	default:
		return 0;
	}
}

/* Steps through the questions, starting from leaf 0; false after the last one. */
static bool next_question(struct question *question)
{
	if (question->subleaf < last_subleaf(question->leaf)) {
		question->subleaf++;
		return true;
	}
	question->subleaf = 0;
	switch (question->leaf) {
	case PKVM_CPUID_TOPOLOGY_V2:
		question->leaf = PKVM_CPUID_HYPERVISOR;
		return true;
	case PKVM_CPUID_HYPERVISOR:
		question->leaf = PKVM_CPUID_EXTENDED;
		return true;
	case PKVM_CPUID_ADDRESS_SIZES:
		return false;
	default:
		question->leaf++;
		return true;
	}
}

static bool empty(const struct pkvm_cpuid_entry *entry)
{
	return (entry->eax | entry->ebx | entry->ecx | entry->edx) == 0;
}

/* A pVM's answers depend on ECX where the SDM says so, whatever the host's flag. */
static bool significant(const struct pkvm_cpuid_entry *entry, bool pvm)
{
	if (pvm)
		return pkvm_cpuid_has_subleaves(entry->function);
	return (entry->flags & PKVM_CPUID_SIGNIFICANT_INDEX) != 0;
}

static bool reserved(const struct pkvm_cpuid_entry *entry)
{
	return (entry->flags & ~PKVM_CPUID_SIGNIFICANT_INDEX) != 0 ||
	       (entry->padding[0] | entry->padding[1] | entry->padding[2]) != 0;
}

/* Whether an entry before this one answers a question that this one answers too. */
static bool repeated(const struct pkvm_cpuid_entry *table, uint32_t i, bool pvm)
{
	uint32_t j;

	for (j = 0; j < i; j++) {
		if (table[j].function != table[i].function)
			continue;
		if (table[j].index == table[i].index || !significant(&table[j], pvm) ||
		    !significant(&table[i], pvm))
			return true;
	}
	return false;
}

static bool answered(const struct pkvm_cpuid_entry *table, uint32_t count,
		     const struct question *question)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (table[i].function == question->leaf &&
		    (table[i].index == question->subleaf || !significant(&table[i], true)))
			return true;
	}
	return false;
}

/* Entries of the table that a pVM's commit will leave. */
static uint32_t entries_after(const struct pkvm_cpuid_entry *table, uint32_t count,
			      struct pkvm_cpuid_policy policy)
{
	struct question question = {PKVM_CPUID_BASIC, 0};
	struct pkvm_cpuid_entry entry;
	uint32_t entries = 0;
	uint32_t i;

	for (i = 0; i < count; i++) {
		entry = table[i];
		pkvm_cpuid_filter(policy, &entry);
		entries += !empty(&entry);
	}
	do {
		entry = pkvm_cpuid_missing(policy, question.leaf, question.subleaf);
		entries += !answered(table, count, &question) && !empty(&entry);
	} while (next_question(&question));
	return entries;
}

/*
 * Reads only. The caller has made sure that the entries lie within the range,
 * @room bytes, and that there are at most PKVM_CPUID_MAX_ENTRIES.
 */
enum pkvm_cpuid_verdict pkvm_cpuid_judge(const struct pkvm_cpuid_entry *table, uint32_t count,
					 uint64_t room, bool pvm, struct pkvm_cpuid_plan *plan)
{
	uint32_t i;

	for (i = 0; i < count; i++) {
		if (reserved(&table[i]))
			return PKVM_CPUID_RESERVED;
		if (repeated(table, i, pvm))
			return PKVM_CPUID_DUPLICATE;
	}
	plan->policy = pkvm_cpuid_policy_of(table, count, pvm);
	plan->count = count;
	plan->entries = pvm ? entries_after(table, count, plan->policy) : count;
	plan->fpstate = pvm ? pkvm_cpuid_fpstate_need(plan->policy) : 0;
	if (plan->entries > PKVM_CPUID_MAX_ENTRIES ||
	    plan->entries > room / sizeof(struct pkvm_cpuid_entry))
		return PKVM_CPUID_NO_ROOM;
	return PKVM_CPUID_GOOD;
}

/* Filters the host's entries into the front of the table; returns their number. */
static uint32_t keep_entries(struct pkvm_cpuid_entry *table, const struct pkvm_cpuid_plan *plan)
{
	uint32_t kept = 0;
	uint32_t i;

	for (i = 0; i < plan->count; i++) {
		struct pkvm_cpuid_entry entry = table[i];

		pkvm_cpuid_filter(plan->policy, &entry);
		if (!plan->policy.pvm || !empty(&entry))
			table[kept++] = entry;
	}
	return kept;
}

static uint32_t add_missing(struct pkvm_cpuid_entry *table, uint32_t count,
			    struct pkvm_cpuid_policy policy)
{
	struct question question = {PKVM_CPUID_BASIC, 0};

	do {
		const struct pkvm_cpuid_entry entry =
			pkvm_cpuid_missing(policy, question.leaf, question.subleaf);

		if (!empty(&entry) && !answered(table, count, &question))
			table[count++] = entry;
	} while (next_question(&question));
	return count;
}

static void leaf_0_first(struct pkvm_cpuid_entry *table, uint32_t count)
{
	uint32_t i;

	for (i = 1; i < count; i++) {
		if (table[i].function == PKVM_CPUID_BASIC) {
			const struct pkvm_cpuid_entry first = table[0];

			table[0] = table[i];
			table[i] = first;
		}
	}
}

/* Rewrites a table that pkvm_cpuid_judge() called good; plan->entries are left. */
void pkvm_cpuid_commit(struct pkvm_cpuid_entry *table, const struct pkvm_cpuid_plan *plan)
{
	static const struct pkvm_cpuid_entry none = {0, 0, 0, 0, 0, 0, 0, {0, 0, 0}};
	uint32_t kept = keep_entries(table, plan);
	uint32_t i;

	for (i = kept; i < plan->count; i++)
		table[i] = none;
	if (!plan->policy.pvm)
		return;
	kept = add_missing(table, kept, plan->policy);
	leaf_0_first(table, kept);
}

/* Whether an npVM's new table means what the one that was taken over means. */
bool pkvm_cpuid_equal(const struct pkvm_cpuid_entry *table, uint32_t count,
		      const struct pkvm_cpuid_entry *taken, uint32_t taken_count)
{
	const struct pkvm_cpuid_policy policy = {false, false};
	uint32_t i;

	if (count != taken_count)
		return false;
	for (i = 0; i < count; i++) {
		struct pkvm_cpuid_entry entry = table[i];

		pkvm_cpuid_filter(policy, &entry);
		if (entry.function != taken[i].function || entry.index != taken[i].index ||
		    entry.flags != taken[i].flags || entry.eax != taken[i].eax ||
		    entry.ebx != taken[i].ebx || entry.ecx != taken[i].ecx ||
		    entry.edx != taken[i].edx)
			return false;
	}
	return true;
}
