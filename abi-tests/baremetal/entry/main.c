/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Random VMCSs near good ones, entered for real and judged by the checker: both
 * come to the same outcome, or the difference is a listed leniency.
 *
 * Commands: "SEED CASES" in decimal. Three of four cases look for a state that
 * breaks a rule, each rule in its turn; the others change what they meet.
 */
#include "../../../baremetal/boot_info.h"
#include "../../../baremetal/common/console.h"
#include "../../../baremetal/common/exception.h"
#include "../../../baremetal/hyp/cpu.h"
#include "../expect.h"
#include "entry.h"

#define DEFAULT_SEED  1u
#define DEFAULT_CASES 1000u
#define TRIES         240u
#define NARROW_TRIES  200u
#define REVISION      PKVM_BITS(30, 0)
#define LINKED_VMCS   0x8000u

void hyp_main(uint32_t number);
extern uint32_t hyp_commands_size;

static uint64_t seed = DEFAULT_SEED, cases = DEFAULT_CASES;

static const char *read_number(const char *at, const char *end, uint64_t *value)
{
	while (at < end && (*at < '0' || *at > '9'))
		at++;
	if (at < end)
		*value = 0;
	for (; at < end && *at >= '0' && *at <= '9'; at++)
		*value = 10 * *value + (uint64_t)(*at - '0');
	return at;
}

static void read_commands(void)
{
	const char *at = (const char *)MAP_COMMANDS, *end = at + hyp_commands_size;

	at = read_number(at, end, &seed);
	(void)read_number(at, end, &cases);
	EXPECT(seed);
}

static void start(struct entry *e, uint32_t guest)
{
	machine_baseline(e, guest);
	vary(&seed, e);
	if (!machine_has(PKVM_VMCS_INDEX_VM_FUNCTION_CONTROL))
		e->value[PKVM_VMCS_INDEX_VM_FUNCTION_CONTROL] = 0;
	if (random64(&seed) % 2)
		e->state.linked_revision = (uint32_t)(e->caps.basic & REVISION) |
					   (uint32_t)(random64(&seed) % 2) << 31;
	if (random64(&seed) % 2)
		e->value[PKVM_VMCS_INDEX_VMCS_LINK_POINTER] = LINKED_VMCS;
	machine_facts(e);
}

static bool is_one_bit(uint64_t value)
{
	return value && !(value & (value - 1));
}

/* A field that the processor has not stays 0; a narrow change is one bit. */
static void change(struct entry *e, uint32_t rule, bool narrow)
{
	struct change changed;

	do {
		changed = random_change(&seed, e, pkvm_vmcs_rule(rule));
	} while (narrow && !is_one_bit(changed.value ^ e->value[changed.field]));
	if (machine_has(changed.field))
		apply(e, &changed, 1);
	machine_facts(e);
}

static bool is_broken(const struct entry *e, uint32_t rule)
{
	return pkvm_vmcs_judge(rule, &e->state) == PKVM_VMCS_BROKEN;
}

/* An event of the same type with which nothing is wrong, unless that is the rule. */
static void repair_event(struct entry *e, uint32_t rule)
{
	static const uint32_t good[] = {0x80000020, 0,          0x80000202, 0x80000306,
					0x80000480, 0x80000512, 0x80000603, 0};
	uint64_t *info = &e->value[PKVM_VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD];
	uint64_t *length = &e->value[PKVM_VMCS_INDEX_VM_ENTRY_INSTRUCTION_LEN];
	const uint64_t old = *info, old_length = *length;

	if (!(old & 0x80000000) || !good[old >> 8 & 7])
		return;
	*info = good[old >> 8 & 7];
	*length = 1;
	if (is_broken(e, rule))
		return;
	*info = old;
	*length = old_length;
}

