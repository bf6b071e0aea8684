/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Makes plain text of a log, in place: what terminals, mailers and editors add to
 * it goes. Lines keep their numbers but for those that a mailer joined.
 */
#include <ctype.h>
#include <string.h>

#include "vmcs_log.h"

/* UTF-16 with a byte order mark, as some shells write it: the low bytes stay. */
static size_t from_utf16(char *text, size_t length)
{
	const bool little = length > 1 && !memcmp(text, "\xff\xfe", 2);
	const bool big = length > 1 && !memcmp(text, "\xfe\xff", 2);

	if (!little && !big)
		return length;
	for (size_t i = 0; i < length / 2 - 1; i++)
		text[i] = text[2 * i + 2 + big];
	return length / 2 - 1;
}

static size_t from_dos(char *text, size_t length)
{
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		if (text[i] != '\r' || text[i + 1] != '\n')
			text[used++] = text[i];
	}
	return used;
}

static int hex(char c)
{
	return isdigit((unsigned char)c) ? c - '0' : toupper((unsigned char)c) - 'A' + 10;
}

/* Whether a line is quoted-printable: dumps print hexadecimal digits in small letters. */
static bool is_quoted_printable(const char *line)
{
	for (; *line && *line != '\n'; line++) {
		if (!strncmp(line, "=3D", 3) || !strncmp(line, "=C2=A0", 6))
			return true;
	}
	return false;
}

/*
 * Lines as a mail archive has them: "=3D" is a sign, "=" at the end joins a line to
 * the next one.
 */
static size_t from_quoted_printable(char *text, size_t length)
{
	bool quoted = is_quoted_printable(text);
	size_t used = 0;

	for (size_t i = 0; i < length; i++) {
		const char *at = text + i;

		if (quoted && at[0] == '=' && at[1] == '\n') {
			i++;
		} else if (quoted && at[0] == '=' && isxdigit((unsigned char)at[1]) &&
			   isxdigit((unsigned char)at[2])) {
			text[used++] = (char)(hex(at[1]) << 4 | hex(at[2]));
			i += 2;
		} else {
			if (*at == '\n')
				quoted = is_quoted_printable(at + 1);
			text[used++] = *at;
		}
	}
	return used;
}

/* Length of an escape sequence that colours a terminal: ESC [ ... letter; or 0. */
static size_t escape(const char *text)
{
	size_t length = 2;

	if (text[0] != '\033' || text[1] != '[')
		return 0;
	while (isdigit((unsigned char)text[length]) || text[length] == ';')
		length++;
	return text[length] >= '@' && text[length] <= '~' ? length + 1 : 0;
}

static size_t longest_line(const char *text)
{
	size_t longest = 0;

	for (; *text; text += *text == '\n') {
		const size_t length = strcspn(text, "\n");

		longest = length > longest ? length : longest;
		text += length;
	}
	return longest;
}

/* How much of the next line continues the word that stands before the end of a line. */
static size_t rest_of_word(const char *line, const char *end)
{
	const char *word = end, *digits;

	while (word > line && vmcs_is_word(word[-1]))
		word--;
	if (word == end)
		return 0;
	digits = word + (strncmp(word, "0x", 2) ? 0 : 2);
	if (digits + strspn(digits, "0123456789abcdef") == end)
		return vmcs_rest_of_number(end + 1, (size_t)(end - digits));
	for (word = end + 1; vmcs_is_word(*word); word++)
		;
	return (size_t)(word - end) - 1;
}

/*
 * Words that a hard wrap cut are whole again, before the end of the line. How long
 * the next line was counts with what it has lost.
 */
static void join_words(char *text)
{
	const size_t column = longest_line(text);
	size_t lost = 0;
	char *line = text, *end;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		const bool full = (size_t)(end - line) + lost == column;

		lost = full ? rest_of_word(line, end) : 0;
		memmove(end, end + 1, lost);
		end += lost;
		*end = '\n';
	}
}

/* Zero bytes would hide the rest; escapes and no-break spaces hide labels. */
void vmcs_text_clean(char *text, size_t length)
{
	length = from_utf16(text, length);
	text[length] = '\0';
	for (size_t i = 0; i < length; i++) {
		if (!text[i])
			text[i] = ' ';
	}
	length = from_dos(text, length);
	text[length] = '\0';
	length = from_quoted_printable(text, length);
	text[length] = '\0';
	join_words(text);
	for (size_t i = 0; i < length; i++) {
		const size_t sequence = escape(text + i);

		if (sequence)
			memset(text + i, ' ', sequence);
		else if (!strncmp(text + i, "\xc2\xa0", 2))
			memset(text + i, ' ', 2);
	}
}
