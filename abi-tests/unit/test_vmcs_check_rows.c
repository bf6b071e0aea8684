/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests every rule of VM entry by itself: a smallest change breaks it, a change
 * next to it does not, and its verdict depends on the fields it names alone.
 */
#include "vmcs_check_state.h"

/* One change and what VM entry must say to it; no rule: it must accept. */
struct row {
	const char *rule;
	const char *first;
	enum guest guest;
	enum processor processor;
	uint32_t outcome;
	uint32_t qualification;
	struct change change[8];
};

static const struct row rows[] = {
#define BREAKS(RULE, ...)          { RULE, RULE, BREAKS_(__VA_ARGS__) },
#define SHADOWED(RULE, FIRST, ...) { RULE, FIRST, BREAKS_(__VA_ARGS__) },
#define BREAKS_(GUEST, CPU, OUTCOME, QUALIFICATION, ...)                                  \
	GUEST, CPU, OUTCOME, QUALIFICATION, { __VA_ARGS__ }
#define ACCEPTS(WHY, GUEST, CPU, ...) { NULL, WHY, GUEST, CPU, 0, 0, { __VA_ARGS__ } },
#include "vmcs_check_rows.inc"
#include "vmcs_check_guest_rows.inc"
};

#define NR_ROWS (sizeof(rows) / sizeof(rows[0]))

/* A change that is all zero, but for the first, is the end of the row. */
static void apply_row(struct entry *e, const struct row *row)
{
	apply(e, &row->change[0], 1);
	for (size_t i = 1; i < 8 && (row->change[i].field || row->change[i].value); i++)
		apply(e, &row->change[i], 1);
}

static void set_up_row(struct entry *e, const struct row *row)
{
	set_up(e, row->guest, row->processor);
	apply_row(e, row);
}

static void test_each_change_breaks_its_rule_first_and_no_other_outcome(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_ROWS; i++) {
		const struct pkvm_vmcs_rule *first;
		struct entry e;

		if (!rows[i].rule)
			continue;
		set_up_row(&e, &rows[i]);
		assert_string_equal(first_of(&e), rows[i].first);
		assert_int_equal(pkvm_vmcs_judge(number_of(rows[i].rule), &e.state),
				 PKVM_VMCS_BROKEN);
		first = pkvm_vmcs_rule(number_of(rows[i].first));
		if (first->outcome != rows[i].outcome ||
		    first->qualification != rows[i].qualification)
			fail_msg("%s: outcome %u, qualification %u", first->id,
				 (unsigned int)first->outcome, first->qualification);
	}
}

static void test_changes_next_to_a_rule_are_accepted(void **state)
{
	(void)state;
	for (size_t i = 0; i < NR_ROWS; i++) {
		struct entry e;

		if (rows[i].rule)
			continue;
		set_up_row(&e, &rows[i]);
		if (strcmp(first_of(&e), "none"))
			fail_msg("%s: refused by %s", rows[i].first, first_of(&e));
	}
}

/* Whether two rows break their rules in one VMCS, each by its own class. */
static bool set_up_pair(struct entry *e, const struct row *early, const struct row *late)
{
	if (!early->rule || !late->rule || early->outcome >= late->outcome ||
	    early->guest != late->guest || early->processor != late->processor)
		return false;
	set_up_row(e, late);
	apply_row(e, early);
	return pkvm_vmcs_judge(number_of(early->rule), &e->state) == PKVM_VMCS_BROKEN &&
	       pkvm_vmcs_judge(number_of(late->rule), &e->state) == PKVM_VMCS_BROKEN;
}

/* The numbers of the classes are in the order in which VM entry judges them. */
static void test_of_two_broken_rules_the_earlier_class_decides(void **state)
{
	static const uint32_t classes[] = {7, 8, 33, 34};
	unsigned int pairs[4][4] = {{0}};

	(void)state;
	for (size_t i = 0; i < NR_ROWS; i++) {
		for (size_t j = i % 5; j < NR_ROWS; j += 5) {
			unsigned int early = 0, late = 0;
			struct entry e;

			if (!set_up_pair(&e, &rows[i], &rows[j]))
				continue;
			assert_int_equal(pkvm_vmcs_rule((unsigned int)pkvm_vmcs_first_broken(
						 &e.state))->outcome, rows[i].outcome);
			while (classes[early] != rows[i].outcome)
				early++;
			while (classes[late] != rows[j].outcome)
				late++;
			pairs[early][late]++;
		}
	}
	for (unsigned int late = 1; late < 4; late++) {
		for (unsigned int early = 0; early < late; early++)
			assert_in_range(pairs[early][late], 20, 100000);
	}
}

