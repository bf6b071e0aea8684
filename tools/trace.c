/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Writes a run as Chrome trace events, a JSON object each.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "trace.h"
#include "trace_event.h"

struct trace {
	FILE *file;
	char *path;             /* what the file is to be                  */
	char *beside;           /* what it is until then; NULL: the same   */
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

/* A device or a pipe is written at once. */
static bool is_special(const char *path)
{
	struct stat there;

	return !stat(path, &there) && !S_ISREG(there.st_mode);
}

static void *have(void *memory)
{
	if (!memory) {
		fprintf(stderr, "pkvm: out of memory\n");
		exit(1);
	}
	return memory;
}

static FILE *open_beside(struct trace *trace)
{
	const size_t size = strlen(trace->path) + 16;

	if (!access(trace->path, F_OK) && access(trace->path, W_OK))
		return NULL;
	trace->beside = have(malloc(size));
	snprintf(trace->beside, size, "%s.%ld", trace->path, (long)getpid());
	return fopen(trace->beside, "wx");
}

static void release(struct trace *trace)
{
	free(trace->path);
	free(trace->beside);
	free(trace);
}

struct trace *trace_create(const char *path)
{
	struct trace *trace = have(calloc(1, sizeof(*trace)));
	const bool special = is_special(path);

	/* Behind a symbolic link the file itself is replaced. */
	trace->path = special ? NULL : realpath(path, NULL);
	if (!trace->path)
		trace->path = have(strdup(path));
	trace->file = special ? fopen(path, "w") : open_beside(trace);
	if (!trace->file) {
		release(trace);
		return NULL;
	}
	trace->start = trace_now();
	fputs("{\"displayTimeUnit\":\"ns\",\"traceEvents\":[", trace->file);
	name_it(trace, "process_name", TRACE_HOST, 0, "Host, a thread a CPU (engine model)");
	name_it(trace, "process_name", TRACE_GUESTS, 0, "vCPUs, a slice an exit");
	return trace;
}

bool trace_close(struct trace *trace, bool keep)
{
	bool good;
	int why;

	fputs("\n]}\n", trace->file);
	errno = 0;
	good = !fflush(trace->file) && !ferror(trace->file);
	good = !fclose(trace->file) && good;
	if (trace->beside && good && keep)
		good = !rename(trace->beside, trace->path);
	why = errno;
	if (trace->beside && !(good && keep))
		remove(trace->beside);
	release(trace);
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