/* The same fields broken in a state that is good in all others, if that is enough. */
static void break_it_alone(struct entry *e, uint32_t guest, uint32_t number)
{
	const struct pkvm_vmcs_rule *rule = pkvm_vmcs_rule(number);
	const bool loads = rule->outcome == PKVM_VMCS_ENTRY_FAIL_MSR;
	struct entry alone;

	machine_baseline(&alone, guest);
	for (uint32_t i = 0; i < rule->nr_reads; i++)
		alone.value[rule->reads[i]] = e->value[rule->reads[i]];
	alone.state.linked_revision = e->state.linked_revision;
	for (unsigned int i = 0; i < 4 && rule->needs & PKVM_VMCS_NEEDS_PDPTES; i++)
		alone.state.pdpte[i] = e->state.pdpte[i];
	if (loads)
		alone.msr[1] = e->msr[1];
	*e = alone;
	point(e);
	repair_event(e, number);
}

static void start_broken(struct entry *e, uint32_t rule)
{
	const struct pkvm_vmcs_rule *row = pkvm_vmcs_rule(rule);
	const bool narrow = random64(&seed) % 2;
	uint32_t guest = 0;

	for (unsigned int i = 0; i < (machine_absent(row) ? 1 : TRIES); i++) {
		guest = (uint32_t)(random64(&seed) % BASELINES);
		start(e, guest);
		for (unsigned int changes = 0; changes < 3 && !is_broken(e, rule); changes++)
			change(e, rule, narrow && i < NARROW_TRIES);
		if (is_broken(e, rule))
			break;
	}
	if (is_broken(e, rule) && random64(&seed) % 4)
		break_it_alone(e, guest, rule);
}

/* An RPL of CS that no rule speaks of, but one of the emulator's own. */
static void start_strict(struct entry *e)
{
	machine_baseline(e, (uint32_t)(random64(&seed) % BASELINES));
	e->value[PKVM_VMCS_INDEX_GUEST_CS_SELECTOR] ^= 1 + random64(&seed) % 3;
}

static void run_case(uint64_t number, const struct entry *given)
{
	struct entry e = *given;
	enum agreement agreement;
	struct outcome outcome;
	struct verdict verdict;

	point(&e);
	judge(&e, &verdict);
	if (!judge_fails_at_once(&verdict)) {
		machine_contain(&e);
		judge(&e, &verdict);
	}
	outcome = machine_enter(&e);
	if (outcome.number)
		tell_failed(number, &e, &verdict, &outcome);
	agreement = judge_compare(&e, &verdict, &outcome);
	if (agreement != AGREED)
		tell_difference(number, agreement, &e, &verdict, &outcome);
}

/* Before all others, since nothing that is near them means a thing otherwise. */
static void enter_baselines(void)
{
	for (uint32_t guest = 0; guest < BASELINES; guest++) {
		struct entry e;

		machine_baseline(&e, guest);
		EXPECT_EQUAL(pkvm_vmcs_first_broken(&e.state), -1);
		EXPECT_EQUAL(machine_enter(&e).number, PKVM_VMCS_ENTRY_OK);
	}
}

static void enter_random(uint32_t nr_rules)
{
	for (uint64_t i = 0; i < cases; i++) {
		struct entry e;

		if (i % 256 == 0) {
			start_strict(&e);
		} else if (i % 4) {
			start_broken(&e, (uint32_t)((i - i / 4) % nr_rules));
		} else {
			start(&e, (uint32_t)(random64(&seed) % BASELINES));
			change(&e, (uint32_t)(random64(&seed) % nr_rules), false);
		}
		run_case(i, &e);
	}
}

/* In the place of the hypervisor's own; other CPUs are never started. */
void hyp_main(uint32_t number)
{
	uint32_t nr_rules = 0;

	exception_init();
	(void)cpu_start(number);
	read_commands();
	console_text("seed ");
	console_decimal(seed);
	console_text(", cases ");
	console_decimal(cases);
	console_text("\n");
	judge_start();
	while (pkvm_vmcs_rule(nr_rules))
		nr_rules++;
	machine_start();
	enter_baselines();
	enter_random(nr_rules);
	expect_end(judge_report(cases));
}
