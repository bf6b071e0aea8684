/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Matches the text of a log against a pattern of vmcs_labels.inc. Blanks, the end
 * of a line, and the marks of quotation behind it are all the same.
 */
#include <ctype.h>
#include <string.h>

#include "vmcs_log.h"

bool vmcs_is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static const char *skip_blanks(const char *text)
{
	while (isspace((unsigned char)*text)) {
		if (*text++ == '\n')
			text += strspn(text, "> \t|");
	}
	return text;
}

/*
 * Dumps print small letters, and a blank behind the comma; a time stamp, with which
 * the next line may begin, is no rest.
 */
size_t vmcs_rest_of_number(const char *text, size_t digits)
{
	const size_t x = digits == 1 && *text == 'x';
	const size_t length = strspn(text + x, "0123456789abcdef");
	const char *end = text + x + length;

	if (!length || length + (x ? 0 : digits) > 16)
		return 0;
	if (*end == ',')
		return isspace((unsigned char)end[1]) ? x + length : 0;
	if (*end == ':')
		return isxdigit((unsigned char)end[1]) && strcspn(end + 1, ":") != 2 ? x + length : 0;
	return !*end || strchr(" \n);", *end) ? x + length : 0;
}

/* End of the number, or NULL: none is here, or none that 64 bits hold. */
static const char *number(const char *text, uint64_t *value)
{
	const char *start;

	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	start = text;
	text += strspn(text, "0");
	*value = 0;
	for (unsigned int digits = 0; isxdigit((unsigned char)*text); text++) {
		const char c = (char)tolower((unsigned char)*text);

		*value = *value << 4 | (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
		if (++digits > 16)
			return NULL;
	}
	return text == start || vmcs_is_word(*text) ? NULL : text;
}

/*
 * Whether a wrap cut a number off: the next line, quoted or not, has its rest. In a
 * row of numbers that could be the next one, but then one is left over at the end.
 */
static bool is_cut(const char *start, const char *end, const char *pattern)
{
	const bool in_row = pattern[-1] == ' ' && pattern[-2] == '%';
	const char *next = end + 1;

	if (!strncmp(pattern, "% %", 3))
		return false;
	if (in_row && *end == ' ')
		return isxdigit((unsigned char)end[strspn(end, " ")]);
	if (*end != '\n')
		return false;
	if (*next == '>')
		next += strspn(next, "> ");
	if (!strncmp(start, "0x", 2))
		start += 2;
	return vmcs_rest_of_number(next, (size_t)(end - start));
}

/* A word, or one sign; it must end where the pattern's does. */
static const char *word(const char *text, const char *pattern, size_t length)
{
	if (strncmp(text, pattern, length) != 0)
		return NULL;
	return vmcs_is_word(pattern[0]) && vmcs_is_word(text[length]) ? NULL : text + length;
}

struct vmcs_match vmcs_match(const char *text, const char *pattern)
{
	struct vmcs_match match = {.end = text};

	if (*pattern != *text)          /* most places of a text begin no pattern */
		return match;
	for (;;) {
		size_t length = 1;
		const char *here, *end;

		pattern += strspn(pattern, " ");
		if (!*pattern)
			break;
		here = match.end != text ? skip_blanks(match.end) : text;
		if (*pattern == '~' && here != match.end) {
			pattern++;
			continue;
		}
		if (*pattern == '%') {
			end = number(here, &match.value[match.values]);
			if (end && is_cut(here, end, pattern))
				end = NULL;
			match.at_value = !end;
			match.values += end != NULL;
		} else {
			while (vmcs_is_word(pattern[0]) && vmcs_is_word(pattern[length]))
				length++;
			end = word(here, pattern, length);
		}
		if (!end)
			return match;
		match.end = end;
		pattern += length;
	}
	match.whole = true;
	return match;
}
