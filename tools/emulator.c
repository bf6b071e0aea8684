/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * One scenario in the emulator: what its machine is, what goes along, and what comes
 * back. baremetal/run.sh knows the emulator, and leaves nothing behind.
 */
#define _GNU_SOURCE 1 /* pipe2() */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "baremetal/memory_map.h"
#include "baremetal/player/player.h"
#include "command.h"
#include "differences.h"
#include "emulator.h"
#include "place.h"
#include "scenario.h"

/* What the scenario's `machine` line says; the player judges it again. */
struct machine_line {
	char cpus[16];
	const struct scenario_processor *processor; /* NULL: another of the emulator's */
	const char *model;
	char withheld[32];      /* primary and secondary controls               */
};

/* How a hypervisor's panic begins. */
#define PANIC "panic: "

/* What the image said, line by line. */
struct console {
	bool playing;
	bool to_stderr;
	int status;             /* the player's; -1: it has not come to its end */
	char why[256];          /* the first line of a panic, else the last of all */
};

/* The one that was asked for, else the scenario's; a wrong name is the player's to refuse. */
static void choose_processor(const char *asked, const char *named, struct machine_line *machine)
{
	machine->processor = scenario_processor(asked ? asked : named ? named : "skylake");
	if (!machine->processor && !asked)
		machine->processor = scenario_processor("skylake");
	machine->model = machine->processor ? machine->processor->model : asked;
}

static void read_machine(const struct text *text, const struct emulator_request *request,
			 struct machine_line *machine)
{
	const struct text_line *line = NULL;
	uint32_t primary = 0, secondary = 0;
	const char *cpus, *without;
	unsigned long count;

	for (size_t i = 0; i < text->lines && !line; i++)
		line = strcmp(text->line[i].word[0], "machine") ? NULL : &text->line[i];
	cpus = line ? scenario_text_field(line, "cpus") : NULL;
	count = cpus ? strtoul(cpus, NULL, 0) : 1;
	snprintf(machine->cpus, sizeof(machine->cpus), "%lu",
		 count < 1 ? 1 : count < MAP_MAX_CPUS ? count : MAP_MAX_CPUS);
	choose_processor(request->model, line ? scenario_text_field(line, "processor") : NULL,
			 machine);
	without = line ? scenario_text_field(line, "without") : NULL;
	if (without)
		(void)scenario_feature(without, &primary, &secondary);
	snprintf(machine->withheld, sizeof(machine->withheld), "%" PRIu32 ",%" PRIu32, primary,
		 secondary);
}

/* It ends with this process, and takes the archive by the descriptor it inherits. */
static _Noreturn void become_emulator(const struct emulator_request *request,
				      const struct machine_line *machine, int archive,
				      int output)
{
	const char *script = place_run_image();
	char commands[32];

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	dup2(output, STDOUT_FILENO);
	snprintf(commands, sizeof(commands), "/dev/fd/%d", archive);
	execlp("bash", "bash", script, "--as", "pkvm", "--model", machine->model, "--cpus",
	       machine->cpus, "--seconds", request->seconds, "--withhold", machine->withheld,
	       "--commands", commands, request->image, request->log ? "--log" : (char *)NULL,
	       request->log, (char *)NULL);
	fprintf(stderr, "pkvm: cannot start bash for %s: %s\n", script, strerror(errno));
	_exit(COMMAND_USAGE);
}

static bool is_switch(char byte)
{
	return byte == PLAYER_STDERR_BEGIN || byte == PLAYER_STDERR_END;
}

/* The player's own lines, to where it meant them to go. */
static void hand_on(struct console *c, const char *line)
{
	for (; *line; line++) {
		if (is_switch(*line))
			c->to_stderr = *line == PLAYER_STDERR_BEGIN;
		else
			putc(*line, c->to_stderr ? stderr : stdout);
	}
}

