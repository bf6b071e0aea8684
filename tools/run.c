/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * `pkvm run`: its options, and one scenario after another.
 */
#include <argp.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "command.h"
#include "differences.h"
#include "emulator.h"
#include "place.h"
#include "play.h"
#include "scenario.h"
#include "trace.h"

#define MOST_SECONDS 86400ul    /* baremetal/run.sh has the same */

struct request {
	bool vmx;
	struct emulator_request emulator;
	const char *trace;
	const char *vmx_only;   /* an option that was given, or NULL */
	bool quiet;
	int first;              /* of the scenarios in argv */
	int count;
};

static const char doc[] =
	"Play scenarios: print each call with its fields and status, each exit, and at the end "
	"the table of calls and exits, the account of pages, and PASS or FAIL.\n"
	"\v"
	"Examples:\n"
	"  pkvm run scenarios/npvm-cs.pkvm\n"
	"  pkvm run --quiet --trace run.json scenarios/boot-pvm.pkvm\n"
	"  pkvm run --engine vmx scenarios/pvm-hello.pkvm\n"
	"\n"
	"docs/scenarios.md is the language of scenarios. Exit status: 0 every scenario "
	"passed, 1 one failed, 2 bad use, an error in a scenario's text, no result of the image, "
	"or output that cannot be written.";

static const struct argp_option options[] = {
	{"engine", 'e', "ENGINE", 0, "model (the default), or vmx: real VMX in an emulator", 0},
	{"cpu-model", 'c', "NAME", 0,
	 "the emulator's processor, or one modelled on it; else the scenario's", 0},
	{"timeout", 's', "SECONDS", 0,
	 "vmx: how long one scenario may take (120; from 1 to 86400)", 0},
	{"log", 'l', "FILE", 0, "vmx: keep the emulator's log of the last scenario", 0},
	{"image", 'i', "FILE", 0, "vmx: the bare-metal image", 0},
	{"trace", 't', "FILE", 0, "write Chrome trace-event JSON, which Perfetto opens", 0},
	{"quiet", 'q', NULL, 0, "do not print each call", 0},
	{0},
};

