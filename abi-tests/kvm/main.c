/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* kvm_opinion: asks the running kernel and the model the same, and compares. */
#include <argp.h>
#include <stdio.h>
#include "command.h"
#include "opinion.h"

struct arguments {
	struct options options;
	int command;            /* one of the letters, or 0                   */
	unsigned int given;
};

static const struct argp_option letters[] = {
	{"device", 'd', "PATH", 0, "The device to ask (/dev/kvm)", 0},
	{"record", 'r', NULL, 0, "Write what the running kernel answers into ANSWERS", 0},
	{"model", 'm', NULL, 0, "Print what the model answers", 0},
	{"old-delivery", 'o', NULL, 0, "Let the model deliver payloads as KVM did", 0},
	{0},
};

/* How many names the command takes. */
static unsigned int wanted(int command)
{
	switch (command) {
	case 'm':
		return 0;
	case 'r':
		return 1;
	default:
		return 2;
	}
}

static error_t parse(int key, char *value, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case 'd':
		arguments->options.device = value;
		return 0;
	case 'o':
		model_use_old_delivery();
		return 0;
	case 'r':
	case 'm':
		arguments->command = key;
		return 0;
	case ARGP_KEY_ARG:
		if (arguments->given == 0)
			arguments->options.answers = value;
		else if (arguments->given == 1)
			arguments->options.differences = value;
		else
			argp_usage(state);
		arguments->given++;
		return 0;
	case ARGP_KEY_END:
		if (arguments->given != wanted(arguments->command))
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = letters,
		.parser = parse,
		.args_doc = "ANSWERS DIFFERENCES\n--record ANSWERS\n--model",
		.doc = "Compares what the kernels recorded in the folder ANSWERS answered, "
		       "and what the running one answers, with what the model does. Each "
		       "difference has a row with its reason in the file DIFFERENCES.",
	};
	struct arguments arguments = {.options.device = "/dev/kvm"};

	argp_parse(&argp, argc, argv, 0, NULL, &arguments);
	setvbuf(stdout, NULL, _IOLBF, 0);
	switch (arguments.command) {
	case 'r':
		return command_record(&arguments.options);
	case 'm':
		return command_model();
	default:
		return command_compare(&arguments.options);
	}
}
