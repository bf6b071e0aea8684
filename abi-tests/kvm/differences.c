/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Reads the table of differences, and holds answers against it. */
#include "differences.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define LINE (2 * SHEET_ID + DIFFERENCE_REASON + 16)

/* Cuts "first | rest" in two; the rest, or NULL. */
static char *cut(char *text)
{
	char *bar = strstr(text, " | ");

	if (!bar || bar == text)
		return NULL;
	*bar = '\0';
	return bar + 3;
}

static const char *take(struct differences *table, char *text)
{
	struct difference *row;
	char *questions, *reason;

	if (!strchr(text, '\n'))
		return "the line is cut off or too long";
	text[strcspn(text, "\n")] = '\0';
	if (text[0] == '#' || !text[0])
		return NULL;
	questions = cut(text);
	reason = questions ? cut(questions) : NULL;
	if (!reason || !reason[0])
		return "not \"kernels | questions | reason\"";
	if (strlen(text) >= SHEET_ID || strlen(questions) >= SHEET_ID ||
	    strlen(reason) >= DIFFERENCE_REASON)
		return "too long";
	row = realloc(table->row, (table->count + 1) * sizeof(*row));
	if (!row)
		return "no memory for it";
	table->row = row;
	row = &table->row[table->count++];
	*row = (struct difference){.used = false};
	memcpy(row->kernels, text, strlen(text));
	memcpy(row->questions, questions, strlen(questions));
	memcpy(row->reason, reason, strlen(reason));
	return NULL;
}

bool differences_read(struct differences *table, const char *path)
{
	const char *wrong = NULL;
	unsigned int number = 0;
	FILE *file = fopen(path, "r");
	char text[LINE];

	*table = (struct differences){.path = path};
	if (!file) {
		fprintf(stderr, "error: %s: %s\n", path, strerror(errno));
		return false;
	}
	while (!wrong && fgets(text, sizeof(text), file)) {
		number++;
		wrong = take(table, text);
	}
	fclose(file);
	if (!wrong)
		return true;
	fprintf(stderr, "error: %s:%u: %s\n", path, number, wrong);
	differences_free(table);
	return false;
}

void differences_free(struct differences *table)
{
	free(table->row);
	table->row = NULL;
	table->count = 0;
}

static bool names(const struct difference *row, const char *kernel, const char *id)
{
	return !fnmatch(row->kernels, kernel, 0) && !fnmatch(row->questions, id, 0);
}

/* One question; whether its two answers and the table fit together. */
static bool judge_line(struct differences *table, const char *kernel,
		       const struct sheet_line *said, const char *model,
		       unsigned int *explained)
{
	const bool differs = strcmp(said->answer, model) != 0;
	bool named = false;

	for (size_t i = 0; i < table->count; i++) {
		struct difference *row = &table->row[i];

		if (!names(row, kernel, said->id))
			continue;
		named = true;
		row->used = true;
		if (differs)
			continue;
		fprintf(stderr, "error: %s: \"%s\" is stale: %s is answered alike by %s: %s\n",
			table->path, row->questions, said->id, kernel, model);
		return false;
	}
	*explained += differs && named;
	if (differs && !named)
		fprintf(stderr,
			"error: %s: %s says \"%s\", the model \"%s\": %s says not why\n",
			said->id, kernel, said->answer, model, table->path);
	return !differs || named;
}

unsigned int differences_judge(struct differences *table, const struct sheet *kernel,
			       const struct sheet *model, unsigned int *explained)
{
	unsigned int complaints = 0;

	*explained = 0;
	for (size_t i = 0; i < kernel->count; i++) {
		const struct sheet_line *said = &kernel->line[i];
		const struct sheet_line *answer = sheet_find(model, said->id);

		if (answer) {
			complaints += !judge_line(table, kernel->kernel, said, answer->answer,
						  explained);
			continue;
		}
		fprintf(stderr,
			"error: %s: %s was asked, and nobody asks it now: record again\n",
			said->id, kernel->kernel);
		complaints++;
	}
	for (size_t i = 0; i < model->count; i++) {
		if (sheet_find(kernel, model->line[i].id))
			continue;
		fprintf(stderr, "error: %s: %s was not asked: record again\n",
			model->line[i].id, kernel->kernel);
		complaints++;
	}
	return complaints;
}

unsigned int differences_judge_unused(const struct differences *table)
{
	unsigned int complaints = 0;

	for (size_t i = 0; i < table->count; i++) {
		if (table->row[i].used)
			continue;
		fprintf(stderr, "error: %s: \"%s\" is stale: no recorded kernel answers it\n",
			table->path, table->row[i].questions);
		complaints++;
	}
	return complaints;
}
