/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Keeps, writes and reads questions with their answers. */
#include "sheet.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include "opinion.h"

static struct sheet_line *new_line(struct sheet *sheet)
{
	if (sheet->count == sheet->room) {
		sheet->room = sheet->room ? 2 * sheet->room : 256;
		sheet->line = realloc(sheet->line, sheet->room * sizeof(*sheet->line));
		if (!sheet->line) {
			fputs("error: no memory for so many answers\n", stderr);
			exit(2);
		}
	}
	return &sheet->line[sheet->count++];
}

void sheet_add(struct sheet *sheet, const char *id, const char *answer, ...)
{
	struct sheet_line *line = new_line(sheet);
	va_list arguments;

	snprintf(line->id, sizeof(line->id), "%s", id);
	va_start(arguments, answer);
	vsnprintf(line->answer, sizeof(line->answer), answer, arguments);
	va_end(arguments);
}

const struct sheet_line *sheet_find(const struct sheet *sheet, const char *id)
{
	for (size_t i = 0; i < sheet->count; i++) {
		if (!strcmp(sheet->line[i].id, id))
			return &sheet->line[i];
	}
	return NULL;
}

void sheet_free(struct sheet *sheet)
{
	free(sheet->line);
	*sheet = (struct sheet){.line = NULL};
}

void sheet_write(const struct sheet *sheet, FILE *to)
{
	fputs("# SPDX-License-Identifier: MIT OR GPL-2.0-only\n"
	      "# What a kernel answered, as kvm_opinion --record wrote it.\n",
	      to);
	fprintf(to, "kernel = %s\nmodule = %s\nlacks = 0x%x\n", sheet->kernel, sheet->module,
		sheet->lacks);
	for (size_t i = 0; i < sheet->count; i++)
		fprintf(to, "%s = %s\n", sheet->line[i].id, sheet->line[i].answer);
}

static const char *take_lacks(struct sheet *sheet, const char *text)
{
	char *end;
	const unsigned long lacks = strtoul(text, &end, 0);

	if (*end || lacks > LACKS_ALL)
		return "what a kernel lacks is a number up to 0xf";
	sheet->lacks = (unsigned int)lacks;
	return NULL;
}

/* What is wrong with the line, or NULL. */
static const char *take(struct sheet *sheet, char *text)
{
	char *answer = strstr(text, " = ");

	if (!strchr(text, '\n'))
		return "the line is cut off or too long";
	text[strcspn(text, "\n")] = '\0';
	if (text[0] == '#')
		return NULL;
	if (!answer || answer == text || !answer[3])
		return "not \"id = answer\"";
	*answer = '\0';
	answer += 3;
	if (strlen(text) >= SHEET_ID || strlen(answer) >= SHEET_ANSWER)
		return "too long";
	if (!strcmp(text, "kernel"))
		snprintf(sheet->kernel, sizeof(sheet->kernel), "%.63s", answer);
	else if (!strcmp(text, "module"))
		snprintf(sheet->module, sizeof(sheet->module), "%.63s", answer);
	else if (!strcmp(text, "lacks"))
		return take_lacks(sheet, answer);
	else if (sheet_find(sheet, text))
		return "this question is answered already";
	else
		sheet_add(sheet, text, "%s", answer);
	return NULL;
}

bool sheet_read(struct sheet *sheet, const char *path)
{
	char text[SHEET_ID + SHEET_ANSWER + 8];
	const char *wrong = NULL;
	unsigned int number = 0;
	FILE *file = fopen(path, "r");

	*sheet = (struct sheet){.line = NULL};
	if (!file) {
		fprintf(stderr, "error: %s: %s\n", path, strerror(errno));
		return false;
	}
	while (!wrong && fgets(text, sizeof(text), file)) {
		number++;
		wrong = take(sheet, text);
	}
	fclose(file);
	if (!wrong && (!sheet->kernel[0] || !sheet->count))
		wrong = "no kernel, or no answer, up to here";
	if (!wrong)
		return true;
	fprintf(stderr, "error: %s:%u: %s\n", path, number, wrong);
	sheet_free(sheet);
	return false;
}
