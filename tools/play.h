/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Plays one scenario and reports it: what `pkvm run` does for each file, and what
 * the bare-metal image does for the one that came with it.
 */
#ifndef PKVM_TOOLS_PLAY_H
#define PKVM_TOOLS_PLAY_H

#include <stdbool.h>

struct scenario_processor;
struct trace;

struct play_request {
	const char *path;
	const struct scenario_processor *processor;     /* NULL: the scenario's */
	bool quiet;
	struct trace *trace;    /* NULL: none is wanted                      */
	char *const *set;       /* NAME=NUMBER: variables that are set before */
	unsigned int nr_set;
};

/* Prints the report and the verdict; an exit status of command.h. */
int play(const struct play_request *request);

#endif
