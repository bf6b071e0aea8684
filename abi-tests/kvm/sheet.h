/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Questions and their answers, as text: one line each, "id = answer". A sheet
 * read from a file knows the kernel that gave the answers.
 */
#ifndef PKVM_KVM_SHEET_H
#define PKVM_KVM_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define SHEET_ID     64
#define SHEET_ANSWER 200

struct sheet_line {
	char id[SHEET_ID];
	char answer[SHEET_ANSWER];
};

struct sheet {
	char kernel[SHEET_ID];          /* release, as uname -r says          */
	char module[SHEET_ID];          /* which part of KVM runs the guests  */
	unsigned int lacks;             /* LACKS_*: what it was not asked for */
	struct sheet_line *line;
	size_t count;
	size_t room;
};

/* Cut off at the line's size: no answer of ours is that long. */
void sheet_add(struct sheet *sheet, const char *id, const char *answer, ...)
	__attribute__((format(printf, 3, 4)));
const struct sheet_line *sheet_find(const struct sheet *sheet, const char *id);
void sheet_free(struct sheet *sheet);

void sheet_write(const struct sheet *sheet, FILE *to);
/* False: a line "path:line: what" is on stderr, and the sheet is empty. */
bool sheet_read(struct sheet *sheet, const char *path);

#endif
