/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * Plays one scenario, from its text to its verdict.
 */
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "play.h"
#include "report.h"
#include "scenario.h"

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

static void set_variables(struct scenario *s, const struct play_request *request)
{
	struct scenario_field field;

	for (unsigned int i = 0; i < request->nr_set; i++) {
		if (scenario_split(request->set[i], &field))
			scenario_set(s, field.name, strtoull(field.value, NULL, 0));
	}
}

int play(const struct play_request *request)
{
	static struct scenario s;
	int status;

	s = (struct scenario){.quiet = request->quiet, .trace = request->trace, .cpus = 1,
			      .processor = request->processor};
	s.report = report_create();
	set_variables(&s, request);
	scenario_play(&s, request->path);
	if (s.machine)
		report_print(&s);
	scenario_machine_stop(&s);
	fflush(stdout);
	status = verdict(&s);
	report_free(s.report);
	text_free(&s.text);
	return status;
}
