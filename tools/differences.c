/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Reads scenarios/vmx-differences.txt, whose head tells the format.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "differences.h"
#include "place.h"

/* Who asks. */
struct asked {
	const char *path;
	const char *processor;
	bool vmx;
};

/* The row's scenario, which it names from scenarios/ on. */
static bool ends_with(const char *path, const char *name)
{
	const size_t length = strlen(name), whole = strlen(path);

	if (length > whole || strcmp(path + whole - length, name))
		return false;
	return length == whole || path[whole - length - 1] == '/';
}

/* SCENARIO or SCENARIO@PROCESSOR. What is about all scenarios is printing. */
static bool is_about(char *row, const struct asked *asked)
{
	char *processor = strchr(row, '@');

	if (!processor)
		return asked->vmx && ends_with(asked->path, row);
	*processor++ = '\0';
	return asked->processor && !strcmp(asked->processor, processor) &&
	       ends_with(asked->path, row);
}

static char *keep(struct text *text, const char *word)
{
	return text_keep_string(text, word, strlen(word));
}

/* The scenario, what differs, and the reason, which is the rest of the line. */
static void read_row(struct differences *found, struct text *text, char *line,
		     const struct asked *asked)
{
	char *rest = NULL;
	char *scenario = strtok_r(line, " \t", &rest);
	const char *what = strtok_r(NULL, " \t", &rest);

	if (!scenario || scenario[0] == '#' || !what || !is_about(scenario, asked))
		return;
	if (!strcmp(what, "skip"))
		found->skip = keep(text, rest + strspn(rest, " \t"));
	else if (strncmp(what, "print=", strlen("print="))) {
		if (found->nr_set < DIFFERENCES)
			found->set[found->nr_set] = keep(text, what);
		found->nr_set++;
	}
}

bool differences_read(struct differences *found, struct text *text, const char *path,
		      const char *processor, bool vmx)
{
	const struct asked asked = {path, processor, vmx};
	const char *list = place_differences();
	FILE *file = fopen(list, "r");
	char line[512];

	*found = (struct differences){0};
	if (!file) {
		fprintf(stderr, "pkvm: cannot read %s: %s\n", list, strerror(errno));
		return false;
	}
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		read_row(found, text, line, &asked);
	}
	fclose(file);
	if (found->nr_set > DIFFERENCES)
		fprintf(stderr, "pkvm: %s: more than %d variables of %s\n", list, DIFFERENCES,
			path);
	return found->nr_set <= DIFFERENCES;
}
