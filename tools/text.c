/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Reads a scenario's files into lines of words. Included files come in the place
 * of the line that names them; blocks (repeat, guest) know where they end.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "text.h"

#define LINE_LENGTH 1024
#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define PIECE       8192

/* Most are words: they share a piece of memory, which is zero. */
void *text_keep(struct text *text, size_t size)
{
	struct text_memory *memory = text->memory;
	const size_t align = _Alignof(max_align_t);
	const size_t whole = (size + align - 1) & ~(align - 1);
	const size_t room = whole > PIECE ? whole : PIECE;
	void *kept;

	if (!memory || memory->room < whole) {
		memory = calloc(1, sizeof(*memory) + room);
		if (!memory) {
			fprintf(stderr, "pkvm: out of memory\n");
			exit(1);
		}
		memory->room = room;
		memory->next = text->memory;
		text->memory = memory;
	}
	kept = memory->bytes + memory->used;
	memory->used += whole;
	memory->room -= whole;
	return kept;
}

char *text_keep_string(struct text *text, const char *string, size_t length)
{
	char *copy = text_keep(text, length + 1);

	memcpy(copy, string, length);
	return copy;
}

void text_free(struct text *text)
{
	while (text->memory) {
		struct text_memory *next = text->memory->next;

		free(text->memory);
		text->memory = next;
	}
	free(text->line);
	*text = (struct text){0};
}

char *text_beside(struct text *text, const char *file, const char *path)
{
	const char *slash = strrchr(file, '/');
	const size_t directory = slash && path[0] != '/' ? (size_t)(slash + 1 - file) : 0;
	char *whole = text_keep(text, directory + strlen(path) + 1);

	memcpy(whole, file, directory);
	strcpy(whole + directory, path);
	return whole;
}

__attribute__((format(printf, 4, 5)))
static bool refuse(struct text *text, const char *file, unsigned int number,
		   const char *format, ...)
{
	int used = number ? snprintf(text->error, sizeof(text->error), "%s:%u: ", file, number)
			  : snprintf(text->error, sizeof(text->error), "%s: ", file);
	va_list arguments;

	va_start(arguments, format);
	if (used > 0 && (size_t)used < sizeof(text->error))
		vsnprintf(text->error + used, sizeof(text->error) - (size_t)used, format,
			  arguments);
	va_end(arguments);
	return false;
}

static struct text_line *add_line(struct text *text)
{
	if (text->lines == text->room) {
		text->room = text->room ? 2 * text->room : 64;
		text->line = realloc(text->line, text->room * sizeof(*text->line));
		if (!text->line) {
			fprintf(stderr, "pkvm: out of memory\n");
			exit(1);
		}
	}
	text->line[text->lines] = (struct text_line){0};
	return &text->line[text->lines];
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Cuts a line at spaces and at its comment; an empty one is not kept. */
static bool split(struct text *text, const char *file, unsigned int number, const char *at)
{
	struct text_line *line = add_line(text);
	char *word[TEXT_WORDS];

	line->file = file;
	line->number = number;
	for (;;) {
		const char *first;

		while (is_space(*at))
			at++;
		if (!*at || *at == '#')
			break;
		for (first = at; *at && !is_space(*at); at++)
			;
		if (line->words == TEXT_WORDS)
			return refuse(text, file, number, "more than %d words on a line",
				      TEXT_WORDS);
		word[line->words++] = text_keep_string(text, first, (size_t)(at - first));
	}
	if (line->words) {
		line->word = text_keep(text, line->words * sizeof(char *));
		memcpy(line->word, word, line->words * sizeof(char *));
		text->lines++;
	}
	return true;
}

static bool read_file(struct text *text, const char *path, const char *from,
		      unsigned int from_line, unsigned int depth);

/* An include is replaced by the lines of its file. */
static bool include(struct text *text, unsigned int depth)
{
	const struct text_line line = text->line[--text->lines];

	if (line.words != 2)
		return refuse(text, line.file, line.number,
			      "include takes one word; expected: include FILE");
	if (depth == TEXT_NESTED)
		return refuse(text, line.file, line.number,
			      "more than %d includes within each other", TEXT_NESTED);
	return read_file(text, text_beside(text, line.file, line.word[1]), line.file,
			 line.number, depth + 1);
}

/* The next line, which is empty at the end of the file; false: it is none of a text. */
static bool next_line(struct text *text, FILE *file, const char *path, unsigned int number,
		      char line[LINE_LENGTH])
{
	size_t length = 0;
	int byte = 0;

	while (byte != '\n' && (byte = getc(file)) != EOF) {
		if ((byte < ' ' && !is_space((char)byte)) || byte == 0x7f)
			return refuse(text, path, number, "not plain text: byte 0x%02x; expected "
				      "ASCII or UTF-8", (unsigned int)byte);
		if (length == LINE_LENGTH - 1)
			return refuse(text, path, number, "line longer than %d characters",
				      LINE_LENGTH - 2);
		line[length++] = (char)byte;
	}
	line[length] = '\0';
	if (number == 1 && !strncmp(line, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)))
		return refuse(text, path, number, "the file begins with a byte order mark, "
			      "bytes EF BB BF; expected the text without it");
	return true;
}

