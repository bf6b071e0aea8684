/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Judges a VMCS that may be known in part: a rule is decided when nothing that
 * is unknown could change what it says.
 */
#include <string.h>

#include "lib/vmcs/controls.h"
#include "vmcs.h"

bool vmcs_missing(const struct vmcs_case *c, unsigned int field)
{
	return !c->zeroed && !c->given[field];
}

bool vmcs_misses(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule)
{
	for (uint32_t i = 0; i < rule->nr_reads; i++) {
		if (vmcs_missing(c, rule->reads[i]))
			return true;
	}
	return false;
}

struct pkvm_vmcs_state vmcs_state(const struct vmcs_case *c, const uint64_t *value,
				       const struct pkvm_vmx_caps *caps)
{
	struct pkvm_vmcs_state state = {
		.value = value, .caps = caps, .unknown = c->unknown, .vtpr = c->vtpr,
		.current_vmcs = c->current_vmcs, .linked_revision = c->linked_revision,
		.rtit_ctl = c->rtit_ctl, .msr_load = c->msr, .nr_msr_load = c->nr_msrs,
	};

	for (unsigned int i = 0; i < 4; i++)
		state.pdpte[i] = c->pdpte[i];
	return state;
}

/*
 * Values that a rule could treat differently: none, each bit, and the inverse of
 * these; and events of every type, which take more than one bit.
 */
#define NR_BITS    65u
#define NR_EVENTS  64u

static uint64_t guess(unsigned int number, bool inverse, unsigned int field)
{
	static const uint8_t vectors[] = {0, 1, 8, 255};
	const uint32_t encoding = pkvm_vmcs_encoding((enum pkvm_vmcs_index)field);
	uint64_t value = 0;

	if (number >= NR_BITS && field == PKVM_VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD) {
		number -= NR_BITS;
		return PKVM_VMX_INTR_INFO_VALID | (number & 15) << 8 | vectors[number >> 4];
	}
	if (number && number < NR_BITS)
		value = 1ull << (number - 1);
	return pkvm_vmcs_field_set(encoding, 0, inverse ? ~value : value);
}

/* No more of them than the widest missing field can tell apart. */
static unsigned int nr_guesses(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule)
{
	unsigned int widest = 0;

	for (uint32_t i = 0; i < rule->nr_reads; i++) {
		const enum pkvm_vmcs_index field = (enum pkvm_vmcs_index)rule->reads[i];
		const unsigned int bits = pkvm_vmcs_bits(pkvm_vmcs_encoding(field));

		if (!vmcs_missing(c, field))
			continue;
		if (field == PKVM_VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD)
			return NR_BITS + NR_EVENTS;
		widest = bits + 1 > widest ? bits + 1 : widest;
	}
	return widest;
}

/* Puts a guess into each missing field; the next bit of inverses is for the next. */
static void fill(const struct vmcs_case *c, const struct pkvm_vmcs_rule *rule, uint64_t *value,
		 unsigned int number, unsigned int inverses)
{
	for (uint32_t i = 0; i < rule->nr_reads; i++) {
		if (!vmcs_missing(c, rule->reads[i]))
			continue;
		value[rule->reads[i]] = guess(number, inverses & 1, rule->reads[i]);
		inverses >>= 1;
	}
}

/* It holds when it holds whatever is missing; that it is broken is never sure. */
static enum pkvm_vmcs_verdict judge_guessing(const struct vmcs_case *c, unsigned int rule,
					     const struct pkvm_vmx_caps *caps)
{
	const struct pkvm_vmcs_rule *row = pkvm_vmcs_rule(rule);
	uint64_t value[PKVM_VMCS_NR_FIELDS];
	const struct pkvm_vmcs_state state = vmcs_state(c, value, caps);
	const unsigned int guesses = nr_guesses(c, row);
	unsigned int missing = 0;

	memcpy(value, c->value, sizeof(value));
	for (uint32_t i = 0; i < row->nr_reads; i++)
		missing += vmcs_missing(c, row->reads[i]);
	for (unsigned int number = 0; number < guesses; number++) {
		for (unsigned int inverses = 0; inverses < 1u << missing; inverses++) {
			fill(c, row, value, number, inverses);
			if (pkvm_vmcs_judge(rule, &state) != PKVM_VMCS_HOLDS)
				return PKVM_VMCS_UNDECIDABLE;
		}
	}
	return PKVM_VMCS_HOLDS;
}

/* On one processor. */
enum pkvm_vmcs_verdict vmcs_judge_as(const struct vmcs_case *c, unsigned int i,
				     const struct pkvm_vmx_caps *caps)
{
	const struct pkvm_vmcs_rule *rule = pkvm_vmcs_rule(i);
	struct pkvm_vmcs_state state;

	if (vmcs_misses(c, rule))
		return judge_guessing(c, i, caps);
	state = vmcs_state(c, c->value, caps);
	return pkvm_vmcs_judge(i, &state);
}

#define OF_THE_PROCESSOR (PKVM_VMCS_NEEDS_VTPR - 1)     /* all that precede it */

enum pkvm_vmcs_verdict vmcs_judge(const struct vmcs_case *c, unsigned int i)
{
	const enum pkvm_vmcs_verdict verdict = vmcs_judge_as(c, i, &c->least);
	const bool depends = pkvm_vmcs_rule(i)->needs & OF_THE_PROCESSOR;

	if (c->zeroed || !depends || verdict == PKVM_VMCS_UNDECIDABLE ||
	    verdict == vmcs_judge_as(c, i, &c->most))
		return verdict;
	return PKVM_VMCS_UNDECIDABLE;
}

/*
 * The rule that decides: VM entry judges controls and host state, then the guest
 * state, then the MSRs to load, and the rules are in that order.
 */
int vmcs_first_broken(const struct vmcs_case *c)
{
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		if (vmcs_judge(c, i) == PKVM_VMCS_BROKEN)
			return (int)i;
	}
	return -1;
}
