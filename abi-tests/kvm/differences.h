/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Where kernels and the model answer differently, and why: a table with a row
 * "kernels | questions | reason", both by fnmatch(3) patterns. A row that names
 * a question which is answered alike, or no question at all, is stale.
 */
#ifndef PKVM_KVM_DIFFERENCES_H
#define PKVM_KVM_DIFFERENCES_H

#include "sheet.h"

#define DIFFERENCE_REASON 400

struct difference {
	char kernels[SHEET_ID];
	char questions[SHEET_ID];
	char reason[DIFFERENCE_REASON];
	bool used;
};

struct differences {
	const char *path;
	struct difference *row;
	size_t count;
};

/* False: a line "path:line: what" is on stderr, and the table is empty. */
bool differences_read(struct differences *table, const char *path);
void differences_free(struct differences *table);

/*
 * Compares a kernel's answers with the model's to the same questions. How many
 * complaints are on stderr; in *explained how many differences have a reason.
 */
unsigned int differences_judge(struct differences *table, const struct sheet *kernel,
			       const struct sheet *model, unsigned int *explained);
/* Complains of rows that explained nothing of any kernel judged so far. */
unsigned int differences_judge_unused(const struct differences *table);

#endif
