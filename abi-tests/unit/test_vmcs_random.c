/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tests the VM-entry rules on random states near ones that enter: each rule is
 * broken often, and the order in which fields are given changes nothing.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <time.h>

#include "vmcs_check_state.h"
#include "../../lib/vmcs/field.h"

#define TRIES 16000             /* for each rule, at most                    */

/* xorshift64: the seed is printed, and given again as PKVM_TEST_SEED. */
static uint64_t random_state;

static uint64_t random64(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

static int seed(void **state)
{
	const char *given = getenv("PKVM_TEST_SEED");

	(void)state;
	random_state = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL) | 1;
	print_message("PKVM_TEST_SEED=%" PRIu64 "\n", random_state);
	return 0;
}

/* A field that a rule reads, with a bit flipped, or another value. */
static struct change random_change(const struct entry *e, const struct pkvm_vmcs_rule *rule)
{
	const uint16_t field = rule->reads[random64() % rule->nr_reads];
	const uint32_t encoding = pkvm_vmcs_encoding((enum pkvm_vmcs_index)field);
	const unsigned int bits = pkvm_vmcs_bits(encoding);
	uint64_t value = e->value[field];

	switch (random64() % 8) {
	case 0:
		value = random64();
		break;
	case 1:
		value = random64() % 32;
		break;
	case 2:
		value = random64() % 2 ? 0 : 0x9000;    /* where the VMCS itself is */
		break;
	default:
		value ^= 1ull << random64() % bits;
		break;
	}
	return (struct change){field, pkvm_vmcs_field_set(encoding, 0, value)};
}

/* An event to inject, as a random value seldom is. */
static void inject(struct entry *e)
{
	static const uint8_t vectors[] = {0, 1, 2, 3, 6, 8, 13, 14, 18, 32};

	e->value[PKVM_VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD] =
		0x80000000 | random64() % 16 << 8 | vectors[random64() % 10];
}

/* An entry of the MSR-load area, of an MSR that a rule speaks of or any. */
static void load_msr(struct entry *e)
{
	static const uint32_t indices[] = {0x79, 0x9b, 0x1d9, 0x277, 0x808, 0xc0000080,
					   0xc0000082, 0xc0000084, 0xc0000100, 0xc0000103};

	e->msr[1].index = random64() % 4 ? indices[random64() % 10] : (uint32_t)random64();
	e->msr[1].high = random64() % 4 == 0;
	e->msr[1].value = random64() % 2 ? 1ull << random64() % 64 : 0;
}

static void start(struct entry *e)
{
	const enum processor processors[] = {SKYLAKE, EVERYTHING, EVERYTHING, NO_AD, PLAIN,
					     NO_ZERO_LENGTH, NO_INACTIVE, REVISION_7};

	set_up(e, (enum guest)(random64() % 4), processors[random64() % 8]);
	if (random64() % 2)
		e->state.linked_revision = (uint32_t)random64();
	for (unsigned int i = 0; i < 4; i++)
		e->state.pdpte[i] = random64() % 2 ? random64() : 0;
	e->value[PKVM_VMCS_INDEX_VM_FUNCTION_CONTROL] = random64() % 2;
	if (random64() % 2)
		inject(e);
	if (random64() % 2)
		load_msr(e);
	e->state.rtit_ctl = random64() % 2;
	if (random64() % 4 == 0)
		e->value[PKVM_VMCS_INDEX_GUEST_ACTIVITY_STATE] = random64() % 4;
}

/* How often random states near good ones break a rule; 20 times are enough. */
static unsigned int breaks(unsigned int rule)
{
	unsigned int hits = 0;

	for (unsigned int n = 0; n < TRIES && hits < 20; n++) {
		struct entry e;

		start(&e);
		for (unsigned int changes = 0; changes < 3; changes++) {
			const struct change change = random_change(&e, pkvm_vmcs_rule(rule));

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
	assert_in_range(nr_rules(), 296, 512);
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
		const unsigned int rule = (unsigned int)(random64() % nr_rules());
		struct change change[2];
		struct entry e, f;

		start(&e);
		change[0] = random_change(&e, pkvm_vmcs_rule(rule));
		change[1] = random_change(&e, pkvm_vmcs_rule((rule + 1) % nr_rules()));
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
