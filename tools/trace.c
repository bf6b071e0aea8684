/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Writes a run as Chrome trace events, a JSON object each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "trace.h"
#include "trace_event.h"

struct trace {
	FILE *file;
	bool any;               /* an event came before                    */
	uint64_t start;
	uint64_t named;         /* threads of the guests that have a name  */
};

uint64_t trace_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Takes the event over. */
static void write_event(struct trace *trace, json_t *event)
{
	fputs(trace->any ? ",\n" : "\n", trace->file);
	trace->any = true;
	json_dumpf(event, trace->file, JSON_COMPACT);
	json_decref(event);
}

static void name_it(struct trace *trace, const char *what, unsigned int process,
		 unsigned int thread, const char *text)
{
	write_event(trace, json_pack("{s:s, s:s, s:i, s:i, s:{s:s}}", "name", what, "ph", "M",
				     "pid", (int)process, "tid", (int)thread, "args", "name",
				     text));
}

struct trace *trace_create(const char *path)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	if (!trace)
		return NULL;
	trace->file = fopen(path, "w");
	if (!trace->file) {
		free(trace);
		return NULL;
	}
	trace->start = trace_now();
	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", trace->file);
	name_it(trace, "process_name", TRACE_HOST, 0, "Host, a thread a CPU (engine model)");
	name_it(trace, "process_name", TRACE_GUESTS, 0, "vCPUs, a slice an exit");
	return trace;
}

bool trace_close(struct trace *trace)
{
	bool good;

	fputs("\n]}\n", trace->file);
	good = !ferror(trace->file);
	good &= !fclose(trace->file);
	free(trace);
	return good;
}

void trace_slice(struct trace *trace, unsigned int process, unsigned int thread,
		 const char *title, uint64_t from, uint64_t to, json_t *details)
{
	write_event(trace, json_pack("{s:s, s:s, s:f, s:f, s:i, s:i, s:o}", "name", title,
				     "ph", "X", "ts", (double)(from - trace->start) / 1000,
				     "dur", (double)(to - from) / 1000, "pid", (int)process,
				     "tid", (int)thread, "args", details));
}

void trace_name(struct trace *trace, unsigned int thread, const char *name)
{
	if (thread >= 64 || trace->named >> thread & 1)
		return;
	trace->named |= (uint64_t)1 << thread;
	name_it(trace, "thread_name", TRACE_GUESTS, thread, name);
}