static bool read_lines(struct text *text, FILE *file, const char *path, unsigned int depth)
{
	char buffer[LINE_LENGTH];

	for (unsigned int number = 1; !feof(file) && !ferror(file); number++) {
		const size_t before = text->lines;

		if (!next_line(text, file, path, number, buffer))
			return false;
		if (!split(text, path, number, buffer))
			return false;
		if (text->lines > before && !strcmp(text->line[before].word[0], "include") &&
		    !include(text, depth))
			return false;
	}
	if (ferror(file))
		return refuse(text, path, 1, "cannot be read: %s", strerror(errno));
	return true;
}

void text_note_file(struct text *text, const char *path)
{
	struct text_file *file = text_keep(text, sizeof(*file));

	file->path = path;
	file->next = text->files;
	text->files = file;
}

static bool read_file(struct text *text, const char *path, const char *from,
		      unsigned int from_line, unsigned int depth)
{
	FILE *file = fopen(path, "r");
	bool good;

	if (!file)
		return from_line ? refuse(text, from, from_line, "cannot open %s: %s", path,
					  strerror(errno))
				 : refuse(text, path, 0, "cannot be opened: %s",
					  strerror(errno));
	text_note_file(text, path);
	good = read_lines(text, file, path, depth);
	fclose(file);
	return good;
}

static bool opens_block(const struct text_line *line)
{
	return !strcmp(line->word[0], "repeat") || !strcmp(line->word[0], "guest");
}

/* Every block has its end, every end its block; a guest's lines nest nothing. */
static bool match_blocks(struct text *text)
{
	size_t open[TEXT_NESTED];
	unsigned int depth = 0;

	for (size_t i = 0; i < text->lines; i++) {
		struct text_line *line = &text->line[i];
		const bool in_guest = depth && !strcmp(text->line[open[depth - 1]].word[0],
						       "guest");

		if (!strcmp(line->word[0], "end")) {
			if (!depth)
				return refuse(text, line->file, line->number,
					      "end without repeat or guest before it");
			text->line[open[--depth]].end = i;
		} else if (!in_guest && opens_block(line)) {
			if (depth == TEXT_NESTED)
				return refuse(text, line->file, line->number,
					      "more than %d blocks within each other",
					      TEXT_NESTED);
			open[depth++] = i;
		}
	}
	if (depth)
		return refuse(text, text->line[open[depth - 1]].file,
			      text->line[open[depth - 1]].number,
			      "%s has no end; expected a line with the word end after it",
			      text->line[open[depth - 1]].word[0]);
	return true;
}

bool text_read(struct text *text, const char *path)
{
	char *own = text_keep_string(text, path, strlen(path));

	return read_file(text, own, own, 0, 0) && match_blocks(text);
}
