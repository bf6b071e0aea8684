/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The shared page of a vCPU by name: a word is PART.FIELD, with .N behind for a
 * field of several words; item.CALL.FIELD is a posted item's.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <pkvm/shared_page.h>
#include "guest/assemble.h"
#include "report.h"
#include "scenario.h"

struct part {
	const char *name;
	const char *structure;
	size_t offset;
};

#define PART(NAME) {#NAME, "pkvm_page_" #NAME, offsetof(struct pkvm_shared_page, NAME)}
#define ITEM(NAME)                                                                  \
	{"item." #NAME, "pkvm_page_item", offsetof(struct pkvm_shared_page, item) + \
	 PKVM_POST_##NAME * sizeof(struct pkvm_page_item)}

static const struct part parts[] = {
	PART(header), PART(regs), PART(exit), PART(reply), PART(apic), PART(summary),
#define PKVM_POSTED(SLOT, NAME) ITEM(NAME),
#include <pkvm/posted.inc>
};

/* The part whose name begins the path; *rest is what follows its dot. */
static const struct part *find_part(const char *path, const char **rest)
{
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		const size_t length = strlen(parts[i].name);

		if (!strncmp(path, parts[i].name, length) && path[length] == '.') {
			*rest = path + length + 1;
			return &parts[i];
		}
	}
	return NULL;
}

/* "gpr.3" into "gpr" and 3; without a number 0. */
static bool split_index(const char *rest, char name[48], size_t *index)
{
	const char *dot = strchr(rest, '.');
	const size_t length = dot ? (size_t)(dot - rest) : strlen(rest);
	char *end;

	if (length >= 48)
		return false;
	memcpy(name, rest, length);
	name[length] = '\0';
	*index = 0;
	if (!dot)
		return true;
	*index = strtoul(dot + 1, &end, 10);
	return dot[1] >= '0' && dot[1] <= '9' && !*end;
}

bool scenario_page_offset(const char *path, size_t *offset)
{
	const struct abi_field *field;
	const struct part *part;
	const char *rest;
	char name[48];
	size_t index;
	int reg;

	part = find_part(path, &rest);
	if (!part || !split_index(rest, name, &index))
		return false;
	field = abi_field_by_name(part->structure, name);
	reg = strcmp(part->name, "regs") ? -1 : pkvm_asm_register('r', name);
	if (!field && reg >= 0) {
		field = abi_field_by_name(part->structure, "gpr");
		index = (size_t)reg;
	}
	if (!field || index >= field->count)
		return false;
	*offset = part->offset + field->offset + index * field->bytes;
	return true;
}

void scenario_do_page(struct scenario *s, const struct text_line *line)
{
	const uint64_t named = scenario_value(s, line, line->word[1], NULL);
	const uint64_t page = report_page_of(s->report, named);
	struct scenario_field field;
	size_t offset;

	scenario_result_begin(s, line);
	s->result.page = page ? page : named;
	if (!page && named % PKVM_PAGE_SIZE)
		scenario_bad(s, line, "%s is neither a vCPU's handle nor the address of a page",
			     line->word[1]);
	for (unsigned int i = 2; i < line->words; i++) {
		uint64_t value;

		if (!scenario_split(line->word[i], &field) || strcmp(field.op, "=") ||
		    !scenario_page_offset(field.name, &offset))
			scenario_bad(s, line, "%s is no word of the shared page; expected "
				     "PART.FIELD=VALUE such as regs.rip=0x1000", line->word[i]);
		value = scenario_value(s, line, field.value, NULL);
		scenario_write(s, line, s->result.page + offset, &value, sizeof(value));
	}
}
