/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The host's memory in a scenario: allocated, freed, read and written as the
 * host reaches it; and variables set from values.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pkvm/abi.h>
#include "scenario.h"

#define MOST_PAGES (1u << 20)

void scenario_write(struct scenario *s, const struct text_line *line, uint64_t address,
		    const void *from, size_t size)
{
	if (!machine_host_write(address, from, size))
		scenario_fail(s, line, "the host has no access to 0x%" PRIx64 ", %zu bytes",
			      address, size);
}

uint64_t scenario_alloc(struct scenario *s, const struct text_line *line, uint64_t pages,
			bool zero)
{
	static const uint8_t zeroes[PKVM_PAGE_SIZE];
	const uint64_t address = pages ? machine_host_alloc(pages) : 0;
	struct scenario_block *block;

	if (!address)
		scenario_bad(s, line, "the host has no %" PRIu64 " free pages in a row; "
			     "expected 1 or more, or a larger machine ram=", pages);
	block = scenario_keep(s, sizeof(*block));
	block->address = address;
	block->pages = pages;
	block->next = s->blocks;
	s->blocks = block;
	for (uint64_t i = 0; zero && i < pages; i++)
		scenario_write(s, line, address + i * PKVM_PAGE_SIZE, zeroes, sizeof(zeroes));
	return address;
}

void scenario_do_alloc(struct scenario *s, const struct text_line *line)
{
	const uint64_t bytes = scenario_number(s, line, "size", PKVM_PAGE_SIZE,
					       (uint64_t)MOST_PAGES * PKVM_PAGE_SIZE);
	const uint64_t pages = scenario_number(s, line, "pages",
					       (bytes + PKVM_PAGE_SIZE - 1) / PKVM_PAGE_SIZE,
					       MOST_PAGES);
	const bool zero = scenario_number(s, line, "zero", 0, 1);
	char size[64];

	scenario_check_name(s, line, line->word[1]);
	if (scenario_text_field(line, "size") && scenario_text_field(line, "pages"))
		scenario_bad(s, line, "pages and size are both there; expected one of them");
	scenario_set(s, line->word[1], scenario_alloc(s, line, pages, zero));
	snprintf(size, sizeof(size), "%.40s.size", line->word[1]);
	scenario_set(s, size, pages * PKVM_PAGE_SIZE);
}

void scenario_do_free(struct scenario *s, const struct text_line *line)
{
	const uint64_t address = scenario_value(s, line, line->word[1], NULL);
	const uint64_t pages = scenario_number(s, line, "pages", 1, MOST_PAGES);

	if (!machine_host_free(address, pages))
		scenario_fail(s, line, "0x%" PRIx64 ", %" PRIu64 " pages, are not the host's "
			      "to free", address, pages);
}

/* Bytes of a field's name: u8, u16, u32, u64. */
static size_t width(const char *name)
{
	return !strcmp(name, "u8")    ? 1
	       : !strcmp(name, "u16") ? 2
	       : !strcmp(name, "u32") ? 4
				      : 8;
}

static uint64_t poke_number(struct scenario *s, const struct text_line *line, uint64_t address,
			    const struct scenario_field *field)
{
	const uint64_t value = scenario_value(s, line, field->value, NULL);
	const size_t bytes = width(field->name);
	uint8_t byte[8];

	if (bytes < 8 && value >> 8 * bytes)
		scenario_bad(s, line, "%s=%s does not fit; expected at most 0x%" PRIx64,
			     field->name, field->value, ((uint64_t)1 << 8 * bytes) - 1);
	for (size_t i = 0; i < bytes; i++)
		byte[i] = (uint8_t)(value >> 8 * i);
	s->result.fault |= !machine_host_write(address, byte, bytes);
	return address + bytes;
}

void scenario_do_poke(struct scenario *s, const struct text_line *line)
{
	uint64_t address = scenario_value(s, line, line->word[1], NULL);
	struct scenario_field field;

	scenario_result_begin(s, line);
	for (unsigned int i = 2; i < line->words; i++) {
		if (!scenario_split(line->word[i], &field))
			continue;
		if (!strcmp(field.name, "text")) {
			s->result.fault |= !machine_host_write(address, field.value,
							       strlen(field.value));
			address += strlen(field.value);
		} else {
			address = poke_number(s, line, address, &field);
		}
	}
	scenario_result_judge(s);
}

void scenario_do_peek(struct scenario *s, const struct text_line *line)
{
	const uint64_t address = scenario_value(s, line, line->word[1], NULL);
	const uint64_t bytes = scenario_number(s, line, "bytes", 8, 8);
	uint8_t byte[8] = {0};
	uint64_t value = 0;

	if (!bytes || bytes & (bytes - 1))
		scenario_bad(s, line, "bytes=%" PRIu64 "; expected 1, 2, 4 or 8", bytes);
	scenario_result_begin(s, line);
	s->result.fault = !machine_host_read(address, byte, bytes);
	for (unsigned int i = 0; i < 8; i++)
		value |= (uint64_t)byte[i] << 8 * i;
	scenario_result_add(s, "value", s->result.fault ? 0 : value);
	scenario_result_judge(s);
}

void scenario_do_say(struct scenario *s, const struct text_line *line)
{
	for (unsigned int i = 1; !s->quiet && i < line->words; i++)
		printf("%s%s", i == 1 ? "\n" : " ", line->word[i]);
	if (!s->quiet)
		putchar('\n');
}

static void set_all(struct scenario *s, const struct text_line *line, bool over)
{
	struct scenario_field field;
	uint64_t old;

	for (unsigned int i = 1; i < line->words; i++) {
		if (!scenario_split(line->word[i], &field) || strcmp(field.op, "="))
			scenario_bad(s, line, "%s is no field; expected NAME=VALUE",
				     line->word[i]);
		scenario_check_name(s, line, field.name);
		if (over || !scenario_get(s, field.name, &old))
			scenario_set(s, field.name, scenario_value(s, line, field.value, NULL));
	}
}

void scenario_do_let(struct scenario *s, const struct text_line *line)
{
	set_all(s, line, true);
}

void scenario_do_default(struct scenario *s, const struct text_line *line)
{
	set_all(s, line, false);
}
