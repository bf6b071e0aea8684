/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The text of a scenario: its lines as words, included files in their place,
 * and which line ends which block.
 */
#ifndef PKVM_TOOLS_TEXT_H
#define PKVM_TOOLS_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#define TEXT_WORDS  64          /* words on a line                           */
#define TEXT_NESTED 8           /* includes within includes, and blocks      */

struct text_line {
	const char *file;
	unsigned int number;
	unsigned int words;
	char **word;
	size_t end;             /* of a block's first line: its `end`        */
};

/* Pieces of memory of a text and of what is made of it, released all at once. */
struct text_memory {
	struct text_memory *next;
	size_t used;
	size_t room;
	_Alignas(max_align_t) char bytes[];
};

/* A file that it is read from, the latest first; one that comes twice is there twice. */
struct text_file {
	const char *path;
	struct text_file *next;
};

struct text {
	struct text_line *line;
	struct text_file *files;
	size_t lines;
	size_t room;
	struct text_memory *memory;
	char error[512];        /* "file:line: what, and what was expected"  */
};

/* False: the text's error says why. */
bool text_read(struct text *text, const char *path);
void text_free(struct text *text);

void *text_keep(struct text *text, size_t size);
char *text_keep_string(struct text *text, const char *string, size_t length);

/* A path that a file names, seen from where that file is. */
char *text_beside(struct text *text, const char *file, const char *path);

/* One more of the text's files; the path lives as long as the text does. */
void text_note_file(struct text *text, const char *path);

#endif
