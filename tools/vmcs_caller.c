/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Takes apart a log by who printed each line: kernels that are built to say so add
 * a mark to every line.
 */
#include <string.h>

#include "vmcs_log.h"

/*
 * The mark of who printed a line, as kernels add it: "T1234" or "C3" in brackets
 * behind the time. NULL: the line has none.
 */
static const char *caller(const char *line, size_t *length)
{
	const char *end = line + strcspn(line, "\n");

	for (const char *at = line; at < end && at < line + 100; at++) {
		const char *mark = at + 1 + strspn(at + 1, " ");

		if (*at != '[' || (*mark != 'T' && *mark != 'C'))
			continue;
		*length = 1 + strspn(mark + 1, "0123456789");
		if (*length > 1 && mark[*length] == ']')
			return mark;
	}
	return NULL;
}

/* The next line from *text on that has a mark and, behind it, the title of a part. */
static bool next_title_line(const char **text, struct vmcs_caller *found)
{
	const char *end;

	while (**text) {
		const char *line = *text;

		*text += strcspn(line, "\n");
		*text += **text == '\n';
		found->mark = caller(line, &found->length);
		for (const char *at = found->mark; at && at < *text; at++) {
			if (vmcs_title(at, &end))
				return true;
		}
	}
	return false;
}

static bool is_first(const char *text, const struct vmcs_caller *who)
{
	struct vmcs_caller before;

	while (next_title_line(&text, &before) && before.mark < who->mark) {
		if (before.length == who->length &&
		    !memcmp(before.mark, who->mark, who->length))
			return false;
	}
	return true;
}

bool vmcs_caller_next(const char *whole, const char **text, struct vmcs_caller *found)
{
	while (next_title_line(text, found)) {
		if (is_first(whole, found))
			return true;
	}
	return false;
}

void vmcs_caller_only(char *text, const struct vmcs_caller *wanted)
{
	while (*text) {
		const size_t line = strcspn(text, "\n");
		size_t length;
		const char *mark = caller(text, &length);

		if (mark && (length != wanted->length || memcmp(mark, wanted->mark, length)))
			memset(text, ' ', line);
		text += line + (text[line] == '\n');
	}
}
