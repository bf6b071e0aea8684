/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Finds the titles of a dump's parts, and by their order the dumps that several
 * processors printed into each other.
 */
#include <string.h>

#include "vmcs_log.h"

static const struct {
	const char *pattern;
	unsigned int part;
} titles[] = {
	{"*** Guest State ***", VMCS_PART_GUEST},
	{"*** Host State ***", VMCS_PART_HOST},
	{"*** Control State ***", VMCS_PART_CONTROL},
};

unsigned int vmcs_title(const char *text, const char **end)
{
	for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
		const struct vmcs_match match = vmcs_match(text, titles[i].pattern);

		*end = match.end;
		if (match.whole)
			return titles[i].part;
	}
	return 0;
}

static unsigned int next_title(const char **text)
{
	unsigned int part = 0;

	while (!part) {
		const char *stars = strstr(*text, "***");

		if (!stars)
			return 0;
		part = vmcs_title(stars, text);
		*text = part ? *text : stars + 1;
	}
	return part;
}

unsigned int vmcs_count_mixed(const char *text)
{
	unsigned int guests = 0, others = 0, part = next_title(&text);

	for (; part == VMCS_PART_GUEST; part = next_title(&text))
		guests++;
	for (; part == VMCS_PART_HOST && others < guests; part = next_title(&text))
		others++;
	if (guests < 2 || others < guests)
		return 0;
	for (; part == VMCS_PART_CONTROL && others; part = next_title(&text))
		others--;
	return others ? 0 : guests;
}
