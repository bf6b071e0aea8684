/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Numbers of 64 bits in JSON: hexadecimal strings, and integers too big for
 * jansson, which are made such strings before it sees them.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmcs_number.h"

bool vmcs_number(const char *text, uint64_t *value)
{
	char *end;

	if (text[0] != '0' || (text[1] != 'x' && text[1] != 'X') ||
	    !isxdigit((unsigned char)text[2]))
		return false;
	errno = 0;
	*value = strtoull(text + 2, &end, 16);
	return !*end && !errno;
}

/* Length of the run of digits that is an integer above 2^63-1, else 0. */
static size_t big_integer(const char *text, uint64_t *value)
{
	const size_t digits = strspn(text, "0123456789");

	if (digits < 19 || digits > 20 || strchr(".eE", text[digits] ? text[digits] : ' '))
		return 0;
	errno = 0;
	*value = strtoull(text, NULL, 10);
	return !errno && *value > INT64_MAX ? digits : 0;
}

/* Length of the token at text: a string, a number, or one character. */
static size_t token(const char *text)
{
	size_t length = 1;

	if (*text == '"') {
		while (text[length] && text[length] != '"')
			length += text[length] == '\\' && text[length + 1] ? 2 : 1;
		return text[length] ? length + 1 : length;
	}
	if (strchr("-+.0123456789", *text))
		length = strspn(text, "-+.0123456789eE");
	return length;
}

char *vmcs_quote_numbers(const char *text)
{
	/* 20 digits become at most 20 characters: "0x" and 16, and two quotes. */
	char *copy = malloc(2 * strlen(text) + 1);
	char *to = copy;

	while (copy && *text) {
		uint64_t value = 0;
		size_t length = big_integer(text, &value);

		if (length) {
			to += sprintf(to, "\"0x%" PRIx64 "\"", value);
		} else {
			length = token(text);
			memcpy(to, text, length);
			to += length;
		}
		text += length;
	}
	if (copy)
		*to = '\0';
	return copy;
}
