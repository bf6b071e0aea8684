/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Exhaustive: every reserved bit and every value out of range, in every word of
 * every row, is -EINVAL with the word's number in RBX, and changes nothing.
 */
#include "world.h"
#include "rows.h"


static unsigned long long attempts;

static void assert_refused(struct machine *m, const struct row *row, unsigned int word,
			   uint64_t value)
{
	uint64_t in[PKVM_MAX_WORDS] = {0};
	struct world_result result;

	in[word] = value;
	result = world_callv(m, row->number, in, row->n_in, row->n_out);
	attempts++;
	if (result.error != -22 || result.refused != word + 1)
		fail_msg("%s, %s = 0x%llx: status %lld word %llu", row->name,
			 row->word[word].name, (unsigned long long)value,
			 (long long)result.error, (unsigned long long)result.refused);
}

/* Every single bit that breaks the rule, and the values around its limit. */
static void refuse_every_bad_value(struct machine *m, const struct row *row, unsigned int i)
{
	const struct word *word = &row->word[i];

	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t value = (uint64_t)1 << bit;

		if (word->rule == BITS ? (value & ~word->limit) != 0 : value > word->limit)
			assert_refused(m, row, i, value);
	}
	if (word->rule == BITS)
		return;
	assert_refused(m, row, i, word->limit + 1);
	assert_refused(m, row, i, ~(uint64_t)0 - 1);
	if (word->rule == MAX)
		assert_refused(m, row, i, ~(uint64_t)0);
}

static void test_every_reserved_bit_of_every_word_is_refused_with_its_number(void **state)
{
	struct machine *up = world_up(1);

	(void)state;
	for (size_t r = 0; r < NR_ROWS; r++) {
		/* init's words have no rule; it is refused before, because it is once only. */
		for (unsigned int i = 0; i < rows[r].n_in; i++)
			refuse_every_bad_value(up, &rows[r], i);
	}
	print_message("%llu refusals\n", attempts);
	assert_in_range(attempts, 2000, 100000);
	world_end(up);
}

static void test_the_first_bad_word_is_named_when_several_are_bad(void **state)
{
	struct machine *m = world_up(1);
	const struct world_result result =
		world_call(m, 0x0400, 5, 0, (uint64_t)8, ~(uint64_t)0, ~(uint64_t)0,
			   ~(uint64_t)0, ~(uint64_t)0);

	(void)state;
	assert_int_equal(result.error, -22);
	assert_int_equal(result.refused, 1);
	world_end(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_reserved_bit_of_every_word_is_refused_with_its_number),
		cmocka_unit_test(test_the_first_bad_word_is_named_when_several_are_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
