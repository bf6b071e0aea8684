/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Plays a scenario on real VMX: puts it into the bare-metal image, has that run in the
 * emulator, and hands on what the image's player prints.
 */
#ifndef PKVM_TOOLS_EMULATOR_H
#define PKVM_TOOLS_EMULATOR_H

#include <stdbool.h>
#include <stdio.h>

#include "differences.h"
#include "text.h"

/* What the command's options say. */
struct emulator_request {
	const char *image;
	const char *model;      /* a processor, by either name; NULL: the scenario's */
	const char *seconds;    /* that a run may take                       */
	const char *log;        /* file for the emulator's log, or NULL      */
	bool quiet;
};

/*
 * An exit status of command.h; bad use also when the image brings no result, after
 * one line that says why.
 */
int emulate(const char *path, const struct emulator_request *request);

#define EMULATOR_WORDS (DIFFERENCES + 4)        /* of the player's command line */

/* The player's command line: options, variables, and last the scenario. */
struct emulator_command {
	const char *word[EMULATOR_WORDS];
	unsigned int words;
};

/* emulator_archive.c; false: not all of it was written. */
bool emulator_write_archive(FILE *archive, struct text *text,
			    const struct emulator_command *command);

#endif