static void test_every_rule_has_a_change_that_breaks_it(void **state)
{
	(void)state;
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		size_t row = 0;

		while (row < NR_ROWS && (!rows[row].rule ||
					 strcmp(rows[row].rule, pkvm_vmcs_rule(i)->id)))
			row++;
		if (row == NR_ROWS)
			fail_msg("no row breaks %s", pkvm_vmcs_rule(i)->id);
	}
}

static bool reads(const struct pkvm_vmcs_rule *rule, uint16_t field)
{
	for (uint32_t i = 0; i < rule->nr_reads; i++) {
		if (rule->reads[i] == field)
			return true;
	}
	return false;
}

/* Sets one field and looks whether a rule that does not name it changes its mind. */
static void expect_untouched(struct entry *e, uint16_t field, uint64_t value,
			     const enum pkvm_vmcs_verdict *before)
{
	uint64_t kept = e->value[field];

	e->value[field] = value;
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		if (reads(pkvm_vmcs_rule(i), field))
			continue;
		if (pkvm_vmcs_judge(i, &e->state) != before[i])
			fail_msg("%s reads field %u, which it does not name",
				 pkvm_vmcs_rule(i)->id, field);
	}
	e->value[field] = kept;
}

static void test_a_rule_reads_no_field_that_it_does_not_name(void **state)
{
	static enum pkvm_vmcs_verdict before[512];
	struct entry e;

	(void)state;
	for (size_t row = 0; row < NR_ROWS; row++) {
		set_up_row(&e, &rows[row]);
		for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
			assert_in_range(i, 0, 511);
			before[i] = pkvm_vmcs_judge(i, &e.state);
		}
		for (uint16_t field = 0; field < PKVM_VMCS_NR_FIELDS; field++) {
			expect_untouched(&e, field, 0, before);
			expect_untouched(&e, field, UINT64_MAX, before);
		}
	}
}

/* Whether another value of one field changes what a rule says. */
static bool field_matters(struct entry *e, unsigned int rule, uint16_t field)
{
	const enum pkvm_vmcs_verdict before = pkvm_vmcs_judge(rule, &e->state);
	const uint64_t kept = e->value[field];
	bool matters = false;

	for (unsigned int bit = 0; bit < 64 && !matters; bit++) {
		e->value[field] = kept ^ 1ull << bit;
		matters = pkvm_vmcs_judge(rule, &e->state) != before;
	}
	e->value[field] = kept;
	return matters;
}

static bool field_matters_in_a_row(unsigned int rule, uint16_t field)
{
	struct entry e;

	for (size_t i = 0; i < NR_ROWS; i++) {
		set_up_row(&e, &rows[i]);
		if (field_matters(&e, rule, field))
			return true;
	}
	return false;
}

static void test_every_field_that_a_rule_names_can_change_its_verdict(void **state)
{
	(void)state;
	for (unsigned int i = 0; pkvm_vmcs_rule(i); i++) {
		for (uint32_t j = 0; j < pkvm_vmcs_rule(i)->nr_reads; j++) {
			if (!field_matters_in_a_row(i, pkvm_vmcs_rule(i)->reads[j]))
				fail_msg("%s never depends on its field %u",
					 pkvm_vmcs_rule(i)->id, j);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_change_breaks_its_rule_first_and_no_other_outcome),
		cmocka_unit_test(test_changes_next_to_a_rule_are_accepted),
		cmocka_unit_test(test_of_two_broken_rules_the_earlier_class_decides),
		cmocka_unit_test(test_every_rule_has_a_change_that_breaks_it),
		cmocka_unit_test(test_a_rule_reads_no_field_that_it_does_not_name),
		cmocka_unit_test(test_every_field_that_a_rule_names_can_change_its_verdict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
