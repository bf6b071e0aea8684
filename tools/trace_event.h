/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The events of a trace, which trace.c writes and trace_call.c makes.
 */
#ifndef PKVM_TOOLS_TRACE_EVENT_H
#define PKVM_TOOLS_TRACE_EVENT_H

#include <jansson.h>
#include <stdint.h>

enum {
	TRACE_HOST = 1,
	TRACE_GUESTS
};

struct trace;

/* One slice; takes the details over. */
void trace_slice(struct trace *trace, unsigned int process, unsigned int thread,
		 const char *title, uint64_t from, uint64_t to, json_t *details);

/* Names a vCPU's thread, once. */
void trace_name(struct trace *trace, unsigned int thread, const char *name);

#endif
