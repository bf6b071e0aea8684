/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Chrome's trace-event format, which Perfetto opens: a process for the host with
 * a thread a CPU, and one for the guests with a thread a vCPU.
 */
#ifndef PKVM_TOOLS_TRACE_H
#define PKVM_TOOLS_TRACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	TRACE_HOST = 1,
	TRACE_GUESTS
};

struct trace;

/* NULL: errno says why. */
struct trace *trace_create(const char *path);

/* False: not all of it was written. */
bool trace_close(struct trace *trace);

/* Nanoseconds. */
uint64_t trace_now(void);

/* One slice; takes the details over. */
void trace_slice(struct trace *trace, unsigned int process, unsigned int thread,
		 const char *title, uint64_t from, uint64_t to, json_t *details);

/* Names a vCPU's thread, once. */
void trace_name(struct trace *trace, unsigned int thread, const char *name);

#endif
