/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Reads scenarios/vmx-differences.txt: what a scenario finds otherwise on the engine
 * vmx, and why.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emulator.h"

/* The row's scenario, which it names from scenarios/ on. What is about all is printing. */
static bool is_about(const char *row, const char *path)
{
	const size_t name = strlen(row), whole = strlen(path);

	if (name > whole || strcmp(path + whole - name, row))
		return false;
	return name == whole || path[whole - name - 1] == '/';
}

static char *keep(struct text *text, const char *word)
{
	return text_keep_string(text, word, strlen(word));
}

/* SCENARIO, what differs, and the reason, which is the rest of the line. */
static const char *read_row(struct text *text, char *line, const char *path,
			    struct emulator_command *command)
{
	char *rest = NULL;
	const char *scenario = strtok_r(line, " \t", &rest);
	const char *what = strtok_r(NULL, " \t", &rest);

	if (!scenario || scenario[0] == '#' || !what || !is_about(scenario, path))
		return NULL;
	if (!strcmp(what, "skip"))
		return keep(text, rest + strspn(rest, " \t"));
	if (strncmp(what, "print=", strlen("print=")) && command->words < EMULATOR_WORDS - 1)
		command->word[command->words++] = keep(text, what);
	return NULL;
}

const char *emulator_differences(struct text *text, const char *path,
				 struct emulator_command *command)
{
	FILE *file = fopen(PKVM_DIFFERENCES, "r");
	const char *skip = NULL;
	char line[512];

	while (file && !skip && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		skip = read_row(text, line, path, command);
	}
	if (file)
		fclose(file);
	return skip;
}
