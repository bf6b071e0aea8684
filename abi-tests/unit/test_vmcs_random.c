/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests the VM-entry rules on random states near ones that enter: each rule is
 * broken often, and the order in which fields are given changes nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "vmcs_check_state.h"
#include "vmcs_random_state.h"

#define TRIES 16000             /* for each rule, at most                    */

/* Printed, and given again as PKVM_TEST_SEED. */
static uint64_t random_state;

static int seed(void **state)
{
	const char *given = getenv("PKVM_TEST_SEED");

	(void)state;
	random_state = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) | 1;
	print_message("PKVM_TEST_SEED=%" PRIu64 "\n", random_state);
	return 0;
}

static void start(struct entry *e)
{
	const enum processor processors[] = {SKYLAKE, EVERYTHING, EVERYTHING, NO_AD, PLAIN,
					     NO_ZERO_LENGTH, NO_INACTIVE, REVISION_7, NO_SGX, NO_RTM};

	set_up(e, (enum guest)(random64(&random_state) % 4),
	       processors[random64(&random_state) % 10]);
	vary(&random_state, e);
}

/* How often random states near good ones break a rule; 20 times are enough. */
static unsigned int breaks(unsigned int rule)
{
	unsigned int hits = 0;

	for (unsigned int n = 0; n < TRIES && hits < 20; n++) {
		struct entry e;

		start(&e);
		for (unsigned int changes = 0; changes < 3; changes++) {
			const struct change change =
				random_change(&random_state, &e, pkvm_vmcs_rule(rule));

			apply(&e, &change, 1);
			hits += pkvm_vmcs_judge(rule, &e.state) == PKVM_VMCS_BROKEN;
		}
	}
	return hits;
}

static void test_every_rule_is_broken_at_least_20_times(void **state)
{
	unsigned int few = 0;

	(void)state;
	assert_in_range(nr_rules(), 302, 512);
	for (unsigned int i = 0; i < nr_rules(); i++) {
		const unsigned int hits = breaks(i);

		few += hits < 20;
		if (hits < 20)
			print_message("%s: broken %u times\n", pkvm_vmcs_rule(i)->id, hits);
	}
	assert_int_equal(few, 0);
}

static void test_the_order_of_the_fields_changes_nothing(void **state)
{
	(void)state;
	for (unsigned int n = 0; n < 500; n++) {
		const unsigned int rule = (unsigned int)(random64(&random_state) % nr_rules());
		struct change change[2];
		struct entry e, f;

		start(&e);
		change[0] = random_change(&random_state, &e, pkvm_vmcs_rule(rule));
		change[1] = random_change(&random_state, &e,
					  pkvm_vmcs_rule((rule + 1) % nr_rules()));
		if (change[0].field == change[1].field)
			continue;
		f = e;
		point(&f);
		apply(&e, &change[0], 1);
		apply(&e, &change[1], 1);
		apply(&f, &change[1], 1);
		apply(&f, &change[0], 1);
		for (unsigned int i = 0; pkvm_vmcs_rule(i); i++)
			assert_int_equal(pkvm_vmcs_judge(i, &e.state),
					 pkvm_vmcs_judge(i, &f.state));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_rule_is_broken_at_least_20_times),
		cmocka_unit_test(test_the_order_of_the_fields_changes_nothing),
	};

	return cmocka_run_group_tests(tests, seed, NULL);
}
