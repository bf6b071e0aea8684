/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * `pkvm run`: its options, and one scenario after another.
 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "report.h"
#include "scenario.h"
#include "trace.h"

struct request {
	const char *engine;
	const char *trace;
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
	"\n"
	"docs/scenarios.md is the language of scenarios. Exit status: 0 every scenario "
	"passed, 1 one failed, 2 bad use, or an error in a scenario's text.";

static const struct argp_option options[] = {
	{"engine", 'e', "ENGINE", 0, "model (the default) or vmx", 0},
	{"trace", 't', "FILE", 0, "write Chrome trace-event JSON, which Perfetto opens", 0},
	{"quiet", 'q', NULL, 0, "do not print each call", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct request *request = state->input;

	switch (key) {
	case 'e':
		request->engine = argument;
		if (strcmp(argument, "model") && strcmp(argument, "vmx"))
			argp_error(state, "unknown engine %s; there are model and vmx",
				   argument);
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

static int verdict(const struct scenario *s)
{
	const bool colours = print_colours();

	if (s->status == COMMAND_OK) {
		printf("%sPASS%s\n", colours ? "\033[32m" : "", colours ? "\033[0m" : "");
		return COMMAND_OK;
	}
	if (s->status == COMMAND_USAGE)
		fprintf(stderr, "%s\n", s->failure);
	else
		printf("%sFAIL%s: %s\n", colours ? "\033[31m" : "", colours ? "\033[0m" : "",
		       s->failure);
	return s->status;
}

static int run_one(const char *path, const struct request *request, struct trace *trace)
{
	static struct scenario s;
	int status;

	s = (struct scenario){.quiet = request->quiet, .trace = trace, .cpus = 1};
	s.report = report_create();
	if (request->count > 1)
		printf("%s\n", path);
	scenario_play(&s, path);
	if (s.machine)
		report_print(&s);
	scenario_machine_stop(&s);
	fflush(stdout);
	status = verdict(&s);
	report_free(s.report);
	text_free(&s.text);
	return status;
}

static int run_all(const struct request *request, char **argv)
{
	struct trace *trace = NULL;
	int status = COMMAND_OK;

	if (request->trace) {
		trace = trace_create(request->trace);
		if (!trace) {
			fprintf(stderr, "pkvm: cannot write %s: %s\n", request->trace,
				strerror(errno));
			return COMMAND_USAGE;
		}
	}
	for (int i = 0; i < request->count; i++) {
		const int one = run_one(argv[request->first + i], request, trace);

		status = one > status ? one : status;
	}
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "pkvm: cannot write the report\n");
		status = COMMAND_PROBLEM;
	}
	if (trace && !trace_close(trace)) {
		fprintf(stderr, "pkvm: cannot write %s\n", request->trace);
		status = COMMAND_PROBLEM;
	}
	return status;
}

int command_run(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options, .parser = parse, .args_doc = "SCENARIO...", .doc = doc};
	struct request request = {.engine = "model"};
	char name[] = "pkvm run";

	argv[0] = name;
	if (argp_parse(&argp, argc, argv, 0, NULL, &request))
		return COMMAND_USAGE;
	if (!strcmp(request.engine, "vmx")) {
		fprintf(stderr, "pkvm: the engine vmx is not built: it runs in VMX root mode, "
				"not in a process; expected --engine model\n");
		return COMMAND_USAGE;
	}
	return run_all(&request, argv);
}
