/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Reads CPUID captures: the text that `cpuid -r` prints, a row a line,
 *
 *   CPU 0:
 *      0x0000000d 0x01: eax=0x0000000f ebx=0x00000988 ecx=0x00000100 edx=0x00000000
 *
 * with `#` comments, and `flags=` after a row that KVM gave.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

#define MAX_ROWS 1024
#define MAX_LINE 256

struct reader {
	struct machine_cpuid *table;
	const char *name;
	unsigned int line;
	unsigned int processors;
	char *error;
	size_t size;
};

__attribute__((format(printf, 2, 3)))
static bool refuse(const struct reader *r, const char *format, ...)
{
	va_list arguments;
	int used = r->line ? snprintf(r->error, r->size, "%s:%u: ", r->name, r->line)
			   : snprintf(r->error, r->size, "%s: ", r->name);

	va_start(arguments, format);
	if (used >= 0 && (size_t)used < r->size)
		vsnprintf(r->error + used, r->size - (size_t)used, format, arguments);
	va_end(arguments);
	return false;
}

/* "0x" and 1 to 8 hexadecimal digits after `label`, then `after`. */
static bool number(const char **text, const char *label, char after, uint32_t *value)
{
	const char *at = *text;
	unsigned int digits = 0;

	while (*at == ' ' || *at == '\t')
		at++;
	if (strncmp(at, label, strlen(label)) != 0)
		return false;
	at += strlen(label);
	if (strncmp(at, "0x", 2) != 0)
		return false;
	*value = 0;
	for (at += 2; isxdigit((unsigned char)*at); at++, digits++)
		*value = *value << 4 | (uint32_t)(isdigit((unsigned char)*at) ?
						  *at - '0' : tolower(*at) - 'a' + 10);
	if (digits == 0 || digits > 8 || (after && *at != after))
		return false;
	*text = after ? at + 1 : at;
	return true;
}

static bool blank(const char *text)
{
	return text[strspn(text, " \t\r\n")] == '\0';
}

static bool parse_row(const char *text, struct machine_cpuid_row *row)
{
	uint32_t flags;

	return number(&text, "", ' ', &row->leaf) && number(&text, "", ':', &row->subleaf) &&
	       number(&text, "eax=", 0, &row->eax) && number(&text, "ebx=", 0, &row->ebx) &&
	       number(&text, "ecx=", 0, &row->ecx) && number(&text, "edx=", 0, &row->edx) &&
	       (blank(text) || (number(&text, "flags=", 0, &flags) && blank(text)));
}

static const struct machine_cpuid_row *find(const struct machine_cpuid *table, uint32_t leaf,
					    uint32_t subleaf)
{
	for (size_t i = 0; i < table->count; i++) {
		if (table->row[i].leaf == leaf && table->row[i].subleaf == subleaf)
			return &table->row[i];
	}
	return NULL;
}

static bool add_row(const struct reader *r, const char *text)
{
	struct machine_cpuid_row row;

	if (r->processors == 0)
		return refuse(r, "a row before \"CPU:\"");
	if (!parse_row(text, &row))
		return refuse(r, "not a CPUID row, expected "
			      "\"0xLEAF 0xSUBLEAF: eax=0x... ebx=0x... ecx=0x... edx=0x...\"");
	if (r->processors > 1)
		return true;
	if (find(r->table, row.leaf, row.subleaf))
		return refuse(r, "leaf 0x%x subleaf 0x%x a second time", row.leaf, row.subleaf);
	if (r->table->count == MAX_ROWS)
		return refuse(r, "more than %u rows", MAX_ROWS);
	r->table->row[r->table->count++] = row;
	return true;
}

static bool parse_line(struct reader *r, const char *text)
{
	text += strspn(text, " \t");
	if (blank(text) || *text == '#')
		return true;
	if (strncmp(text, "CPU", 3) == 0) {
		text += 3;
		text += strspn(text, " 0123456789");
		if (*text != ':' || !blank(text + 1))
			return refuse(r, "expected \"CPU:\" or \"CPU <number>:\"");
		r->processors++;
		return true;
	}
	return add_row(r, text);
}

/* The capture goes as far as the first row of a range says that the range does. */
static bool complete(const struct reader *r, uint32_t base)
{
	const struct machine_cpuid_row *first = find(r->table, base, 0);

	if (!first)
		return refuse(r, "truncated: no row for leaf 0x%x", base);
	if (!find(r->table, first->eax, 0))
		return refuse(r, "truncated: no row for leaf 0x%x, the last one by leaf 0x%x",
			      first->eax, base);
	return true;
}

static bool parse_all(struct reader *r, FILE *file)
{
	char text[MAX_LINE];

	while (fgets(text, sizeof(text), file)) {
		r->line++;
		if (!strchr(text, '\n') && !feof(file))
			return refuse(r, "a line of more than %d characters", MAX_LINE - 2);
		if (!parse_line(r, text))
			return false;
	}
	if (ferror(file))
		return refuse(r, "%s", strerror(errno));
	if (!r->table->count)
		return refuse(r, "no CPUID row in it; expected what `cpuid -r` prints");
	return complete(r, 0) && complete(r, 0x80000000u);
}

bool machine_cpuid_parse(FILE *file, const char *name, struct machine_cpuid *table,
			 char *error, size_t size)
{
	struct reader reader = {.table = table, .name = name, .error = error, .size = size};

	table->count = 0;
	table->row = calloc(MAX_ROWS, sizeof(table->row[0]));
	if (!table->row)
		return refuse(&reader, "out of memory");
	if (parse_all(&reader, file))
		return true;
	machine_cpuid_free(table);
	return false;
}

bool machine_cpuid_load(const char *path, struct machine_cpuid *table, char *error, size_t size)
{
	FILE *file = fopen(path, "r");
	bool good;

	*table = (struct machine_cpuid){0};
	if (!file) {
		snprintf(error, size, "%s: %s", path, strerror(errno));
		return false;
	}
	good = machine_cpuid_parse(file, path, table, error, size);
	fclose(file);
	return good;
}

void machine_cpuid_free(struct machine_cpuid *table)
{
	free(table->row);
	*table = (struct machine_cpuid){0};
}
