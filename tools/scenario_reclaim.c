/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Pages that came back: the list that the last call returned is walked, each
 * page judged (the host sees it, it is scrubbed, it was the host's), and freed.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pkvm/abi.h>
#include "scenario.h"

struct range {
	uint64_t address;
	uint64_t pages;
};

static uint64_t output(const struct scenario *s, const char *name, bool *found)
{
	for (unsigned int i = 0; i < s->result.count; i++) {
		if (!strcmp(s->result.out[i].name, name)) {
			*found = true;
			return s->result.out[i].value;
		}
	}
	*found = false;
	return 0;
}

/* Every byte is zero, but in the range's first page the two words of the link. */
static void check_page(struct scenario *s, const struct text_line *line, uint64_t address,
		       bool first)
{
	uint64_t word[PKVM_PAGE_SIZE / 8];

	if (!machine_host_read(address, word, sizeof(word)))
		scenario_fail(s, line, "the page 0x%" PRIx64 " came back, but the host has no "
			      "access", address);
	for (size_t i = first ? 2 : 0; i < PKVM_PAGE_SIZE / 8; i++) {
		if (word[i])
			scenario_fail(s, line, "the page 0x%" PRIx64 " is not scrubbed: word "
				      "%zu is 0x%" PRIx64, address, i, word[i]);
	}
}

/* Checks and frees a range; gives the next one. */
static struct range take_range(struct scenario *s, const struct text_line *line,
			       struct range range)
{
	const uint64_t size = machine_ram_size(s->machine);
	struct range next;

	if (range.address >= size || range.pages > (size - range.address) / PKVM_PAGE_SIZE ||
	    !range.pages)
		scenario_fail(s, line, "the list names 0x%" PRIx64 ", %" PRIu64 " pages, which "
			      "is no memory", range.address, range.pages);
	for (uint64_t i = 0; i < range.pages; i++)
		check_page(s, line, range.address + i * PKVM_PAGE_SIZE, i == 0);
	if (!machine_host_read(range.address, &next, sizeof(next)))
		next = (struct range){0};
	if (!machine_host_free(range.address, range.pages))
		scenario_fail(s, line, "0x%" PRIx64 ", %" PRIu64 " pages, came back, but were "
			      "not all the host's", range.address, range.pages);
	return next;
}

void scenario_do_reclaim(struct scenario *s, const struct text_line *line)
{
	bool has_list, has_more, found;
	struct range range = {output(s, "address", &has_list), output(s, "pages", &found)};
	const uint64_t ranges = output(s, "ranges", &found);
	const uint64_t more = output(s, "more", &has_more);
	uint64_t pages = 0;

	if (!has_list || !found)
		scenario_bad(s, line, "the last action gave no list; expected a call with the "
			     "outputs address, pages and ranges before it");
	for (uint64_t i = 0; i < ranges; i++) {
		pages += range.pages;
		range = take_range(s, line, range);
	}
	if (range.address || (range.pages && ranges))
		scenario_fail(s, line, "the list goes on after its %" PRIu64 " ranges", ranges);
	if (!s->quiet && ranges)
		printf("  reclaim: %" PRIu64 " pages in %" PRIu64 " ranges, scrubbed\n", pages,
		       ranges);
	scenario_result_begin(s, line);
	scenario_result_add(s, "ranges", ranges);
	scenario_result_add(s, "pages", pages);
	if (has_more)
		scenario_result_add(s, "more", more);
}
