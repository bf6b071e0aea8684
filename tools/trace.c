/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Writes a run as Chrome trace events, a JSON object each.
 */
#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "trace.h"
#include "trace_event.h"

struct trace {
	FILE *file;             /* a temporary one, until the end          */
	const char *path;       /* the caller's                            */
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

static void *have(void *memory)
{
	if (!memory) {
		fprintf(stderr, "pkvm: out of memory\n");
		exit(1);
	}
	return memory;
}

/* Whether it is there and may be written, or may be made. Of the rest the end tells. */
static bool is_writable(const char *path)
{
	char *folder = have(strdup(path));
	const bool good = !access(access(path, F_OK) ? dirname(folder) : path, W_OK);

	free(folder);
	return good;
}

struct trace *trace_create(const char *path)
{
	FILE *file = is_writable(path) ? tmpfile() : NULL;
	struct trace *trace;

	if (!file)
		return NULL;
	trace = have(calloc(1, sizeof(*trace)));
	trace->file = file;
	trace->path = path;
	trace->start = trace_now();
	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", trace->file);
	name_it(trace, "process_name", TRACE_HOST, 0, "Host, a thread a CPU (engine model)");
	name_it(trace, "process_name", TRACE_GUESTS, 0, "vCPUs, a slice an exit");
	return trace;
}

static bool copy(FILE *from, FILE *to)
{
	char piece[BUFSIZ];
	size_t size;

	rewind(from);
	while ((size = fread(piece, 1, sizeof(piece), from)) > 0) {
		if (fwrite(piece, 1, size, to) != size)
			return false;
	}
	return !ferror(from);
}

/* In place: the file keeps its mode and its links. */
static bool write_out(struct trace *trace)
{
	FILE *to;
	bool good;

	fputs("\n]}\n", trace->file);
	if (fflush(trace->file) || ferror(trace->file))
		return false;
	to = fopen(trace->path, "w");
	if (!to)
		return false;
	good = copy(trace->file, to);
	return !fclose(to) && good;
}

bool trace_close(struct trace *trace, bool keep)
{
	const bool good = !keep || write_out(trace);
	const int why = errno;

	fclose(trace->file);
	free(trace);
	errno = why;
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
