/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Compares the answers of recorded kernels, of the running one, and of the model. */
#include "command.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include "ask.h"
#include "differences.h"
#include "running.h"

#define MAX_RECORDS 64

/* What the model answers to what such a kernel can be asked; asked once. */
static struct sheet *model_answers(unsigned int lacks)
{
	static struct sheet models[LACKS_ALL + 1];
	struct sheet *model = &models[lacks & LACKS_ALL];

	if (!model->line && !ask_model(lacks & LACKS_ALL, model))
		sheet_free(model);
	return model;
}

/* Every answer of a kernel against the model's; the number of complaints. */
static unsigned int judge(struct differences *table, const char *who,
			  const struct sheet *kernel)
{
	unsigned int explained;
	const unsigned int complaints =
		differences_judge(table, kernel, model_answers(kernel->lacks), &explained);

	printf("%s %s, %s: %zu answers, %u differ from the model's for a reason, "
	       "%u complaints\n",
	       who, kernel->kernel, kernel->module, kernel->count, explained, complaints);
	return complaints;
}

/* What this kernel said when it was recorded, against what it says now. */
static unsigned int judge_record(const struct sheet *record, const struct sheet *now)
{
	unsigned int complaints = 0;

	if (strcmp(record->module, now->module) != 0 || record->lacks != now->lacks) {
		printf("note: %s was recorded with %s, lacking 0x%x; "
		       "this is another KVM: %s, 0x%x\n",
		       record->kernel, record->module, record->lacks, now->module, now->lacks);
		return 0;
	}
	for (size_t i = 0; i < now->count; i++) {
		const struct sheet_line *line = sheet_find(record, now->line[i].id);

		if (line && !strcmp(line->answer, now->line[i].answer))
			continue;
		fprintf(stderr, "error: %s: %s says \"%s\", and said \"%s\"\n", now->line[i].id,
			now->kernel, now->line[i].answer, line ? line->answer : "nothing");
		complaints++;
	}
	return complaints;
}

static int is_record(const struct dirent *entry)
{
	const char *end = strrchr(entry->d_name, '.');

	return end && !strcmp(end, ".txt");
}

/* All recorded kernels; *count of them are read, and what is wrong is counted. */
static unsigned int read_records(const char *folder, struct sheet records[MAX_RECORDS],
				 unsigned int *count)
{
	struct dirent **list = NULL;
	const int found = scandir(folder, &list, is_record, alphasort);
	unsigned int complaints = 0;
	char path[4096];

	for (int i = 0; i < found; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, list[i]->d_name);
		if (i < MAX_RECORDS && sheet_read(&records[*count], path))
			(*count)++;
		else
			complaints++;
		free(list[i]);
	}
	free(list);
	if (!complaints && !*count) {
		fprintf(stderr, "error: %s: no recorded answers\n", folder);
		complaints++;
	}
	return complaints;
}

static unsigned int compare_device(const char *path, struct differences *table,
				   const struct sheet *records, unsigned int count)
{
	struct sheet now = {.line = NULL};
	unsigned int complaints = 0;
	struct device device;

	if (!running_ask(path, &device, &now)) {
		sheet_free(&now);
		return 1;
	}
	if (device.state != DEVICE_READY) {
		printf("note: %s: recorded answers of", device.why);
		for (unsigned int i = 0; i < count; i++)
			printf("%s %s", i ? "," : "", records[i].kernel);
		puts(" were compared");
		return 0;
	}
	for (unsigned int i = 0; i < count; i++) {
		if (!strcmp(records[i].kernel, now.kernel))
			complaints += judge_record(&records[i], &now);
	}
	complaints += judge(table, "running ", &now);
	sheet_free(&now);
	return complaints;
}

int command_compare(const struct options *options)
{
	static struct sheet records[MAX_RECORDS];
	struct differences table;
	unsigned int count = 0, complaints;

	if (!differences_read(&table, options->differences))
		return 1;
	complaints = read_records(options->answers, records, &count);
	for (unsigned int i = 0; i < count; i++)
		complaints += judge(&table, "recorded", &records[i]);
	complaints += differences_judge_unused(&table);
	complaints += compare_device(options->device, &table, records, count);
	for (unsigned int i = 0; i < count; i++)
		sheet_free(&records[i]);
	differences_free(&table);
	return complaints != 0;
}