static bool is_seconds(const char *text)
{
	const unsigned long seconds = strtoul(text, NULL, 10);

	return !text[strspn(text, "0123456789")] && text[0] != '0' && seconds >= 1 &&
	       seconds <= MOST_SECONDS;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'e':
		request->vmx = !strcmp(argument, "vmx");
		if (strcmp(argument, "model") && !request->vmx)
			argp_error(state, "unknown engine %s; there are model and vmx",
				   argument);
		return 0;
	case 'c':
		request->emulator.model = argument;
		return 0;
	case 's':
		request->vmx_only = "--timeout";
		request->emulator.seconds = argument;
		if (!is_seconds(argument))
			argp_error(state, "--timeout %s; expected 1 to %lu seconds", argument,
				   MOST_SECONDS);
		return 0;
	case 'l':
		request->vmx_only = "--log";
		request->emulator.log = argument;
		return 0;
	case 'i':
		request->vmx_only = "--image";
		request->emulator.image = argument;
		return 0;
	case 't':
		request->trace = argument;
		return 0;
	case 'q':
		request->quiet = true;
		return 0;
	case ARGP_KEY_ARGS:
		request->first = state->next;
		request->count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a scenario's file is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* On the model engine, with what differs for a processor that was named. */
static int play_here(const struct request *request, struct trace *trace, const char *path)
{
	const char *named = request->emulator.model;
	struct play_request play_request = {
		.path = path, .quiet = request->quiet, .trace = trace};
	struct differences differences = {0};
	struct text text = {0};
	int status = COMMAND_OK;

	play_request.processor = named ? scenario_processor(named) : NULL;
	if (named && !differences_read(&differences, &text, path, play_request.processor->name,
				       false)) {
		text_free(&text);
		return COMMAND_USAGE;
	}
	play_request.set = differences.set;
	play_request.nr_set = differences.nr_set;
	if (differences.skip)
		printf("SKIPPED on %s: %s\n", named, differences.skip);
	else
		status = play(&play_request);
	text_free(&text);
	return status;
}

/* Both are there, and are one file. */
static bool is_same_file(const char *a, const char *b)
{
	struct stat of_a, of_b;

	return !stat(a, &of_a) && !stat(b, &of_b) && of_a.st_dev == of_b.st_dev &&
	       of_a.st_ino == of_b.st_ino;
}

/* Whether a scenario is, includes or names this file. A pipe can be read but once. */
static bool reads(const char *scenario, const char *path)
{
	struct text text = {0};
	struct stat there;
	bool found = false;

	if (!stat(scenario, &there) && S_ISREG(there.st_mode) && text_read(&text, scenario))
		scenario_note_captures(&text);
	for (const struct text_file *file = text.files; file && !found; file = file->next)
		found = is_same_file(path, file->path);
	text_free(&text);
	return found;
}

/* False: it cannot be written, which one line has said. */
static bool begin_trace(const struct request *request, char **argv, struct trace **trace)
{
	const char *path = request->trace;

	for (int i = 0; path && i < request->count; i++) {
		const char *scenario = argv[request->first + i];

		if (reads(scenario, path)) {
			fprintf(stderr, "pkvm: --trace %s would replace a file of %s; expected "
				"another FILE\n", path, scenario);
			return false;
		}
	}
	*trace = path ? trace_create(path) : NULL;
	if (path && !*trace)
		fprintf(stderr, "pkvm: cannot write %s: %s\n", path, strerror(errno));
	return !path || *trace;
}

/* The last line is about all of them, not about the last. */
static void print_failed(const struct request *request, char *const *path, int failed)
{
	printf("%d of %d failed:", failed, request->count);
	for (int i = 0; i < failed; i++)
		printf(" %s", path[i]);
	putchar('\n');
}

static int run_all(const struct request *request, char **argv)
{
	struct trace *trace = NULL;
	int status = COMMAND_OK, failed = 0;

	if (!begin_trace(request, argv, &trace))
		return COMMAND_USAGE;
	for (int i = 0; i < request->count; i++) {
		const char *path = argv[request->first + i];
		int one;

		if (request->count > 1)
			printf("%s\n", path);
		one = request->vmx ? emulate(path, &request->emulator)
				   : play_here(request, trace, path);
		status = one > status ? one : status;
		if (one != COMMAND_OK)
			argv[request->first + failed++] = argv[request->first + i];
	}
	if (failed && request->count > 1)
		print_failed(request, argv + request->first, failed);
	if (trace && !trace_close(trace, status != COMMAND_USAGE)) {
		fprintf(stderr, "pkvm: cannot write %s: %s\n", request->trace, strerror(errno));
		status = COMMAND_USAGE;
	}
	return status;
}

/* False: options or files that do not go together, which one line has said. */
static bool is_usable(const struct request *request, char **argv)
{
	const char *model = request->emulator.model;

	for (int i = 0; i < request->count; i++) {
		if (!strcmp(argv[request->first + i], "-")) {
			fprintf(stderr, "pkvm: a scenario does not come by standard input, since "
				"it names files beside it; expected FILE in place of -\n");
			return false;
		}
	}
	if (request->vmx && request->trace) {
		fprintf(stderr, "pkvm: --trace is the model engine's\n");
		return false;
	}
	if (!request->vmx && request->vmx_only) {
		fprintf(stderr, "pkvm: %s is the engine vmx's; expected --engine vmx beside it\n",
			request->vmx_only);
		return false;
	}
	if (!request->vmx && model && !scenario_processor(model)) {
		fprintf(stderr, "pkvm: --cpu-model %s is the emulator's alone; the model has "
			"skylake, haswell and arrandale\n", model);
		return false;
	}
	return true;
}

int command_run(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options, .parser = parse, .args_doc = "SCENARIO...", .doc = doc};
	struct request request = {
		.emulator = {.image = place_image(), .seconds = "120"}};
	char name[] = "pkvm run";

	argv[0] = name;
	if (argp_parse(&argp, argc, argv, 0, NULL, &request) || !is_usable(&request, argv))
		return COMMAND_USAGE;
	request.emulator.quiet = request.quiet;
	return run_all(&request, argv);
}
