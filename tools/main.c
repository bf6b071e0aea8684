/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/*
 * The command pkvm: finds the subcommand and hands over to it.
 */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <pkvm/abi.h>
#include "command.h"

#define STRING_(X) #X
#define STRING(X)  STRING_(X)

const char *argp_program_version =
	"pkvm " PKVM_RELEASE ", ABI " STRING(PKVM_ABI_MAJOR) "." STRING(PKVM_ABI_MINOR);

static const char doc[] =
	"Run and inspect the pvVMCS protocol.\n"
	"\n"
	"Subcommands:\n"
	"  run SCENARIO...   play scenarios, on the model engine or on real VMX\n"
	"  abi dump          print the ABI: JSON, canonical text, call reference\n"
	"  vmcs check FILE   judge VMCSs given as JSON by the rules of VM entry\n"
	"  vmcs explain FILE explain the VMCS dumps in a log of KVM or Xen\n"
	"\v"
	"Examples:\n"
	"  pkvm run scenarios/npvm-cs.pkvm\n"
	"  pkvm run --quiet --trace run.json scenarios/boot-pvm.pkvm\n"
	"  pkvm abi dump | jq '.host_calls[].name'\n"
	"\n"
	"Each subcommand has its own --help. Exit status: 0 fine, 1 a problem was found, 2 bad "
	"use, bad input, or output that cannot be written.";

struct choice {
	int argc;
	char **argv;
};

/* Everything from the subcommand on is the subcommand's. */
static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct choice *choice = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (!strcmp(argument, "help"))
			argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		choice->argc = state->argc - state->next + 1;
		choice->argv = state->argv + state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a subcommand is missing: run, abi or vmcs");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/*
 * A file must not get the number of a standard stream that was closed, and then what is
 * meant for the stream. What is put there cannot be read, or not be written.
 */
static void hold_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			exit(COMMAND_USAGE);
	}
}

/* At every exit, that of --help too: output that is lost is no success. */
static void close_output(void)
{
	errno = 0;
	if (!fflush(stdout) && !ferror(stdout) && !fclose(stdout))
		return;
	fprintf(stderr, "pkvm: cannot write the output: %s\n",
		errno ? strerror(errno) : "a part of it was not taken");
	_exit(COMMAND_USAGE);
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse, .args_doc = "SUBCOMMAND ...", .doc = doc};
	struct choice choice = {0};

	hold_streams();
	if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY) {
		fprintf(stderr, "pkvm: cannot write the output: standard output is closed\n");
		return COMMAND_USAGE;
	}
	atexit(close_output);
	argp_err_exit_status = COMMAND_USAGE;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &choice))
		return COMMAND_USAGE;
	if (!strcmp(choice.argv[0], "run"))
		return command_run(choice.argc, choice.argv);
	if (!strcmp(choice.argv[0], "abi"))
		return command_abi(choice.argc, choice.argv);
	if (!strcmp(choice.argv[0], "vmcs"))
		return command_vmcs(choice.argc, choice.argv);
	fprintf(stderr, "pkvm: no subcommand %s; there are run, abi and vmcs\n", choice.argv[0]);
	return COMMAND_USAGE;
}
