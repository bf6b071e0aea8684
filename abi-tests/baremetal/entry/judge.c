/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What the rules say of a state, whether VM entry did so, and how often each rule
 * was broken. Where the emulator is known to be lenient, a rule may be forgotten:
 * that is counted, and a leniency that never shows is stale.
 */
#include "../../../baremetal/common/console.h"
#include "../expect.h"
#include "entry.h"

/* Each rule is broken so often, or is listed. */
#define ENOUGH 20u

static uint32_t nr_rules;

static struct count {
	uint64_t violated, alone, agreed, listed;
} counts[MAX_RULES];
static uint64_t outcomes[64], agreements[DISAGREED + 1];
static uint64_t strict_shown[MAX_STRICT];

void judge_start(void)
{
	while (pkvm_vmcs_rule(nr_rules))
		nr_rules++;
	EXPECT(nr_rules <= MAX_RULES);
	list_start();
}

void judge(const struct entry *e, struct verdict *verdict)
{
	verdict->nr_broken = 0;
	for (uint32_t i = 0; i < nr_rules; i++) {
		verdict->broken[i] = pkvm_vmcs_judge(i, &e->state) == PKVM_VMCS_BROKEN;
		verdict->nr_broken += verdict->broken[i];
	}
}

/* Whether a rule that the emulator knows ends the instruction as failed. */
bool judge_fails_at_once(const struct verdict *verdict)
{
	for (uint32_t i = 0; i < nr_rules; i++) {
		if (verdict->broken[i] && !list_lenient(i) &&
		    pkvm_vmcs_rule(i)->outcome <= PKVM_VMCS_VMFAIL_HOST)
			return true;
	}
	return false;
}

/* Controls and host state come first, in any order, then the guest's, then MSRs. */
static unsigned int turn(uint32_t outcome)
{
	switch (outcome) {
	case PKVM_VMCS_VMFAIL_CONTROL:
	case PKVM_VMCS_VMFAIL_HOST:
		return 1;
	case PKVM_VMCS_ENTRY_FAIL_GUEST:
		return 2;
	case PKVM_VMCS_ENTRY_FAIL_MSR:
		return 3;
	default:
		return 4;
	}
}

/* Whether a broken rule gives this outcome, with this qualification. */
static bool gives(const struct entry *e, const struct pkvm_vmcs_rule *rule,
		  const struct outcome *outcome)
{
	if (rule->outcome != outcome->number)
		return false;
	if (rule->outcome == PKVM_VMCS_ENTRY_FAIL_MSR)
		return outcome->qualification == pkvm_vmcs_msr_refused(&e->state);
	return outcome->qualification == rule->qualification;
}

/* What the list allows beside that. */
static bool gives_by_list(const struct entry *e, const struct verdict *verdict,
			  const struct outcome *outcome)
{
	bool given = false, refuses;

	if (outcome->number != PKVM_VMCS_ENTRY_FAIL_GUEST || outcome->qualification)
		return false;
	for (uint32_t i = 0; i < nr_rules; i++)
		given |= verdict->broken[i] && list_unqualified(i);
	for (uint32_t i = 0; list_strict(i, e, &refuses); i++)
		given |= refuses;
	return given;
}

/* Whether nothing that is broken comes before the outcome, and something gives it. */
static bool fits(const struct entry *e, const struct verdict *verdict,
		 const struct outcome *outcome, bool by_list)
{
	bool given = outcome->number == PKVM_VMCS_ENTRY_OK ||
		     (by_list && gives_by_list(e, verdict, outcome));

	for (uint32_t i = 0; i < nr_rules; i++) {
		const struct pkvm_vmcs_rule *rule = pkvm_vmcs_rule(i);

		if (!verdict->broken[i])
			continue;
		if (turn(rule->outcome) < turn(outcome->number) &&
		    !(by_list && list_lenient(i)))
			return false;
		given |= gives(e, rule, outcome);
	}
	return given;
}

