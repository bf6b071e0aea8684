/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* The search itself, where the answer is known: two hands that go round. */
#include "search.h"

#define HOURS   12u
#define MINUTES 700u

static struct {
	uint32_t hour;
	uint32_t minute;
} hands;

static uint32_t forbidden_hour, forbidden_minute;

static bool turn_hour(uint32_t by)
{
	hands.hour = (hands.hour + by) % HOURS;
	return true;
}

/* Not possible at the last hour. */
static bool turn_minute(uint32_t by)
{
	if (hands.hour == HOURS - 1)
		return false;
	hands.minute = (hands.minute + by) % MINUTES;
	return true;
}

static const char *judge(void)
{
	return hands.hour == forbidden_hour && hands.minute == forbidden_minute ? "forbidden" :
										  NULL;
}

static struct search_result search_hands(uint32_t hour, uint32_t minute)
{
	static const struct search_region regions[] = {
		{&hands.hour, sizeof(hands.hour)}, {&hands.minute, sizeof(hands.minute)},
	};
	static const struct search_step steps[] = {
		{turn_minute, 1, "a minute"}, {turn_hour, 1, "an hour"},
		{turn_hour, 5, "five hours"},
	};
	static const struct search search = {regions, 2, steps, 3, judge};

	hands.hour = hands.minute = 0;
	forbidden_hour = hour;
	forbidden_minute = minute;
	return search_run(&search);
}

static void test_every_state_is_visited_once_and_left_by_every_step(void **state)
{
	const struct search_result result = search_hands(HOURS, 0);

	(void)state;
	search_assert_clean(&result, "hands");
	assert_int_equal(result.states, 12 * 700);
	assert_int_equal(result.transitions, 2 * 12 * 700 + 11 * 700);
}

static void test_the_way_to_a_violation_is_a_shortest_one(void **state)
{
	static const char *const trace[] = {"a minute", "a minute", "an hour", "five hours",
					    "five hours"};
	const struct search_result result = search_hands(11, 2);

	(void)state;
	search_assert_trace(&result, trace, 5, "forbidden");
	assert_int_equal(hands.hour, 11);
	assert_int_equal(hands.minute, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_state_is_visited_once_and_left_by_every_step),
		cmocka_unit_test(test_the_way_to_a_violation_is_a_shortest_one),
	};

	return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
