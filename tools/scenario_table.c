/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Tables that a scenario puts into host memory: a CPUID table from a capture,
 * and page tables that map guest-linear addresses one to one.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <pkvm/cpuid.h>
#include "scenario.h"

#define TABLE_BYTES   ((uint64_t)PKVM_CPUID_MAX_ENTRIES * sizeof(struct pkvm_cpuid_entry))
#define PAGES_OF(N)   (((N) + PKVM_PAGE_SIZE - 1) / PKVM_PAGE_SIZE)

static void set_part(struct scenario *s, const char *name, const char *part, uint64_t value)
{
	char whole[64];

	snprintf(whole, sizeof(whole), "%.40s.%.20s", name, part);
	scenario_set(s, whole, value);
}

static struct pkvm_cpuid_entry entry_of(const struct machine_cpuid_row *row)
{
	const bool indexed = pkvm_cpuid_has_subleaves(row->leaf);

	return (struct pkvm_cpuid_entry){
		.function = row->leaf, .index = row->subleaf,
		.flags = indexed ? PKVM_CPUID_SIGNIFICANT_INDEX : 0,
		.eax = row->eax, .ebx = row->ebx, .ecx = row->ecx, .edx = row->edx,
	};
}

/* Writes the rows of a capture as entries, as many as are wanted. */
static void write_cpuid(struct scenario *s, const struct text_line *line, const char *name,
			const struct machine_cpuid *table)
{
	const uint64_t most = scenario_number(s, line, "max", PKVM_CPUID_MAX_ENTRIES,
					      PKVM_CPUID_MAX_ENTRIES);
	const uint64_t count = table->count < most ? table->count : most;
	const uint64_t bytes = count * sizeof(struct pkvm_cpuid_entry);
	const uint64_t pages = scenario_number(s, line, "pages", PAGES_OF(TABLE_BYTES), 512);
	uint64_t address;

	if (pages * PKVM_PAGE_SIZE < bytes)
		scenario_bad(s, line, "%" PRIu64 " entries do not fit into pages=%" PRIu64 "; "
			     "expected %" PRIu64 " or more", count, pages, PAGES_OF(bytes));
	address = scenario_alloc(s, line, pages, true);
	for (uint64_t i = 0; i < count; i++) {
		const struct pkvm_cpuid_entry entry = entry_of(&table->row[i]);

		scenario_write(s, line, address + i * sizeof(entry), &entry, sizeof(entry));
	}
	scenario_set(s, name, address);
	set_part(s, name, "size", pages * PKVM_PAGE_SIZE);
	set_part(s, name, "count", count);
}

void scenario_do_cpuid(struct scenario *s, const struct text_line *line)
{
	const char *from = scenario_text_field(line, "from");
	char error[256];

	scenario_check_name(s, line, line->word[1]);
	if (!from && !s->cpuid.count)
		scenario_bad(s, line, "there is no capture; expected from=FILE here, or "
			     "machine cpuid=FILE");
	if (!from) {
		write_cpuid(s, line, line->word[1], &s->cpuid);
		return;
	}
	machine_cpuid_free(&s->table);
	if (!machine_cpuid_load(scenario_beside(s, line, from), &s->table, error,
				sizeof(error)))
		scenario_bad(s, line, "%s", error);
	write_cpuid(s, line, line->word[1], &s->table);
}

static void note_captures(struct text *text, const struct text_line *line)
{
	static const char *const fields[] = {"cpuid", "from"};

	if (strcmp(line->word[0], "machine") && strcmp(line->word[0], "cpuid"))
		return;
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		const char *name = scenario_text_field(line, fields[i]);

		if (name)
			text_note_file(text, text_beside(text, line->file, name));
	}
}

void scenario_note_captures(struct text *text)
{
	for (size_t i = 0; i < text->lines; i++)
		note_captures(text, &text->line[i]);
}

/* Bits of a page-table entry (SDM "4-Level Paging and 5-Level Paging"). */
#define PTE_PRESENT  0x1u
#define PTE_WRITABLE 0x2u
#define PTE_ACCESSED 0x20u
#define PTE_DIRTY    0x40u
#define PTE_LARGE    0x80u
#define PTE_TABLE    (PTE_PRESENT | PTE_WRITABLE | PTE_ACCESSED)
#define PTE_2M       (PTE_TABLE | PTE_DIRTY | PTE_LARGE)

static void write_entry(struct scenario *s, const struct text_line *line, uint64_t table,
			uint64_t index, uint64_t entry)
{
	scenario_write(s, line, table + 8 * index, &entry, sizeof(entry));
}

/* A PML4, a PDPT behind it, and a page directory of 2 MiB pages for each GiB. */
void scenario_do_identity(struct scenario *s, const struct text_line *line)
{
	const uint64_t gpa = scenario_number(s, line, "gpa", 0, PKVM_BITS(51, 0));
	const uint64_t gib = scenario_number(s, line, "gib", 1, 64);
	uint64_t address, directory;

	scenario_check_name(s, line, line->word[1]);
	if (!scenario_text_field(line, "gpa") || gpa % PKVM_PAGE_SIZE || !gib)
		scenario_bad(s, line, "expected gpa=, a multiple of 4K: where the guest will "
			     "see the tables; and gib= of 1 or more");
	address = scenario_alloc(s, line, 2 + gib, true);
	directory = address + 2 * PKVM_PAGE_SIZE;
	write_entry(s, line, address, 0, (gpa + PKVM_PAGE_SIZE) | PTE_TABLE);
	for (uint64_t i = 0; i < gib; i++)
		write_entry(s, line, address + PKVM_PAGE_SIZE, i,
			    (gpa + (2 + i) * PKVM_PAGE_SIZE) | PTE_TABLE);
	for (uint64_t i = 0; i < 512 * gib; i++)
		write_entry(s, line, directory, i, i << 21 | PTE_2M);
	scenario_set(s, line->word[1], address);
	set_part(s, line->word[1], "size", (2 + gib) * PKVM_PAGE_SIZE);
}