/* What of the list explains the outcome: what was passed over, or what gave it. */
static void count_listed(const struct entry *e, const struct verdict *verdict,
			 const struct outcome *outcome)
{
	bool given = false, refuses;

	for (uint32_t i = 0; i < nr_rules; i++) {
		const struct pkvm_vmcs_rule *rule = pkvm_vmcs_rule(i);

		if (!verdict->broken[i])
			continue;
		counts[i].listed += turn(rule->outcome) < turn(outcome->number);
		given |= gives(e, rule, outcome);
	}
	if (given)
		return;
	for (uint32_t i = 0; i < nr_rules; i++)
		counts[i].listed += verdict->broken[i] && list_unqualified(i);
	for (uint32_t i = 0; list_strict(i, e, &refuses); i++)
		strict_shown[i] += refuses;
}

static enum agreement find_agreement(const struct entry *e, const struct verdict *verdict,
				     const struct outcome *outcome)
{
	if (fits(e, verdict, outcome, false))
		return AGREED;
	if (!fits(e, verdict, outcome, true))
		return DISAGREED;
	count_listed(e, verdict, outcome);
	return LISTED;
}

enum agreement judge_compare(const struct entry *e, const struct verdict *verdict,
			     const struct outcome *outcome)
{
	const enum agreement agreement = find_agreement(e, verdict, outcome);

	outcomes[outcome->number % 64]++;
	agreements[agreement]++;
	for (uint32_t i = 0; i < nr_rules; i++) {
		if (!verdict->broken[i])
			continue;
		counts[i].violated++;
		counts[i].alone += verdict->nr_broken == 1;
		counts[i].agreed += agreement == AGREED;
	}
	return agreement;
}

static void number(const char *what, uint64_t value)
{
	console_text(what);
	console_decimal(value);
}

/* One line a rule; whether it says nothing that it should not. */
static bool report_rule(uint32_t i, bool whole)
{
	const struct pkvm_vmcs_rule *rule = pkvm_vmcs_rule(i);
	const bool few = counts[i].violated < ENOUGH;
	const char *absent = machine_absent(rule);
	const bool rare = whole && few && !absent && !list_unreachable(i);
	const bool differs = list_lenient(i) || list_unqualified(i);
	const bool stale = whole && differs && !counts[i].listed;

	console_text("rule ");
	console_text(rule->id);
	number(": violated ", counts[i].violated);
	number(", alone ", counts[i].alone);
	number(", agreed ", counts[i].agreed);
	if (differs)
		number(", by the list ", counts[i].listed);
	if (few && absent) {
		console_text(", the processor has no ");
		console_text(absent);
	}
	if (few && list_unreachable(i))
		console_text(", listed as unreachable");
	if (rare)
		console_text(", FAILED: too seldom, and not listed");
	if (stale)
		console_text(", FAILED: a difference that never shows");
	console_text("\n");
	return !rare && !stale;
}

static bool report_stricts(bool whole)
{
	struct entry any;
	bool good = true, refuses;
	const char *id;

	machine_baseline(&any, 0);
	for (uint32_t i = 0; (id = list_strict(i, &any, &refuses)); i++) {
		console_text("rule ");
		console_text(id);
		number(": by the list ", strict_shown[i]);
		console_text(whole && !strict_shown[i] ? ", FAILED: it never shows\n" : "\n");
		good &= !whole || strict_shown[i];
	}
	return good;
}

/* Few cases cannot break every rule: what is rare or stale counts in a whole run. */
bool judge_report(uint64_t cases)
{
	static const uint8_t shown[] = {0, 7, 8, 33, 34};
	bool good = !agreements[DISAGREED];

	good &= report_stricts(cases >= WHOLE_RUN);
	for (uint32_t i = 0; i < nr_rules; i++)
		good &= report_rule(i, cases >= WHOLE_RUN);
	number("cases ", cases);
	for (unsigned int i = 0; i < sizeof(shown); i++) {
		number(", outcome ", shown[i]);
		number(": ", outcomes[shown[i]]);
	}
	number(", agreed ", agreements[AGREED]);
	number(", listed ", agreements[LISTED]);
	number(", disagreed ", agreements[DISAGREED]);
	console_text("\n");
	return good;
}