static void take(struct console *c, const char *line)
{
	const char *begin = strchr(line, PLAYER_BEGIN);

	if (begin) {
		c->playing = true;
		line = begin + 1;
	}
	if (strncmp(c->why, PANIC, strlen(PANIC)) && strcspn(line, "\n"))
		snprintf(c->why, sizeof(c->why), "%.*s", (int)strcspn(line, "\n"), line);
	if (!c->playing)
		return;
	for (; is_switch(*line); line++)
		c->to_stderr = *line == PLAYER_STDERR_BEGIN;
	if (sscanf(line, PLAYER_STATUS "%d", &c->status) == 1)
		c->playing = false;
	else
		hand_on(c, line);
}

/*
 * An image that came to its end says so with its last line; run.sh looks for that, and
 * where there is none has said why.
 */
static int verdict(const struct console *c, int status)
{
	const int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

	if (code == COMMAND_OK && c->status >= 0)
		return c->status;
	if (code == COMMAND_OK || code == COMMAND_PROBLEM)
		fprintf(stderr, "pkvm: the image ended before the scenario did: %s\n",
			c->why[0] ? c->why : "it has said nothing");
	else if (code != COMMAND_USAGE)
		fprintf(stderr, "pkvm: %s did not come to its end: %s %d\n",
			place_run_image(), WIFEXITED(status) ? "status" : "signal",
			WIFEXITED(status) ? code : WTERMSIG(status));
	return COMMAND_USAGE;
}

static int boot(const struct emulator_request *request, const struct machine_line *machine,
		int archive)
{
	struct console c = {.status = -1};
	char *line = NULL;
	size_t size = 0;
	int ends[2], status = 0;
	FILE *output;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) || (child = fork()) < 0) {
		fprintf(stderr, "pkvm: no process for the emulator: %s\n", strerror(errno));
		return COMMAND_USAGE;
	}
	if (!child)
		become_emulator(request, machine, archive, ends[1]);
	close(ends[1]);
	output = fdopen(ends[0], "r");
	while (output && getline(&line, &size, output) > 0)
		take(&c, line);
	free(line);
	if (output)
		fclose(output);
	waitpid(child, &status, 0);
	return verdict(&c, status);
}

static int play_there(struct text *text, const char *path,
		      const struct emulator_request *request)
{
	struct emulator_command command = {.word = {"pkvm"}, .words = 1};
	struct differences differences;
	struct machine_line machine;
	int status = COMMAND_USAGE;
	FILE *archive;

	read_machine(text, request, &machine);
	if (!differences_read(&differences, text, path,
			      machine.processor ? machine.processor->name : NULL, true))
		return COMMAND_USAGE;
	archive = tmpfile();
	if (request->quiet)
		command.word[command.words++] = "--quiet";
	for (unsigned int i = 0; i < differences.nr_set; i++)
		command.word[command.words++] = differences.set[i];
	command.word[command.words++] = path;
	if (differences.skip) {
		printf("SKIPPED on %s: %s\n", machine.model, differences.skip);
		status = COMMAND_OK;
	} else if (!archive || !emulator_write_archive(archive, text, &command)) {
		fprintf(stderr, "pkvm: cannot write a temporary file: %s\n", strerror(errno));
	} else {
		status = boot(request, &machine, fileno(archive));
	}
	if (archive)
		fclose(archive);
	return status;
}

int emulate(const char *path, const struct emulator_request *request)
{
	struct text text = {0};
	int status = COMMAND_USAGE;

	fflush(stdout);
	if (access(request->image, R_OK))
		fprintf(stderr, "pkvm: cannot read the image %s: expected that of a build with "
			"PKVM_BAREMETAL=ON, target baremetal-image, or another by --image\n",
			request->image);
	else if (access(place_run_image(), R_OK))
		fprintf(stderr, "pkvm: cannot start %s: %s\n", place_run_image(),
			strerror(errno));
	else if (text_read(&text, path))
		status = play_there(&text, path, request);
	else
		fprintf(stderr, "%s\n", text.error);
	text_free(&text);
	return status;
}
