/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * What a scenario finds otherwise than it says: on the engine vmx, or on one processor
 * whatever the engine. scenarios/vmx-differences.txt has the rows and their reasons.
 */
#ifndef PKVM_TOOLS_DIFFERENCES_H
#define PKVM_TOOLS_DIFFERENCES_H

#include <stdbool.h>

#include "text.h"

#define DIFFERENCES 12

/* Variables that have another value, as NAME=NUMBER; why it cannot be played, or NULL. */
struct differences {
	char *set[DIFFERENCES];
	unsigned int nr_set;
	const char *skip;
};

/*
 * Of a processor by its name in the scenarios (NULL: none was named), and of the engine
 * if that is vmx. The strings live as long as the text does. False: the list cannot be
 * read, which has been told.
 */
bool differences_read(struct differences *found, struct text *text, const char *path,
		      const char *processor, bool vmx);

#endif
