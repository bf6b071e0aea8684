/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Searches a state space breadth first. A state is kept whole, as the words in
 * which it differs from the first one.
 */
#include <stdlib.h>
#include <string.h>

#include "search.h"

#define MAX_WORDS  2048u
#define MAX_DIFFER 40u
#define BLOCK      16u /* words, of which MAX_WORDS is a multiple */

struct node {
	uint32_t parent;
	uint16_t step;
	uint16_t differ;
	uint16_t at[MAX_DIFFER];
	uint32_t value[MAX_DIFFER];
};

struct space {
	const struct search *search;
	size_t words;
	uint32_t first[MAX_WORDS];
	uint32_t now[MAX_WORDS];
	struct node *nodes;
	size_t nr_nodes;
	size_t room;
	uint32_t *table;        /* of nodes by hash, + 1; 2 * room entries      */
};

static void gather(struct space *space)
{
	space->words = 0;
	for (size_t i = 0; i < space->search->nr_regions; i++) {
		const struct search_region *region = &space->search->regions[i];

		assert_int_equal(region->size % 4, 0);
		assert_true(space->words + region->size / 4 <= MAX_WORDS);
		memcpy(space->now + space->words, region->at, region->size);
		space->words += region->size / 4;
	}
}

static void scatter(struct space *space, const struct node *node)
{
	size_t done = 0;

	memcpy(space->now, space->first, space->words * sizeof(space->now[0]));
	for (unsigned int i = 0; i < node->differ; i++)
		space->now[node->at[i]] = node->value[i];
	for (size_t i = 0; i < space->search->nr_regions; i++) {
		const struct search_region *region = &space->search->regions[i];

		memcpy(region->at, space->now + done, region->size);
		done += region->size / 4;
	}
}

/* Most of a state is as in the first one, and passed over block by block. */
static struct node pack(struct space *space)
{
	struct node node = {0};

	gather(space);
	for (size_t block = 0; block < space->words; block += BLOCK) {
		if (!memcmp(&space->now[block], &space->first[block], BLOCK * 4))
			continue;
		for (size_t i = block; i < block + BLOCK; i++) {
			if (space->now[i] == space->first[i])
				continue;
			assert_true(node.differ < MAX_DIFFER);
			node.at[node.differ] = (uint16_t)i;
			node.value[node.differ++] = space->now[i];
		}
	}
	return node;
}

static bool is_same(const struct node *a, const struct node *b)
{
	return a->differ == b->differ && !memcmp(a->at, b->at, sizeof(a->at)) &&
	       !memcmp(a->value, b->value, sizeof(a->value));
}

/* FNV-1a over words: the node's place in the table, or the first free one after it. */
static uint32_t *place_of(const struct space *space, const struct node *node)
{
	uint64_t hash = 0xcbf29ce484222325;
	size_t slot;

	for (unsigned int i = 0; i < node->differ; i++)
		hash = (hash ^ ((uint64_t)node->at[i] << 32 | node->value[i])) * 0x100000001b3;
	slot = (hash ^ hash >> 32) & (2 * space->room - 1);
	while (space->table[slot] && !is_same(&space->nodes[space->table[slot] - 1], node))
		slot = (slot + 1) & (2 * space->room - 1);
	return &space->table[slot];
}

static void grow(struct space *space)
{
	space->room = space->room ? 2 * space->room : 1024;
	assert_true(space->room <= SEARCH_MAX_STATES);
	space->nodes = realloc(space->nodes, space->room * sizeof(*space->nodes));
	free(space->table);
	space->table = calloc(2 * space->room, sizeof(*space->table));
	assert_non_null(space->nodes);
	assert_non_null(space->table);
	for (size_t i = 0; i < space->nr_nodes; i++)
		*place_of(space, &space->nodes[i]) = (uint32_t)i + 1;
}

/* Adds the live state unless it is known. */
static void visit(struct space *space, size_t parent, size_t step)
{
	struct node node = pack(space);
	uint32_t *place;

	if (space->nr_nodes == space->room)
		grow(space);
	place = place_of(space, &node);
	if (*place)
		return;
	node.parent = (uint32_t)parent;
	node.step = (uint16_t)step;
	space->nodes[space->nr_nodes] = node;
	*place = (uint32_t)++space->nr_nodes;
}

static void tell(const struct space *space, size_t last, size_t step,
		 struct search_result *result)
{
	size_t length = 1;

	for (size_t at = last; at; at = space->nodes[at].parent)
		length++;
	assert_true(length <= SEARCH_MAX_TRACE);
	result->length = length;
	result->trace[--length] = space->search->steps[step].sentence;
	for (size_t at = last; at; at = space->nodes[at].parent)
		result->trace[--length] = space->search->steps[space->nodes[at].step].sentence;
}

/* Takes every step from one state; false: a step violated something. */
static bool expand(struct space *space, size_t at, struct search_result *result)
{
	const struct search *search = space->search;

	for (size_t step = 0; step < search->nr_steps; step++) {
		scatter(space, &space->nodes[at]);
		if (!search->steps[step].take(search->steps[step].argument))
			continue;
		result->transitions++;
		result->violation = search->judge();
		if (result->violation) {
			tell(space, at, step, result);
			return false;
		}
		visit(space, at, step);
	}
	return true;
}

struct search_result search_run(const struct search *search)
{
	struct space *space = calloc(1, sizeof(*space));
	struct search_result result = {0};

	assert_non_null(space);
	space->search = search;
	assert_null(search->judge());
	gather(space);
	memcpy(space->first, space->now, sizeof(space->first));
	visit(space, 0, 0);
	for (size_t at = 0; at < space->nr_nodes && expand(space, at, &result);)
		at++;
	result.states = space->nr_nodes;
	free(space->nodes);
	free(space->table);
	free(space);
	return result;
}

void search_assert_clean(const struct search_result *result, const char *subject)
{
	if (!result->violation)
		return;
	for (size_t i = 0; i < result->length; i++)
		print_error("%2zu. %s\n", i + 1, result->trace[i]);
	fail_msg("%s: %s", subject, result->violation);
}

void search_assert_trace(const struct search_result *result, const char *const *sentences,
			 size_t length, const char *violation)
{
	assert_non_null(result->violation);
	for (size_t i = 0; i < result->length; i++)
		print_message("%2zu. %s\n", i + 1, result->trace[i]);
	print_message("    %s\n", result->violation);
	assert_string_equal(result->violation, violation);
	assert_int_equal(result->length, length);
	for (size_t i = 0; i < length; i++)
		assert_string_equal(result->trace[i], sentences[i]);
}
